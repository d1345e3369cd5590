/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream_set.h - what has been found out about streams of HTTP/2, for filters:
 * a few bits each, for those last used.
 */
#ifndef L7SCOPE_STREAM_SET_H
#define L7SCOPE_STREAM_SET_H

#include <stdint.h>

/* As many as connections are followed, some 3 MiB; the one used longest ago goes
 * when one more comes. */
#define STREAM_SET_MAX 65536

struct stream_set; /* opaque */

struct stream_set *stream_set_new(void);    /* NULL: out of memory */
void stream_set_free(struct stream_set *s); /* takes NULL */

/* The bits; 0: not in the set. */
unsigned stream_set_bits(struct stream_set *s, uint64_t conn, uint32_t stream);
/* Adds to the bits (not 0) of a stream, which joins when it is not in the set.
 * Out of memory: it counts as forgotten. */
void stream_set_add(struct stream_set *s, uint64_t conn, uint32_t stream, unsigned bits);
/* The stream has ended. */
void stream_set_drop(struct stream_set *s, uint64_t conn, uint32_t stream);

/* Streams that had to go before their end. */
uint64_t stream_set_forgotten(const struct stream_set *s);

#endif
