/* SPDX-License-Identifier: Apache-2.0 */
/* For the eye: BCC's histogram and a line of figures, or a table by key. */
#include "sink/latency_sink.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "sink/latency_columns.h"
#include "sink/latency_text.h"

/* Powers of two: 0-1, 2-3, 4-7, ..., in either unit. */
#define SLOTS_MAX HISTOGRAM_TOP_BITS
/* The bar of BCC's print_log2_hist. */
#define STARS	  "****************************************"
#define STARS_MAX (sizeof(STARS) - 1)
/* A row with each number as long as it can get. */
#define SLOT_ROW_SIZE 160

_Static_assert(HISTOGRAM_MS_SLOTS <= SLOTS_MAX, "room for slots in milliseconds");

struct latency_table {
	struct latency_sink sink;
	struct output *out;
	struct wall_time *time;
	const struct latency_layout *layout;
};

/* ---- the histogram ---- */

struct slots {
	uint64_t counts[SLOTS_MAX];
	size_t n;
	uint64_t max; /* the last slot has no upper bound of its own */
};

static void slots_in_us(struct slots *s, const struct histogram *h)
{
	*s = (struct slots){.n = HISTOGRAM_TOP_BITS, .max = h->max_ns / 1000};
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		uint64_t low = histogram_low(i);

		s->counts[low < 2 ? 0 : 63 - __builtin_clzll(low)] += h->buckets[i];
	}
}

static void slots_in_ms(struct slots *s, const struct histogram *h)
{
	*s = (struct slots){.n = HISTOGRAM_MS_SLOTS, .max = h->max_ns / 1000000};
	memcpy(s->counts, h->ms, sizeof(h->ms));
}

static void put_slot(struct text *out, const struct slots *s, size_t i, uint64_t most)
{
	uint64_t low = i ? 1ull << i : 0, high = (2ull << i) - 1;
	int stars = (int)(STARS_MAX * s->counts[i] / most);
	char row[SLOT_ROW_SIZE];

	if (i + 1 == s->n && s->max > high)
		high = s->max;
	snprintf(row, sizeof(row), "%10" PRIu64 " -> %-10" PRIu64 " : %-8" PRIu64 " |%-*.*s|\n", low, high,
		 s->counts[i], (int)STARS_MAX, stars, STARS);
	text_put_str(out, row);
}

static void put_histogram(struct text *out, const struct histogram *h, enum latency_unit unit)
{
	struct slots s;
	uint64_t most = 0;
	size_t rows = 0;

	if (unit == LATENCY_MS)
		slots_in_ms(&s, h);
	else
		slots_in_us(&s, h);
	for (size_t i = 0; i < s.n; i++) {
		if (s.counts[i])
			rows = i + 1;
		if (s.counts[i] > most)
			most = s.counts[i];
	}
	text_put_str(out, unit == LATENCY_MS ? "     msecs" : "     usecs");
	text_put_str(out, "               : count     distribution\n");
	for (size_t i = 0; i < rows; i++)
		put_slot(out, &s, i, most);
}

/* ---- the lines below ---- */

static void put_figure(struct text *out, const char *name, uint64_t value)
{
	text_put_str(out, name);
	text_put_u64(out, value);
}

static void put_time(struct text *out, const char *name, const struct histogram *h, uint64_t ns,
		     enum latency_unit unit)
{
	text_put_char(out, ' ');
	text_put_str(out, name);
	text_put_char(out, ' ');
	if (h->count)
		latency_put_time(out, ns, unit);
	else
		text_put_char(out, '-');
}

/* In the largest unit that leaves no fraction, which is how it was most likely given. */
static void put_within(struct text *out, const struct histogram *h, uint64_t slo_ns)
{
	static const struct {
		uint64_t ns;
		const char *name;
	} units[] = {{1000000000, " s "}, {1000000, " ms "}, {1000, " us "}};
	size_t u = 0;

	while (u < 2 && slo_ns % units[u].ns)
		u++;
	put_figure(out, ", within ", slo_ns / units[u].ns);
	text_put_str(out, units[u].name);
	latency_put_share(out, h);
	if (h->count || h->errors)
		text_put_str(out, " %");
}

static void put_length(struct text *out, const struct latency_interval *i)
{
	text_put_str(out, "in ");
	latency_put_fixed(out, (i->end_ns - i->start_ns + 5000000) / 10000000, 2);
	text_put_str(out, " s");
}

static void put_summary(const struct latency_table *t, const struct histogram *h,
			const struct latency_interval *i)
{
	enum latency_unit unit = t->layout->unit;
	struct text *out = &t->out->pending;

	put_figure(out, "count ", h->count);
	put_time(out, "avg", h, histogram_mean_ns(h), unit);
	for (size_t q = 0; q < LATENCY_QUANTILES; q++)
		put_time(out, latency_quantiles[q].name, h,
			 histogram_percentile_ns(h, latency_quantiles[q].per_100000), unit);
	put_time(out, "max", h, h->max_ns, unit);
	put_figure(out, " errors ", h->errors);
	text_put_char(out, '\n');
	put_length(out, i);
	if (t->layout->slo_ns)
		put_within(out, h, t->layout->slo_ns);
	if (i->lost)
		put_figure(out, ", lost ", i->lost);
	text_put_char(out, '\n');
}

static void put_total(struct text *out, const struct latency_interval *i)
{
	uint64_t count = 0, errors = 0;

	for (size_t r = 0; r < i->n_rows; r++) {
		count += i->rows[r].parts[0].count;
		errors += i->rows[r].parts[0].errors;
	}
	put_figure(out, "total: count ", count);
	put_figure(out, ", errors ", errors);
	if (i->lost)
		put_figure(out, ", lost ", i->lost);
	text_put_str(out, ", ");
	put_length(out, i);
	text_put_char(out, '\n');
}

/* ---- the sink ---- */

static void put_whole(const struct latency_table *t, const struct latency_interval *i)
{
	struct text *out = &t->out->pending;
	const struct histogram *whole = &i->rows[0].parts[0];

	put_histogram(out, whole, t->layout->unit);
	put_summary(t, whole, i);
	if (t->layout->n_parts > 1)
		latency_put_parts(out, t->layout, &i->rows[0]);
}

static void put_by_key(const struct latency_table *t, const struct latency_interval *i)
{
	unsigned screen = output_columns(t->out);
	struct text *out = &t->out->pending;

	if (t->layout->n_parts == 1) {
		latency_put_rows(out, t->layout, i, screen);
		put_total(out, i);
		return;
	}
	/* first, since a table per row follows */
	put_total(out, i);
	for (size_t r = 0; r < i->n_rows; r++) {
		latency_put_keys(out, t->layout, &i->rows[r], screen);
		latency_put_parts(out, t->layout, &i->rows[r]);
	}
}

static void table_begin(struct latency_sink *sink)
{
	struct latency_table *t = (struct latency_table *)sink;

	text_put_str(&t->out->pending, LATENCY_TRACING);
	output_end_record(t->out);
}

static void table_interval(struct latency_sink *sink, const struct latency_interval *i)
{
	struct latency_table *t = (struct latency_table *)sink;
	struct text *out = &t->out->pending;

	text_put_char(out, '\n');
	if (t->layout->timestamp) {
		text_put_str(out, wall_time_clock(t->time, i->end_ns));
		text_put_char(out, '\n');
	}
	if (t->layout->n_keys)
		put_by_key(t, i);
	else
		put_whole(t, i);
	output_end_record(t->out);
}

static void table_free(struct latency_sink *sink)
{
	free(sink);
}

struct latency_sink *latency_table_new(struct output *out, struct wall_time *time,
				       const struct latency_layout *layout)
{
	struct latency_table *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->sink = (struct latency_sink){table_begin, table_interval, table_free};
	t->out = out;
	t->time = time;
	t->layout = layout;
	return &t->sink;
}
