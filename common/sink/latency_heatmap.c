/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time runs down, latency across: one line per interval, one cell per half
 * power of two, darker where more of the interval's exchanges are.  Drift and
 * two humps where there should be one are seen at a glance.
 *
 *     HH:MM:SS <45 cells>~1993 p99 1.15ms err 3
 */
#include "sink/latency_sink.h"

#include <stdlib.h>

#include "sink/latency_text.h"

/*
 * Cells begin at 2^k and at 1.5 * 2^k us, which are bounds of buckets, too.
 * The first takes all that is faster, the last all that is slower (from 67 s).
 * More of them leave no room for the figures in 79 columns.
 */
#define FIRST_BITS 4
#define LAST_BITS  26
#define CELLS	   (2 * (LAST_BITS - FIRST_BITS) + 1)
/* "HH:MM:SS " */
#define CELLS_AT (WALL_TIME_CLOCK_LEN)
/* Labels stand 8 columns apart in either of two lines: "256us" and "262ms" need 6. */
#define LABEL_STEP 8
#define LABEL_LINE (CELLS_AT + CELLS + 5)
/* "1993", "12k", "1.2M": figures that align, and leave room for the next. */
#define COUNT_WIDTH 4
#define EXACT_BELOW 10000

#define SHADES 10

struct shade {
	double from; /* share of the fullest cell */
	char ascii;
	const char *colour; /* background: one of the 16 that any terminal has */
};

/*
 * A factor of 2.4 from one to the next: 1 in 1000 is told from still less, and
 * nothing that happened is blank.
 */
static const struct shade shades[SHADES] = {
	{0, ' ', "\033[49m"},	   {0, '.', "\033[44m"},       {0.001, ':', "\033[104m"},
	{0.0024, '-', "\033[46m"}, {0.0056, '=', "\033[106m"}, {0.013, '+', "\033[42m"},
	{0.032, '*', "\033[43m"},  {0.075, '#', "\033[103m"},  {0.18, '%', "\033[101m"},
	{0.42, '@', "\033[41m"},
};

struct latency_heatmap {
	struct latency_sink sink;
	struct output *out;
	struct wall_time *time;
	const struct latency_layout *layout;
};

/* ---- figures ---- */

/* At most three digits of a duration, and its unit: "999us", "1.15ms", "11.5s". */
static void put_short_time(struct text *out, uint64_t us)
{
	const char *unit = us < 1000000 ? "ms" : "s";

	if (us < 1000) {
		text_put_u64(out, us);
		text_put_str(out, "us");
		return;
	}
	if (us >= 1000000)
		us /= 1000;
	if (us < 10000)
		latency_put_fixed(out, us / 10, 2);
	else if (us < 100000)
		latency_put_fixed(out, us / 100, 1);
	else
		text_put_u64(out, us / 1000);
	text_put_str(out, unit);
}

static void put_short_count(struct text *out, uint64_t n)
{
	const char *unit = "kMGTPE";

	if (n < EXACT_BELOW) {
		text_put_u64(out, n);
		return;
	}
	for (; n >= 1000000; n /= 1000)
		unit++;
	if (n < 10000)
		latency_put_fixed(out, n / 100, 1);
	else
		text_put_u64(out, n / 1000);
	text_put_char(out, *unit);
}

/* ---- the axis ---- */

static void put_label(struct text *out, size_t line, size_t cell)
{
	uint64_t us = 1ull << (FIRST_BITS + cell / 2);

	latency_pad_right(out, line, CELLS_AT + cell);
	text_put_u64(out, us < 1000 ? us : us < 1000000 ? us / 1000 : us / 1000000);
	text_put_str(out, us < 1000 ? "us" : us < 1000000 ? "ms" : "s");
}

/* Two lines, or the labels would touch each other. */
static void put_axis(struct text *out)
{
	size_t line = out->n;

	for (size_t cell = LABEL_STEP / 2; cell < CELLS; cell += LABEL_STEP)
		put_label(out, line, cell);
	text_put_char(out, '\n');
	line = out->n;
	text_put_str(out, "TIME");
	for (size_t cell = 0; cell < CELLS; cell += LABEL_STEP)
		put_label(out, line, cell);
	latency_pad_right(out, line, LABEL_LINE - strlen("COUNT"));
	text_put_str(out, "COUNT\n");
}

/* ---- the cells ---- */

static size_t cell_of(uint64_t us)
{
	unsigned bits;

	if (us < 1ull << FIRST_BITS)
		return 0;
	bits = 63 - (unsigned)__builtin_clzll(us);
	if (bits >= LAST_BITS)
		return CELLS - 1;
	return 2 * (bits - FIRST_BITS) + (us >> (bits - 1) & 1);
}

static const struct shade *shade_of(uint64_t count, uint64_t most)
{
	size_t i = SHADES - 1;

	if (count == 0)
		return &shades[0];
	while (i > 1 && (double)count < shades[i].from * (double)most)
		i--;
	return &shades[i];
}

static void put_cells(struct text *out, const uint64_t cells[CELLS], bool colour)
{
	const struct shade *last = &shades[0];
	uint64_t most = 0;

	for (size_t i = 0; i < CELLS; i++)
		if (cells[i] > most)
			most = cells[i];
	for (size_t i = 0; i < CELLS; i++) {
		const struct shade *s = shade_of(cells[i], most);

		if (colour && s != last)
			text_put_str(out, s->colour);
		text_put_char(out, colour ? ' ' : s->ascii);
		last = s;
	}
	if (colour)
		text_put_str(out, "\033[0m");
}

static void put_figures(struct text *out, const struct histogram *h, bool lost)
{
	size_t start;

	text_put_char(out, lost ? '~' : ' ');
	start = out->n;
	put_short_count(out, h->count);
	latency_pad_left(out, start, COUNT_WIDTH);
	text_put_str(out, " p99 ");
	if (h->count)
		put_short_time(out, histogram_percentile_ns(h, 99000) / 1000);
	else
		text_put_char(out, '-');
	if (h->errors) {
		text_put_str(out, " err ");
		put_short_count(out, h->errors);
	}
	text_put_char(out, '\n');
}

/* ---- the sink ---- */

static void heatmap_begin(struct latency_sink *sink)
{
	struct latency_heatmap *m = (struct latency_heatmap *)sink;

	text_put_str(&m->out->pending, LATENCY_TRACING);
	put_axis(&m->out->pending);
	output_end_record(m->out);
}

static void heatmap_interval(struct latency_sink *sink, const struct latency_interval *i)
{
	struct latency_heatmap *m = (struct latency_heatmap *)sink;
	const struct histogram *h = &i->rows[0].parts[0];
	struct text *out = &m->out->pending;
	uint64_t cells[CELLS] = {0};

	for (unsigned b = 0; b < HISTOGRAM_BUCKETS; b++)
		cells[cell_of(histogram_low(b))] += h->buckets[b];
	text_put_str(out, wall_time_clock(m->time, i->end_ns));
	text_put_char(out, ' ');
	put_cells(out, cells, m->layout->colour);
	put_figures(out, h, i->lost > 0);
	output_end_record(m->out);
}

static void heatmap_free(struct latency_sink *sink)
{
	free(sink);
}

struct latency_sink *latency_heatmap_new(struct output *out, struct wall_time *time,
					 const struct latency_layout *layout)
{
	struct latency_heatmap *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->sink = (struct latency_sink){heatmap_begin, heatmap_interval, heatmap_free};
	m->out = out;
	m->time = time;
	m->layout = layout;
	return &m->sink;
}
