/* SPDX-License-Identifier: Apache-2.0 */
/* latency_view.h - how httplat's options look on the screen. */
#ifndef L7SCOPE_LATENCY_VIEW_H
#define L7SCOPE_LATENCY_VIEW_H

#include <stdbool.h>

#include "app/options.h"
#include "sink/latency_sink.h"

/* measures_queue: source_measures_queue(). */
struct latency_layout latency_view_layout(const struct options *o, const struct output *out,
					  bool measures_queue);

/* The others outlive the sink.  NULL: out of memory. */
struct latency_sink *latency_view_open(const struct options *o, struct output *out, struct wall_time *time,
				       const struct latency_layout *layout);

#endif
