/* SPDX-License-Identifier: Apache-2.0 */
#include "app/conn_pool.h"

#include <stdlib.h>
#include <string.h>

#define CHUNKS (CONN_POOL_MAX / CONN_POOL_CHUNK)

static void free_from(struct conn_pool *p, size_t first)
{
	for (size_t i = first; i < CHUNKS && p->chunks[i]; i++) {
		free(p->chunks[i]);
		p->chunks[i] = NULL;
	}
}

void conn_pool_release(struct conn_pool *p)
{
	free_from(p, 0);
	p->n = 0;
}

struct histogram *conn_pool_take(struct conn_pool *p)
{
	struct histogram **chunk, *h;

	if (p->n >= CONN_POOL_MAX)
		return NULL;
	chunk = &p->chunks[p->n / CONN_POOL_CHUNK];
	if (!*chunk)
		*chunk = malloc(CONN_POOL_CHUNK * sizeof(**chunk));
	if (!*chunk)
		return NULL;
	h = &(*chunk)[p->n++ % CONN_POOL_CHUNK];
	memset(h, 0, sizeof(*h));
	return h;
}

void conn_pool_reset(struct conn_pool *p)
{
	free_from(p, (p->n + CONN_POOL_CHUNK - 1) / CONN_POOL_CHUNK);
	p->n = 0;
}
