/* SPDX-License-Identifier: Apache-2.0 */
#include "app/conn_feed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void conn_feed_init(struct conn_feed *f, struct conn_table *table)
{
	*f = (struct conn_feed){.table = table};
}

void conn_feed_release(struct conn_feed *f)
{
	conn_names_release(&f->names);
	free(f->waiting);
}

static struct endpoint endpoint_of(uint8_t family, const uint8_t addr[16], uint16_t port)
{
	struct endpoint e = {.family = family, .port = port};

	memcpy(e.addr, addr, sizeof(e.addr));
	return e;
}

/* ---- connections that ended ---- */

static void tell_gone(struct conn_feed *f, const struct wire_event *e)
{
	struct conn_gone gone = {
		.local = endpoint_of(e->family, e->laddr, e->lport),
		.remote = endpoint_of(e->family, e->raddr, e->rport),
		.netns = e->netns,
		.pid = e->pid,
		.uid = e->uid,
		.cgroup = e->cgroup,
		.received = e->total_rx,
		.acked = e->total_tx,
		.retrans = (uint32_t)e->pos,
		.rtt_us = (uint32_t)e->pre_skip,
		.opened_ns = e->entry_ns,
		.closed_ns = e->exit_ns,
	};

	/* of one that is older than the probes nobody saw who opened it */
	if (!(e->flags & WIRE_F_JOINED))
		gone.role = e->flags & WIRE_F_SERVER ? CONN_SERVER : CONN_CLIENT;
	memcpy(gone.comm, e->comm, WIRE_COMM_LEN);
	conn_table_gone(f->table, &gone);
}

void conn_feed_event(struct conn_feed *f, const struct wire_event *event)
{
	if (event->kind == WIRE_GONE)
		tell_gone(f, event);
	else if (event->kind == WIRE_CLOSE)
		conn_names_add_event(&f->names, event);
}

/* ---- what was counted ---- */

static struct conn_http http_of(const struct wire_conn *c)
{
	struct conn_http http = {
		.conn = c->id,
		.local = endpoint_of(c->family, c->laddr, c->lport),
		.remote = endpoint_of(c->family, c->raddr, c->rport),
		.netns = c->netns,
		.pid = c->pid,
		.cgroup = c->cgroup,
		.role = c->is_server ? CONN_SERVER : CONN_CLIENT,
		.http2 = c->http2,
		.inflight = c->inflight,
	};

	memcpy(http.comm, c->comm, WIRE_COMM_LEN);
	return http;
}

/* Its name is known from now on; what it has under way may be all there is. */
static void on_conn(void *ctx, const struct wire_conn *conn)
{
	struct conn_feed *f = ctx;
	struct conn_http http = http_of(conn);

	conn_names_add(&f->names, conn);
	conn_table_http(f->table, &http);
}

/* false: it is not known whose row this is. */
static bool tell_row(struct conn_feed *f, uint64_t id, const struct wire_latency *row)
{
	const struct wire_conn *conn = conn_names_find(&f->names, id);
	struct conn_http http;

	if (!conn)
		return false;
	http = http_of(conn);
	http.failed = row->failed;
	http.row = row;
	conn_table_http(f->table, &http);
	return true;
}

static bool make_room(struct conn_feed *f)
{
	size_t more = f->waiting_max ? 2 * f->waiting_max : 16;
	struct conn_feed_row *grown;

	if (f->n_waiting < f->waiting_max)
		return true;
	if (f->waiting_max >= CONN_FEED_WAITING_MAX)
		return false;
	grown = realloc(f->waiting, more * sizeof(*grown));
	if (!grown)
		return false;
	f->waiting = grown;
	f->waiting_max = more;
	return true;
}

static void on_row(void *ctx, const struct wire_latency_key *key, const struct wire_latency *row)
{
	struct conn_feed *f = ctx;

	if (tell_row(f, key->conn, row))
		return;
	if (key->other || !make_room(f))
		f->unnamed += row->count + row->errors;
	else
		f->waiting[f->n_waiting++] = (struct conn_feed_row){key->conn, *row};
}

/* Those that opened between the two questions of the last time. */
static void tell_waiting(struct conn_feed *f)
{
	for (size_t i = 0; i < f->n_waiting; i++) {
		const struct wire_latency *row = &f->waiting[i].row;

		if (!tell_row(f, f->waiting[i].conn, row))
			f->unnamed += row->count + row->errors;
	}
	f->n_waiting = 0;
}

int conn_feed_take(struct conn_feed *f, struct source *source)
{
	int error = 0;

	if (source_conns(source, on_conn, f) < 0)
		error = errno;
	tell_waiting(f);
	if (!error && source_latency_take(source, on_row, f) < 0)
		error = errno;
	conn_names_clear(&f->names);
	return error;
}
