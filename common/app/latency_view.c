/* SPDX-License-Identifier: Apache-2.0 */
#include "app/latency_view.h"

#include <stdlib.h>
#include <string.h>

#include "wire.h"

static const char *const part_names[WIRE_PARTS] = {
	[WIRE_PART_TOTAL] = "total",	 [WIRE_PART_QUEUE] = "queue",	 [WIRE_PART_READ] = "read",
	[WIRE_PART_SERVICE] = "service", [WIRE_PART_WRITE] = "transfer", [WIRE_PART_CONNECT] = "connect",
	[WIRE_PART_SEND] = "send",	 [WIRE_PART_WAIT] = "wait",	 [WIRE_PART_RECEIVE] = "receive",
};

_Static_assert(WIRE_PARTS <= LATENCY_PARTS_MAX, "a layout has room for all parts");

/* no-color.org; a terminal without a name, or a dumb one, knows no colours. */
static bool may_colour(const struct output *out)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return out->terminal && !(no && *no) && term && *term && strcmp(term, "dumb") != 0;
}

static void add_parts(struct latency_layout *l, bool measures_queue, bool measures_connect)
{
	for (int i = 0; i < WIRE_PARTS; i++) {
		l->parts[i] = part_names[i];
		l->measured[i] = true;
	}
	l->measured[WIRE_PART_QUEUE] = measures_queue;
	l->measured[WIRE_PART_CONNECT] = measures_connect;
	l->n_parts = WIRE_PARTS;
}

struct latency_layout latency_view_layout(const struct options *o, const struct output *out,
					  bool measures_queue)
{
	const struct latency_by_list *by = &o->latency.by;
	struct latency_layout l = {
		.n_keys = by->n,
		.parts = {part_names[WIRE_PART_TOTAL]},
		.measured = {true},
		.n_parts = 1,
		.unit = o->latency.ms ? LATENCY_MS : LATENCY_US,
		.slo_ns = o->latency.slo_ns,
		.colour = may_colour(out),
		.timestamp = o->time_clock,
	};

	for (size_t i = 0; i < by->n; i++)
		l.keys[i] = latency_by_name(by->keys[i]);
	if (o->latency.breakdown) /* exchanges do not tell how long their connection took to open */
		add_parts(&l, measures_queue, o->latency.in_kernel);
	return l;
}

struct latency_sink *latency_view_open(const struct options *o, struct output *out, struct wall_time *time,
				       const struct latency_layout *layout)
{
	if (o->json)
		return latency_json_new(out, time, layout);
	if (o->latency.heatmap)
		return latency_heatmap_new(out, time, layout);
	return latency_table_new(out, time, layout);
}
