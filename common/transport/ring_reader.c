/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/ring_reader.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>

#include "transport/event_pieces.h"
#include "transport/events.h"

/* Close events held back until the data before them is handed over: as many
 * as the largest control buffer can hold; only what is used is resident. */
#define CLOSES_MAX 16384

struct ring_reader {
	struct ring_buffer *events, *control;
	struct wire_event *closes;
	size_t n_closes;
	capture_event_fn *fn;
	void *ctx;
	int handed;
};

static int on_data(void *ctx, void *raw, size_t n)
{
	struct ring_reader *r = ctx;

	r->handed += event_pieces(raw, n, r->fn, r->ctx);
	return r->handed < CAPTURE_EVENTS_PER_POLL ? 0 : -EAGAIN;
}

static int on_close(void *ctx, void *raw, size_t n)
{
	struct ring_reader *r = ctx;

	if (wire_event_valid(raw, n) && r->n_closes < CLOSES_MAX)
		r->closes[r->n_closes++] = *(const struct wire_event *)raw;
	return 0;
}

struct ring_reader *ring_reader_new(int events, int control)
{
	struct ring_reader *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->closes = malloc(CLOSES_MAX * sizeof(*r->closes));
	r->events = ring_buffer__new(events, on_data, r, NULL);
	r->control = ring_buffer__new(control, on_close, r, NULL);
	if (r->closes && r->events && r->control)
		return r;
	ring_reader_free(r);
	return NULL;
}

void ring_reader_free(struct ring_reader *r)
{
	if (!r)
		return;
	ring_buffer__free(r->events);
	ring_buffer__free(r->control);
	free(r->closes);
	free(r);
}

int ring_reader_fd(const struct ring_reader *r)
{
	return ring_buffer__epoll_fd(r->events);
}

/*
 * Closes are taken first and handed over last: all data a connection sent
 * before its close is in the data buffer by then.  When that was not emptied,
 * they wait for the call that empties it.
 */
int ring_reader_take(struct ring_reader *r, capture_event_fn *fn, void *ctx)
{
	int n;

	r->fn = fn;
	r->ctx = ctx;
	r->handed = 0;
	if (r->n_closes == 0 && ring_buffer__consume(r->control) < 0)
		return errno == EINTR ? 0 : -1;
	n = ring_buffer__consume(r->events);
	if (n == -EAGAIN)
		return r->handed;
	if (n < 0)
		return errno == EINTR ? 0 : -1;
	for (size_t i = 0; i < r->n_closes; i++)
		fn(ctx, &r->closes[i], NULL);
	n = r->handed + (int)r->n_closes;
	r->n_closes = 0;
	return n;
}
