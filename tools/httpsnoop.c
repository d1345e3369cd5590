/* SPDX-License-Identifier: Apache-2.0 */
/* httpsnoop: one line per HTTP exchange. */
#include <stdio.h>

#include "app/clock.h"
#include "app/common_options.h"
#include "app/option_setters.h"
#include "app/pipeline.h"
#include "app/sink_open.h"
#include "app/snoop.h"
#include "app/tool_main.h"

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
		    "    httpsnoop --grpc-status 1-16      # only gRPC calls that failed\n"
		    "    httpsnoop --header x-request-id   # with that header as a column\n"
		    "    httpsnoop -H -d 10                # with all headers, for 10 seconds\n"
		    "    httpsnoop -j | jq .path           # as JSON, for programs\n",
};

/* What the kernel side has to look at: see transport/probe_groups.h. */
static const char *const probes[] = {"plain_http", NULL};

/* Rare enough to disturb nobody, often enough that a stream that hangs is seen
 * while somebody looks. */
#define OPEN_DEFAULT_NS (30 * CLOCK_NS_PER_SECOND)

struct exchanges {
	struct snoop snoop;
	struct pipeline pipeline;
	struct sink *sink;
};

static void on_exchange(void *ctx, const struct exchange *x)
{
	struct exchanges *e = ctx;

	if (snoop_take(&e->snoop))
		e->sink->exchange(e->sink, x);
}

static void on_closing(void *ctx, struct closing *c, FILE *out)
{
	const struct exchanges *e = ctx;

	c->paths_given_up = exchange_filter_given_up(&e->snoop.options->filter);
	loss_print_closing(c, out);
}

static bool exchanges_init(struct exchanges *e, const struct options *o, struct source *source)
{
	snoop_init(&e->snoop, tool.name, o, source);
	e->sink = sink_open(o, &e->snoop.out, &e->snoop.time);
	return pipeline_init(&e->pipeline, o, on_exchange, e) && e->sink;
}

static void exchanges_release(struct exchanges *e)
{
	pipeline_release(&e->pipeline);
	if (e->sink)
		e->sink->free(e->sink);
	snoop_release(&e->snoop);
}

static int snoop(const struct options *o, struct source *source, uint64_t started_ns)
{
	struct exchanges e;
	int status = 1;

	if (!exchanges_init(&e, o, source)) {
		fprintf(stderr, "%s: out of memory\n", tool.name);
		goto cleanup;
	}
	e.sink->begin(e.sink);
	status = snoop_run(
		&e.snoop,
		&(struct snoop_work){e.pipeline.tracker, pipeline_event, &e.pipeline, on_closing, &e},
		started_ns);
cleanup:
	exchanges_release(&e);
	return status;
}

static void set_defaults(struct options *o)
{
	o->capture.groups = probes;
	o->open_ns = OPEN_DEFAULT_NS;
}

int main(int argc, char **argv)
{
	static const struct tool_main m = {.tool = &tool, .defaults = set_defaults, .run = snoop};

	return tool_main(&m, argc, argv);
}
