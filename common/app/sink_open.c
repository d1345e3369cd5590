/* SPDX-License-Identifier: Apache-2.0 */
#include "app/sink_open.h"

struct sink *sink_open(const struct options *o, struct output *out, struct wall_time *time)
{
	struct sink_options sink = {
		.out = out,
		.time = time,
		.time_seconds = o->time_seconds,
		.time_clock = o->time_clock,
		.wide = o->wide,
		.extended = o->extended,
		.show_headers = o->show_headers,
		.show_secrets = o->show_secrets,
		.n_headers = o->n_headers,
	};

	memcpy(sink.headers, o->headers, sizeof(sink.headers));
	return o->json ? json_sink_new(&sink) : table_sink_new(&sink);
}

struct header_sink *sink_open_headers(const struct options *o, struct output *out, struct wall_time *time)
{
	struct header_sink_options sink = {
		.out = out,
		.time = time,
		.time_seconds = o->time_seconds,
		.time_clock = o->time_clock,
		.wide = o->wide,
		.show_headers = o->show_headers,
		.show_secrets = o->show_secrets,
	};

	return o->json ? header_json_new(&sink) : header_text_new(&sink);
}
