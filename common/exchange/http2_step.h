/* SPDX-License-Identifier: Apache-2.0 */
/* http2_step.h - what a step of one direction does to a stream. */
#ifndef L7SCOPE_HTTP2_STEP_H
#define L7SCOPE_HTTP2_STEP_H

#include "exchange/http2_connection.h"
#include "exchange/messages.h"

static inline struct http2_half *http2_step_half(const struct step *s)
{
	return &s->c->http2->half[s->kind];
}

/* A frame or a block, of n bytes of payload and complete now, is part of that message. */
void http2_step_extend(struct step *s, struct http2_stream *st, enum http1_kind kind, uint64_t n);

/* END_STREAM: the message of this direction is complete.  May report and drop st. */
void http2_step_end(struct step *s, struct http2_stream *st);

#endif
