/* SPDX-License-Identifier: Apache-2.0 */
/* http2hdr: one line per header block of HTTP/2, with its fields on request. */
#include <stdio.h>

#include "app/header_options.h"
#include "app/header_pipeline.h"
#include "app/sink_open.h"
#include "app/snoop.h"
#include "app/tool_main.h"

static const struct option_spec positionals[] = {
	{0},
};

static const struct tool tool = {
	.name = "http2hdr",
	.summary = "Prints one line per header block of HTTP/2 and gRPC that processes of this\n"
		   "machine send or receive, on older connections too. Needs root. Ctrl-C ends it.",
	.groups = option_groups_headers,
	.positionals = positionals,
	.examples = "    http2hdr                          # every header block on this machine\n"
		    "    http2hdr -H -p 181                # with all fields, of process 181\n"
		    "    http2hdr --grpc -r server -L 50051\n"
		    "    http2hdr --grpc-status 1-16       # where gRPC calls fail\n"
		    "    http2hdr -H --match 'x-request-id=~^abc'\n"
		    "    http2hdr -H --path /pkg.Echo/Say  # the whole streams of these requests\n"
		    "    http2hdr -f --stream 0            # SETTINGS, PING, GOAWAY\n"
		    "    http2hdr -f -d 10                 # all frames, for 10 seconds\n"
		    "    http2hdr -j | jq .headers         # as JSON, for programs\n",
	.check = header_options_check,
};

/* What the kernel side has to look at: see transport/probe_groups.h. */
static const char *const probes[] = {"http2", NULL};

struct blocks {
	struct snoop snoop;
	struct header_pipeline pipeline;
	struct header_sink *sink;
};

static void on_block(void *ctx, const struct http2_block *block)
{
	struct blocks *b = ctx;

	if (snoop_take(&b->snoop))
		b->sink->block(b->sink, block);
}

static void on_frame(void *ctx, const struct http2_frame_record *frame)
{
	struct blocks *b = ctx;

	if (snoop_take(&b->snoop))
		b->sink->frame(b->sink, frame);
}

static void on_closing(void *ctx, struct closing *c, FILE *out)
{
	struct blocks *b = ctx;

	header_pipeline_closing(&b->pipeline, c);
	loss_print_closing_blocks(c, out);
}

static bool blocks_init(struct blocks *b, const struct options *o, struct source *source)
{
	const struct header_consumer to = {on_block, on_frame, b};

	snoop_init(&b->snoop, tool.name, o, source);
	b->sink = sink_open_headers(o, &b->snoop.out, &b->snoop.time);
	return header_pipeline_init(&b->pipeline, o, &to) && b->sink;
}

static void blocks_release(struct blocks *b)
{
	header_pipeline_release(&b->pipeline);
	if (b->sink)
		b->sink->free(b->sink);
	snoop_release(&b->snoop);
}

static int snoop(const struct options *o, struct source *source, uint64_t started_ns)
{
	struct blocks b;
	int status = 1;

	if (!blocks_init(&b, o, source)) {
		fprintf(stderr, "%s: out of memory\n", tool.name);
		goto cleanup;
	}
	b.sink->begin(b.sink);
	status = snoop_run(
		&b.snoop,
		&(struct snoop_work){b.pipeline.tracker, header_pipeline_event, &b.pipeline, on_closing, &b},
		started_ns);
cleanup:
	blocks_release(&b);
	return status;
}

static void set_defaults(struct options *o)
{
	o->capture.groups = probes;
}

/* Its records do not name them, and so it opens no files for that. */
static void apply(struct options *o)
{
	o->name_containers = false;
}

int main(int argc, char **argv)
{
	static const struct tool_main m = {
		.tool = &tool, .defaults = set_defaults, .apply = apply, .run = snoop};

	return tool_main(&m, argc, argv);
}
