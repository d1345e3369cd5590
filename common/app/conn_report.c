/* SPDX-License-Identifier: Apache-2.0 */
#include "app/conn_report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "app/clock.h"
#include "app/container.h"
#include "app/pipeline.h"

/* HTTP/2 exchanges: for the table, and for who looks at that connection. */
static void on_exchange(void *ctx, const struct exchange *x)
{
	struct conn_report *r = ctx;

	conn_table_exchange(r->table, x);
	conn_recent_exchange(&r->recent, x);
}

static bool open_parts(struct conn_report *r)
{
	/* a stream that stays open is told about once per interval: it is in flight */
	struct tracker_options tracker = {
		.on_exchange = on_exchange, .ctx = r, .open_interval_ns = r->options->interval_ns};

	r->owners = socket_owners_new("/proc");
	if (r->options->name_containers)
		r->containers = containers_new(NULL);
	if (!r->owners || (r->options->name_containers && !r->containers))
		return false;
	r->table = conn_table_new(r->owners, r->containers);
	if (!r->table)
		return false;
	conn_feed_init(&r->feed, r->table);
	r->tracker = tracker_new(&tracker);
	return r->tracker != NULL;
}

static bool ask_sockets(struct conn_report *r, uint64_t now_ns, char *err, size_t err_size)
{
	conn_table_ask(r->table, clock_now_ns());
	if (sock_diag_dump(r->sockets, now_ns, conn_table_socket, r->table) >= 0)
		return true;
	snprintf(err, err_size, "cannot ask the kernel for its sockets: %s", strerror(errno));
	return false;
}

/* What is there already, and how far its counters are: an interval of no length. */
static bool look_first(struct conn_report *r, char *err, size_t err_size)
{
	uint64_t now_ns = source_start_ns(r->source);

	conn_table_begin(r->table, now_ns);
	if (!ask_sockets(r, now_ns, err, err_size))
		return false;
	conn_table_end(r->table, clock_now_ns());
	conn_table_begin(r->table, now_ns);
	return true;
}

bool conn_report_init(struct conn_report *r, const struct options *options, struct source *source, char *err,
		      size_t err_size)
{
	*r = (struct conn_report){.options = options, .source = source};
	r->sockets = sock_diag_new(err, err_size);
	if (!r->sockets)
		return false;
	if (!open_parts(r)) {
		snprintf(err, err_size, "out of memory");
		return false;
	}
	return look_first(r, err, err_size);
}

void conn_report_release(struct conn_report *r)
{
	tracker_free(r->tracker);
	conn_feed_release(&r->feed);
	conn_snapshot_release(&r->kept);
	conn_table_free(r->table);
	containers_free(r->containers);
	socket_owners_free(r->owners);
	sock_diag_free(r->sockets);
}

/* ---- events, and what is done once a second ---- */

void conn_report_event(void *ctx, const struct wire_event *event, const uint8_t *data)
{
	struct conn_report *r = ctx;

	conn_feed_event(&r->feed, event);
	if (event->kind != WIRE_GONE)
		tracker_event(r->tracker, event, data);
}

void conn_report_collect(struct conn_report *r, uint64_t now_ns)
{
	tracker_collect(r->tracker, now_ns, PIPELINE_IDLE_NS, source_alive, r->source);
}

/* ---- an interval ---- */

static uint64_t newly_lost(struct conn_report *r)
{
	struct closing c = conn_report_closing(r);
	uint64_t before = r->lost;

	r->lost = loss_sum(c.counters) + c.stats.no_memory;
	return r->lost - before;
}

static void summarize(struct conn_report *r, uint64_t start_ns, uint64_t end_ns)
{
	r->summary = *conn_table_summary(r->table);
	r->summary.start_ns = start_ns;
	r->summary.end_ns = end_ns;
	r->summary.lost += newly_lost(r);
	r->summary.requests += r->feed.unnamed;
	r->feed.unnamed = 0;
	r->requests += r->summary.requests;
	r->errors += r->summary.errors;
	r->intervals++;
}

bool conn_report_take(struct conn_report *r, uint64_t start_ns, uint64_t end_ns, char *err, size_t err_size)
{
	int error;

	if (!ask_sockets(r, end_ns, err, err_size))
		return false;
	error = conn_feed_take(&r->feed, r->source);
	if (error) {
		snprintf(err, err_size, "cannot read the kernel's counters: %s", strerror(error));
		return false;
	}
	/* asking takes a while, and it told also of what opened meanwhile */
	conn_table_end(r->table, clock_now_ns());
	summarize(r, start_ns, end_ns);
	return true;
}

bool conn_report_keep(struct conn_report *r)
{
	const struct conn_record *records;
	size_t n;

	records = conn_table_records(r->table, &n);
	return conn_snapshot_take(&r->kept, records, n, &r->summary);
}

void conn_report_next(struct conn_report *r, uint64_t now_ns)
{
	conn_table_begin(r->table, now_ns);
}

bool conn_report_rows(struct conn_report *r, struct conn_view *view, struct conn_interval *out)
{
	const struct conn_record *records;
	size_t n;

	records = conn_table_records(r->table, &n);
	return conn_view_build(view, records, n, &r->summary, out);
}

bool conn_report_kept_rows(struct conn_report *r, struct conn_view *view, struct conn_interval *out)
{
	return conn_view_build(view, r->kept.records, r->kept.n, &r->kept.summary, out);
}

struct closing conn_report_closing(const struct conn_report *r)
{
	struct closing c = {
		.counted = r->requests,
		.errors = r->errors,
		.stats = tracker_stats(r->tracker),
	};

	source_counters(r->source, c.counters);
	return c;
}
