/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn_table.h - what three sources say of connections, joined.
 *
 * sock_diag tells what exists and TCP's counters; the kernel's probes tell what
 * HTTP did on it (struct wire_latency rows by connection for HTTP/1, exchanges for
 * HTTP/2) and which connections opened and closed in between.  Joined by
 * network namespace, addresses and ports; a port used again is another
 * connection (sock_diag's cookie, the kernel's conn id).
 */
#ifndef L7SCOPE_CONN_TABLE_H
#define L7SCOPE_CONN_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/container.h"
#include "exchange/conn_record.h"
#include "exchange/exchange.h"
#include "transport/sock_diag.h"
#include "transport/socket_owners.h"
#include "wire.h"

/*
 * What is counted: every byte that passed while the tool looked.  Of a connection that
 * was there when sock_diag first told of sockets only what came after that; so feed
 * the sockets once at the start.  One that sock_diag leaves out in an interval, and whose
 * end is not told either, is kept for one more, in which its end is usually told.
 */

/* Connections known at once; about 500 bytes each, more only where HTTP was seen. */
#define CONN_TABLE_MAX 262144

struct conn_table; /* opaque */

/* owners and containers (may be NULL) outlive the table.  NULL: out of memory. */
struct conn_table *conn_table_new(struct socket_owners *owners, struct containers *containers);
void conn_table_free(struct conn_table *t); /* takes NULL */

/* ---- one interval: begin, then feed in any order, then end ---- */

void conn_table_begin(struct conn_table *t, uint64_t now_ns);

/* sock_diag is asked now, and what it tells then is not older (CLOCK_MONOTONIC). */
void conn_table_ask(struct conn_table *t, uint64_t now_ns);

/* A sock_diag_fn; ctx is the table.  Each socket at most once. */
void conn_table_socket(void *ctx, const struct sock_diag_socket *socket);

/* A connection as the kernel's probes describe it: what HTTP/1 did on it since the
 * last interval (row may be NULL), requests under way now.  May be told several times in
 * an interval: row and failed add up. */
struct conn_http {
	uint64_t conn; /* as wire_event's */
	struct endpoint local, remote;
	uint32_t netns, pid;
	char comm[WIRE_COMM_LEN + 1];
	uint64_t cgroup;
	enum conn_role role;
	bool http2;
	uint64_t failed;   /* responses of 5xx */
	uint64_t inflight; /* HTTP/1; for HTTP/2 the tracker knows better */
	const struct wire_latency *row;
};
void conn_table_http(struct conn_table *t, const struct conn_http *http);

/* An exchange of HTTP/2 (a tracker_exchange_fn; ctx is the table). */
void conn_table_exchange(void *ctx, const struct exchange *x);

/* A connection that ended since the last interval, maybe never seen by sock_diag. */
struct conn_gone {
	struct endpoint local, remote;
	uint32_t netns, pid, uid; /* pid 0: unknown */
	char comm[WIRE_COMM_LEN + 1];
	uint64_t cgroup;
	enum conn_role role;
	uint64_t received, acked; /* bytes, since it was opened */
	uint32_t retrans, rtt_us;
	uint64_t opened_ns, closed_ns; /* CLOCK_MONOTONIC; opened_ns 0: before the tool began */
};
void conn_table_gone(struct conn_table *t, const struct conn_gone *gone);

/* Computes the interval's records (listeners are none, they only tell roles).  Valid until the
 * next conn_table_begin(). */
void conn_table_end(struct conn_table *t, uint64_t now_ns);

/* *n of them, in no particular order. */
const struct conn_record *conn_table_records(const struct conn_table *t, size_t *n);
const struct conn_summary *conn_table_summary(const struct conn_table *t);

#endif
