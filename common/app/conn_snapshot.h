/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn_snapshot.h - an interval's records, kept beyond the next one's begin.
 *
 * The screen sorts, filters and groups again whenever a key is pressed, while
 * the table already counts the next interval.
 */
#ifndef L7SCOPE_CONN_SNAPSHOT_H
#define L7SCOPE_CONN_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>

#include "exchange/conn_record.h"

struct conn_snapshot {
	struct conn_record *records;
	size_t n;
	struct conn_summary summary;
	char *memory; /* what the records point to */
	size_t n_records_max, memory_size;
};

/* All zero is a valid, empty snapshot. */
void conn_snapshot_release(struct conn_snapshot *s);

/* Replaces what was there by a copy of all that is given, and of what it points
 * to.  false: out of memory; the snapshot is empty then. */
bool conn_snapshot_take(struct conn_snapshot *s, const struct conn_record *records, size_t n,
			const struct conn_summary *summary);

#endif
