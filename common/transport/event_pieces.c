/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/event_pieces.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "transport/events.h"

_Static_assert(sizeof(struct wire_skips) == 8 + 8 * WIRE_SKIPS, "size of wire_skips");

struct pieces {
	struct wire_event event; /* the next one */
	const uint8_t *data;
	capture_event_fn *fn;
	void *ctx;
	int n;
};

static void hand_over(struct pieces *p, size_t len, uint64_t skip)
{
	struct wire_event *e = &p->event;

	e->len = len;
	e->post_skip = skip;
	p->fn(p->ctx, e, p->data);
	p->n++;
	p->data += len;
	e->pos += len + skip;
	e->pre_skip = 0;
	/* a frame's payload is left out to its end, or to that of the call */
	e->flags = skip ? e->flags | WIRE_F_START : e->flags & ~WIRE_F_START;
}

static void hand_over_run(struct pieces *p, size_t len, uint64_t skip)
{
	for (; len > WIRE_DATA_MAX; len -= WIRE_DATA_MAX)
		hand_over(p, WIRE_DATA_MAX, 0);
	hand_over(p, len, skip);
}

/* In order, and within len bytes of data; *sum: what they leave out. */
static bool skips_valid(const struct wire_skips *skips, size_t len, uint64_t *sum)
{
	size_t before = 1; /* what is left out before the first byte is the event's pre_skip */

	*sum = 0;
	if (skips->n > WIRE_SKIPS)
		return false;
	for (size_t i = 0; i < skips->n; i++) {
		if (skips->skip[i].at < before || skips->skip[i].at > len)
			return false;
		before = skips->skip[i].at;
		*sum += skips->skip[i].n;
	}
	return true;
}

static int split(struct pieces *p, const struct wire_skips *skips, size_t len)
{
	size_t done = 0;

	for (size_t i = 0; i < skips->n;) {
		size_t at = skips->skip[i].at;
		uint64_t skip = 0;

		for (; i < skips->n && skips->skip[i].at == at; i++)
			skip += skips->skip[i].n;
		hand_over_run(p, at - done, skip);
		done = at;
	}
	if (done < len || len == 0)
		hand_over_run(p, len - done, 0);
	return p->n;
}

int event_pieces(const void *raw, size_t n, capture_event_fn *fn, void *ctx)
{
	struct pieces p = {.fn = fn, .ctx = ctx};
	struct wire_skips skips;
	size_t len, room;
	uint64_t sum;

	if (n < sizeof(p.event))
		return 0;
	memcpy(&p.event, raw, sizeof(p.event));
	p.data = (const uint8_t *)raw + sizeof(p.event);
	if (!(p.event.flags & WIRE_F_SKIPS)) {
		if (!wire_event_valid(raw, n))
			return 0;
		fn(ctx, &p.event, p.data);
		return 1;
	}
	if (n < sizeof(p.event) + sizeof(skips))
		return 0;
	memcpy(&skips, p.data, sizeof(skips));
	p.data += sizeof(skips);
	room = n - sizeof(p.event) - sizeof(skips);
	len = p.event.len;
	if (len > room || !skips_valid(&skips, len, &sum))
		return 0;
	/* the positions of all of it, as of one event without data */
	p.event.len = 0;
	p.event.flags &= ~WIRE_F_SKIPS;
	p.event.post_skip = len + sum;
	if (p.event.kind != WIRE_DATA || !wire_event_valid(&p.event, sizeof(p.event)))
		return 0;
	return split(&p, &skips, len);
}
