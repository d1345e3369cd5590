/* SPDX-License-Identifier: Apache-2.0 */
/* httplat: HTTP latencies as histograms and percentiles, interval by interval. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/clock.h"
#include "app/common_options.h"
#include "app/latency_options.h"
#include "app/latency_report.h"
#include "app/loss.h"
#include "app/option_setters.h"
#include "app/run_loop.h"
#include "app/source.h"
#include "app/standard_fds.h"
#include "app/stop.h"
#include "sink/output.h"
#include "sink/wall_time.h"

static const struct option_spec positionals[] = {
	{"interval", .help = "seconds between reports, from 0.1 to 86400;\none report at the end without it",
	 .set = option_set_interval},
	{"count", .help = "stop after this many reports", .set = option_set_intervals},
	{0},
};

static const struct option_group groups[] = {
	{"what is measured", options_latency},
	{"whose traffic", options_process},
	{"", options_user_no_letter},
	{"", options_container},
	{"which connections", options_connection},
	{"which exchanges", options_exchange},
	{"what is printed", options_latency_view},
	{"when it ends", options_duration},
	{"how it attaches", options_attach},
	{"about", options_about},
	{0},
};

static const struct tool tool = {
	.name = "httplat",
	.summary = "Measures how long HTTP exchanges of this machine's processes take, as client or\n"
		   "as server: histograms and percentiles. Needs root. Ctrl-C ends it.",
	.groups = groups,
	.positionals = positionals,
	.examples = "    httplat -p 181 5                  # process 181, every 5 seconds\n"
		    "    httplat -m -r server -L 80        # port 80 in milliseconds, until Ctrl-C\n"
		    "    httplat --status 5xx 10 6         # only failures, six times 10 seconds\n"
		    "    httplat --grpc-status 1-16 5      # only gRPC calls that failed\n"
		    "    httplat --by path --fold-ids 5    # a row per route: /users/1 is /users/*\n"
		    "    httplat -B -r server 5            # where the time goes\n"
		    "    httplat --slo 250ms --by host 60  # share within 250 ms, per host\n"
		    "    httplat --heatmap 1               # a line per second: drift, two humps\n"
		    "    httplat -j 1 | jq .p99            # as JSON, for programs\n",
	.check = latency_options_check,
};

struct lat {
	const struct options *options;
	struct source *source;
	struct latency_report report;
	struct output out;
	struct wall_time time;
	uint64_t events; /* from the kernel */
};

static void on_event(void *ctx, const struct wire_event *event, const uint8_t *data)
{
	struct lat *l = ctx;

	l->events++;
	pipeline_event(&l->report.pipeline, event, data);
}

static bool on_batch(void *ctx)
{
	struct lat *l = ctx;

	return output_flush(&l->out);
}

static void on_second(void *ctx, uint64_t now_ns)
{
	struct lat *l = ctx;

	l->time.offset_ns = source_wall_offset_ns(l->source);
	latency_report_collect(&l->report, now_ns);
	output_check_reader(&l->out);
}

static bool on_interval(void *ctx, uint64_t start_ns, uint64_t end_ns)
{
	struct lat *l = ctx;
	bool more = latency_report_interval(&l->report, start_ns, end_ns);

	return output_flush(&l->out) && more;
}

/* ---- life of a run ---- */

static bool lat_init(struct lat *l, const struct options *o, struct source *source)
{
	*l = (struct lat){.options = o, .source = source};
	output_init(&l->out, STDOUT_FILENO, &stop_requested);
	wall_time_init(&l->time, source_wall_offset_ns(source), source_start_ns(source));
	return latency_report_init(&l->report, o, source, &l->out, &l->time);
}

static void lat_release(struct lat *l)
{
	latency_report_release(&l->report);
	output_release(&l->out);
}

/* A reader that went away wants no explanation. */
static int finish(struct lat *l, int status)
{
	struct closing closing = latency_report_closing(&l->report);

	closing.tool = tool.name;
	output_flush(&l->out);
	if (l->out.error == EPIPE)
		return 0;
	if (l->out.error)
		fprintf(stderr, "%s: cannot write: %s\n", tool.name, strerror(l->out.error));
	if (l->report.error)
		fprintf(stderr, "%s: cannot read the kernel's histograms: %s\n", tool.name,
			strerror(l->report.error));
	if (l->options->verbose)
		fprintf(stderr, "%s: data events %" PRIu64 "\n", tool.name, l->events);
	loss_print_closing_counts(&closing, stderr);
	return l->out.error || l->report.error ? 1 : status;
}

static int lat(const struct options *o, struct source *source, uint64_t started_ns)
{
	struct lat l;
	struct run run = {
		.tool = tool.name,
		.options = o,
		.source = source,
		.started_ns = started_ns,
		.event = on_event,
		.event_ctx = &l,
		.batch = on_batch,
		.second = on_second,
		.interval = on_interval,
		.ctx = &l,
		.quiet = o->latency.in_kernel,
	};
	int status = 1;

	if (!lat_init(&l, o, source)) {
		fprintf(stderr, "%s: out of memory\n", tool.name);
		goto cleanup;
	}
	l.report.sink->begin(l.report.sink);
	output_flush(&l.out);
	if (run_announce(&run))
		status = finish(&l, run_loop(&run));
cleanup:
	lat_release(&l);
	return status;
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
		latency_options_apply(&o);
		status = run_source(tool.name, &o, lat, started_ns);
	}
	options_release(&o);
	return status;
}
