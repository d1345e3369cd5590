/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn_store.h - the connections conn_table knows, by key.
 *
 * Several may have one key: a port used again while the connection before is still
 * remembered.
 */
#ifndef L7SCOPE_CONN_STORE_H
#define L7SCOPE_CONN_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/conn_key.h"
#include "app/conn_table.h"

/* Bytes are of data alone; since the connection was opened. */
struct conn_totals {
	uint64_t rx, tx;
	uint32_t retrans;
};

struct conn {
	struct conn *hash_next;
	size_t at; /* in conn_store.all */
	uint64_t id;
	struct conn_key key;
	struct endpoint local, remote;
	uint64_t first_ns; /* end of the interval in which it was first told of */
	uint64_t asked_ns; /* when sock_diag was asked that told of it last */

	/* sock_diag's, or its end's */
	bool sampled;	  /* told of by it in some interval */
	bool sampled_now; /* in this one */
	bool counters;	  /* `now` is known */
	bool based;	  /* so are `base` and `counted` */
	bool older;	  /* than the table: what it carried before it was first told of is not counted */
	uint8_t state;
	uint32_t inode, uid, rtt_us, unread, unsent;
	uint64_t cookie;
	struct conn_totals now;	    /* as last told */
	struct conn_totals base;    /* if it is older: as first told */
	struct conn_totals counted; /* what records have told so far, base included */

	bool told;    /* of by the probes, in this interval */
	bool missing; /* nobody told of it in the interval before */
	bool gone;    /* ended: struct conn_gone came */
	bool closed;  /* shown for the last time: forgotten when the next interval begins */

	/* who */
	uint32_t pid;
	uint64_t cgroup;
	char comm[WIRE_COMM_LEN + 1];
	size_t n_owners, n_pids;
	uint32_t pids[SOCKET_OWNERS_MAX];
	enum conn_role role;
	bool role_certain;	       /* the probes said so */
	uint64_t opened_ns, closed_ns; /* 0: not known exactly */

	/* HTTP's, in this interval but for the first two */
	uint64_t http_id; /* the kernel's number; 0: none seen */
	const char *proto;
	uint64_t requests, errors, inflight;
	struct histogram *latency;
};

struct conn_store {
	struct conn **chains, **all;
	unsigned bits; /* 2^bits chains */
	size_t n, n_max;
	uint64_t last_id;
	struct conn_hash hash;
};

/* false: out of memory. */
bool conn_store_init(struct conn_store *s);
void conn_store_release(struct conn_store *s);

/* The newest of that key; NULL: none. */
struct conn *conn_store_find(const struct conn_store *s, const struct conn_key *key);
/* The next older one of the same key. */
struct conn *conn_store_next(const struct conn *c);
/* NULL: out of memory, or CONN_TABLE_MAX are there. */
struct conn *conn_store_add(struct conn_store *s, const struct conn_key *key);
/* Frees it; another one takes its place in `all`. */
void conn_store_remove(struct conn_store *s, struct conn *c);

#endif
