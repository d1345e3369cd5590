/* SPDX-License-Identifier: Apache-2.0 */
/* conn_owners.h - which processes have the connections' sockets open. */
#ifndef L7SCOPE_CONN_OWNERS_H
#define L7SCOPE_CONN_OWNERS_H

#include "app/conn_store.h"
#include "transport/socket_owners.h"

/* Of all that were sampled in this interval; looks through /proc where it must and may.  Who is
 * not found stays who it was: a process that has ended had it last. */
void conn_owners_find(struct socket_owners *owners, struct conn_store *s, uint64_t now_ns);

#endif
