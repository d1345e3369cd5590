/* SPDX-License-Identifier: Apache-2.0 */
/* Who calls whom: lines for people, or the language of Graphviz' dot(1). */
#include "sink/conn_sink.h"

#include <stdlib.h>

#include "sink/conn_figures.h"
#include "sink/escape.h"
#include "sink/latency_text.h"

/* Names in front of the figures are padded up to this, so that one long name does not move all. */
#define NAMES_WIDTH 48

struct conn_graph {
	struct conn_sink sink;
	struct conn_sink_options options;
	struct text name; /* escaped for a terminal, before it is escaped for dot */
};

/* ---- what lines and labels say alike ---- */

/* Each appends nothing when it is not known. */
typedef void figure_fn(struct text *out, const struct conn_edge *e, uint64_t interval_ns);

static void put_port(struct text *out, const struct conn_edge *e)
{
	text_put_char(out, ':');
	text_put_u64(out, e->port);
}

static void put_requests(struct text *out, const struct conn_edge *e, uint64_t interval_ns)
{
	if (!interval_ns || (!e->requests && !e->latency))
		return;
	figure_put_rate(out, e->requests, interval_ns);
	text_put_str(out, " req/s");
}

static void put_errors(struct text *out, const struct conn_edge *e, uint64_t interval_ns)
{
	(void)interval_ns;
	if (!e->requests)
		return;
	figure_put_share(out, e->errors, e->requests);
	text_put_str(out, " % err");
}

static void put_p99(struct text *out, const struct conn_edge *e, uint64_t interval_ns)
{
	(void)interval_ns;
	if (!e->latency || !e->latency->count)
		return;
	text_put_str(out, "p99 ");
	figure_put_duration(out, histogram_percentile_ns(e->latency, 99000) / 1000, " ");
}

static void put_bytes(struct text *out, const struct conn_edge *e, uint64_t interval_ns)
{
	if (!interval_ns)
		return;
	figure_put_byte_rate(out, e->bytes, interval_ns);
	text_put_str(out, "/s");
}

static void put_connections(struct text *out, const struct conn_edge *e, uint64_t interval_ns)
{
	(void)interval_ns;
	if (e->connections < 2)
		return;
	text_put_u64(out, e->connections);
	text_put_str(out, " connections");
}

static figure_fn *const figures[] = {put_requests, put_errors, put_p99, put_bytes, put_connections};

#define FIGURES (sizeof(figures) / sizeof(figures[0]))

/* ---- lines ---- */

struct widths {
	size_t names, figures[FIGURES];
};

static void put_name(struct text *out, struct bytes name)
{
	if (name.n)
		escape_put(out, name);
	else
		text_put_char(out, '-');
}

/* An address of IPv6 has colons of its own. */
static void put_server(struct text *out, const struct conn_edge *e)
{
	bool brackets = !e->to_local && e->to.n && memchr(e->to.p, ':', e->to.n);

	if (brackets)
		text_put_char(out, '[');
	put_name(out, e->to);
	if (brackets)
		text_put_char(out, ']');
	put_port(out, e);
}

static void put_names(struct text *out, const struct conn_edge *e)
{
	put_name(out, e->from);
	text_put_str(out, " -> ");
	put_server(out, e);
}

/* What was written since `start`, in columns; it is taken back. */
static void take_back(struct text *out, size_t start, size_t *widest)
{
	size_t columns = escape_columns(bytes_from(text_bytes(out), start));

	out->n = start;
	if (columns > *widest)
		*widest = columns;
}

static void measure(struct text *out, const struct conn_interval *i, uint64_t interval_ns, struct widths *w)
{
	size_t start = out->n;

	*w = (struct widths){0};
	for (size_t e = 0; e < i->n_edges; e++) {
		put_names(out, &i->edges[e]);
		take_back(out, start, &w->names);
		for (size_t f = 0; f < FIGURES; f++) {
			figures[f](out, &i->edges[e], interval_ns);
			take_back(out, start, &w->figures[f]);
		}
	}
	if (w->names > NAMES_WIDTH)
		w->names = NAMES_WIDTH;
}

static void put_edge(struct text *out, const struct conn_edge *e, uint64_t interval_ns,
		     const struct widths *w)
{
	size_t start = out->n, cell;

	put_names(out, e);
	latency_pad_right(out, start, w->names);
	for (size_t f = 0; f < FIGURES; f++) {
		if (!w->figures[f])
			continue;
		text_put_str(out, "  ");
		cell = out->n;
		figures[f](out, e, interval_ns);
		latency_pad_left(out, cell, w->figures[f]);
	}
	while (out->n > start && out->p[out->n - 1] == ' ')
		out->n--;
}

void conn_put_edges(struct text *out, const struct conn_interval *i, unsigned screen)
{
	uint64_t interval_ns = i->summary->end_ns - i->summary->start_ns;
	struct widths w;

	measure(out, i, interval_ns, &w);
	for (size_t e = 0; e < i->n_edges; e++) {
		size_t start = out->n;

		put_edge(out, &i->edges[e], interval_ns, &w);
		if (screen > 1)
			latency_clip(out, start, screen - 1);
		text_put_char(out, '\n');
	}
}

static void lines_begin(struct conn_sink *sink)
{
	struct conn_graph *g = (struct conn_graph *)sink;

	text_put_str(&g->options.out->pending, CONN_TRACING);
	output_end_record(g->options.out);
}

static void lines_interval(struct conn_sink *sink, const struct conn_interval *i)
{
	struct conn_graph *g = (struct conn_graph *)sink;
	struct output *out = g->options.out;
	unsigned screen = g->options.wide ? 0 : output_columns(out);

	text_put_str(&out->pending, g->options.clear ? CONN_CLEAR_SCREEN : "\n");
	conn_put_summary(&out->pending, g->options.time, i, screen);
	conn_put_edges(&out->pending, i, screen);
	output_end_record(out);
}

/* ---- dot ---- */

/* In a quoted string of dot a quote ends it, and a label's backslash begins a command ("\N"). */
static void put_quoted(struct conn_graph *g, struct bytes name)
{
	struct text *out = &g->options.out->pending;

	text_clear(&g->name);
	put_name(&g->name, name);
	out->failed |= g->name.failed;
	text_put_char(out, '"');
	for (size_t i = 0; i < g->name.n; i++) {
		if (g->name.p[i] == '"' || g->name.p[i] == '\\')
			text_put_char(out, '\\');
		text_put_char(out, g->name.p[i]);
	}
	text_put_char(out, '"');
}

/* A node's name is no label: dot reads commands in a label that it takes from the name. */
static void put_node(struct conn_graph *g, struct bytes name, bool local)
{
	struct text *out = &g->options.out->pending;

	text_put_char(out, '\t');
	put_quoted(g, name);
	text_put_str(out, " [label=");
	put_quoted(g, name);
	text_put_str(out, local ? ", shape=box];\n" : ", shape=ellipse];\n");
}

static void put_arrow(struct conn_graph *g, const struct conn_edge *e, uint64_t interval_ns)
{
	struct text *out = &g->options.out->pending;

	text_put_char(out, '\t');
	put_quoted(g, e->from);
	text_put_str(out, " -> ");
	put_quoted(g, e->to);
	/* on the arrow: who is called on one port and calls others is one node */
	text_put_str(out, " [label=\"");
	put_port(out, e);
	for (size_t f = 0; f < FIGURES; f++) {
		size_t before = out->n, separated;

		text_put_str(out, "\\n");
		separated = out->n;
		figures[f](out, e, interval_ns);
		if (out->n == separated)
			out->n = before;
	}
	text_put_str(out, "\"];\n");
}

static void dot_begin(struct conn_sink *sink)
{
	(void)sink;
}

static void dot_interval(struct conn_sink *sink, const struct conn_interval *i)
{
	struct conn_graph *g = (struct conn_graph *)sink;
	uint64_t interval_ns = i->summary->end_ns - i->summary->start_ns;
	struct text *out = &g->options.out->pending;

	text_put_str(out, "digraph conntop {\n\trankdir=LR;\n\tlabel=\"");
	text_put_str(out, wall_time_rfc3339(g->options.time, i->summary->start_ns));
	text_put_str(out, ", ");
	latency_put_fixed(out, (interval_ns + 5000000) / 10000000, 2);
	text_put_str(out, " s\";\n");
	for (size_t e = 0; e < i->n_edges; e++) {
		put_node(g, i->edges[e].from, i->edges[e].from_local);
		put_node(g, i->edges[e].to, i->edges[e].to_local);
		put_arrow(g, &i->edges[e], interval_ns);
	}
	text_put_str(out, "}\n");
	output_end_record(g->options.out);
}

/* ---- the sink ---- */

static void graph_free(struct conn_sink *sink)
{
	struct conn_graph *g = (struct conn_graph *)sink;

	text_release(&g->name);
	free(g);
}

struct conn_sink *conn_graph_new(const struct conn_sink_options *options, bool dot)
{
	struct conn_graph *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	g->sink = dot ? (struct conn_sink){dot_begin, dot_interval, graph_free}
		      : (struct conn_sink){lines_begin, lines_interval, graph_free};
	g->options = *options;
	text_init(&g->name);
	return &g->sink;
}
