/* SPDX-License-Identifier: Apache-2.0 */
/* For programs: one JSON object per connection or group; the keys are those of l7scope(7). */
#include "sink/conn_sink.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <yajl/yajl_gen.h>

#include "sink/conn_columns.h"
#include "sink/json_parts.h"

struct conn_json {
	struct conn_sink sink;
	struct conn_sink_options options;
	struct json_writer w;
};

/* In whole milliseconds; nothing when negative: not known.  The writer has no fractions. */
static void put_seconds(struct json_writer *w, const char *key, int64_t ns)
{
	uint64_t ms = ((uint64_t)ns + 500000) / 1000000;
	char number[32];
	int n;

	if (ns < 0)
		return;
	n = snprintf(number, sizeof(number), "%" PRIu64 ".%03u", ms / 1000, (unsigned)(ms % 1000));
	json_key(w, key);
	yajl_gen_number(w->gen, number, (size_t)n);
}

static void put_true(struct json_writer *w, const char *key)
{
	json_key(w, key);
	json_bool(w, true);
}

/* ---- who and which ---- */

/* Of a shared socket; more than are listed shows in their number. */
static void put_owners(struct json_writer *w, const struct conn_record *r)
{
	if (r->n_owners < 2)
		return;
	json_key(w, "pids");
	json_open_array(w);
	for (size_t i = 0; i < r->n_owner_pids; i++)
		json_u64(w, r->owners[i]);
	json_close_array(w);
	json_put_u64(w, "processes", r->n_owners);
}

static void put_group(struct json_writer *w, const struct conn_record *r)
{
	if (!r->group.p)
		return;
	json_key(w, "group");
	json_string(w, r->group);
	json_put_u64(w, "connections", r->n);
}

static void put_who(struct json_writer *w, const struct conn_record *r)
{
	if (r->pid)
		json_put_u64(w, "pid", r->pid);
	put_owners(w, r);
	json_put_str(w, "comm", r->comm);
	json_put_str(w, "role", conn_role_name(r->role));
	json_put_endpoint(w, "laddr", "lport", &r->local);
	json_put_endpoint(w, "raddr", "rport", &r->remote);
	if (r->netns)
		json_put_u64(w, "netns", r->netns);
}

static void put_state(struct json_writer *w, const struct conn_record *r)
{
	json_put_str(w, "state", conn_state_name(r->state));
	if (r->closed)
		put_true(w, "closed");
	if (!r->group.p)
		put_seconds(w, "age_s", r->age_ns);
	json_put_str(w, "proto", r->proto);
}

/* ---- figures ---- */

static void put_tcp(struct json_writer *w, const struct conn_record *r)
{
	if (r->bytes_known) {
		json_put_u64(w, "rx_bytes", r->rx_bytes);
		json_put_u64(w, "tx_bytes", r->tx_bytes);
	}
	if (r->rtt_us)
		json_put_u64(w, "rtt_us", r->rtt_us);
	if (r->bytes_known) {
		json_put_u64(w, "retrans", r->retrans);
		json_put_u64(w, "unread", r->unread);
		json_put_u64(w, "unsent", r->unsent);
	}
}

static void put_http(struct json_writer *w, const struct conn_record *r)
{
	if (r->http) {
		json_put_u64(w, "reqs", r->requests);
		json_put_u64(w, "errors", r->errors);
		json_put_u64(w, "inflight", r->inflight);
	}
	/* rounded down, as the buckets are */
	if (r->latency && r->latency->count) {
		json_put_u64(w, "p50_us", histogram_percentile_ns(r->latency, 50000) / 1000);
		json_put_u64(w, "p99_us", histogram_percentile_ns(r->latency, 99000) / 1000);
	}
}

/* ---- the sink ---- */

static void put_record(struct conn_json *j, const struct conn_summary *s, const struct conn_record *r)
{
	struct json_writer *w = &j->w;

	json_begin(w);
	json_put_str(w, "ts", wall_time_rfc3339(j->options.time, s->start_ns));
	put_seconds(w, "interval_s", (int64_t)(s->end_ns - s->start_ns));
	put_group(w, r);
	put_who(w, r);
	put_state(w, r);
	put_tcp(w, r);
	put_http(w, r);
	json_put_str(w, "container", r->container);
	json_put_str(w, "pod", r->pod);
	json_put_str(w, "namespace", r->namespace_);
	json_end(w);
	output_end_record(j->options.out);
}

static void json_begin_nothing(struct conn_sink *sink)
{
	(void)sink;
}

static void json_interval(struct conn_sink *sink, const struct conn_interval *i)
{
	struct conn_json *j = (struct conn_json *)sink;

	for (size_t r = 0; r < i->n_records; r++)
		put_record(j, i->summary, &i->records[r]);
}

static void json_free(struct conn_sink *sink)
{
	struct conn_json *j = (struct conn_json *)sink;

	json_writer_release(&j->w);
	free(j);
}

struct conn_sink *conn_json_new(const struct conn_sink_options *options)
{
	struct conn_json *j = calloc(1, sizeof(*j));

	if (!j)
		return NULL;
	j->sink = (struct conn_sink){json_begin_nothing, json_interval, json_free};
	j->options = *options;
	if (!json_writer_init(&j->w, &options->out->pending)) {
		json_free(&j->sink);
		return NULL;
	}
	return &j->sink;
}
