/* SPDX-License-Identifier: Apache-2.0 */
/* Many connections that come and go, tables that are full, memory that is not there. */
#include "harness.h"

#include <stdlib.h>

#include "conn_fixture.h"

/* ---- to the byte ---- */

#define PORTS	  300
#define INTERVALS 40

/* What a port does: the connection it has now, if any. */
struct life {
	bool open, told; /* told: sock_diag showed it once */
	uint64_t cookie, opened_ns, rx, tx;
};

struct world {
	struct conn_table *table;
	struct life ports[PORTS];
	struct conn_gone late[PORTS]; /* ends that are told in the next interval */
	size_t n_late;
	uint64_t now, cookie, rx, tx; /* rx, tx: of all connections opened so far */
	uint64_t seen_rx, seen_tx, opened, closed;
	unsigned random;
};

static unsigned dice(struct world *w, unsigned sides)
{
	w->random = w->random * 1103515245 + 12345;
	return (w->random >> 16) % sides;
}

static void open_port(struct world *w, struct life *l)
{
	*l = (struct life){.open = true, .cookie = ++w->cookie, .opened_ns = w->now};
	w->opened++;
}

static void carry(struct world *w, struct life *l)
{
	uint64_t rx = dice(w, 1000), tx = dice(w, 5000);

	l->rx += rx;
	l->tx += tx;
	w->rx += rx;
	w->tx += tx;
}

static void close_port(struct world *w, uint16_t port, bool late)
{
	struct life *l = &w->ports[port];
	struct conn_gone gone = sample_gone(port, l->rx, l->tx);

	gone.opened_ns = l->opened_ns;
	gone.closed_ns = w->now;
	if (late)
		w->late[w->n_late++] = gone;
	else
		conn_table_gone(w->table, &gone);
	l->open = false;
}

/* Something happens on each port, at most one end of each is told late. */
static void live(struct world *w, bool late)
{
	for (uint16_t port = 0; port < PORTS; port++) {
		struct life *l = &w->ports[port];

		w->now += 1000;
		if (!l->open && dice(w, 2))
			open_port(w, l);
		if (l->open)
			carry(w, l);
		if (l->open && dice(w, 3) == 0)
			close_port(w, port, late);
	}
}

static void look(struct world *w)
{
	struct sock_diag_socket listener = sample_listener(NETNS, 80);

	conn_table_socket(w->table, &listener);
	for (uint16_t port = 0; port < PORTS; port++) {
		struct life *l = &w->ports[port];
		struct sock_diag_socket s = sample_socket(port, l->rx, l->tx);

		s.cookie = l->cookie;
		if (l->open)
			conn_table_socket(w->table, &s);
	}
}

static void sum_records(struct world *w)
{
	const struct conn_summary *sum = conn_table_summary(w->table);
	const struct conn_record *records;
	uint64_t rx = 0, tx = 0;
	size_t n;

	records = conn_table_records(w->table, &n);
	for (size_t i = 0; i < n; i++) {
		rx += records[i].rx_bytes;
		tx += records[i].tx_bytes;
	}
	ck_assert_uint_eq(rx, sum->rx_bytes);
	ck_assert_uint_eq(tx, sum->tx_bytes);
	ck_assert_uint_eq(n, sum->n_records);
	w->seen_rx += rx;
	w->seen_tx += tx;
	w->closed += sum->closed;
}

static void interval(struct world *w)
{
	size_t n_late = w->n_late;

	conn_table_begin(w->table, w->now);
	w->n_late = 0;
	for (size_t i = 0; i < n_late; i++)
		conn_table_gone(w->table, &w->late[i]);
	live(w, false);
	live(w, false);
	/* ends between the last event that was read and the look */
	if (dice(w, 2))
		live(w, true);
	look(w);
	w->now += SECOND;
	conn_table_end(w->table, w->now);
	sum_records(w);
}

START_TEST(equal_to_the_byte)
{
	struct world w = {.now = SECOND, .random = (unsigned)_i + 1};

	w.table = conn_table_new(NULL, NULL);
	ck_assert_ptr_nonnull(w.table);
	conn_table_begin(w.table, w.now);
	look(&w);
	conn_table_end(w.table, ++w.now);
	for (int i = 0; i < INTERVALS; i++)
		interval(&w);
	/* all end */
	for (uint16_t port = 0; port < PORTS; port++)
		if (w.ports[port].open)
			close_port(&w, port, true);
	conn_table_begin(w.table, w.now);
	for (size_t i = 0; i < w.n_late; i++)
		conn_table_gone(w.table, &w.late[i]);
	memset(w.ports, 0, sizeof(w.ports));
	look(&w);
	conn_table_end(w.table, w.now);
	sum_records(&w);
	ck_assert_uint_eq(w.seen_rx, w.rx);
	ck_assert_uint_eq(w.seen_tx, w.tx);
	ck_assert_uint_eq(w.closed, w.opened);
	conn_table_free(w.table);
}
END_TEST

/* ---- full ---- */

static void tell_many(struct conn_table *t, uint32_t first, uint32_t n)
{
	for (uint32_t i = first; i < first + n; i++) {
		struct sock_diag_socket s = sample_socket((uint16_t)(i % 50000), 10, 1);

		s.local.addr[1] = (uint8_t)(i / 50000);
		s.cookie = i;
		conn_table_socket(t, &s);
	}
}

START_TEST(no_more_than_the_table_holds)
{
	struct conn_table *t = conn_table_new(NULL, NULL);

	conn_table_begin(t, SECOND);
	tell_many(t, 0, CONN_TABLE_MAX + 10);
	conn_table_end(t, 2 * SECOND);
	ck_assert_uint_eq(count_records(t), CONN_TABLE_MAX);
	ck_assert_uint_eq(conn_table_summary(t)->lost, 10);
	/* those that end make room; what turns up then may be old, and has carried nothing yet */
	conn_table_begin(t, 2 * SECOND);
	tell_many(t, 20, 1);
	conn_table_end(t, 3 * SECOND);
	conn_table_begin(t, 3 * SECOND);
	tell_many(t, 20, 1);
	conn_table_end(t, 4 * SECOND);
	ck_assert_uint_eq(conn_table_summary(t)->closed, CONN_TABLE_MAX - 1);
	conn_table_begin(t, 4 * SECOND);
	tell_many(t, 20, 1);
	tell_many(t, CONN_TABLE_MAX, 1);
	conn_table_end(t, 5 * SECOND);
	ck_assert_uint_eq(count_records(t), 2);
	ck_assert_uint_eq(conn_table_summary(t)->lost, 0);
	conn_table_free(t);
}
END_TEST

/* ---- memory ---- */

/* Enough for each array to grow. */
#define SOCKETS 600

static void tell_http(struct conn_table *t, uint16_t port)
{
	struct wire_latency row = {.count = 1, .buckets = {[1] = 1}};
	struct conn_http http = {
		.conn = port + 1u,
		.local = ip(1, port),
		.remote = ip(2, 80),
		.netns = NETNS,
		.row = &row,
	};

	conn_table_http(t, &http);
}

static void feed_all(struct conn_table *t, uint64_t bytes)
{
	for (uint16_t i = 0; i < SOCKETS; i++) {
		struct sock_diag_socket s = sample_socket(i, bytes, bytes), l = sample_listener(NETNS, i);
		struct conn_gone gone = sample_gone(i, bytes + 1, bytes);

		conn_table_socket(t, &s);
		conn_table_socket(t, &l);
		tell_http(t, i);
		gone.opened_ns = 1;
		if (bytes > 200)
			conn_table_gone(t, &gone);
	}
}

static void without_memory(void *ctx)
{
	struct conn_table *t = conn_table_new(NULL, NULL);
	uint64_t rx = 0, lost = 0;

	(void)ctx;
	for (uint64_t i = 1; t && i <= 3; i++) {
		conn_table_begin(t, i * SECOND);
		feed_all(t, i * 100);
		conn_table_end(t, (i + 1) * SECOND);
		rx += conn_table_summary(t)->rx_bytes;
		lost += conn_table_summary(t)->lost;
	}
	/* all of it was open since the tool began: told in the end, or counted as lost */
	ck_assert(!t || lost || rx == SOCKETS * 301);
	ck_assert(rx <= SOCKETS * 301);
	conn_table_free(t);
}

START_TEST(each_allocation_may_fail)
{
	ck_assert(harness_alloc_hooked());
	ck_assert_int_ge(fail_each_alloc(without_memory, NULL), SOCKETS);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("conn_table_limits");
	TCase *tc = tcase_create("conn_table_limits");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, equal_to_the_byte, 0, 10);
	tcase_add_test(tc, no_more_than_the_table_holds);
	tcase_add_test(tc, each_allocation_may_fail);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
