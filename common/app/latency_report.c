/* SPDX-License-Identifier: Apache-2.0 */
#include "app/latency_report.h"

#include <errno.h>

#include "app/latency_view.h"

bool latency_report_init(struct latency_report *r, const struct options *options, struct source *source,
			 struct output *out, struct wall_time *time)
{
	*r = (struct latency_report){.options = options, .source = source};
	r->layout = latency_view_layout(options, out, source_measures_queue(source));
	r->sink = latency_view_open(options, out, time, &r->layout);
	if (!latency_feed_init(&r->feed, options) || !r->sink)
		return false;
	return pipeline_init(&r->pipeline, options, latency_feed_exchange, &r->feed);
}

void latency_report_release(struct latency_report *r)
{
	pipeline_release(&r->pipeline);
	latency_feed_release(&r->feed);
	if (r->sink)
		r->sink->free(r->sink);
}

void latency_report_collect(struct latency_report *r, uint64_t now_ns)
{
	tracker_collect(r->pipeline.tracker, now_ns, PIPELINE_IDLE_NS, source_alive, r->source);
}

static uint64_t newly_lost(struct latency_report *r)
{
	struct closing c = latency_report_closing(r);
	uint64_t before = r->lost;

	r->lost = loss_sum(c.counters) + c.stats.no_memory;
	return r->lost - before;
}

bool latency_report_interval(struct latency_report *r, uint64_t start_ns, uint64_t end_ns)
{
	const struct latency_options *l = &r->options->latency;
	struct latency_interval interval = {.start_ns = start_ns, .end_ns = end_ns};

	if (l->in_kernel && source_latency_take(r->source, latency_feed_row, &r->feed) < 0) {
		r->error = errno;
		return false;
	}
	interval.lost = newly_lost(r);
	interval.n_rows = latency_groups_top(r->feed.groups, l->top, &interval.rows);
	r->sink->interval(r->sink, &interval);
	latency_groups_clear(r->feed.groups);
	return ++r->intervals != r->options->intervals;
}

struct closing latency_report_closing(const struct latency_report *r)
{
	struct closing c = {
		.counted = r->feed.counted,
		.errors = r->feed.errors,
		.paths_given_up = exchange_filter_given_up(&r->options->filter),
		.stats = tracker_stats(r->pipeline.tracker),
	};

	source_counters(r->source, c.counters);
	c.counters[WIRE_LOST_UNTIMED] += r->feed.untimed;
	return c;
}
