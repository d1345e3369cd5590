/* SPDX-License-Identifier: Apache-2.0 */
/* One line per exchange, in columns; below it the header lists with -H. */
#include "sink/sink.h"

#include <stdlib.h>

#include "sink/columns.h"
#include "sink/escape.h"
#include "sink/field_line.h"
#include "sink/record.h"
#include "sink/row.h"

/* 22 fixed columns at most, and those of --header. */
#define COLUMNS_MAX (24 + SINK_HEADERS_MAX)
/* On a narrow terminal PATH keeps this much and the line wraps. */
#define PATH_MIN 8
/* A --header column; longer values are cut on a terminal. */
#define HEADER_WIDTH 24
/* Local and peer address with -w, as in tcplife: shorter IPv6 addresses with a port fit. */
#define WIDE_ADDRESS 39

struct column {
	const char *title;
	unsigned width;
	bool right;
	column_fn *put;
	const char *header;
};

struct table_sink {
	struct sink sink;
	struct sink_options options;
	struct masker masker;
	struct column columns[COLUMNS_MAX];
	size_t n_columns;
};

static void add(struct table_sink *t, const struct column *c)
{
	if (t->n_columns < COLUMNS_MAX)
		t->columns[t->n_columns++] = *c;
}

static void add_address(struct table_sink *t, const char *title, column_fn *put)
{
	add(t, &(struct column){title, t->options.wide ? WIDE_ADDRESS : COLUMN_PEER_WIDTH, false, put, NULL});
}

static void add_extended(struct table_sink *t)
{
	static const struct column columns[] = {
		{"TTFB(ms)", 8, true, column_ttfb, NULL},
		{"QUEUE(ms)", 9, true, column_queue, NULL},
		{"REQ_B", 7, true, column_req_bytes, NULL},
		{"RESP_B", 9, true, column_resp_bytes, NULL},
		{"VERS", 4, false, column_version, NULL},
		{"TLS", 3, false, column_tls, NULL},
		{"CONN", 6, false, column_conn, NULL},
		{"FLAGS", 6, false, column_flags, NULL},
		{"CONTAINER", COLUMN_CONTAINER_WIDTH, false, column_container, NULL},
		{"POD", 20, false, column_pod, NULL},
		{"HOST", 20, false, column_host, NULL},
	};

	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		add(t, &columns[i]);
}

static void add_columns(struct table_sink *t)
{
	const struct sink_options *o = &t->options;

	if (o->time_clock)
		add(t, &(struct column){"TIME", 8, false, column_clock, NULL});
	if (o->time_seconds)
		add(t, &(struct column){"TIME(s)", 9, false, column_seconds, NULL});
	add(t, &(struct column){"PID", 7, false, column_pid, NULL});
	add(t, &(struct column){"COMM", o->wide ? COLUMN_COMM_WIDE : COLUMN_COMM_WIDTH, false, column_comm,
				NULL});
	add(t, &(struct column){"S/C", 3, false, column_role, NULL});
	if (o->wide || o->extended)
		add_address(t, "LOCAL", column_local);
	add_address(t, "PEER", column_peer);
	add(t, &(struct column){"STATUS", 8, false, column_status, NULL});
	add(t, &(struct column){"METHOD", 7, false, column_method, NULL});
	add(t, &(struct column){"LAT(ms)", 8, true, column_latency, NULL});
	if (o->extended)
		add_extended(t);
	for (size_t i = 0; i < o->n_headers; i++)
		add(t, &(struct column){o->headers[i], HEADER_WIDTH, false, column_header, o->headers[i]});
	add(t, &(struct column){"PATH", 0, false, column_path, NULL}); /* the rest of the line */
}

/* ---- a line ---- */

/* How many columns a cell may have; 0: any number.  Only PATH and header
 * values have no bound of their own, and only a terminal would wrap. */
static size_t limit(const struct table_sink *t, const struct column *c, const struct row *row)
{
	unsigned screen = t->options.wide ? 0 : output_columns(t->options.out);

	if (screen == 0)
		return 0;
	if (c->header)
		return c->width;
	return c->put == column_path ? row_room(row, screen, PATH_MIN) : 0;
}

static void end_cell(const struct table_sink *t, struct row *row, size_t i)
{
	if (i + 1 < t->n_columns)
		row_next(row, t->columns[i].width, t->columns[i].right);
	else
		row_end(row);
}

static void put_row(struct table_sink *t, const struct exchange *x)
{
	struct text *out = &t->options.out->pending;
	struct cell cell = {out, &t->masker, t->options.time, t->options.wide, NULL};
	struct row row;

	row_begin(&row, out);
	for (size_t i = 0; i < t->n_columns; i++) {
		const struct column *c = &t->columns[i];
		size_t columns = limit(t, c, &row);

		cell.header = c->header;
		c->put(&cell, x);
		if (columns)
			row_clip(&row, columns);
		end_cell(t, &row, i);
	}
}

static void put_headers(struct table_sink *t, const struct exchange *x, const char *mark,
			struct header_list list)
{
	for (size_t i = 0; i < list.n; i++) {
		struct header_field field = record_field(x, &list.fields[i]);

		field_line_put(&t->options.out->pending, &t->masker, mark, &field);
	}
}

/* ---- the sink ---- */

static void table_begin(struct sink *sink)
{
	struct table_sink *t = (struct table_sink *)sink;
	struct text *out = &t->options.out->pending;
	struct row row;

	row_begin(&row, out);
	for (size_t i = 0; i < t->n_columns; i++) {
		escape_put(out, bytes_of_str(t->columns[i].title));
		end_cell(t, &row, i);
	}
	output_end_record(t->options.out);
}

static void table_exchange(struct sink *sink, const struct exchange *x)
{
	struct table_sink *t = (struct table_sink *)sink;

	put_row(t, x);
	if (t->options.show_headers) {
		put_headers(t, x, "    > ", x->req_headers);
		put_headers(t, x, "    < ", x->resp_headers);
		put_headers(t, x, "    + ", x->trailers);
	}
	output_end_record(t->options.out);
}

static void table_free(struct sink *sink)
{
	struct table_sink *t = (struct table_sink *)sink;

	masker_release(&t->masker);
	free(t);
}

struct sink *table_sink_new(const struct sink_options *options)
{
	struct table_sink *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->sink = (struct sink){table_begin, table_exchange, table_free};
	t->options = *options;
	masker_init(&t->masker, options->show_secrets);
	add_columns(t);
	return &t->sink;
}
