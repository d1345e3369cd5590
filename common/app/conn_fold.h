/* SPDX-License-Identifier: Apache-2.0 */
/* conn_fold.h - many connections' numbers as one. */
#ifndef L7SCOPE_CONN_FOLD_H
#define L7SCOPE_CONN_FOLD_H

#include "app/conn_pool.h"
#include "exchange/conn_record.h"

/* Where the sum of histograms is kept: nowhere, as long as there is only one. */
struct conn_latency {
	const struct histogram *sum; /* NULL: none */
	struct histogram *own;	     /* NULL: sum is somebody else's */
};

/* `more` may be NULL.  Without room in the pool the first one stays alone. */
void conn_latency_add(struct conn_latency *l, const struct histogram *more, struct conn_pool *pool);

/* Adds r's numbers to the group's, and makes unknown what differs; not the latency. */
void conn_fold_add(struct conn_record *group, const struct conn_record *r);

#endif
