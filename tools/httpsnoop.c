/* SPDX-License-Identifier: Apache-2.0 */
/* httpsnoop: one line per HTTP exchange. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/clock.h"
#include "app/common_options.h"
#include "app/loss.h"
#include "app/option_setters.h"
#include "app/pipeline.h"
#include "app/run_loop.h"
#include "app/sink_open.h"
#include "app/source.h"
#include "app/standard_fds.h"
#include "app/stop.h"
#include "sink/output.h"

static const struct option_spec positionals[] = {
	{"min_ms", .help = "only exchanges that took at least this many\nmilliseconds; fractions are allowed",
	 .set = option_set_min_ms},
	{0},
};

static const struct tool tool = {
	.name = "httpsnoop",
	.summary = "Prints one line per HTTP exchange that processes of this machine take part in,\n"
		   "as client or as server. Needs root. Ctrl-C ends it.",
	.groups = option_groups_snoop,
	.positionals = positionals,
	.examples = "    httpsnoop                         # every exchange on this machine\n"
		    "    httpsnoop 100                     # only those of 100 ms or more\n"
		    "    httpsnoop -p 181                  # only process 181\n"
		    "    httpsnoop -r server -L 80         # only what is served on port 80\n"
		    "    httpsnoop --status 5xx,none       # only failures, and no answer at all\n"
		    "    httpsnoop --path '~^/api/v[12]/'  # only paths that match\n"
		    "    httpsnoop --header x-request-id   # with that header as a column\n"
		    "    httpsnoop -H -d 10                # with all headers, for 10 seconds\n"
		    "    httpsnoop -j | jq .path           # as JSON, for programs\n",
};

/* What the kernel side has to look at: see transport/probe_groups.h. */
static const char *const probes[] = {"plain_http", NULL};

struct snoop {
	const struct options *options;
	struct source *source;
	struct pipeline pipeline;
	struct output out;
	struct wall_time time;
	struct sink *sink;
	uint64_t printed;
	bool ended; /* -n is reached */
};

static void on_exchange(void *ctx, const struct exchange *x)
{
	struct snoop *s = ctx;

	if (s->ended)
		return;
	s->sink->exchange(s->sink, x);
	s->printed++;
	s->ended = s->options->count && s->printed == s->options->count;
}

static bool on_batch(void *ctx)
{
	struct snoop *s = ctx;

	return output_flush(&s->out) && !s->ended;
}

static void on_second(void *ctx, uint64_t now_ns)
{
	struct snoop *s = ctx;

	s->time.offset_ns = source_wall_offset_ns(s->source);
	tracker_collect(s->pipeline.tracker, now_ns, PIPELINE_IDLE_NS, source_alive, s->source);
	output_check_reader(&s->out);
}

/* ---- life of a run ---- */

static bool snoop_init(struct snoop *s, const struct options *o, struct source *source)
{
	*s = (struct snoop){.options = o, .source = source};
	output_init(&s->out, STDOUT_FILENO, &stop_requested);
	wall_time_init(&s->time, source_wall_offset_ns(source), source_start_ns(source));
	s->sink = sink_open(o, &s->out, &s->time);
	return pipeline_init(&s->pipeline, o, on_exchange, s) && s->sink;
}

static void snoop_release(struct snoop *s)
{
	pipeline_release(&s->pipeline);
	if (s->sink)
		s->sink->free(s->sink);
	output_release(&s->out);
}

static void print_closing(struct snoop *s)
{
	struct closing closing = {
		.tool = tool.name,
		.printed = s->printed,
		.paths_given_up = exchange_filter_given_up(&s->options->filter),
		.stats = tracker_stats(s->pipeline.tracker),
	};

	source_counters(s->source, closing.counters);
	loss_print_closing(&closing, stderr);
}

/* A reader that went away wants no explanation. */
static int finish(struct snoop *s, int status)
{
	output_flush(&s->out);
	if (s->out.error == EPIPE)
		return 0;
	if (s->out.error) {
		fprintf(stderr, "%s: cannot write: %s\n", tool.name, strerror(s->out.error));
		status = 1;
	}
	print_closing(s);
	return status;
}

static int snoop(const struct options *o, struct source *source, uint64_t started_ns)
{
	struct snoop s;
	struct run run = {
		.tool = tool.name,
		.options = o,
		.source = source,
		.started_ns = started_ns,
		.event = pipeline_event,
		.event_ctx = &s.pipeline,
		.batch = on_batch,
		.second = on_second,
		.ctx = &s,
	};
	int status = 1;

	if (!snoop_init(&s, o, source)) {
		fprintf(stderr, "%s: out of memory\n", tool.name);
		goto cleanup;
	}
	s.sink->begin(s.sink);
	output_flush(&s.out);
	run_announce(&run);
	status = finish(&s, run_loop(&run));
cleanup:
	snoop_release(&s);
	return status;
}

int main(int argc, char **argv)
{
	uint64_t started_ns = clock_process_start_ns();
	struct options o;
	int status;

	standard_fds_hold();
	options_init(&o);
	o.capture.groups = probes;
	status = options_parse(&tool, argc, argv, &o);
	if (status == OPTIONS_RUN)
		status = run_source(tool.name, &o, snoop, started_ns);
	options_release(&o);
	return status;
}
