/* SPDX-License-Identifier: Apache-2.0 */
#include "app/conn_table.h"

#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

#include "app/conn_ends.h"
#include "app/conn_http.h"
#include "app/conn_owners.h"
#include "app/conn_places.h"
#include "app/conn_pool.h"
#include "app/conn_settle.h"
#include "app/conn_store.h"

/* Ports that listen, each in its namespace; beyond, connections to them look like clients. */
#define LISTENERS_MAX 65536
#define FIRST_ROOM    256

struct listener {
	uint32_t netns;
	uint16_t port;
};

struct conn_table {
	struct conn_store store;
	struct conn_pool pool;
	struct conn_places places;
	struct socket_owners *owners;
	struct conn_gone *ends; /* in the order in which they came */
	size_t n_ends, ends_max;
	struct listener *listeners;
	size_t n_listeners, listeners_max;
	struct conn_record *records;
	size_t n_records, records_max;
	struct conn_summary summary;
	uint64_t asked_ns; /* for sockets */
	size_t n_sockets;  /* told in this interval */
	size_t n_dropped;  /* in this interval: found no room or memory */
	bool all_known;	   /* the last time sockets were told, all of them found room */
};

/* ---- lifetime ---- */

struct conn_table *conn_table_new(struct socket_owners *owners, struct containers *containers)
{
	struct conn_table *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->owners = owners;
	conn_places_init(&t->places, containers);
	if (!conn_store_init(&t->store)) {
		conn_table_free(t);
		return NULL;
	}
	return t;
}

void conn_table_free(struct conn_table *t)
{
	if (!t)
		return;
	conn_store_release(&t->store);
	conn_pool_release(&t->pool);
	conn_places_release(&t->places);
	free(t->ends);
	free(t->listeners);
	free(t->records);
	free(t);
}

/* NULL: out of memory, and nothing changed. */
static void *grow(void *array, size_t *max, size_t size)
{
	size_t wanted = *max ? 2 * *max : FIRST_ROOM;
	void *grown = realloc(array, wanted * size);

	if (grown)
		*max = wanted;
	return grown;
}

/* ---- an interval begins ---- */

static void forget_closed(struct conn_store *s)
{
	for (size_t i = s->n; i-- > 0;) {
		struct conn *c = s->all[i];

		if (c->closed) {
			conn_store_remove(s, c);
			continue;
		}
		c->sampled_now = false;
		conn_http_clear(c);
	}
}

void conn_table_begin(struct conn_table *t, uint64_t now_ns)
{
	uint64_t start_ns = t->summary.end_ns ? t->summary.end_ns : now_ns;

	forget_closed(&t->store);
	conn_pool_reset(&t->pool);
	conn_places_clear(&t->places);
	t->n_ends = t->n_listeners = t->n_records = t->n_sockets = t->n_dropped = 0;
	t->summary = (struct conn_summary){.start_ns = start_ns, .end_ns = now_ns};
}

/* ---- it is fed ---- */

static void drop(struct conn_table *t)
{
	t->n_dropped++;
	t->summary.lost++;
}

static void add_listener(struct conn_table *t, const struct sock_diag_socket *socket)
{
	struct listener *grown;

	if (t->n_listeners == t->listeners_max) {
		if (t->n_listeners >= LISTENERS_MAX)
			return;
		grown = grow(t->listeners, &t->listeners_max, sizeof(*grown));
		if (!grown)
			return;
		t->listeners = grown;
	}
	t->listeners[t->n_listeners++] = (struct listener){socket->netns, socket->local.port};
}

/* What is left of the others has no socket any more, or none yet: nobody's, and without counters. */
static bool is_connection(const struct sock_diag_socket *socket)
{
	switch (socket->state) {
	case TCP_LISTEN:
	case TCP_TIME_WAIT:
	case TCP_SYN_RECV:
	case TCP_CLOSE:
		return false;
	default:
		return socket->state <= TCP_CLOSING && socket->remote.port &&
		       (socket->has_info || socket->inode);
	}
}

/* The one with its cookie, else one that only the probes have told of. */
static struct conn *conn_of(struct conn_store *s, const struct sock_diag_socket *socket)
{
	struct conn_key key = conn_key_of(&socket->local, &socket->remote, socket->netns);
	struct conn *unseen = NULL, *c;

	for (c = conn_store_find(s, &key); c; c = conn_store_next(c)) {
		if (c->sampled && c->cookie == socket->cookie)
			return c;
		if (!c->sampled && !unseen)
			unseen = c;
	}
	c = unseen ? unseen : conn_store_add(s, &key);
	if (!c)
		return NULL;
	c->local = socket->local;
	c->remote = socket->remote;
	c->cookie = socket->cookie;
	return c;
}

static void sample(struct conn *c, const struct sock_diag_socket *socket)
{
	c->sampled = c->sampled_now = true;
	c->state = socket->state;
	c->uid = socket->uid;
	c->inode = socket->inode;
	c->unread = socket->unread;
	c->unsent = socket->unsent;
	if (!socket->has_info)
		return;
	c->counters = true;
	c->now = (struct conn_totals){socket->received, socket->acked, socket->retrans};
	c->rtt_us = socket->rtt_us;
}

void conn_table_ask(struct conn_table *t, uint64_t now_ns)
{
	t->asked_ns = now_ns;
}

void conn_table_socket(void *ctx, const struct sock_diag_socket *socket)
{
	struct conn_table *t = ctx;
	struct conn *c;

	t->n_sockets++;
	if (socket->state < CONN_STATES)
		t->summary.states[socket->state]++;
	if (socket->state == TCP_LISTEN)
		add_listener(t, socket);
	if (!is_connection(socket))
		return;
	c = conn_of(&t->store, socket);
	if (!c) {
		drop(t);
		return;
	}
	sample(c, socket);
	c->asked_ns = t->asked_ns;
}

void conn_table_http(struct conn_table *t, const struct conn_http *http)
{
	struct conn *c = conn_http_conn(&t->store, http);

	if (c)
		conn_http_add(c, http, &t->pool);
	else
		drop(t);
}

void conn_table_exchange(void *ctx, const struct exchange *x)
{
	struct conn_table *t = ctx;
	struct conn *c;

	if (x->version_major < 2) /* the kernel counts it */
		return;
	c = conn_http_conn_of(&t->store, x);
	if (c)
		conn_http_add_exchange(c, x, &t->pool);
	else
		drop(t);
}

void conn_table_gone(struct conn_table *t, const struct conn_gone *gone)
{
	struct conn_gone *grown;

	if (t->n_ends == t->ends_max) {
		grown = t->n_ends < CONN_TABLE_MAX ? grow(t->ends, &t->ends_max, sizeof(*grown)) : NULL;
		if (!grown) {
			drop(t);
			return;
		}
		t->ends = grown;
	}
	t->ends[t->n_ends++] = *gone;
}

/* ---- it ends ---- */

static void apply_ends(struct conn_table *t)
{
	for (size_t i = 0; i < t->n_ends; i++)
		if (!conn_ends_apply(&t->store, &t->ends[i]))
			drop(t);
}

/* The one that sock_diag told of in this interval; NULL: none. */
static struct conn *sampled_twin(const struct conn_store *s, const struct conn *c)
{
	struct conn *twin = conn_store_find(s, &c->key);

	while (twin && !twin->sampled_now)
		twin = conn_store_next(twin);
	return twin;
}

/* The kernel side may forget a connection, and gives it another number when it speaks again. */
static void join_twins(struct conn_store *s)
{
	for (size_t i = s->n; i-- > 0;) {
		struct conn *c = s->all[i], *twin;

		if (c->sampled || c->gone)
			continue;
		twin = sampled_twin(s, c);
		if (!twin)
			continue;
		conn_http_move(twin, c);
		conn_store_remove(s, c);
	}
}

static int compare_listeners(const void *a, const void *b)
{
	const struct listener *x = a, *y = b;

	if (x->netns != y->netns)
		return x->netns < y->netns ? -1 : 1;
	return (int)x->port - (int)y->port;
}

static bool listens(const struct conn_table *t, const struct conn *c)
{
	struct listener wanted = {c->key.netns, c->key.local_port};

	return t->n_listeners &&
	       bsearch(&wanted, t->listeners, t->n_listeners, sizeof(wanted), compare_listeners);
}

static void find_role(const struct conn_table *t, struct conn *c)
{
	if (c->role_certain || t->n_sockets == 0)
		return;
	if (listens(t, c))
		c->role = CONN_SERVER;
	else if (c->role == CONN_ROLE_UNKNOWN)
		c->role = CONN_CLIENT;
}

/* Each connection that can have a record has one; else as far as memory goes. */
static void make_records(struct conn_table *t)
{
	struct conn_record *grown;

	if (t->store.n <= t->records_max)
		return;
	grown = realloc(t->records, t->store.n_max * sizeof(*grown));
	if (!grown)
		return;
	t->records = grown;
	t->records_max = t->store.n_max;
}

static void sum_up(struct conn_summary *sum, const struct conn_record *r)
{
	sum->closed += r->closed;
	sum->rx_bytes += r->rx_bytes;
	sum->tx_bytes += r->tx_bytes;
	sum->requests += r->requests;
	sum->errors += r->errors;
	sum->inflight += r->inflight;
	sum->ownerless += r->pid == 0;
	sum->n_records++;
}

/* One without room for its record is told in the next interval, with all bytes it has by then. */
static void settle_all(struct conn_table *t, uint64_t now_ns)
{
	struct conn_settle s = {
		.places = &t->places,
		.end_ns = now_ns,
		.dumped = t->n_sockets,
		.all_known = t->all_known,
	};

	for (size_t i = 0; i < t->store.n; i++) {
		struct conn *c = t->store.all[i];

		if (t->n_records == t->records_max) {
			t->summary.lost++;
			continue;
		}
		find_role(t, c);
		t->summary.opened += conn_settle(&s, c);
		t->records[t->n_records] = conn_settle_record(&s, c);
		sum_up(&t->summary, &t->records[t->n_records++]);
	}
}

void conn_table_end(struct conn_table *t, uint64_t now_ns)
{
	struct conn_summary *sum = &t->summary;

	sum->end_ns = now_ns;
	apply_ends(t);
	join_twins(&t->store);
	if (t->n_listeners)
		qsort(t->listeners, t->n_listeners, sizeof(*t->listeners), compare_listeners);
	if (t->owners)
		conn_owners_find(t->owners, &t->store, now_ns);
	make_records(t);
	settle_all(t, now_ns);
	if (t->n_sockets)
		t->all_known = t->n_dropped == 0;
	if (getloadavg(sum->load, 3) != 3)
		sum->load[0] = sum->load[1] = sum->load[2] = -1;
}

const struct conn_record *conn_table_records(const struct conn_table *t, size_t *n)
{
	*n = t->n_records;
	return t->records;
}

const struct conn_summary *conn_table_summary(const struct conn_table *t)
{
	return &t->summary;
}
