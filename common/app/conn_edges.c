/* SPDX-License-Identifier: Apache-2.0 */
#include "app/conn_edges.h"

#include <stdlib.h>
#include <string.h>

#include "app/conn_fold.h"
#include "app/conn_key.h"

/* As docker ps shows. */
#define CONTAINER_DIGITS 12
/* Ends of one key that are looked at: more only where one port was used again in an interval. */
#define LOOKED_AT 8

struct conn_end {
	struct conn_key key;
	const struct conn_record *r;
	size_t nth;    /* among those of its key */
	size_t n_same; /* of the first of them: how many there are */
	bool taken;
};

struct name {
	size_t at, n; /* in conn_edges.names */
};

/* One connection.  Either end may be elsewhere: NULL. */
struct conn_call {
	const struct conn_record *client, *server;
	const char *names;
	struct name from, to;
};

/* ---- lifetime ---- */

void conn_edges_release(struct conn_edges *e)
{
	free(e->edges);
	free(e->ends);
	free(e->calls);
	text_release(&e->names);
	conn_pool_release(&e->pool);
	*e = (struct conn_edges){0};
}

static bool make_room(struct conn_edges *e, size_t n)
{
	size_t max = e->max ? e->max : 256;

	if (n <= e->max)
		return true;
	while (max < n)
		max *= 2;
	free(e->edges);
	free(e->ends);
	free(e->calls);
	e->edges = calloc(max, sizeof(*e->edges));
	e->ends = calloc(max, sizeof(*e->ends));
	e->calls = calloc(max, sizeof(*e->calls));
	e->max = e->edges && e->ends && e->calls ? max : 0;
	return e->max;
}

/* ---- the two ends of a connection ---- */

/* The namespace is left out: the other end's may be another. */
static struct conn_key key_of(const struct conn_record *r)
{
	return conn_key_of(&r->local, &r->remote, 0);
}

/* Of one key: by namespace, then those still open, then the newest, first. */
static int compare_ends(const void *p, const void *q)
{
	const struct conn_end *a = p, *b = q;
	int order = conn_key_compare(&a->key, &b->key);

	if (order)
		return order;
	if (a->r->netns != b->r->netns)
		return a->r->netns < b->r->netns ? -1 : 1;
	if (a->r->closed != b->r->closed)
		return a->r->closed ? 1 : -1;
	return (a->r->id < b->r->id) - (a->r->id > b->r->id);
}

static void sort_ends(struct conn_edges *e, const struct conn_record *records, size_t n)
{
	for (size_t i = 0; i < n; i++)
		e->ends[i] = (struct conn_end){.key = key_of(&records[i]), .r = &records[i]};
	qsort(e->ends, n, sizeof(*e->ends), compare_ends);
	for (size_t i = 0; i < n; i++) {
		if (i && conn_key_equal(&e->ends[i].key, &e->ends[i - 1].key))
			e->ends[i].nth = e->ends[i - 1].nth + 1;
		e->ends[i - e->ends[i].nth].n_same = e->ends[i].nth + 1;
	}
}

/* The first of the n ends that is not before the key. */
static size_t lower_bound(const struct conn_end *ends, size_t n, const struct conn_key *key)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (conn_key_compare(&ends[middle].key, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* How well these two go together; 0: not at all. */
static int score(const struct conn_end *a, const struct conn_end *b)
{
	bool same_netns = a->r->netns == b->r->netns;

	if (b->taken || (!same_netns && conn_key_is_loopback(&a->key)))
		return 0;
	return 1 + 2 * same_netns + (a->r->closed == b->r->closed);
}

/* NULL: it is not on this machine.  Where a port was used again and again, the ends of each
 * connection stand at about the same place among those of their key. */
static struct conn_end *other_end(struct conn_end *ends, size_t n, const struct conn_end *end)
{
	struct conn_key wanted = conn_key_mirror(&end->key, 0);
	size_t first = lower_bound(ends, n, &wanted), found = n;
	size_t same = 0;
	int best = 0;

	if (first < n && conn_key_equal(&ends[first].key, &wanted))
		same = ends[first].n_same;
	for (size_t i = 0; i < same && i < LOOKED_AT; i++) {
		size_t at = first + (end->nth + i) % same;

		if (score(end, &ends[at]) > best) {
			best = score(end, &ends[at]);
			found = at;
		}
	}
	return best ? &ends[found] : NULL;
}

/* Where both say the same, one is mistaken: clients have the high ports. */
static bool is_server(const struct conn_record *r, const struct conn_record *other)
{
	if (!other || r->role != other->role)
		return r->role == CONN_SERVER || (other && other->role == CONN_CLIENT);
	return r->local.port < other->local.port;
}

/* Returns how many calls there are. */
static size_t pair_ends(struct conn_edges *e, size_t n)
{
	size_t n_calls = 0;

	for (size_t i = 0; i < n; i++) {
		struct conn_end *end = &e->ends[i], *other;
		struct conn_call *call = &e->calls[n_calls];

		if (end->taken)
			continue;
		end->taken = true;
		other = other_end(e->ends, n, end);
		if (other)
			other->taken = true;
		*call = (struct conn_call){.client = end->r, .server = other ? other->r : NULL};
		if (is_server(end->r, call->server))
			*call = (struct conn_call){.client = call->server, .server = end->r};
		n_calls++;
	}
	return n_calls;
}

/* ---- names ---- */

static void put_container(struct text *t, const struct conn_record *r)
{
	text_put_str(t, r->comm ? r->comm : "?");
	text_put_str(t, " (");
	if (r->pod) {
		text_put_str(t, r->namespace_ ? r->namespace_ : "?");
		text_put_char(t, '/');
		text_put_str(t, r->pod);
	} else {
		text_put(t, r->container, strnlen(r->container, CONTAINER_DIGITS));
	}
	text_put_char(t, ')');
}

static void put_process(struct text *t, const struct conn_record *r)
{
	text_put_str(t, r->comm ? r->comm : "?");
	text_put_char(t, '[');
	text_put_u64(t, r->pid);
	text_put_char(t, ']');
}

/* false: its process is not known. */
static bool put_local(struct text *t, const struct conn_record *r)
{
	if (r->container || r->pod)
		put_container(t, r);
	else if (r->pid)
		put_process(t, r);
	else
		return false;
	return true;
}

static void put_client(struct text *t, const struct conn_call *c)
{
	char addr[ENDPOINT_ADDR_LEN];

	if (!c->client)
		text_put_str(t, endpoint_addr(&c->server->remote, addr));
	else if (!put_local(t, c->client))
		text_put_str(t, endpoint_addr(&c->client->local, addr));
}

static void put_server(struct text *t, const struct conn_call *c)
{
	char addr[ENDPOINT_ADDR_LEN];

	if (!c->server)
		text_put_str(t, endpoint_addr(&c->client->remote, addr));
	else if (!put_local(t, c->server))
		text_put_str(t, endpoint_addr(&c->server->local, addr));
}

static uint16_t port_of(const struct conn_call *c)
{
	return c->server ? c->server->local.port : c->client->remote.port;
}

static struct name put_name(struct text *t, void (*put)(struct text *, const struct conn_call *),
			    const struct conn_call *c)
{
	size_t start = t->n;

	put(t, c);
	return (struct name){start, t->n - start};
}

/* false: out of memory. */
static bool name_calls(struct conn_edges *e, size_t n)
{
	text_clear(&e->names);
	for (size_t i = 0; i < n; i++) {
		e->calls[i].from = put_name(&e->names, put_client, &e->calls[i]);
		e->calls[i].to = put_name(&e->names, put_server, &e->calls[i]);
	}
	for (size_t i = 0; i < n; i++)
		e->calls[i].names = e->names.p;
	return !e->names.failed;
}

/* ---- edges ---- */

static struct bytes from_of(const struct conn_call *c)
{
	return bytes_of(c->names + c->from.at, c->from.n);
}

static struct bytes to_of(const struct conn_call *c)
{
	return bytes_of(c->names + c->to.at, c->to.n);
}

static int compare_bytes(struct bytes a, struct bytes b)
{
	int order = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);

	return order ? order : (a.n > b.n) - (a.n < b.n);
}

static int compare_calls(const void *p, const void *q)
{
	const struct conn_call *a = p, *b = q;
	int order = compare_bytes(from_of(a), from_of(b));

	if (!order)
		order = compare_bytes(to_of(a), to_of(b));
	if (!order)
		order = port_of(a) - port_of(b);
	if (!order)
		order = (a->client != NULL) - (b->client != NULL);
	return order ? order : (a->server != NULL) - (b->server != NULL);
}

/* A remote peer that is called like a process of ours is another one. */
static bool same_edge(const struct conn_edge *edge, const struct conn_call *c)
{
	return edge->from_local == (c->client != NULL) && edge->to_local == (c->server != NULL) &&
	       edge->port == port_of(c) && bytes_equal(edge->from, from_of(c)) &&
	       bytes_equal(edge->to, to_of(c));
}

/* As the server saw it, where that is known. */
static void add_call(struct conn_edge *edge, const struct conn_call *c, struct conn_latency *latency,
		     struct conn_pool *pool)
{
	const struct conn_record *seen = c->server ? c->server : c->client, *http = seen;

	if (!seen->bytes_known && c->client)
		seen = c->client;
	if (!http->http && c->client)
		http = c->client;
	edge->connections++;
	edge->bytes += seen->rx_bytes + seen->tx_bytes;
	edge->requests += http->requests;
	edge->errors += http->errors;
	conn_latency_add(latency, http->latency, pool);
}

/* The calls of one edge, from the first on; returns how many. */
static size_t fold(struct conn_edges *e, struct conn_edge *edge, const struct conn_call *c,
		   const struct conn_call *end)
{
	struct conn_latency latency = {0};
	size_t n = 0;

	*edge = (struct conn_edge){
		.from = from_of(c),
		.to = to_of(c),
		.from_local = c->client,
		.to_local = c->server,
		.port = port_of(c),
	};
	for (; c + n < end && same_edge(edge, c + n); n++)
		add_call(edge, c + n, &latency, &e->pool);
	edge->latency = latency.sum;
	return n;
}

static int compare_edges(const void *p, const void *q)
{
	const struct conn_edge *a = p, *b = q;
	int order;

	if (a->requests != b->requests)
		return a->requests > b->requests ? -1 : 1;
	if (a->bytes != b->bytes)
		return a->bytes > b->bytes ? -1 : 1;
	order = compare_bytes(a->from, b->from);
	if (!order)
		order = compare_bytes(a->to, b->to);
	return order ? order : a->port - b->port;
}

bool conn_edges_build(struct conn_edges *e, const struct conn_record *records, size_t n,
		      const struct conn_edge **edges, size_t *n_edges)
{
	size_t n_calls;

	*n_edges = 0;
	*edges = e->edges;
	conn_pool_reset(&e->pool);
	if (n == 0)
		return true;
	if (!make_room(e, n))
		return false;
	sort_ends(e, records, n);
	n_calls = pair_ends(e, n);
	if (!name_calls(e, n_calls))
		return false;
	qsort(e->calls, n_calls, sizeof(*e->calls), compare_calls);
	for (size_t i = 0; i < n_calls; ++*n_edges)
		i += fold(e, &e->edges[*n_edges], &e->calls[i], &e->calls[n_calls]);
	qsort(e->edges, *n_edges, sizeof(*e->edges), compare_edges);
	*edges = e->edges;
	return true;
}
