/* SPDX-License-Identifier: Apache-2.0 */
/* conn_http.h - what HTTP did on a connection in this interval. */
#ifndef L7SCOPE_CONN_HTTP_H
#define L7SCOPE_CONN_HTTP_H

#include "app/conn_pool.h"
#include "app/conn_store.h"

/* The connection that is meant; made when there is none.  NULL: no room or memory. */
struct conn *conn_http_conn(struct conn_store *s, const struct conn_http *http);
struct conn *conn_http_conn_of(struct conn_store *s, const struct exchange *x);

void conn_http_add(struct conn *c, const struct conn_http *http, struct conn_pool *pool);
void conn_http_add_exchange(struct conn *c, const struct exchange *x, struct conn_pool *pool);
/* All that `from` has; `from` has nothing then. */
void conn_http_move(struct conn *to, struct conn *from);
/* The next interval begins. */
void conn_http_clear(struct conn *c);

#endif
