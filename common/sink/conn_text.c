/* SPDX-License-Identifier: Apache-2.0 */
/* For the eye: per interval what is true of the whole machine, then a line per connection. */
#include "sink/conn_sink.h"

#include <netinet/tcp.h>
#include <stdlib.h>

#include "sink/conn_columns.h"
#include "sink/conn_figures.h"
#include "sink/latency_text.h"

/* Of a load average; it never gets near this, and beyond it would not fit a number. */
#define LOAD_MAX 1e9
/* Not a terminal, but all columns were asked for (-x): as wide as the widest layout. */
#define ALL_COLUMNS 250

struct conn_text {
	struct conn_sink sink;
	struct conn_sink_options options;
};

/* ---- the whole machine ---- */

static void put_figure(struct text *out, const char *name, uint64_t value)
{
	text_put_str(out, name);
	text_put_u64(out, value);
}

static void put_load(struct text *out, const double load[3])
{
	text_put_str(out, " loadavg:");
	for (size_t i = 0; i < 3; i++) {
		text_put_char(out, ' ');
		if (load[i] >= 0 && load[i] < LOAD_MAX)
			latency_put_fixed(out, (uint64_t)(load[i] * 100 + 0.5), 2);
		else
			text_put_char(out, '-');
	}
}

/* opened and closed first: there may be many states, and a terminal's line ends. */
static void put_states(struct text *out, const struct conn_summary *s)
{
	const char *separator = "; ";

	put_figure(out, "connections: opened ", s->opened);
	put_figure(out, ", closed ", s->closed);
	for (uint8_t i = 0; i < CONN_STATES; i++) {
		const char *name = i == TCP_ESTABLISHED ? "ESTAB" : conn_state_name(i);

		if (!s->states[i] || !name)
			continue;
		text_put_str(out, separator);
		text_put_str(out, name);
		put_figure(out, " ", s->states[i]);
		separator = ", ";
	}
}

static void put_byte_rate(struct text *out, const char *name, uint64_t bytes, uint64_t interval_ns)
{
	text_put_str(out, name);
	if (!interval_ns) {
		text_put_char(out, '-');
		return;
	}
	figure_put_byte_rate(out, bytes, interval_ns);
	text_put_str(out, "/s");
}

static void put_http(struct text *out, const struct conn_summary *s, uint64_t interval_ns)
{
	text_put_str(out, "; requests ");
	if (interval_ns) {
		figure_put_rate(out, s->requests, interval_ns);
		text_put_str(out, "/s");
	} else {
		text_put_char(out, '-');
	}
	if (s->requests) {
		text_put_str(out, ", errors ");
		figure_put_share(out, s->errors, s->requests);
		text_put_str(out, " %");
	}
	put_figure(out, ", in flight ", s->inflight);
}

/* Nothing of this is usual. */
static void put_missing(struct text *out, const struct conn_interval *i)
{
	const struct conn_summary *s = i->summary;

	if (s->lost)
		put_figure(out, "; lost ", s->lost);
	if (s->ownerless)
		put_figure(out, "; no owner ", s->ownerless);
	if (i->n_records < s->n_records) {
		put_figure(out, "; rows ", i->n_records);
		put_figure(out, " of ", s->n_records);
	}
}

static void end_line(struct text *out, size_t *start, unsigned screen)
{
	if (screen > 1)
		latency_clip(out, *start, screen - 1);
	text_put_char(out, '\n');
	*start = out->n;
}

void conn_put_summary(struct text *out, struct wall_time *time, const struct conn_interval *i,
		      unsigned screen)
{
	const struct conn_summary *s = i->summary;
	uint64_t interval_ns = s->end_ns - s->start_ns;
	size_t start = out->n;

	text_put_str(out, wall_time_clock(time, s->end_ns));
	put_load(out, s->load);
	end_line(out, &start, screen);
	put_states(out, s);
	end_line(out, &start, screen);
	put_byte_rate(out, "rx ", s->rx_bytes, interval_ns);
	put_byte_rate(out, ", tx ", s->tx_bytes, interval_ns);
	put_http(out, s, interval_ns);
	put_missing(out, i);
	end_line(out, &start, screen);
}

/* ---- the sink ---- */

static void layout_of(const struct conn_text *t, const struct conn_interval *i, struct conn_layout *layout)
{
	struct conn_layout_options o = {
		.screen = output_columns(t->options.out),
		.wide = t->options.wide,
		.extended = t->options.extended,
		.grouped = t->options.grouped,
	};

	if (!o.screen && o.extended)
		o.screen = ALL_COLUMNS;
	conn_layout_init(layout, &o);
	conn_layout_widen(layout, i->records, i->n_records);
}

static void text_begin(struct conn_sink *sink)
{
	struct conn_text *t = (struct conn_text *)sink;

	text_put_str(&t->options.out->pending, CONN_TRACING);
	output_end_record(t->options.out);
}

static void text_interval(struct conn_sink *sink, const struct conn_interval *i)
{
	struct conn_text *t = (struct conn_text *)sink;
	struct text *out = &t->options.out->pending;
	uint64_t interval_ns = i->summary->end_ns - i->summary->start_ns;
	struct conn_layout layout;

	text_put_str(out, t->options.clear ? CONN_CLEAR_SCREEN : "\n");
	layout_of(t, i, &layout);
	conn_put_summary(out, t->options.time, i, t->options.wide ? 0 : output_columns(t->options.out));
	conn_put_header(out, &layout);
	for (size_t r = 0; r < i->n_records; r++) {
		conn_put_row(out, &layout, &i->records[r], interval_ns);
		output_end_record(t->options.out);
	}
	output_end_record(t->options.out);
}

static void text_free(struct conn_sink *sink)
{
	free(sink);
}

struct conn_sink *conn_text_new(const struct conn_sink_options *options)
{
	struct conn_text *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->sink = (struct conn_sink){text_begin, text_interval, text_free};
	t->options = *options;
	return &t->sink;
}
