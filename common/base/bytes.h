/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bytes.h - a view of bytes somebody else owns.
 *
 * Invariant: p may be NULL only when n is 0.  Valid until the owner's next
 * change; each function that returns one says whose bytes they are.
 */
#ifndef L7SCOPE_BYTES_H
#define L7SCOPE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

struct bytes {
	const uint8_t *p;
	size_t n;
};

static inline struct bytes bytes_of(const void *p, size_t n)
{
	return (struct bytes){p, n};
}

static inline struct bytes bytes_of_str(const char *s)
{
	return bytes_of(s, strlen(s));
}

static inline bool bytes_equal(struct bytes a, struct bytes b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* ASCII letters compare without case, as field names do (RFC 9110 5.1). */
static inline bool bytes_equal_nocase(struct bytes a, const char *s)
{
	return a.n == strlen(s) && (a.n == 0 || strncasecmp((const char *)a.p, s, a.n) == 0);
}

/* The bytes from `from` on; empty when there are none. */
static inline struct bytes bytes_from(struct bytes b, size_t from)
{
	return from >= b.n ? (struct bytes){NULL, 0} : bytes_of(b.p + from, b.n - from);
}

#endif
