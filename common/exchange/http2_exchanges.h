/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http2_exchanges.h - when the exchange of a stream begins, and when it is told.
 *
 * As for HTTP/1 (pairing.h), with streams instead of an order: an exchange is
 * reported when its response is complete and its request has ended; one whose
 * response comes before that waits for the end of the request, RST_STREAM
 * either way, or the end of the connection.  Where the end of the request may
 * have been lost there is nothing to wait for.
 *
 * Requests come in the order of stream numbers.  So a response without request
 * waits for it (two threads may write and read at once) only until a request
 * with a higher number shows up; then it is an orphan.
 */
#ifndef L7SCOPE_HTTP2_EXCHANGES_H
#define L7SCOPE_HTTP2_EXCHANGES_H

#include <stdbool.h>
#include <stdint.h>

#include "exchange/http2_connection.h"
#include "exchange/pairing.h"

/* The stream of a request or, `kind` being HTTP1_RESPONSE, of a response
 * without one.  Gives up the idlest when there are too many.  NULL: no memory,
 * or a response that can have no request any more. */
struct http2_stream *http2_begin(struct pairing *pr, struct connection *c, enum http1_kind kind, uint32_t id);

/* Gives up the idlest while they hold too much, but not the one used last. */
void http2_trim(struct pairing *pr, struct connection *c);

/* Its request's head is there, since now_ns. */
void http2_has_request(struct pairing *pr, struct http2_stream *s, uint64_t now_ns);
/* The next request of the connection's client has number id: older responses
 * without one are orphans. */
void http2_retire_headless(struct pairing *pr, struct connection *c, uint32_t id);

/* Reports s, and drops it, if it is complete. */
void http2_settle(struct pairing *pr, struct http2_stream *s);
/* s will not become complete: reports it, and drops it. */
void http2_give_up(struct pairing *pr, struct http2_stream *s, enum no_status reason);

/* The direction of these messages lost its place: what is open in it may have
 * lost its end. */
void http2_lose(struct pairing *pr, struct connection *c, enum http1_kind kind);
/* Gives up those that may have ended in such a loss at lost_ns, and of which
 * nothing was seen since. */
void http2_give_up_lost(struct pairing *pr, struct connection *c, uint64_t lost_ns);

/* Nothing will come any more in the direction of these messages. */
void http2_no_more(struct pairing *pr, struct connection *c, enum http1_kind kind, enum no_status reason);
/* Nothing will come any more at all. */
void http2_flush(struct pairing *pr, struct connection *c, enum no_status reason);

/* Tells of streams that have been open for open_interval_ns since they began, or
 * were last told.  A bounded number at a time. */
void http2_tell_open(struct pairing *pr, uint64_t now_ns);

#endif
