/* SPDX-License-Identifier: Apache-2.0 */
/* conn_ends.h - which connection was it that ended? */
#ifndef L7SCOPE_CONN_ENDS_H
#define L7SCOPE_CONN_ENDS_H

#include "app/conn_store.h"

/*
 * Gives the connection its last totals.  It may be one that nobody knew; a port used
 * again within an interval is told apart by time.  Once all sockets of the interval
 * are known, and in the order in which they ended.  false: no room or memory.
 */
bool conn_ends_apply(struct conn_store *s, const struct conn_gone *gone);

#endif
