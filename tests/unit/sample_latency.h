/* SPDX-License-Identifier: Apache-2.0 */
/* sample_latency.h - intervals of exchanges for the tests of the latency sinks. */
#ifndef L7SCOPE_TESTS_SAMPLE_LATENCY_H
#define L7SCOPE_TESTS_SAMPLE_LATENCY_H

#include <check.h>
#include <stdlib.h>

#include "sink/latency_sink.h"

#define US 1000ull
#define MS 1000000ull

/* 2026-01-02T03:04:05.123456Z is where the interval begins. */
#define SAMPLE_START_NS	 5000000000ull
#define SAMPLE_OFFSET_NS (1767323045123456000ll - (int64_t)SAMPLE_START_NS)

#define SAMPLE_ROWS 3
/* What no line of a default view may reach. */
#define SAMPLE_COLUMNS 80

typedef struct latency_sink *latency_new_fn(struct output *, struct wall_time *,
					    const struct latency_layout *);

/* Five seconds of one row without keys, empty. */
struct latency_run {
	latency_new_fn *new;
	struct output out;
	struct wall_time time;
	struct latency_layout layout;
	struct latency_interval interval;
	struct latency_row rows[SAMPLE_ROWS];
	struct histogram parts[SAMPLE_ROWS][LATENCY_PARTS_MAX];
};

static inline void run_init(struct latency_run *r, latency_new_fn *new)
{
	setenv("TZ", "UTC-2", 1); /* two hours east */
	*r = (struct latency_run){.new = new};
	output_init(&r->out, -1, NULL);
	wall_time_init(&r->time, SAMPLE_OFFSET_NS, 0);
	r->layout = (struct latency_layout){.parts = {"total"}, .measured = {true}, .n_parts = 1};
	for (size_t i = 0; i < SAMPLE_ROWS; i++)
		r->rows[i].parts = r->parts[i];
	r->interval = (struct latency_interval){
		.start_ns = SAMPLE_START_NS,
		.end_ns = SAMPLE_START_NS + 5000 * MS,
		.rows = r->rows,
		.n_rows = 1,
	};
}

static inline void run_release(struct latency_run *r)
{
	output_release(&r->out);
}

/* The server's parts, of which this kernel cannot measure the first. */
static inline void use_parts(struct latency_run *r)
{
	static const char *const names[] = {"total", "queue", "read", "service"};

	for (size_t i = 0; i < 4; i++) {
		r->layout.parts[i] = names[i];
		r->layout.measured[i] = i != 1;
	}
	r->layout.n_parts = 4;
}

static inline void use_keys(struct latency_run *r, const char *first, const char *second)
{
	r->layout.keys[0] = first;
	r->layout.keys[1] = second;
	r->layout.n_keys = second ? 2 : 1;
}

/* n exchanges of that duration, however many. */
static inline void add(struct histogram *h, uint64_t n, uint64_t ns, uint64_t limit_ns)
{
	struct histogram one = {0};

	histogram_add(&one, ns, limit_ns);
	one.count = n;
	one.sum_ns *= n;
	one.within *= n;
	for (size_t i = 0; i < HISTOGRAM_MS_SLOTS; i++)
		one.ms[i] *= n;
	one.buckets[histogram_bucket(ns / US)] = n;
	histogram_merge(h, &one);
}

/* What the sink writes, NUL-terminated; valid until the next call. */
static inline const char *print_begin(struct latency_run *r)
{
	struct latency_sink *sink = r->new (&r->out, &r->time, &r->layout);

	ck_assert_ptr_nonnull(sink);
	text_clear(&r->out.pending);
	sink->begin(sink);
	sink->free(sink);
	text_put_char(&r->out.pending, '\0');
	return r->out.pending.p;
}

static inline const char *print_interval(struct latency_run *r)
{
	struct latency_sink *sink = r->new (&r->out, &r->time, &r->layout);

	ck_assert_ptr_nonnull(sink);
	text_clear(&r->out.pending);
	sink->interval(sink, &r->interval);
	sink->free(sink);
	text_put_char(&r->out.pending, '\0');
	return r->out.pending.p;
}

/* For fail_each_alloc(): the text may be short, but never wrong in its end. */
static inline void print_without_memory(void *ctx)
{
	struct latency_run *r = ctx;
	struct latency_sink *sink;

	output_release(&r->out);
	output_init(&r->out, -1, NULL);
	sink = r->new (&r->out, &r->time, &r->layout);
	if (!sink)
		return;
	sink->begin(sink);
	sink->interval(sink, &r->interval);
	ck_assert(r->out.pending.failed || r->out.pending.p[r->out.pending.n - 1] == '\n');
	sink->free(sink);
}

/* How long the longest line is. */
static inline size_t longest_line(const char *text)
{
	size_t longest = 0;

	while (*text) {
		size_t n = strcspn(text, "\n");

		if (n > longest)
			longest = n;
		text += n + (text[n] == '\n');
	}
	return longest;
}

#endif
