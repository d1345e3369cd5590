/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn_groups.h - connections that have something in common, folded into one record each.
 *
 * Sums stay exact: each connection is in one group.  Where members differ the group's is
 * unknown (conn_record.h).
 */
#ifndef L7SCOPE_CONN_GROUPS_H
#define L7SCOPE_CONN_GROUPS_H

#include <stdbool.h>
#include <stddef.h>

#include "app/conn_pool.h"
#include "exchange/conn_record.h"
#include "sink/text.h"

/* What a group is called; "-" where that is not known. */
enum conn_group {
	CONN_BY_CONNECTION, /* not grouped at all */
	CONN_BY_PROCESS,    /* "nginx[12]" */
	CONN_BY_PEER,	    /* the remote address */
	CONN_BY_SERVICE,    /* of clients "10.0.0.9:80", of a server's own connections ":80 nginx" */
	CONN_BY_CONTAINER,  /* 12 digits of its id */
	CONN_BY_POD,	    /* "namespace/pod" */
	CONN_GROUPS
};

/* "connection", "process", ... */
const char *conn_group_name(enum conn_group by);
/* false: no such name. */
bool conn_group_parse(const char *name, enum conn_group *by);

struct conn_groups {
	struct conn_record *records;
	struct conn_group_member *members; /* scratch */
	size_t max;
	struct text names;
	struct conn_pool pool;
};

/* All zero is valid. */
void conn_groups_release(struct conn_groups *g);

/*
 * *records, *n of them, become the groups, in the order of their names.  They point to what the
 * records pointed to and to g's; valid until the next call.  A group's id is made from its name:
 * the same in each interval.  CONN_BY_CONNECTION changes nothing.  false: out of memory, and *n is 0.
 */
bool conn_groups_apply(struct conn_groups *g, enum conn_group by, const struct conn_record **records,
		       size_t *n);

/* The same, for who has two places for the answer. */
static inline bool conn_groups_fold(struct conn_groups *g, enum conn_group by,
				    const struct conn_record *records, size_t n,
				    const struct conn_record **folded, size_t *n_folded)
{
	*folded = records;
	*n_folded = n;
	return conn_groups_apply(g, by, folded, n_folded);
}

#endif
