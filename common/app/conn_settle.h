/* SPDX-License-Identifier: Apache-2.0 */
/* conn_settle.h - one connection at the end of an interval: is it new, is it over, its record. */
#ifndef L7SCOPE_CONN_SETTLE_H
#define L7SCOPE_CONN_SETTLE_H

#include "app/conn_places.h"
#include "app/conn_store.h"

struct conn_settle {
	struct conn_places *places;
	uint64_t end_ns;
	bool dumped;	/* sock_diag told of sockets in this interval */
	bool all_known; /* it had told of all of them before: one that turns up now is new */
};

/* Once per interval and connection.  Returns whether it was opened in this interval. */
bool conn_settle(const struct conn_settle *s, struct conn *c);

/* The record, with what no record has told yet.  What it points to is c's and places'. */
struct conn_record conn_settle_record(const struct conn_settle *s, struct conn *c);

#endif
