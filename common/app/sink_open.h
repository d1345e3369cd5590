/* SPDX-License-Identifier: Apache-2.0 */
/* sink_open.h - the sink that the options ask for. */
#ifndef L7SCOPE_SINK_OPEN_H
#define L7SCOPE_SINK_OPEN_H

#include "app/options.h"
#include "sink/header_sink.h"
#include "sink/sink.h"

/* out and time outlive the sink.  NULL: out of memory. */
struct sink *sink_open(const struct options *o, struct output *out, struct wall_time *time);
struct header_sink *sink_open_headers(const struct options *o, struct output *out, struct wall_time *time);

#endif
