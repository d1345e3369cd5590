/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pairing.h - which response answers which request, and when both are told.
 *
 * HTTP/1 answers in order: response n belongs to request n.  An exchange is
 * reported when its response is complete and its request has ended.  So a
 * response that comes early (413 to an upload under way) waits for the end of
 * the upload or of the connection, whichever is first; its times are its own.
 *
 * 1xx responses are no exchanges; their bytes count into those of the final
 * response.  101, and 2xx to CONNECT, end the exchange with their head and
 * turn the connection into a tunnel, which is not looked at any more.  But 101
 * to h2c ends nothing: the request goes on as stream 1 of HTTP/2.
 */
#ifndef L7SCOPE_PAIRING_H
#define L7SCOPE_PAIRING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exchange/connection.h"
#include "exchange/exchange.h"
#include "exchange/header_lists.h"
#include "exchange/http2_records.h"
#include "exchange/http2_streams.h"
#include "exchange/pair.h"

/* What all connections of one tracker share. */
struct pairing {
	void (*on_exchange)(void *ctx, const struct exchange *x); /* NULL: not wanted */
	void (*on_block)(void *ctx, const struct http2_block *block);
	void (*on_frame)(void *ctx, const struct http2_frame_record *frame);
	void *ctx;
	size_t pending_max; /* pairs of one connection */
	uint64_t open_interval_ns;
	struct pair_pool pool;
	struct http2_pool http2;
	struct http2_fields *fields; /* NULL until first needed */
	struct header_lists lists;   /* http2_late.h */
	bool wait_for_lists;
	/* see struct tracker_stats */
	uint64_t exchanges, orphans, gaps, gap_bytes, not_http, no_memory, in_flight;
	uint64_t http2_blocks, http2_unknown, http2_bad_blocks, http2_lost, http2_given_up, http2_open;
};

/* Message `number` of that kind begins.  Reports older pairs that get no
 * request or no response any more, now that a later message is here.  NULL: no
 * memory, or a response to a request that was given up or never seen, or is not
 * known (connection.unpaired). */
struct pair *pairing_begin(struct pairing *pr, struct connection *c, enum http1_kind kind, uint32_t number);

/* Reports p, and frees it, if it is complete. */
void pairing_settle(struct pairing *pr, struct connection *c, struct pair *p);
/* Forgets p. */
void pairing_drop(struct pairing *pr, struct connection *c, struct pair *p);

/* No response will come any more: reports the requests that wait for one. */
void pairing_no_more_responses(struct pairing *pr, struct connection *c, enum no_status reason);
/* Nothing will come any more: reports all there is. */
void pairing_flush(struct pairing *pr, struct connection *c, enum no_status reason);

/* What to say of a message that ended early. */
static inline unsigned pairing_cut_flag(bool bytes_lost)
{
	return bytes_lost ? MISSING_GAP : MISSING_TRUNCATED;
}

#endif
