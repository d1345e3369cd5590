/* SPDX-License-Identifier: Apache-2.0 */
#include "app/header_pipeline.h"

#include "app/source_filter.h"

static bool source_passes(const struct header_pipeline *p, const struct http2_where *where)
{
	const struct source_party who = {
		.pid = where->pid,
		.uid = where->uid,
		.comm = where->comm,
		.cgroup = where->cgroup,
		.role = where->role,
		.local = where->local,
		.remote = where->remote,
	};

	return !p->filter_source || source_filter_match(&p->options->capture.filter, &who);
}

static void on_block(void *ctx, const struct http2_block *block)
{
	struct header_pipeline *p = ctx;

	if (source_passes(p, &block->where) && header_filter_block(&p->filter, block))
		p->to.block(p->to.ctx, block);
}

/* Their blocks are told, with their CONTINUATIONs in one. */
static bool holds_block(uint8_t type)
{
	return type == HTTP2_HEADERS || type == HTTP2_PUSH_PROMISE || type == HTTP2_CONTINUATION;
}

static void on_frame(void *ctx, const struct http2_frame_record *record)
{
	struct header_pipeline *p = ctx;

	if (holds_block(record->frame.type) || !source_passes(p, &record->where))
		return;
	if (header_filter_frame(&p->filter, record) && p->options->frames)
		p->to.frame(p->to.ctx, record);
}

bool header_pipeline_init(struct header_pipeline *p, const struct options *options,
			  const struct header_consumer *to)
{
	struct tracker_options tracker = {
		.on_block = on_block, .ctx = p, .wait_for_lists = !options->capture.no_tls};
	bool good;

	*p = (struct header_pipeline){.options = options, .to = *to, .filter_source = options->replay};
	good = header_filter_init(&p->filter, &options->filter, &options->header_criteria);
	if (options->frames || header_filter_needs_frames(&p->filter))
		tracker.on_frame = on_frame;
	p->tracker = tracker_new(&tracker);
	return good && p->tracker;
}

void header_pipeline_release(struct header_pipeline *p)
{
	tracker_free(p->tracker);
	header_filter_release(&p->filter);
}

void header_pipeline_event(void *ctx, const struct wire_event *event, const uint8_t *data)
{
	struct header_pipeline *p = ctx;

	tracker_event(p->tracker, event, data);
}

void header_pipeline_closing(const struct header_pipeline *p, struct closing *c)
{
	c->paths_given_up = exchange_filter_given_up(&p->options->filter);
	c->values_given_up = header_filter_given_up(&p->filter);
	c->streams_forgotten = p->filter.streams ? stream_set_forgotten(p->filter.streams) : 0;
}
