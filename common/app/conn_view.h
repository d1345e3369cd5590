/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn_view.h - what the user wants to see of an interval: which rows, in which
 * order, folded how; or the topology.
 */
#ifndef L7SCOPE_CONN_VIEW_H
#define L7SCOPE_CONN_VIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "app/conn_edges.h"
#include "app/conn_groups.h"
#include "app/conn_key.h"
#include "app/conn_order.h"
#include "app/options.h"
#include "exchange/conn_record.h"
#include "sink/conn_sink.h"

struct conn_view {
	/* the user's choice, to be changed at will */
	struct conn_order order;
	enum conn_group by;
	bool topology; /* edges instead of rows */

	/* private */
	const struct options *options;
	struct conn_record *passed; /* by the options' filters */
	struct conn_key *keys;	    /* of those, sorted: only for the topology */
	size_t passed_max;
	struct conn_groups groups;
	struct conn_rows rows;
	struct conn_summary summary; /* with the number of these rows */
	struct conn_edges edges;
};

/* From the options, which outlive the view.  Release it. */
void conn_view_init(struct conn_view *v, const struct options *options);
void conn_view_release(struct conn_view *v);

/* Valid until the next call, or change of what was given.  false: out of memory. */
bool conn_view_build(struct conn_view *v, const struct conn_record *records, size_t n,
		     const struct conn_summary *summary, struct conn_interval *out);

#endif
