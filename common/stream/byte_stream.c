/* SPDX-License-Identifier: Apache-2.0 */
#include "stream/byte_stream.h"

void byte_stream_init(struct byte_stream *s)
{
	s->expected = 0;
}

static uint64_t add_saturating(uint64_t a, uint64_t b)
{
	return a + b < a ? UINT64_MAX : a + b;
}

/* The part of [from, to) that is new becomes a piece.  Returns its length. */
static uint64_t take_range(struct byte_stream *s, struct pieces *out, enum piece_kind kind, uint64_t to)
{
	uint64_t n;

	if (to <= s->expected)
		return 0;
	n = to - s->expected;
	s->expected = to;
	out->at[out->n++] = (struct piece){.kind = kind, .n = n};
	return n;
}

void byte_stream_take(struct byte_stream *s, const struct wire_event *event, const uint8_t *data,
		      struct pieces *out)
{
	uint64_t begin = event->pos > event->pre_skip ? event->pos - event->pre_skip : 0;
	uint64_t data_end = add_saturating(event->pos, event->len);
	uint64_t fresh;

	out->n = 0;
	out->starts = false;
	take_range(s, out, PIECE_GAP, begin);
	take_range(s, out, PIECE_SKIP, event->pos);
	fresh = take_range(s, out, PIECE_DATA, data_end);
	if (fresh) {
		out->at[out->n - 1].data = bytes_of(data + (event->len - fresh), fresh);
		out->starts = (event->flags & WIRE_F_START) && fresh == event->len;
	}
	take_range(s, out, PIECE_SKIP, add_saturating(data_end, event->post_skip));
}

uint64_t byte_stream_untold(struct byte_stream *s, uint64_t total)
{
	uint64_t n = total > s->expected ? total - s->expected : 0;

	s->expected += n;
	return n;
}
