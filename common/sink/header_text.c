/* SPDX-License-Identifier: Apache-2.0 */
/* One line per header block or frame, in columns; below it the fields with -H. */
#include "sink/header_sink.h"

#include <stdlib.h>

#include "sink/columns.h"
#include "sink/escape.h"
#include "sink/field_line.h"
#include "sink/frame_view.h"
#include "sink/header_info.h"
#include "sink/row.h"

/* On a narrow terminal the last column keeps this much and the line wraps. */
#define INFO_MIN 8
/* As table_sink's: shorter IPv6 addresses with a port fit. */
#define WIDE_ADDRESS 39
#define COLUMNS_MAX  16

/* One of both. */
struct entry {
	const struct http2_where *where;
	const struct http2_block *block;
	const struct http2_frame_record *frame;
};

/* As column_fn: appending nothing means unknown. */
typedef void put_fn(const struct cell *c, const struct entry *e);

struct column {
	const char *title;
	unsigned width;
	bool right;
	put_fn *put;
};

struct header_text {
	struct header_sink sink;
	struct header_sink_options options;
	struct masker masker;
	struct column columns[COLUMNS_MAX];
	size_t n_columns;
};

/* ---- when, who, where ---- */

static void put_clock(const struct cell *c, const struct entry *e)
{
	text_put_str(c->out, wall_time_clock(c->time, e->where->ns));
}

static void put_seconds(const struct cell *c, const struct entry *e)
{
	text_put_ms(c->out, ((int64_t)e->where->ns - (int64_t)c->time->start_ns) / 1000);
}

static void put_pid(const struct cell *c, const struct entry *e)
{
	text_put_u64(c->out, e->where->pid);
}

static void put_comm(const struct cell *c, const struct entry *e)
{
	if (e->where->comm)
		column_put_clipped(c, bytes_of_str(e->where->comm), COLUMN_COMM_WIDTH);
}

/* Marked as httpsnoop marks what is incomplete, and what is broken more loudly. */
static void put_role(const struct cell *c, const struct entry *e)
{
	text_put_char(c->out, e->where->role == ROLE_SERVER ? 'S' : 'C');
	if (e->block && e->block->after_loss)
		text_put_char(c->out, '~');
	if (e->block && e->block->bad)
		text_put_char(c->out, '!');
}

static void put_local(const struct cell *c, const struct entry *e)
{
	column_put_endpoint(c, &e->where->local);
}

static void put_peer(const struct cell *c, const struct entry *e)
{
	column_put_endpoint(c, &e->where->remote);
}

static void put_dir(const struct cell *c, const struct entry *e)
{
	text_put_char(c->out, e->where->sent ? '>' : '<');
}

static void put_conn(const struct cell *c, const struct entry *e)
{
	text_put_u64(c->out, e->where->conn);
}

/* ---- what ---- */

/* "5"; "5$" when it ends its direction of the stream; "5>8" when it promises stream 8. */
static void put_stream(const struct cell *c, const struct entry *e)
{
	text_put_u64(c->out, e->block ? e->block->stream : e->frame->frame.stream);
	if (e->block && e->block->kind == HTTP2_PUSH) {
		text_put_char(c->out, '>');
		text_put_u64(c->out, e->block->promised);
	}
	if (e->block ? e->block->end_stream : frame_ends_stream(&e->frame->frame))
		text_put_char(c->out, '$');
}

static const char *block_kind(enum http2_block_kind kind)
{
	switch (kind) {
	case HTTP2_REQUEST:
		return "req";
	case HTTP2_RESPONSE:
		return "resp";
	case HTTP2_INFORMATIONAL:
		return "info";
	case HTTP2_TRAILERS:
		return "trail";
	case HTTP2_PUSH:
		return "push";
	}
	return "";
}

static void put_kind(const struct cell *c, const struct entry *e)
{
	const char *kind = e->block ? block_kind(e->block->kind) : frame_kind_short(e->frame->frame.type);

	if (kind) {
		text_put_str(c->out, kind);
	} else {
		text_put_str(c->out, "type-");
		text_put_u64(c->out, e->frame->frame.type);
	}
}

static void put_wire(const struct cell *c, const struct entry *e)
{
	text_put_u64(c->out,
		     e->block ? e->block->wire : (uint64_t)e->frame->frame.length + HTTP2_FRAME_HEADER);
}

static void put_dynamic(const struct cell *c, const struct entry *e)
{
	if (e->block)
		text_put_u64(c->out, e->block->dynamic);
}

static void put_unknown(const struct cell *c, const struct entry *e)
{
	if (e->block)
		text_put_u64(c->out, e->block->unknown);
}

static void put_info(const struct cell *c, const struct entry *e)
{
	if (e->block)
		header_info_block(c->out, c->masker, e->block);
	else
		header_info_frame(c->out, e->frame);
}

/* ---- the table ---- */

static void add(struct header_text *t, const char *title, unsigned width, put_fn *put)
{
	t->columns[t->n_columns++] = (struct column){title, width, false, put};
}

static void add_number(struct header_text *t, const char *title, unsigned width, put_fn *put)
{
	t->columns[t->n_columns++] = (struct column){title, width, true, put};
}

/* 61 columns before INFO. */
static void add_columns(struct header_text *t)
{
	const struct header_sink_options *o = &t->options;

	if (o->time_clock)
		add(t, "TIME", 8, put_clock);
	if (o->time_seconds)
		add(t, "TIME(s)", 9, put_seconds);
	add(t, "PID", 7, put_pid);
	add(t, "COMM", o->wide ? COLUMN_COMM_WIDE : COLUMN_COMM_WIDTH, put_comm);
	add(t, "S/C", 3, put_role);
	if (o->wide) {
		add(t, "LOCAL", WIDE_ADDRESS, put_local);
		add(t, "PEER", WIDE_ADDRESS, put_peer);
	}
	add(t, "DIR", 3, put_dir);
	add(t, "CONN", 4, put_conn);
	add(t, "STREAM", 6, put_stream);
	add(t, "KIND", 8, put_kind);
	add_number(t, "WIRE", 4, put_wire);
	add_number(t, "DYN", 3, put_dynamic);
	add_number(t, "UNK", 3, put_unknown);
	add(t, "INFO", 0, put_info);
}

static void end_cell(const struct header_text *t, struct row *row, size_t i)
{
	if (i + 1 < t->n_columns)
		row_next(row, t->columns[i].width, t->columns[i].right);
	else
		row_end(row);
}

static void put_row(struct header_text *t, const struct entry *e)
{
	struct text *out = &t->options.out->pending;
	struct cell cell = {out, &t->masker, t->options.time, t->options.wide, NULL};
	unsigned screen = t->options.wide ? 0 : output_columns(t->options.out);
	struct row row;

	row_begin(&row, out);
	for (size_t i = 0; i < t->n_columns; i++) {
		t->columns[i].put(&cell, e);
		if (screen && i + 1 == t->n_columns)
			row_clip(&row, row_room(&row, screen, INFO_MIN));
		end_cell(t, &row, i);
	}
}

/* ---- the sink ---- */

static void text_begin(struct header_sink *sink)
{
	struct header_text *t = (struct header_text *)sink;
	struct row row;

	row_begin(&row, &t->options.out->pending);
	for (size_t i = 0; i < t->n_columns; i++) {
		text_put_str(row.out, t->columns[i].title);
		end_cell(t, &row, i);
	}
	output_end_record(t->options.out);
}

static void text_block(struct header_sink *sink, const struct http2_block *block)
{
	struct header_text *t = (struct header_text *)sink;

	put_row(t, &(struct entry){&block->where, block, NULL});
	for (size_t i = 0; t->options.show_headers && i < block->n_fields; i++) {
		struct header_field field = header_info_field(&block->fields[i]);

		field_line_put(&t->options.out->pending, &t->masker, "    ", &field);
	}
	output_end_record(t->options.out);
}

static void text_frame(struct header_sink *sink, const struct http2_frame_record *frame)
{
	struct header_text *t = (struct header_text *)sink;

	put_row(t, &(struct entry){&frame->where, NULL, frame});
	output_end_record(t->options.out);
}

static void text_free(struct header_sink *sink)
{
	struct header_text *t = (struct header_text *)sink;

	masker_release(&t->masker);
	free(t);
}

struct header_sink *header_text_new(const struct header_sink_options *options)
{
	struct header_text *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->sink = (struct header_sink){text_begin, text_block, text_frame, text_free};
	t->options = *options;
	masker_init(&t->masker, options->show_secrets);
	add_columns(t);
	return &t->sink;
}
