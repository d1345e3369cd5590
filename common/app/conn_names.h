/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn_names.h - what the kernel's number of a connection stands for.
 *
 * Rows of the kernel's histograms have only that number.  Who it is comes from
 * the kernel's connection map and from the events of those that ended.
 */
#ifndef L7SCOPE_CONN_NAMES_H
#define L7SCOPE_CONN_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire.h"

/* The kernel's map has that many (maps.bpf.c), and as many may have ended in one interval. */
#define CONN_NAMES_MAX 131072

struct conn_names {
	struct wire_conn *slots; /* open addressing; id 0: free */
	size_t n, size;		 /* size: 0 or a power of two */
	uint64_t dropped;	 /* found no room, or no memory */
};

/* All zero is a valid, empty set. */
void conn_names_release(struct conn_names *s);
void conn_names_clear(struct conn_names *s);

/* Replaces one of the same id. */
void conn_names_add(struct conn_names *s, const struct wire_conn *conn);
/* From an event of the connection: WIRE_CLOSE. */
void conn_names_add_event(struct conn_names *s, const struct wire_event *event);
/* NULL: not known.  Valid until the next change. */
const struct wire_conn *conn_names_find(const struct conn_names *s, uint64_t id);

#endif
