/* SPDX-License-Identifier: Apache-2.0 */
#include "tracker_fixture.h"

#include <inttypes.h>
#include <stdio.h>

#include "harness.h"

struct flag_name {
	unsigned flag;
	const char *name;
};

static const struct flag_name flag_names[] = {
	{MISSING_JOINED, "joined"},	  {MISSING_GAP, "gap"},
	{MISSING_TRUNCATED, "truncated"}, {MISSING_PARTIAL_HEADERS, "partial"},
	{MISSING_UPROBE, "uprobe"},	  {MISSING_OVERLAP, "overlap"},
	{MISSING_OPEN, "open"},
};

static void add(struct tracker_fixture *f, const char *text, size_t n)
{
	size_t used = strlen(f->text);

	ck_assert_uint_lt(used + n, sizeof(f->text));
	memcpy(f->text + used, text, n);
	f->text[used + n] = '\0';
}

static void add_str(struct tracker_fixture *f, const char *text)
{
	add(f, text, strlen(text));
}

static void add_bytes(struct tracker_fixture *f, struct bytes b)
{
	add_str(f, b.n ? " " : " -");
	if (b.n)
		add(f, (const char *)b.p, b.n);
}

static void add_number(struct tracker_fixture *f, const char *name, uint64_t n)
{
	char text[64];

	add(f, text, snprintf(text, sizeof(text), " %s %" PRIu64, name, n));
}

static void add_span(struct tracker_fixture *f, const char *name, int64_t ns)
{
	char text[64];

	if (ns < 0)
		add(f, text, snprintf(text, sizeof(text), " %s -", name));
	else
		add_number(f, name, ns / 1000);
}

static void add_flags(struct tracker_fixture *f, unsigned missing)
{
	const char *before = " flags ";

	if (!missing)
		add_str(f, " flags -");
	for (size_t i = 0; i < sizeof(flag_names) / sizeof(flag_names[0]); i++) {
		if (!(missing & flag_names[i].flag))
			continue;
		add_str(f, before);
		add_str(f, flag_names[i].name);
		before = ",";
	}
	add_str(f, "\n");
}

static void add_grpc(struct tracker_fixture *f, const struct grpc_call *g)
{
	static const char *const modes[] = {"-", "unary", "client", "server", "bidi"};
	char text[96];

	add_str(f, " grpc");
	add_bytes(f, g->service);
	add_bytes(f, g->method);
	add(f, text,
	    snprintf(text, sizeof(text), " %d%s %s %" PRId64 "/%" PRId64, g->status,
		     g->status_derived ? "!" : "", modes[g->mode], g->sent, g->received));
	if (g->message.n)
		add_bytes(f, g->message);
}

static void on_exchange(void *ctx, const struct exchange *x)
{
	struct tracker_fixture *f = ctx;
	char number[48];

	f->seen++;
	if (f->also)
		f->also(f, x);
	if (f->bulk)
		return;
	add(f, number, snprintf(number, sizeof(number), "%" PRIu64, x->conn));
	if (x->stream >= 0)
		add(f, number, snprintf(number, sizeof(number), "/%d", x->stream));
	add_bytes(f, x->method);
	add_bytes(f, x->host);
	add_bytes(f, x->path);
	add(f, number, snprintf(number, sizeof(number), " %d", x->status));
	if (!x->status) {
		f->text[strlen(f->text) - 1] = '\0';
		add_str(f, no_status_name(x->no_status) ? no_status_name(x->no_status) : "none");
	}
	add_number(f, "req", x->req_bytes);
	add_number(f, "resp", x->resp_bytes);
	add_span(f, "ttfb", exchange_ttfb_ns(x));
	add_span(f, "lat", exchange_latency_ns(x));
	if (x->grpc)
		add_grpc(f, x->grpc);
	add_flags(f, x->missing);
}

void fixture_init(struct tracker_fixture *f, bool server, size_t max_conns)
{
	struct tracker_options options = {.max_conns = max_conns};

	fixture_init_with(f, server, options);
}

void fixture_init_with(struct tracker_fixture *f, bool server, struct tracker_options options)
{
	*f = (struct tracker_fixture){0};
	options.on_exchange = on_exchange;
	options.ctx = f;
	f->tracker = tracker_new(&options);
	fixture_conn(f, 1, server);
}

void fixture_release(struct tracker_fixture *f)
{
	tracker_free(f->tracker);
}

void fixture_conn(struct tracker_fixture *f, uint64_t conn, bool server)
{
	event_builder_init(&f->conn, conn, server);
	at(f, 1000);
}

void at(struct tracker_fixture *f, uint64_t us)
{
	between(f, us, us);
}

void between(struct tracker_fixture *f, uint64_t entry_us, uint64_t exit_us)
{
	f->conn.entry_ns = entry_us * 1000;
	f->conn.exit_ns = exit_us * 1000;
}

/* The data ends at an unmapped page. */
void send_event(struct tracker_fixture *f, const struct built_event *e)
{
	struct guarded g;

	if (f->instead) {
		f->instead(f, e);
		return;
	}
	if (f->bulk) {
		tracker_event(f->tracker, &e->event, e->data);
		return;
	}
	g = guard_copy(bytes_of(e->data, e->event.len));
	tracker_event(f->tracker, &e->event, g.bytes.p);
	guard_free(&g);
}

static void data(struct tracker_fixture *f, unsigned dir, enum build_as as, const char *text)
{
	struct built_event e;

	build_data(&f->conn, &e, dir, as, bytes_of_str(text));
	send_event(f, &e);
}

void rx(struct tracker_fixture *f, const char *text)
{
	data(f, WIRE_RX, BUILD_NEW, text);
}

void tx(struct tracker_fixture *f, const char *text)
{
	data(f, WIRE_TX, BUILD_NEW, text);
}

void rx_more(struct tracker_fixture *f, const char *text)
{
	data(f, WIRE_RX, BUILD_MORE, text);
}

void tx_more(struct tracker_fixture *f, const char *text)
{
	data(f, WIRE_TX, BUILD_MORE, text);
}

void tx_interim(struct tracker_fixture *f, const char *text)
{
	data(f, WIRE_TX, BUILD_INTERIM, text);
}

static void then_skip(struct tracker_fixture *f, unsigned dir, const char *text, uint64_t n)
{
	struct built_event e;

	build_data(&f->conn, &e, dir, BUILD_NEW, bytes_of_str(text));
	build_post_skip(&f->conn, &e, n);
	send_event(f, &e);
}

void tx_then_skip(struct tracker_fixture *f, const char *text, uint64_t n)
{
	then_skip(f, WIRE_TX, text, n);
}

void rx_then_skip(struct tracker_fixture *f, const char *text, uint64_t n)
{
	then_skip(f, WIRE_RX, text, n);
}

static void skip(struct tracker_fixture *f, unsigned dir, uint64_t n)
{
	struct built_event e;

	build_skip(&f->conn, &e, dir, n);
	send_event(f, &e);
}

void rx_skip(struct tracker_fixture *f, uint64_t n)
{
	skip(f, WIRE_RX, n);
}

void tx_skip(struct tracker_fixture *f, uint64_t n)
{
	skip(f, WIRE_TX, n);
}

static void lost(struct tracker_fixture *f, unsigned dir, const char *text, unsigned messages)
{
	build_lost(&f->conn, dir, strlen(text));
	f->conn.next_msg[dir] += messages;
}

void rx_lost(struct tracker_fixture *f, const char *text, unsigned messages)
{
	lost(f, WIRE_RX, text, messages);
}

void tx_lost(struct tracker_fixture *f, const char *text, unsigned messages)
{
	lost(f, WIRE_TX, text, messages);
}

void eof(struct tracker_fixture *f)
{
	struct built_event e;

	build_eof(&f->conn, &e);
	send_event(f, &e);
}

void closed(struct tracker_fixture *f, unsigned reason)
{
	struct built_event e;

	build_close(&f->conn, &e, reason);
	send_event(f, &e);
}

void expect(struct tracker_fixture *f, const char *lines)
{
	ck_assert_str_eq(f->text, lines);
	f->text[0] = '\0';
}

void expect_empty(struct tracker_fixture *f)
{
	struct tracker_stats stats = tracker_stats(f->tracker);

	ck_assert_uint_eq(stats.conns, 0);
	ck_assert_uint_eq(stats.in_flight, 0);
}
