/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn_pool.h - histograms that are needed for one interval.
 *
 * Kept in chunks that the next interval uses again, as many as the last one needed.
 */
#ifndef L7SCOPE_CONN_POOL_H
#define L7SCOPE_CONN_POOL_H

#include <stddef.h>

#include "base/histogram.h"

/* 128 MB at worst: connections beyond, in one interval, have counts but no latency. */
#define CONN_POOL_MAX 32768
/* A quarter of a megabyte: large enough for the C library to give it back. */
#define CONN_POOL_CHUNK 64

struct conn_pool {
	struct histogram *chunks[CONN_POOL_MAX / CONN_POOL_CHUNK];
	size_t n; /* histograms in use; chunks in use come first */
};

/* All zero is a valid, empty pool. */
void conn_pool_release(struct conn_pool *p);

/* An empty histogram; NULL: out of memory or CONN_POOL_MAX in use. */
struct histogram *conn_pool_take(struct conn_pool *p);
/* Takes all back, and frees the chunks that were not needed since the last time. */
void conn_pool_reset(struct conn_pool *p);

#endif
