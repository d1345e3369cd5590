/* SPDX-License-Identifier: Apache-2.0 */
#include "app/pipeline.h"

#include "app/container.h"

static void name_container(struct pipeline *p, struct exchange *x)
{
	const struct container_info *info = containers_lookup(p->containers, x->pid, x->cgroup);

	x->container = info->id;
	x->pod = info->pod;
	x->namespace_ = info->namespace_;
}

static void on_exchange(void *ctx, const struct exchange *x)
{
	struct pipeline *p = ctx;
	struct exchange named = *x;

	if (p->filter_source && !exchange_filter_source(&p->options->capture.filter, x))
		return;
	if (!exchange_filter_match(&p->options->filter, x, p->now_ns))
		return;
	if (p->containers)
		name_container(p, &named);
	p->passed++;
	p->fn(p->ctx, &named);
}

bool pipeline_init(struct pipeline *p, const struct options *options, tracker_exchange_fn *fn, void *ctx)
{
	struct tracker_options tracker = {
		.on_exchange = on_exchange,
		.ctx = p,
		.open_interval_ns = options->open_ns,
		.wait_for_lists = !options->capture.no_tls,
	};

	*p = (struct pipeline){.options = options, .filter_source = options->replay, .fn = fn, .ctx = ctx};
	p->tracker = tracker_new(&tracker);
	if (options->name_containers)
		p->containers = containers_new(NULL);
	return p->tracker && (p->containers || !options->name_containers);
}

void pipeline_release(struct pipeline *p)
{
	tracker_free(p->tracker);
	containers_free(p->containers);
}

void pipeline_event(void *ctx, const struct wire_event *event, const uint8_t *data)
{
	struct pipeline *p = ctx;

	if (event->exit_ns > p->now_ns)
		p->now_ns = event->exit_ns;
	tracker_event(p->tracker, event, data);
}
