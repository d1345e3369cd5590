/* SPDX-License-Identifier: Apache-2.0 */
/* Raw events through validation and the tracker; see event_script.h. */
#include "event_script.h"
#include "exchange/tracker.h"

#define CONNS_MAX 3 /* so that eviction happens */

struct fuzz {
	struct tracker *tracker;
	uint64_t seen;
	unsigned sum; /* of all bytes of all exchanges, so that each is read */
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- what comes out ---- */

static void check(int ok)
{
	if (!ok)
		abort();
}

static void read_bytes(struct fuzz *f, struct bytes b)
{
	check(b.p || !b.n);
	for (size_t i = 0; i < b.n; i++)
		f->sum += b.p[i];
}

static void read_fields(struct fuzz *f, const struct header_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		read_bytes(f, list->fields[i].name);
		read_bytes(f, list->fields[i].value);
	}
}

static void on_exchange(void *ctx, const struct exchange *x)
{
	struct fuzz *f = ctx;

	f->seen++;
	read_bytes(f, x->method);
	read_bytes(f, x->target);
	read_bytes(f, x->scheme);
	read_bytes(f, x->host);
	read_bytes(f, x->path);
	read_fields(f, &x->req_headers);
	read_fields(f, &x->resp_headers);
	read_fields(f, &x->trailers);
	check(strlen(x->comm) <= WIRE_COMM_LEN);
	check((x->status == 0) == (no_status_name(x->no_status) != NULL));
	check(x->status == 0 || (x->status >= 100 && x->status <= 999));
	check(exchange_ttfb_ns(x) >= -1 && exchange_latency_ns(x) >= -1);
}

static void on_block(void *ctx, const struct http2_block *block)
{
	struct fuzz *f = ctx;
	size_t unknown = 0;

	for (size_t i = 0; i < block->n_fields; i++) {
		read_bytes(f, block->fields[i].name);
		read_bytes(f, block->fields[i].value);
		unknown += !block->fields[i].name.p || !block->fields[i].value.p;
	}
	check(unknown == block->unknown && (!block->from_uprobe || !unknown));
	check(strlen(block->where.comm) <= WIRE_COMM_LEN);
}

/* ---- what goes in ---- */

static void on_piece(void *tracker, const struct wire_event *e, const uint8_t *data)
{
	tracker_event(tracker, e, data);
}

static bool is_gone(void *ctx, uint64_t sock, uint64_t conn)
{
	(void)ctx;
	(void)sock;
	(void)conn;
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = {0};
	struct event_script script = {.in = {data, size}, .now_ns = 1000000, .fn = on_piece};
	struct tracker_options options = {.on_exchange = on_exchange,
					  .on_block = on_block,
					  .ctx = &f,
					  .max_conns = CONNS_MAX,
					  .wait_for_lists = true};
	struct tracker_stats stats;

	f.tracker = tracker_new(&options);
	if (!f.tracker)
		return 0;
	script.ctx = f.tracker;
	while (script.in.n) {
		event_script_step(&script);
		stats = tracker_stats(f.tracker);
		check(stats.conns <= CONNS_MAX && stats.in_flight <= stats.conns * TRACKER_PENDING_MAX);
	}
	tracker_collect(f.tracker, UINT64_MAX, 0, is_gone, NULL);
	stats = tracker_stats(f.tracker);
	check(stats.conns == 0 && stats.in_flight == 0 && stats.exchanges == f.seen);
	tracker_free(f.tracker);
	return 0;
}
