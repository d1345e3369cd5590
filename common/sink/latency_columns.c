/* SPDX-License-Identifier: Apache-2.0 */
#include "sink/latency_columns.h"

#include "sink/escape.h"
#include "sink/latency_text.h"

/* PART or nothing, 9 of figures, the keys. */
#define COLUMNS_MAX (10 + LATENCY_KEYS_MAX)
/* A key that others follow is padded up to this, and cut to it on a terminal. */
#define KEY_WIDTH 24
/* On a narrow terminal the last key keeps this much and the line wraps. */
#define LAST_KEY_MIN 8

struct line {
	const struct latency_layout *layout;
	const struct latency_row *row;
	size_t part;
};

struct column {
	const char *title; /* shown in upper case */
	bool timed;	   /* the title has the unit */
	bool right;
	size_t width;
	void (*put)(struct text *out, const struct line *line, size_t arg);
	size_t arg;
};

/* Lines are either rows (by their part 0) or the parts of one row. */
struct grid {
	struct text *out;
	const struct latency_layout *layout;
	const struct latency_row *rows;
	bool by_part;
	size_t n_lines;
	unsigned screen;
	struct column columns[COLUMNS_MAX];
	size_t n_columns, n_keys; /* the last n_keys are keys */
};

/* ---- cells ---- */

static const struct histogram *part_of(const struct line *line)
{
	return &line->row->parts[line->part];
}

static void put_count(struct text *out, const struct line *line, size_t arg)
{
	(void)arg;
	text_put_u64(out, part_of(line)->count);
}

static void put_time(struct text *out, const struct line *line, uint64_t ns)
{
	if (part_of(line)->count)
		latency_put_time(out, ns, line->layout->unit);
	else
		text_put_char(out, '-');
}

static void put_mean(struct text *out, const struct line *line, size_t arg)
{
	(void)arg;
	put_time(out, line, histogram_mean_ns(part_of(line)));
}

static void put_quantile(struct text *out, const struct line *line, size_t per_100000)
{
	put_time(out, line, histogram_percentile_ns(part_of(line), (unsigned)per_100000));
}

static void put_max(struct text *out, const struct line *line, size_t arg)
{
	(void)arg;
	put_time(out, line, part_of(line)->max_ns);
}

static void put_errors(struct text *out, const struct line *line, size_t arg)
{
	(void)arg;
	text_put_u64(out, part_of(line)->errors);
}

static void put_share(struct text *out, const struct line *line, size_t arg)
{
	(void)arg;
	latency_put_share(out, part_of(line));
}

static void put_part(struct text *out, const struct line *line, size_t arg)
{
	(void)arg;
	text_put_str(out, line->layout->parts[line->part]);
}

static void put_value(struct text *out, struct bytes value)
{
	if (!value.p)
		text_put_char(out, '-');
	else if (value.n == 0)
		text_put_str(out, "\"\""); /* an empty cell would shift the next key into it */
	else
		escape_put(out, value);
}

static void put_key(struct text *out, const struct line *line, size_t key)
{
	if (line->row->other)
		text_put_str(out, "other");
	else
		put_value(out, line->row->values[key]);
}

/* ---- which columns ---- */

static void add(struct grid *g, struct column c)
{
	g->columns[g->n_columns++] = c;
}

/* Widths for what is usual: durations below 10 s. */
static void add_figures(struct grid *g)
{
	add(g, (struct column){"count", false, true, 7, put_count, 0});
	add(g, (struct column){"avg", true, true, 7, put_mean, 0});
	for (size_t i = 0; i < LATENCY_QUANTILES; i++) {
		const struct latency_quantile *q = &latency_quantiles[i];

		add(g, (struct column){q->name, true, true, 7, put_quantile, q->per_100000});
	}
	add(g, (struct column){"max", true, true, 8, put_max, 0});
}

static void add_keys(struct grid *g)
{
	g->n_keys = g->layout->n_keys;
	for (size_t i = 0; i < g->n_keys; i++)
		add(g, (struct column){g->layout->keys[i], false, false, 0, put_key, i});
}

/* ---- lines ---- */

static struct line line_at(const struct grid *g, size_t i)
{
	return g->by_part ? (struct line){g->layout, g->rows, i} : (struct line){g->layout, g->rows + i, 0};
}

static void put_title(const struct grid *g, const struct column *c)
{
	for (const char *p = c->title; *p; p++)
		text_put_char(g->out, *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A') : *p);
	if (c->timed)
		text_put_str(g->out, g->layout->unit == LATENCY_MS ? "(ms)" : "(us)");
}

/* line NULL: the column's title. */
static void put_cell(const struct grid *g, const struct column *c, const struct line *line)
{
	if (!line)
		put_title(g, c);
	else if (c->put != put_part && line->part && !g->layout->measured[line->part])
		text_put_str(g->out, "n/a");
	else
		c->put(g->out, line, c->arg);
}

/* How wide column i may get in a line that begins at `start`; 0: any width. */
static size_t limit(const struct grid *g, size_t i, size_t start)
{
	size_t used;

	if (g->screen == 0 || i < g->n_columns - g->n_keys)
		return 0;
	if (i + 1 < g->n_columns)
		return KEY_WIDTH;
	used = escape_columns(bytes_from(text_bytes(g->out), start));
	/* not the last column: some terminals wrap there already */
	return used + LAST_KEY_MIN < g->screen ? g->screen - 1 - used : LAST_KEY_MIN;
}

static void put_line(const struct grid *g, const struct line *line)
{
	size_t start = g->out->n, n = g->n_columns;

	if (line && line->row->other && g->n_keys)
		n -= g->n_keys - 1; /* "other" stands for all keys */
	for (size_t i = 0; i < n; i++) {
		const struct column *c = &g->columns[i];
		size_t columns = limit(g, i, start), cell = g->out->n;

		put_cell(g, c, line);
		if (columns)
			latency_clip(g->out, cell, columns);
		if (c->right)
			latency_pad_left(g->out, cell, c->width);
		else if (i + 1 < n)
			latency_pad_right(g->out, cell, c->width);
		text_put_char(g->out, i + 1 < n ? ' ' : '\n');
	}
}

/* Writes the cell and takes it back. */
static void widen(const struct grid *g, struct column *c, const struct line *line)
{
	size_t start = g->out->n, columns;

	put_cell(g, c, line);
	columns = escape_columns(bytes_from(text_bytes(g->out), start));
	g->out->n = start;
	if (!c->right && columns > KEY_WIDTH)
		columns = KEY_WIDTH;
	if (columns > c->width)
		c->width = columns;
}

static void put_grid(struct grid *g)
{
	for (size_t i = 0; i < g->n_columns; i++) {
		widen(g, &g->columns[i], NULL);
		for (size_t j = 0; j < g->n_lines; j++) {
			struct line line = line_at(g, j);

			widen(g, &g->columns[i], &line);
		}
	}
	put_line(g, NULL);
	for (size_t j = 0; j < g->n_lines; j++) {
		struct line line = line_at(g, j);

		put_line(g, &line);
	}
}

/* ---- the tables ---- */

void latency_put_rows(struct text *out, const struct latency_layout *layout, const struct latency_interval *i,
		      unsigned screen)
{
	struct grid g = {
		.out = out, .layout = layout, .rows = i->rows, .n_lines = i->n_rows, .screen = screen};

	add_figures(&g);
	add(&g, (struct column){"errors", false, true, 6, put_errors, 0});
	if (layout->slo_ns)
		add(&g, (struct column){"slo%", false, true, 6, put_share, 0});
	add_keys(&g);
	put_grid(&g);
}

void latency_put_parts(struct text *out, const struct latency_layout *layout, const struct latency_row *row)
{
	struct grid g = {
		.out = out, .layout = layout, .rows = row, .by_part = true, .n_lines = layout->n_parts};

	add(&g, (struct column){"part", false, false, 8, put_part, 0});
	add_figures(&g);
	put_grid(&g);
}

void latency_put_keys(struct text *out, const struct latency_layout *layout, const struct latency_row *row,
		      unsigned screen)
{
	size_t start = out->n;

	if (row->other)
		text_put_str(out, "other");
	for (size_t i = 0; i < layout->n_keys && !row->other; i++) {
		text_put_str(out, i ? ", " : "");
		text_put_str(out, layout->keys[i]);
		text_put_char(out, ' ');
		put_value(out, row->values[i]);
	}
	if (screen > 1)
		latency_clip(out, start, screen - 1);
	text_put_char(out, '\n');
}
