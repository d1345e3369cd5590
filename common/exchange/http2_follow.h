/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http2_follow.h - an HTTP/2 connection following its events; follow.c does
 * what is the same for HTTP/1.
 */
#ifndef L7SCOPE_HTTP2_FOLLOW_H
#define L7SCOPE_HTTP2_FOLLOW_H

#include "exchange/messages.h"
#include "stream/byte_stream.h"

/* The connection speaks HTTP/2 from here on: c->http2 is set, and requests of
 * HTTP/1 that still wait are reported, but for the one that asked for the change
 * (RFC 7540 3.2): that is stream 1.  false: out of memory. */
bool http2_start(struct pairing *pr, struct connection *c);

/* One piece of an event; starts: data begins with the first byte of a frame, or of
 * the client's preface. */
void http2_take_piece(struct step *s, const struct piece *piece, bool starts);

/* The peer, or at the close we, said that no more comes in this direction.
 * n: bytes that no event told of. */
void http2_end_direction(struct step *s, uint64_t n);

/* Reports all that is left. */
void http2_end(struct pairing *pr, struct connection *c, enum no_status reason);

/* Gives the memory back; http2_end() must have been called. */
void http2_release(struct pairing *pr, struct connection *c);

#endif
