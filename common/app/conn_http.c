/* SPDX-License-Identifier: Apache-2.0 */
#include "app/conn_http.h"

#include <string.h>

#define STATUS_SERVER_ERROR 500

static const char proto_http1[] = "http/1", proto_http2[] = "http/2", proto_grpc[] = "grpc";

/* ---- whose it is ---- */

static struct conn *add_conn(struct conn_store *s, const struct conn_key *key, const struct endpoint *local,
			     const struct endpoint *remote)
{
	struct conn *c = conn_store_add(s, key);

	if (c) {
		c->local = *local;
		c->remote = *remote;
	}
	return c;
}

/* The one with this number, else the newest without one: HTTP begins after the connection. */
struct conn *conn_http_conn(struct conn_store *s, const struct conn_http *http)
{
	struct conn_key key = conn_key_of(&http->local, &http->remote, http->netns);
	struct conn *unnumbered = NULL;

	for (struct conn *c = conn_store_find(s, &key); c; c = conn_store_next(c)) {
		if (c->http_id == http->conn)
			return c;
		if (!c->http_id && !unnumbered)
			unnumbered = c;
	}
	if (!unnumbered)
		unnumbered = add_conn(s, &key, &http->local, &http->remote);
	if (unnumbered)
		unnumbered->http_id = http->conn;
	return unnumbered;
}

struct conn *conn_http_conn_of(struct conn_store *s, const struct exchange *x)
{
	struct conn_key key = conn_key_of(&x->local, &x->remote, x->netns);
	struct conn *c = conn_store_find(s, &key);

	return c ? c : add_conn(s, &key, &x->local, &x->remote);
}

static void name_process(struct conn *c, uint32_t pid, uint64_t cgroup, const char *comm)
{
	if (c->pid || !pid)
		return;
	c->pid = pid;
	c->cgroup = cgroup;
	if (comm)
		memcpy(c->comm, comm, strnlen(comm, WIRE_COMM_LEN));
}

static void set_role(struct conn *c, enum conn_role role)
{
	if (role == CONN_ROLE_UNKNOWN)
		return;
	c->role = role;
	c->role_certain = true;
}

/* ---- HTTP/1: the kernel counted ---- */

/* Layouts are equal: latency_feed.c asserts it. */
static void add_row(struct conn *c, const struct wire_latency *row, struct conn_pool *pool)
{
	struct histogram h;

	c->requests += row->count + row->errors;
	c->errors += row->errors;
	if (!row->count)
		return;
	if (!c->latency)
		c->latency = conn_pool_take(pool);
	if (!c->latency)
		return;
	memcpy(&h, row, sizeof(h));
	histogram_merge(c->latency, &h);
}

void conn_http_add(struct conn *c, const struct conn_http *http, struct conn_pool *pool)
{
	c->told = true;
	name_process(c, http->pid, http->cgroup, http->comm);
	/* the kernel also lists connections it has seen no message on yet */
	if (!http->http2 && !http->row && !http->inflight)
		return;
	set_role(c, http->role);
	if (!c->proto)
		c->proto = http->http2 ? proto_http2 : proto_http1;
	c->errors += http->failed;
	if (!http->http2)
		c->inflight = http->inflight;
	if (http->row)
		add_row(c, http->row, pool);
}

/* ---- HTTP/2: exchanges ---- */

/* Whether there was a response is not known: no error. */
static bool is_unknown(const struct exchange *x)
{
	return !x->status && (x->no_status == NO_STATUS_GAP || x->no_status == NO_STATUS_UNSEEN);
}

static bool failed(const struct exchange *x)
{
	if (is_unknown(x))
		return false;
	return !exchange_has_complete_response(x) || x->status >= STATUS_SERVER_ERROR ||
	       (x->grpc && x->grpc->status > 0);
}

static void add_latency(struct conn *c, const struct exchange *x, struct conn_pool *pool)
{
	int64_t ns = exchange_latency_ns(x);

	if (ns < 0 || !exchange_has_complete_response(x))
		return;
	if (!c->latency)
		c->latency = conn_pool_take(pool);
	if (c->latency)
		histogram_add(c->latency, (uint64_t)ns, 0);
}

void conn_http_add_exchange(struct conn *c, const struct exchange *x, struct conn_pool *pool)
{
	c->told = true;
	name_process(c, x->pid, x->cgroup, x->comm);
	set_role(c, x->role == ROLE_CLIENT ? CONN_CLIENT : CONN_SERVER);
	c->proto = x->grpc || c->proto == proto_grpc ? proto_grpc : proto_http2;
	if (x->missing & MISSING_OPEN) { /* told again when it ends */
		c->inflight++;
		return;
	}
	c->requests++;
	c->errors += failed(x);
	add_latency(c, x, pool);
}

/* ---- both ---- */

void conn_http_move(struct conn *to, struct conn *from)
{
	to->told |= from->told;
	to->http_id = from->http_id;
	to->proto = from->proto ? from->proto : to->proto;
	to->requests += from->requests;
	to->errors += from->errors;
	to->inflight += from->inflight;
	if (from->role_certain)
		set_role(to, from->role);
	name_process(to, from->pid, from->cgroup, from->comm);
	if (to->latency && from->latency)
		histogram_merge(to->latency, from->latency);
	else if (from->latency)
		to->latency = from->latency;
	conn_http_clear(from);
}

void conn_http_clear(struct conn *c)
{
	c->told = false;
	c->requests = c->errors = c->inflight = 0;
	c->latency = NULL;
}
