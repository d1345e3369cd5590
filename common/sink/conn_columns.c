/* SPDX-License-Identifier: Apache-2.0 */
#include "sink/conn_columns.h"

#include "sink/columns.h"
#include "sink/conn_cells.h"
#include "sink/escape.h"
#include "sink/latency_text.h"
#include "sink/row.h"

const char *conn_column_title(enum conn_column column)
{
	return conn_cells[column].title;
}

const char *conn_column_key(enum conn_column column)
{
	return conn_cells[column].key;
}

void conn_put_cell(struct text *out, enum conn_column column, const struct conn_record *r,
		   uint64_t interval_ns)
{
	size_t start = out->n;

	conn_cells[column].put(&(struct conn_cell){out, r, interval_ns, 0});
	if (out->n == start)
		text_put_char(out, '-');
}

/* ---- which columns ---- */

/* Taken in this order, each where there is room: a column, or more of one that is there. */
struct step {
	uint8_t column, width;
	bool extended;
};

static const struct step single_steps[] = {
	{CONN_COL_RADDR, COLUMN_PEER_WIDTH, false},
	{CONN_COL_ROLE, 2, false},
	{CONN_COL_COMM, 8, false},
	{CONN_COL_REQ, 5, false}, /* 39 */
	{CONN_COL_PID, 8, false},
	{CONN_COL_P99, 6, false},
	{CONN_COL_CONTAINER, COLUMN_CONTAINER_WIDTH, true},
	{CONN_COL_ERR, 4, false},
	{CONN_COL_RX, 4, false},
	{CONN_COL_TX, 4, false},
	{CONN_COL_LADDR, 6, false},
	{CONN_COL_COMM, COLUMN_COMM_WIDTH, false}, /* 79 */
	{CONN_COL_POD, 20, true},
	{CONN_COL_STATE, 10, false},
	{CONN_COL_LADDR, COLUMN_PEER_WIDTH, false},
	{CONN_COL_AGE, 7, false},
	{CONN_COL_PROTO, 6, false},
	{CONN_COL_P50, 6, false},
	{CONN_COL_RTT, 6, false},
	{CONN_COL_RETR, 4, false},
	{CONN_COL_ROLE, CONN_ROLE_WORD_WIDTH, false},
	{CONN_COL_COMM, COLUMN_COMM_WIDE, false}, /* 149 */
	{CONN_COL_POD, 40, true},
};

static const struct step group_steps[] = {
	{CONN_COL_NAME, 20, false}, {CONN_COL_CONNS, 5, false},
	{CONN_COL_REQ, 5, false},   {CONN_COL_P99, 6, false}, /* 39 */
	{CONN_COL_ERR, 4, false},   {CONN_COL_RX, 4, false},
	{CONN_COL_TX, 4, false},    {CONN_COL_CONTAINER, COLUMN_CONTAINER_WIDTH, true},
	{CONN_COL_RTT, 6, false},   {CONN_COL_RETR, 4, false},
	{CONN_COL_P50, 6, false},   {CONN_COL_NAME, 26, false}, /* 79 */
	{CONN_COL_NAME, 40, false}, {CONN_COL_POD, 20, true},
	{CONN_COL_PROTO, 6, false}, {CONN_COL_NAME, 60, false},
	{CONN_COL_POD, 40, true},
};

static void choose(struct conn_layout *l, const struct step *steps, size_t n, bool extended)
{
	unsigned used = 0;

	for (size_t i = 0; i < n; i++) {
		const struct step *s = &steps[i];
		unsigned *width = &l->width[s->column], more = s->width - *width;

		if (s->extended && !extended)
			continue;
		if (*width == 0 && used)
			more++; /* what separates columns */
		/* the terminal's last column stays empty; what comes first is there always */
		if (l->screen && used + more >= l->screen && used)
			continue;
		used += more;
		*width = s->width;
	}
}

void conn_layout_init(struct conn_layout *l, const struct conn_layout_options *o)
{
	*l = (struct conn_layout){.screen = o->wide ? 0 : o->screen ? o->screen : CONN_SCREEN_DEFAULT};
	if (o->grouped)
		choose(l, group_steps, sizeof(group_steps) / sizeof(group_steps[0]), o->extended);
	else
		choose(l, single_steps, sizeof(single_steps) / sizeof(single_steps[0]), o->extended);
}

unsigned conn_layout_start(const struct conn_layout *l, enum conn_column column)
{
	unsigned start = 0;

	for (unsigned i = 0; i < column; i++)
		if (l->width[i])
			start += l->width[i] + 1;
	return start;
}

/* ---- lines ---- */

/* r NULL: the title. */
static void put_value(struct text *out, const struct conn_layout *l, enum conn_column i,
		      const struct conn_record *r, uint64_t interval_ns)
{
	const char *title = conn_cells[i].title;

	if (r)
		conn_cells[i].put(&(struct conn_cell){out, r, interval_ns, l->screen ? l->width[i] : 0});
	else
		text_put(out, title, l->width[i] < strlen(title) ? 1 : strlen(title));
}

/* The padding of the last cell, and what would separate it from the next. */
static void drop_spaces(struct text *out, size_t start)
{
	while (out->n > start && out->p[out->n - 1] == ' ')
		out->n--;
}

static void put_line(struct text *out, const struct conn_layout *l, const struct conn_record *r,
		     uint64_t interval_ns)
{
	size_t start = out->n;
	struct row row;

	row_begin(&row, out);
	for (enum conn_column i = 0; i < CONN_COLS; i++) {
		if (!l->width[i])
			continue;
		put_value(out, l, i, r, interval_ns);
		if (conn_cells[i].clip && l->screen)
			row_clip(&row, l->width[i]);
		row_next(&row, l->width[i], conn_cells[i].right);
	}
	drop_spaces(out, start);
	if (l->screen > 1)
		latency_clip(out, start, l->screen - 1);
	text_put_char(out, '\n');
}

void conn_put_header(struct text *out, const struct conn_layout *l)
{
	put_line(out, l, NULL, 0);
}

void conn_put_row(struct text *out, const struct conn_layout *l, const struct conn_record *r,
		  uint64_t interval_ns)
{
	put_line(out, l, r, interval_ns);
}

/* t is scratch. */
static void widen(struct conn_layout *l, enum conn_column i, const struct conn_record *r, struct text *t)
{
	size_t needed;

	if (!l->width[i])
		return;
	text_clear(t);
	put_value(t, l, i, r, 0);
	needed = escape_columns(text_bytes(t));
	if (needed > l->width[i])
		l->width[i] = (unsigned)needed;
}

void conn_layout_widen(struct conn_layout *l, const struct conn_record *records, size_t n)
{
	static const enum conn_column any_length[] = {CONN_COL_NAME,  CONN_COL_PID,	 CONN_COL_COMM,
						      CONN_COL_LADDR, CONN_COL_RADDR,	 CONN_COL_PROTO,
						      CONN_COL_STATE, CONN_COL_CONTAINER};
	struct text t;

	if (l->screen)
		return;
	text_init(&t);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < sizeof(any_length) / sizeof(any_length[0]); j++)
			widen(l, any_length[j], &records[i], &t);
	text_release(&t);
}
