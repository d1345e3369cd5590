/* SPDX-License-Identifier: Apache-2.0 */
/* One JSON object per exchange; the keys are those of l7scope(7). */
#include "sink/sink.h"

#include <stdlib.h>

#include "sink/json_writer.h"
#include "sink/mask.h"
#include "sink/record.h"

struct json_sink {
	struct sink sink;
	struct sink_options options;
	struct json_writer w;
	struct masker masker;
};

static void put_bytes(struct json_writer *w, const char *key, struct bytes value)
{
	if (value.n) {
		json_key(w, key);
		json_string(w, value);
	}
}

static void put_str(struct json_writer *w, const char *key, const char *value)
{
	if (value)
		put_bytes(w, key, bytes_of_str(value));
}

static void put_u64(struct json_writer *w, const char *key, uint64_t value)
{
	json_key(w, key);
	json_u64(w, value);
}

/* Microseconds, rounded to nearest; negative means unknown. */
static void put_duration(struct json_writer *w, const char *key, int64_t ns)
{
	if (ns >= 0)
		put_u64(w, key, ((uint64_t)ns + 500) / 1000);
}

static void put_endpoint(struct json_writer *w, const char *addr_key, const char *port_key,
			 const struct endpoint *e)
{
	char addr[ENDPOINT_ADDR_LEN];

	if (!e->family)
		return;
	put_str(w, addr_key, endpoint_addr(e, addr));
	put_u64(w, port_key, e->port);
}

static void put_connection(struct json_sink *s, const struct exchange *x)
{
	struct json_writer *w = &s->w;

	if (x->req.first_ns)
		put_str(w, "ts", wall_time_rfc3339(s->options.time, x->req.first_ns));
	put_u64(w, "pid", x->pid);
	put_str(w, "comm", x->comm);
	put_str(w, "role", record_role(x));
	put_u64(w, "conn", x->conn);
	put_endpoint(w, "laddr", "lport", &x->local);
	put_endpoint(w, "raddr", "rport", &x->remote);
	json_key(w, "tls");
	json_bool(w, x->tls);
}

static void put_request(struct json_sink *s, const struct exchange *x)
{
	struct json_writer *w = &s->w;

	put_str(w, "version", record_version(x));
	if (x->stream >= 0)
		put_u64(w, "stream", (uint64_t)x->stream);
	put_bytes(w, "method", x->method);
	put_bytes(w, "scheme", x->scheme);
	put_bytes(w, "host", mask_authority(&s->masker, x->host));
	put_bytes(w, "path", mask_target(&s->masker, x->path));
}

static void put_result(struct json_sink *s, const struct exchange *x)
{
	struct json_writer *w = &s->w;

	json_key(w, "status");
	if (x->status) {
		json_u64(w, (uint64_t)x->status);
	} else {
		json_null(w);
		put_str(w, "reason", no_status_name(x->no_status));
	}
	put_u64(w, "req_bytes", x->req_bytes);
	if (record_resp_bytes_known(x))
		put_u64(w, "resp_bytes", x->resp_bytes);
	put_duration(w, "ttfb_us", exchange_ttfb_ns(x));
	put_duration(w, "latency_us", exchange_latency_ns(x));
	put_duration(w, "queue_us", x->queue_ns);
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

static void put_header_list(struct json_sink *s, const char *key, struct header_list list)
{
	struct json_writer *w = &s->w;

	json_key(w, key);
	json_open_array(w);
	for (size_t i = 0; i < list.n; i++) {
		if (!is_wanted(s, &list.fields[i]))
			continue;
		json_open_array(w);
		json_string(w, list.fields[i].name);
		json_string(w, mask_header(&s->masker, &list.fields[i]));
		json_close_array(w);
	}
	json_close_array(w);
}

static void put_headers(struct json_sink *s, const struct exchange *x)
{
	if (!s->options.show_headers && s->options.n_headers == 0)
		return;
	json_key(&s->w, "headers");
	json_open_map(&s->w);
	put_header_list(s, "request", x->req_headers);
	put_header_list(s, "response", x->resp_headers);
	put_header_list(s, "trailers", x->trailers);
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
	put_headers(s, x);
	put_str(&s->w, "container", x->container);
	put_str(&s->w, "pod", x->pod);
	put_str(&s->w, "namespace", x->namespace_);
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
