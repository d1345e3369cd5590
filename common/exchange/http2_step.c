/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/http2_step.h"

#include "exchange/http2_exchanges.h"

void http2_step_extend(struct step *s, struct http2_stream *st, enum http1_kind kind, uint64_t n)
{
	struct message *m = &st->pair.message[kind];

	m->bytes += n;
	m->times.last_ns = s->end_ns;
	st->active_ns = s->event->exit_ns;
	http2_streams_touch(&s->c->http2->streams, st);
	if (s->event->flags & WIRE_F_OVERLAP)
		st->pair.missing |= MISSING_OVERLAP;
}

void http2_step_end(struct step *s, struct http2_stream *st)
{
	st->pair.message[s->kind].ended = true;
	http2_settle(s->pairing, st);
}
