/* SPDX-License-Identifier: Apache-2.0 */
/* One JSON object per exchange; the keys are those of l7scope(7). */
#include "sink/sink.h"

#include <stdlib.h>

#include "sink/json_parts.h"
#include "sink/json_writer.h"
#include "sink/mask.h"
#include "sink/record.h"

struct json_sink {
	struct sink sink;
	struct sink_options options;
	struct json_writer w;
	struct masker masker;
};

static void put_connection(struct json_sink *s, const struct exchange *x)
{
	struct json_writer *w = &s->w;

	if (x->req.first_ns)
		json_put_str(w, "ts", wall_time_rfc3339(s->options.time, x->req.first_ns));
	json_put_u64(w, "pid", x->pid);
	json_put_str(w, "comm", x->comm);
	json_put_str(w, "role", record_role(x));
	json_put_u64(w, "conn", x->conn);
	json_put_endpoint(w, "laddr", "lport", &x->local);
	json_put_endpoint(w, "raddr", "rport", &x->remote);
	json_key(w, "tls");
	json_bool(w, x->tls);
}

static void put_request(struct json_sink *s, const struct exchange *x)
{
	struct json_writer *w = &s->w;

	json_put_str(w, "version", record_version(x));
	if (x->stream >= 0)
		json_put_u64(w, "stream", (uint64_t)x->stream);
	json_put_bytes(w, "method", x->method);
	json_put_bytes(w, "scheme", x->scheme);
	json_put_bytes(w, "host", mask_authority(&s->masker, x->host));
	json_put_bytes(w, "path", mask_target(&s->masker, x->path));
}

static void put_result(struct json_sink *s, const struct exchange *x)
{
	struct json_writer *w = &s->w;

	json_key(w, "status");
	if (x->status) {
		json_u64(w, (uint64_t)x->status);
	} else {
		json_null(w);
		json_put_str(w, "reason", no_status_name(x->no_status));
	}
	json_put_u64(w, "req_bytes", x->req_bytes);
	if (record_resp_bytes_known(x))
		json_put_u64(w, "resp_bytes", x->resp_bytes);
	json_put_duration(w, "ttfb_us", exchange_ttfb_ns(x));
	json_put_duration(w, "latency_us", exchange_latency_ns(x));
	json_put_duration(w, "queue_us", x->queue_ns);
}

/* ---- gRPC ---- */

/* What was not counted to its end is absent, bytes as well as messages. */
static void put_messages(struct json_writer *w, const char *key, const char *bytes_key, int64_t messages,
			 uint64_t bytes)
{
	if (messages < 0)
		return;
	json_put_u64(w, key, (uint64_t)messages);
	json_put_u64(w, bytes_key, bytes);
}

static void put_grpc(struct json_writer *w, const struct grpc_call *call)
{
	if (!call)
		return;
	json_key(w, "grpc");
	json_open_map(w);
	json_put_bytes(w, "service", call->service);
	json_put_bytes(w, "method", call->method);
	if (call->status >= 0)
		json_put_u64(w, "status", (uint64_t)call->status);
	json_put_bytes(w, "message", call->message);
	json_put_str(w, "mode", record_grpc_mode(call));
	put_messages(w, "sent", "sent_bytes", call->sent, call->sent_bytes);
	put_messages(w, "received", "received_bytes", call->received, call->received_bytes);
	json_put_duration(w, "timeout_us", call->timeout_ns);
	if (call->status_derived) {
		json_key(w, "status_derived");
		json_bool(w, true);
	}
	json_close_map(w);
}

/* ---- headers ---- */

/* With --header and without -H only the named fields are shown. */
static bool is_wanted(const struct json_sink *s, const struct header_field *field)
{
	if (s->options.show_headers)
		return true;
	for (size_t i = 0; i < s->options.n_headers; i++)
		if (bytes_equal_nocase(field->name, s->options.headers[i]))
			return true;
	return false;
}

static void put_header_list(struct json_sink *s, const struct exchange *x, const char *key,
			    struct header_list list)
{
	struct json_writer *w = &s->w;

	json_key(w, key);
	json_open_array(w);
	for (size_t i = 0; i < list.n; i++) {
		struct header_field field = record_field(x, &list.fields[i]);

		if (is_wanted(s, &field))
			json_put_field(w, &s->masker, &field);
	}
	json_close_array(w);
}

static void put_headers(struct json_sink *s, const struct exchange *x)
{
	if (!s->options.show_headers && s->options.n_headers == 0)
		return;
	json_key(&s->w, "headers");
	json_open_map(&s->w);
	put_header_list(s, x, "request", x->req_headers);
	put_header_list(s, x, "response", x->resp_headers);
	put_header_list(s, x, "trailers", x->trailers);
	json_close_map(&s->w);
}

static void put_flags(struct json_writer *w, unsigned missing)
{
	json_key(w, "flags");
	json_open_array(w);
	for (unsigned bit = 1; missing; bit <<= 1) {
		if (missing & bit && record_flag(bit))
			json_string(w, bytes_of_str(record_flag(bit)));
		missing &= ~bit;
	}
	json_close_array(w);
}

/* ---- the sink ---- */

static void json_begin_nothing(struct sink *sink)
{
	(void)sink;
}

static void json_exchange(struct sink *sink, const struct exchange *x)
{
	struct json_sink *s = (struct json_sink *)sink;

	json_begin(&s->w);
	put_connection(s, x);
	put_request(s, x);
	put_result(s, x);
	put_grpc(&s->w, x->grpc);
	put_headers(s, x);
	json_put_str(&s->w, "container", x->container);
	json_put_str(&s->w, "pod", x->pod);
	json_put_str(&s->w, "namespace", x->namespace_);
	put_flags(&s->w, x->missing);
	json_end(&s->w);
	output_end_record(s->options.out);
}

static void json_free(struct sink *sink)
{
	struct json_sink *s = (struct json_sink *)sink;

	json_writer_release(&s->w);
	masker_release(&s->masker);
	free(s);
}

struct sink *json_sink_new(const struct sink_options *options)
{
	struct json_sink *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->sink = (struct sink){json_begin_nothing, json_exchange, json_free};
	s->options = *options;
	masker_init(&s->masker, options->show_secrets);
	if (!json_writer_init(&s->w, &options->out->pending)) {
		json_free(&s->sink);
		return NULL;
	}
	return &s->sink;
}
