/* SPDX-License-Identifier: Apache-2.0 */
/* For programs: one JSON object per row; the keys are those of l7scope(7). */
#include "sink/latency_sink.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <yajl/yajl_gen.h>

#include "sink/json_writer.h"
#include "sink/latency_text.h"

/* Digits that always fit 64 bits. */
#define NUMBER_DIGITS_MAX 19

struct latency_json {
	struct latency_sink sink;
	struct output *out;
	struct wall_time *time;
	const struct latency_layout *layout;
	struct json_writer w;
	struct histogram nothing[LATENCY_PARTS_MAX]; /* of an interval without rows */
};

static void put_str(struct json_writer *w, const char *key, const char *value)
{
	json_key(w, key);
	json_string(w, bytes_of_str(value));
}

static void put_u64(struct json_writer *w, const char *key, uint64_t value)
{
	json_key(w, key);
	json_u64(w, value);
}

/* The writer has no fractions: this is the only one in any record. */
static void put_seconds(struct json_writer *w, const char *key, uint64_t ns)
{
	uint64_t ms = (ns + 500000) / 1000000;
	char number[32];
	int n = snprintf(number, sizeof(number), "%" PRIu64 ".%03u", ms / 1000, (unsigned)(ms % 1000));

	json_key(w, key);
	yajl_gen_number(w->gen, number, (size_t)n);
}

/* ---- keys ---- */

static bool is_number(struct bytes value)
{
	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] < '0' || value.p[i] > '9')
			return false;
	return value.n && value.n <= NUMBER_DIGITS_MAX;
}

static uint64_t number_of(struct bytes digits)
{
	uint64_t n = 0;

	for (size_t i = 0; i < digits.n; i++)
		n = n * 10 + (digits.p[i] - '0');
	return n;
}

static void put_key(struct json_writer *w, const char *name, struct bytes value)
{
	bool numeric = strcmp(name, "pid") == 0 || strcmp(name, "status") == 0;

	json_key(w, name);
	if (!value.p)
		json_null(w);
	else if (numeric && is_number(value))
		json_u64(w, number_of(value));
	else
		json_string(w, value);
}

/* row NULL: there was none. */
static void put_keys(struct latency_json *j, const struct latency_row *row)
{
	struct json_writer *w = &j->w;

	json_key(w, "key");
	json_open_map(w);
	for (size_t i = 0; row && i < j->layout->n_keys; i++) {
		if (row->other)
			put_str(w, j->layout->keys[i], "other");
		else
			put_key(w, j->layout->keys[i], row->values[i]);
	}
	json_close_map(w);
	if (row && row->other) {
		json_key(w, "other");
		json_bool(w, true);
	}
}

/* ---- figures ---- */

/* Rounded down, as the buckets are. */
static void put_us(struct json_writer *w, const char *key, const struct histogram *h, uint64_t ns)
{
	json_key(w, key);
	if (h->count)
		json_u64(w, ns / 1000);
	else
		json_null(w);
}

static void put_figures(struct json_writer *w, const struct histogram *h)
{
	put_u64(w, "count", h->count);
	put_us(w, "avg", h, histogram_mean_ns(h));
	put_us(w, "min", h, h->min_ns);
	put_us(w, "max", h, h->max_ns);
	for (size_t i = 0; i < LATENCY_QUANTILES; i++)
		put_us(w, latency_quantiles[i].json, h,
		       histogram_percentile_ns(h, latency_quantiles[i].per_100000));
}

static void put_bucket(struct json_writer *w, const struct histogram *h, unsigned bucket)
{
	uint64_t high = histogram_high(bucket), max = h->max_ns / 1000;

	if (bucket == HISTOGRAM_BUCKETS - 1 && max > high)
		high = max;
	json_open_array(w);
	json_u64(w, histogram_low(bucket));
	json_u64(w, high);
	json_u64(w, h->buckets[bucket]);
	json_close_array(w);
}

static void put_buckets(struct json_writer *w, const struct histogram *h)
{
	json_key(w, "buckets");
	json_open_array(w);
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
		if (h->buckets[i])
			put_bucket(w, h, i);
	json_close_array(w);
}

static void put_parts(struct latency_json *j, const struct histogram *parts)
{
	struct json_writer *w = &j->w;

	json_key(w, "parts");
	json_open_map(w);
	for (size_t i = 1; i < j->layout->n_parts; i++) {
		json_key(w, j->layout->parts[i]);
		if (!j->layout->measured[i]) {
			json_null(w);
			continue;
		}
		json_open_map(w);
		put_figures(w, &parts[i]);
		json_close_map(w);
	}
	json_close_map(w);
}

/* ---- the sink ---- */

static void put_row(struct latency_json *j, const struct latency_interval *i, const struct latency_row *row)
{
	const struct histogram *parts = row ? row->parts : j->nothing;
	struct json_writer *w = &j->w;

	json_begin(w);
	put_str(w, "ts", wall_time_rfc3339(j->time, i->start_ns));
	put_seconds(w, "interval_s", i->end_ns - i->start_ns);
	put_keys(j, row);
	put_str(w, "unit", "us");
	put_figures(w, parts);
	put_buckets(w, parts);
	put_u64(w, "errors", parts[0].errors);
	put_u64(w, "lost", i->lost);
	if (j->layout->slo_ns) {
		put_u64(w, "slo_us", j->layout->slo_ns / 1000);
		put_u64(w, "within", parts[0].within);
	}
	if (j->layout->n_parts > 1)
		put_parts(j, parts);
	json_end(w);
	output_end_record(j->out);
}

static void json_begin_nothing(struct latency_sink *sink)
{
	(void)sink;
}

/* An interval in which nothing happened shows, too. */
static void json_interval(struct latency_sink *sink, const struct latency_interval *i)
{
	struct latency_json *j = (struct latency_json *)sink;

	for (size_t r = 0; r < i->n_rows; r++)
		put_row(j, i, &i->rows[r]);
	if (i->n_rows == 0)
		put_row(j, i, NULL);
}

static void json_free(struct latency_sink *sink)
{
	struct latency_json *j = (struct latency_json *)sink;

	json_writer_release(&j->w);
	free(j);
}

struct latency_sink *latency_json_new(struct output *out, struct wall_time *time,
				      const struct latency_layout *layout)
{
	struct latency_json *j = calloc(1, sizeof(*j));

	if (!j)
		return NULL;
	j->sink = (struct latency_sink){json_begin_nothing, json_interval, json_free};
	j->out = out;
	j->time = time;
	j->layout = layout;
	if (!json_writer_init(&j->w, &out->pending)) {
		json_free(&j->sink);
		return NULL;
	}
	return &j->sink;
}
