/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn_edges.h - who calls whom, from the connections of one interval.
 *
 * An end on this machine is its process, "curl[123]", or where its container is
 * known "web (0123456789ab)", of Kubernetes "web (shop/web-7)"; all others are
 * addresses.  A server's port is part of its name.  A connection whose both ends are
 * on this machine (their addresses are mirrored, in whichever namespaces) is told once,
 * with the numbers of its server.
 */
#ifndef L7SCOPE_CONN_EDGES_H
#define L7SCOPE_CONN_EDGES_H

#include <stdbool.h>
#include <stddef.h>

#include "app/conn_pool.h"
#include "exchange/conn_record.h"
#include "sink/text.h"

struct conn_edges {
	struct conn_edge *edges;
	struct conn_end *ends;	 /* scratch: by key */
	struct conn_call *calls; /* scratch: one per connection, or pair of them */
	size_t max;
	struct text names;
	struct conn_pool pool;
};

/* All zero is valid. */
void conn_edges_release(struct conn_edges *e);

/*
 * *edges: most requests first, then most bytes, then by name; n_edges of them.  They point to
 * what `records` point to and to e's; valid until the next call.  false: out of memory, and
 * *n_edges is 0.
 */
bool conn_edges_build(struct conn_edges *e, const struct conn_record *records, size_t n,
		      const struct conn_edge **edges, size_t *n_edges);

#endif
