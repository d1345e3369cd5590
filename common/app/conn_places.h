/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn_places.h - in which container and pod the processes of one interval run.
 *
 * containers_lookup()'s answers last until the next question only; connections are
 * many, and their processes few.
 */
#ifndef L7SCOPE_CONN_PLACES_H
#define L7SCOPE_CONN_PLACES_H

#include <stddef.h>
#include <stdint.h>

#include "app/container.h"

/* More processes than that, in one interval, are in no known container. */
#define CONN_PLACES_MAX 16384

struct conn_place {
	uint64_t cgroup;
	uint32_t pid;
	char *container, *pod, *namespace_; /* NULL: unknown */
};

struct conn_places {
	struct containers *containers; /* NULL: nobody is in any */
	struct conn_place *slots;      /* open addressing; pid and cgroup 0: free */
	size_t n, size;		       /* size: 0 or a power of two */
};

/* Allocates nothing. */
void conn_places_init(struct conn_places *p, struct containers *containers);
void conn_places_release(struct conn_places *p);
/* Forgets the answers: a container may have got its name meanwhile. */
void conn_places_clear(struct conn_places *p);

/* Valid until the next conn_places_find() (the struct) and conn_places_clear() (its strings). */
const struct conn_place *conn_places_find(struct conn_places *p, uint32_t pid, uint64_t cgroup);

#endif
