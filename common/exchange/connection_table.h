/* SPDX-License-Identifier: Apache-2.0 */
/*
 * connection_table.h - connections by wire_event.conn, and by idleness.
 *
 * Finding, adding, removing and naming the idlest take constant time, however
 * many there are (adding: on average, the table doubles now and then).
 */
#ifndef L7SCOPE_CONNECTION_TABLE_H
#define L7SCOPE_CONNECTION_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exchange/connection.h"

struct connection_table {
	struct connection **buckets; /* 1 << bits chains */
	unsigned bits;
	size_t n;
	struct connection *newest, *idlest; /* ends of one list in the order of use */
	struct connection *cursor;	    /* connection_table_walk() goes on here; NULL: at its end */
};

/* false: out of memory. */
bool connection_table_init(struct connection_table *t);
/* The table must be empty of connections. */
void connection_table_release(struct connection_table *t);

struct connection *connection_table_find(const struct connection_table *t, uint64_t id);
/* c->id must be new; c becomes the one used last. */
void connection_table_add(struct connection_table *t, struct connection *c);
/* c was used now. */
void connection_table_touch(struct connection_table *t, struct connection *c);
/* The caller frees it. */
void connection_table_remove(struct connection_table *t, struct connection *c);

/* A walk from the idlest to the one used last, over as many calls as one
 * likes; any change is allowed in between.  NULL at the end. */
void connection_table_walk_restart(struct connection_table *t);
struct connection *connection_table_walk(struct connection_table *t);

#endif
