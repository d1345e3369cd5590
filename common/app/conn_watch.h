/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn_watch.h - the exchanges of one HTTP/1 connection, one by one.
 *
 * conntop counts HTTP/1 in the kernel, so that nothing is sent per request.
 * Whoever looks at one connection wants its last exchanges all the same: while
 * it is looked at, a second capture like httpsnoop's is open, for the two ports
 * of that connection only.  It takes as long to start as the tool itself, in a
 * process of its own (conn_helper.h).
 */
#ifndef L7SCOPE_CONN_WATCH_H
#define L7SCOPE_CONN_WATCH_H

#include "app/options.h"
#include "exchange/conn_record.h"
#include "exchange/tracker.h"

struct conn_watch; /* opaque */

/* fn is called for what is seen, also on other connections of the same ports.  To be called before the
 * sandbox is entered and before any thread is started.  NULL: out of memory, or of processes. */
struct conn_watch *conn_watch_new(const struct options *options, tracker_exchange_fn *fn, void *ctx);
/* Takes NULL. */
void conn_watch_free(struct conn_watch *w);

/* Looks at this one from now on, instead of what was looked at before; NULL: at none. */
void conn_watch_set(struct conn_watch *w, const struct conn_record *record);

/* Hands over what there is, without waiting, and starts or ends what conn_watch_set() asked for. */
void conn_watch_poll(struct conn_watch *w);

/* One plain sentence on why nothing was seen yet. */
const char *conn_watch_state(const struct conn_watch *w);

#endif
