/* SPDX-License-Identifier: Apache-2.0 */
/* conntop: the machine's TCP connections, live: who talks to whom, how much,
 * how fast, how many errors. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/clock.h"
#include "app/common_options.h"
#include "app/conn_options.h"
#include "app/conn_report.h"
#include "app/conn_screen.h"
#include "app/loss.h"
#include "app/option_setters.h"
#include "app/run_loop.h"
#include "app/sandbox.h"
#include "app/source.h"
#include "app/standard_fds.h"
#include "app/stop.h"
#include "sink/conn_sink.h"
#include "sink/output.h"
#include "sink/wall_time.h"

static const struct option_spec positionals[] = {
	{"interval", .help = "seconds between looks, from 0.1 to 86400 (1)", .set = option_set_interval},
	{"count", .help = "stop after this many", .set = option_set_intervals},
	{0},
};

static const struct option_group groups[] = {
	{"whose connections", options_conn_whose},
	{"which connections", options_conn_which},
	{"which rows", options_conn_rows},
	{"what is printed", options_conn_view},
	{"when it ends", options_duration},
	{"how it attaches", options_attach},
	{"about", options_about},
	{0},
};

static const struct tool tool = {
	.name = "conntop",
	.summary = "Shows the TCP connections of this machine, live: processes and "
		   "containers,\n"
		   "bytes, HTTP requests, errors and latencies. Needs root. q or "
		   "Ctrl-C ends it,\n"
		   "h tells the keys.",
	.groups = groups,
	.positionals = positionals,
	.examples = "    conntop                           # all connections, every "
		    "second\n"
		    "    conntop -s p99 --role server 5    # the slowest to serve, every 5 "
		    "seconds\n"
		    "    conntop -g process                # a row per process\n"
		    "    conntop -p 181                    # only process 181\n"
		    "    conntop -b -L 443 10 6            # blocks of text, six times 10 "
		    "seconds\n"
		    "    conntop -t                        # who calls whom\n"
		    "    conntop --dot 5 | dot -Tsvg       # the same as a picture\n"
		    "    conntop -j 1 | jq .rx_bytes       # as JSON, for programs\n",
	.check = conn_options_check,
};

struct top {
	const struct options *options;
	struct source *source;
	struct conn_report report;
	struct conn_view view;	    /* without a screen */
	struct conn_sink *sink;	    /* the same */
	struct conn_screen *screen; /* NULL: blocks of text */
	struct output out;
	struct wall_time time;
	char error[OPTION_ERROR_MAX]; /* "": none */
};

static bool fail(struct top *t, const char *why)
{
	snprintf(t->error, sizeof(t->error), "%s", why);
	return false;
}

/* ---- while it runs ---- */

static bool on_batch(void *ctx)
{
	struct top *t = ctx;

	return t->screen ? conn_screen_keys(t->screen) : output_flush(&t->out);
}

static void on_second(void *ctx, uint64_t now_ns)
{
	struct top *t = ctx;

	t->time.offset_ns = source_wall_offset_ns(t->source);
	conn_report_collect(&t->report, now_ns);
	if (!t->screen)
		output_check_reader(&t->out);
}

static bool show_on_screen(struct top *t)
{
	if (conn_screen_paused(t->screen))
		return true;
	return (conn_report_keep(&t->report) && conn_screen_update(t->screen)) || fail(t, "out of memory");
}

static bool print(struct top *t)
{
	struct conn_interval interval;

	if (!conn_report_rows(&t->report, &t->view, &interval))
		return fail(t, "out of memory");
	t->sink->interval(t->sink, &interval);
	return output_flush(&t->out);
}

static bool on_interval(void *ctx, uint64_t start_ns, uint64_t end_ns)
{
	struct top *t = ctx;

	if (!conn_report_take(&t->report, start_ns, end_ns, t->error, sizeof(t->error)))
		return false;
	if (!(t->screen ? show_on_screen(t) : print(t)))
		return false;
	conn_report_next(&t->report, end_ns);
	return t->report.intervals != t->options->intervals;
}

/* ---- life of a run ---- */

static struct conn_sink *open_sink(struct top *t)
{
	const struct options *o = t->options;
	struct conn_sink_options options = {
		.out = &t->out,
		.time = &t->time,
		.wide = o->wide,
		.extended = o->extended,
		.grouped = o->conn.by != CONN_BY_CONNECTION,
		.clear = t->out.terminal && !o->conn.noclear,
	};

	if (o->json)
		return conn_json_new(&options);
	if (o->conn.graph || o->conn.dot)
		return conn_graph_new(&options, o->conn.dot);
	return conn_text_new(&options);
}

static bool top_init(struct top *t, const struct options *o, struct source *source)
{
	*t = (struct top){.options = o, .source = source};
	output_init(&t->out, STDOUT_FILENO, &stop_requested);
	wall_time_init(&t->time, source_wall_offset_ns(source), source_start_ns(source));
	conn_view_init(&t->view, o);
	if (!conn_report_init(&t->report, o, source, t->error, sizeof(t->error)))
		return false;
	if (o->conn.screen)
		return true;
	t->sink = open_sink(t);
	return t->sink || fail(t, "out of memory");
}

static void top_release(struct top *t)
{
	conn_screen_free(t->screen);
	if (t->sink)
		t->sink->free(t->sink);
	conn_view_release(&t->view);
	conn_report_release(&t->report);
	output_release(&t->out);
}

/* The terminal is taken late: all that can fail before is told on it as it was. */
static bool begin(struct top *t, const struct run *run)
{
	if (t->sink) {
		t->sink->begin(t->sink);
		output_flush(&t->out);
	}
	if (t->options->conn.screen) {
		t->screen = conn_screen_new(t->options, &t->report, &t->time, t->error, sizeof(t->error));
		if (!t->screen)
			return false;
	}
	return run_announce(run);
}

/* A reader that went away wants no explanation. */
static int finish(struct top *t, int status)
{
	struct closing closing = conn_report_closing(&t->report);

	closing.tool = tool.name;
	conn_screen_free(t->screen);
	t->screen = NULL;
	output_flush(&t->out);
	if (t->out.error == EPIPE)
		return 0;
	if (t->out.error)
		fprintf(stderr, "%s: cannot write: %s\n", tool.name, strerror(t->out.error));
	loss_print_closing_counts(&closing, stderr);
	return t->out.error ? 1 : status;
}

static int top(const struct options *o, struct source *source, uint64_t started_ns)
{
	struct top t;
	struct run run = {
		.tool = tool.name,
		.options = o,
		.source = source,
		.started_ns = started_ns,
		.event = conn_report_event,
		.event_ctx = &t.report,
		.batch = on_batch,
		.second = on_second,
		.interval = on_interval,
		.ctx = &t,
		.quiet = true,
	};
	int status = 1;

	if (top_init(&t, o, source) && begin(&t, &run))
		status = finish(&t, run_loop(&run));
	top_release(&t);
	if (!t.error[0])
		return status;
	fprintf(stderr, "%s: %s\n", tool.name, t.error);
	return 1;
}

int main(int argc, char **argv)
{
	uint64_t started_ns = clock_process_start_ns();
	struct options o;
	int status;

	standard_fds_hold();
	options_init(&o);
	status = options_parse(&tool, argc, argv, &o);
	if (status == OPTIONS_RUN) {
		conn_options_apply(&o, isatty(STDIN_FILENO) && isatty(STDOUT_FILENO));
		o.sandbox = SANDBOX_PROCESSES | SANDBOX_OWNERS | SANDBOX_NAMESPACES |
			    (o.conn.screen ? SANDBOX_SCREEN : 0);
		status = run_source(tool.name, &o, top, started_ns);
	}
	options_release(&o);
	return status;
}
