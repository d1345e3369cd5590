/* SPDX-License-Identifier: Apache-2.0 */
#include "app/snoop.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "app/pipeline.h"
#include "app/run_loop.h"
#include "app/stop.h"

/* What the loop's functions need. */
struct running {
	struct snoop *s;
	const struct snoop_work *work;
};

void snoop_init(struct snoop *s, const char *tool, const struct options *options, struct source *source)
{
	*s = (struct snoop){.tool = tool, .options = options, .source = source};
	output_init(&s->out, STDOUT_FILENO, &stop_requested);
	wall_time_init(&s->time, source_wall_offset_ns(source), source_start_ns(source));
}

void snoop_release(struct snoop *s)
{
	output_release(&s->out);
}

bool snoop_take(struct snoop *s)
{
	if (s->ended)
		return false;
	s->printed++;
	s->ended = s->options->count && s->printed == s->options->count;
	return true;
}

static bool on_batch(void *ctx)
{
	struct running *r = ctx;

	return output_flush(&r->s->out) && !r->s->ended;
}

/* The time that passes here is not a recording's, and all its connections are alive. */
static void on_second(void *ctx, uint64_t now_ns)
{
	struct running *r = ctx;
	struct snoop *s = r->s;

	s->time.offset_ns = source_wall_offset_ns(s->source);
	if (!s->options->replay)
		tracker_collect(r->work->tracker, now_ns, PIPELINE_IDLE_NS, source_alive, s->source);
	output_check_reader(&s->out);
}

static void print_closing(struct snoop *s, const struct snoop_work *work)
{
	struct closing closing = {
		.tool = s->tool,
		.printed = s->printed,
		.stats = tracker_stats(work->tracker),
	};

	source_counters(s->source, closing.counters);
	work->closing(work->closing_ctx, &closing, stderr);
}

/* A reader that went away wants no explanation. */
static int finish(struct snoop *s, const struct snoop_work *work, int status)
{
	tracker_settle(work->tracker);
	output_flush(&s->out);
	if (s->out.error == EPIPE)
		return 0;
	if (s->out.error) {
		fprintf(stderr, "%s: cannot write: %s\n", s->tool, strerror(s->out.error));
		status = 1;
	}
	print_closing(s, work);
	return status;
}

int snoop_run(struct snoop *s, const struct snoop_work *work, uint64_t started_ns)
{
	struct running running = {s, work};
	struct run run = {
		.tool = s->tool,
		.options = s->options,
		.source = s->source,
		.started_ns = started_ns,
		.event = work->event,
		.event_ctx = work->event_ctx,
		.batch = on_batch,
		.second = on_second,
		.ctx = &running,
	};

	output_flush(&s->out);
	if (!run_announce(&run))
		return 1;
	return finish(s, work, run_loop(&run));
}
