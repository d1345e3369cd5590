/* SPDX-License-Identifier: Apache-2.0 */
/* conn_feed.h - what the kernel's probes tell, in the words of conn_table.h. */
#ifndef L7SCOPE_CONN_FEED_H
#define L7SCOPE_CONN_FEED_H

#include <stdint.h>

#include "app/conn_names.h"
#include "app/conn_table.h"
#include "app/source.h"
#include "wire.h"

/* Rows of connections that opened while the kernel was asked: few, and 4 KB each. */
#define CONN_FEED_WAITING_MAX 1024

struct conn_feed_row {
	uint64_t conn;
	struct wire_latency row;
};

struct conn_feed {
	struct conn_table *table;
	struct conn_names names;
	struct conn_feed_row *waiting; /* until the next interval, which knows their names */
	size_t n_waiting, waiting_max;
	uint64_t unnamed; /* exchanges on a connection that is not known */
};

void conn_feed_init(struct conn_feed *f, struct conn_table *table);
void conn_feed_release(struct conn_feed *f);

/* WIRE_GONE and WIRE_CLOSE; ignores all others. */
void conn_feed_event(struct conn_feed *f, const struct wire_event *event);

/* Takes what the kernel has counted since the last time.  0, or errno. */
int conn_feed_take(struct conn_feed *f, struct source *source);

#endif
