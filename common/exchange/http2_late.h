/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http2_late.h - header blocks that the wire does not tell entirely, and the
 * lists that their programs had in clear.
 *
 * The wire owns streams: what a list does is to make known what of a block is
 * not.  It must fit the block: same connection, direction, stream, end of
 * stream, as many fields, and nothing that the wire knows otherwise.
 *
 * A block waits for its list, for a moment; meanwhile its stream goes on, but
 * is not reported.  Where lists do not come nothing waits any more.
 */
#ifndef L7SCOPE_HTTP2_LATE_H
#define L7SCOPE_HTTP2_LATE_H

#include "exchange/http2_records.h"
#include "exchange/messages.h"
#include "http/http2_frames.h"

/* A list came.  c: NULL: its connection is not known yet. */
void http2_late_list(struct pairing *pr, struct connection *c, const struct wire_event *event,
		     const uint8_t *data);

/* A block came, of pairing->fields: these become known when its list is there. */
void http2_late_fill(struct step *s, const struct http2_output *out);
/* Tells the block, or makes it wait for its list: then s->waiting. */
void http2_late_tell(struct step *s, const struct http2_output *out, enum http2_block_kind kind);

/* What has waited for too long is told as it is.  Not while a block is taken in. */
void http2_late_expire(struct pairing *pr, uint64_t now_ns);
/* So is all, of one connection or (NULL) of all. */
void http2_late_flush(struct pairing *pr, const struct connection *c);

void http2_late_release(struct pairing *pr);

#endif
