/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/tracker.h"

#include <stdlib.h>

#include "exchange/connection.h"
#include "exchange/connection_table.h"
#include "exchange/follow.h"
#include "exchange/http2_exchanges.h"
#include "exchange/http2_late.h"
#include "exchange/pairing.h"

/* Connections looked at by one tracker_collect(): each may cost a system call. */
#define COLLECT_BATCH 256

struct tracker {
	struct connection_table table;
	struct pairing pairing;
	size_t max_conns;
	uint64_t last_number; /* exchange.conn of the newest connection */
	uint64_t evicted;
	uint64_t no_memory; /* events of connections there was no memory for */
};

struct tracker *tracker_new(const struct tracker_options *options)
{
	struct tracker *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	if (!connection_table_init(&t->table)) {
		free(t);
		return NULL;
	}
	t->max_conns = options->max_conns ? options->max_conns : TRACKER_CONNS_MAX;
	t->pairing.on_exchange = options->on_exchange;
	t->pairing.on_block = options->on_block;
	t->pairing.on_frame = options->on_frame;
	t->pairing.open_interval_ns = options->open_interval_ns;
	t->pairing.wait_for_lists = options->wait_for_lists;
	t->pairing.ctx = options->ctx;
	t->pairing.pending_max = TRACKER_PENDING_MAX;
	return t;
}

static void forget(struct tracker *t, struct connection *c)
{
	follow_release(&t->pairing, c);
	connection_table_remove(&t->table, c);
	connection_free(c);
}

static void forget_unseen(struct tracker *t, struct connection *c)
{
	follow_flush(&t->pairing, c, NO_STATUS_UNSEEN);
	forget(t, c);
}

void tracker_free(struct tracker *t)
{
	if (!t)
		return;
	t->pairing.on_exchange = NULL;
	t->pairing.on_block = NULL;
	while (t->table.idlest)
		forget_unseen(t, t->table.idlest);
	connection_table_release(&t->table);
	pair_pool_release(&t->pairing.pool);
	http2_pool_release(&t->pairing.http2);
	http2_late_release(&t->pairing);
	free(t->pairing.fields);
	free(t);
}

static void evict_idlest(struct tracker *t)
{
	t->evicted++;
	forget_unseen(t, t->table.idlest);
}

static struct connection *add_connection(struct tracker *t, const struct wire_event *event)
{
	struct connection *c;

	if (t->table.n >= t->max_conns)
		evict_idlest(t);
	c = connection_new(event, t->last_number + 1);
	if (!c) {
		t->no_memory++;
		return NULL;
	}
	t->last_number++;
	connection_table_add(&t->table, c);
	return c;
}

static size_t held(const struct tracker *t)
{
	return t->pairing.pool.held + t->pairing.http2.held;
}

static void take_data(struct tracker *t, struct connection *c, const struct wire_event *event,
		      const uint8_t *data)
{
	if (!c)
		c = add_connection(t, event);
	if (!c)
		return;
	connection_table_touch(&t->table, c);
	c->last_ns = event->exit_ns;
	follow_data(&t->pairing, c, event, data);
	while (held(t) > TRACKER_HELD_MAX && t->table.idlest != c)
		evict_idlest(t);
	http2_tell_open(&t->pairing, event->exit_ns);
	http2_late_expire(&t->pairing, event->exit_ns);
}

void tracker_event(struct tracker *t, const struct wire_event *event, const uint8_t *data)
{
	struct connection *c = connection_table_find(&t->table, event->conn);

	if (event->kind == WIRE_DATA) {
		take_data(t, c, event, data);
	} else if (event->kind == WIRE_HEADERS) {
		http2_late_list(&t->pairing, c, event, data);
	} else if (event->kind == WIRE_CLOSE && c) {
		follow_close(&t->pairing, c, event);
		forget(t, c);
	}
}

void tracker_collect(struct tracker *t, uint64_t now_ns, uint64_t idle_ns, tracker_alive_fn *alive, void *ctx)
{
	struct connection *c;

	http2_tell_open(&t->pairing, now_ns);
	http2_late_expire(&t->pairing, now_ns);
	if (!t->table.cursor)
		connection_table_walk_restart(&t->table);
	for (int i = 0; i < COLLECT_BATCH; i++) {
		c = connection_table_walk(&t->table);
		if (!c)
			return;
		if (now_ns < c->last_ns ||
		    now_ns - c->last_ns < idle_ns) { /* so are all that were used later */
			t->table.cursor = NULL;
			return;
		}
		if (!alive(ctx, c->sock, c->id))
			forget_unseen(t, c);
	}
}

void tracker_settle(struct tracker *t)
{
	http2_late_flush(&t->pairing, NULL);
}

struct tracker_stats tracker_stats(const struct tracker *t)
{
	const struct pairing *pr = &t->pairing;

	return (struct tracker_stats){
		.exchanges = pr->exchanges,
		.orphans = pr->orphans,
		.gaps = pr->gaps,
		.gap_bytes = pr->gap_bytes,
		.not_http = pr->not_http,
		.evicted = t->evicted,
		.no_memory = pr->no_memory + t->no_memory,
		.conns = t->table.n,
		.in_flight = pr->in_flight,
		.http2_blocks = pr->http2_blocks,
		.http2_unknown = pr->http2_unknown,
		.http2_bad_blocks = pr->http2_bad_blocks,
		.http2_lost = pr->http2_lost,
		.http2_given_up = pr->http2_given_up,
		.http2_open = pr->http2_open,
	};
}
