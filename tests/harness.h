/* SPDX-License-Identifier: Apache-2.0 */
/*
 * harness.h - what the unit tests share.
 *
 * Three things: input that ends at an unmapped page, so that reading one byte
 * too many faults; a runner that feeds the same input whole, byte by byte and
 * cut in two at every place; and allocations that fail on request.
 *
 * The last one needs the linker: a test binary is linked with HARNESS_WRAP
 *
 *     -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup,--wrap=strndup
 *
 * which works together with ASan, because only the calls from our own objects
 * are redirected.  Without these flags everything links and runs, and
 * harness_alloc_hooked() is false.
 */
#ifndef L7SCOPE_TESTS_HARNESS_H
#define L7SCOPE_TESTS_HARNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <check.h>

#include "base/bytes.h"

/* ---- guarded input ---- */

struct guarded {
	struct bytes bytes; /* a copy; bytes.p + bytes.n is not mapped */
	void *map;
	size_t map_len;
};

/* Aborts the test when out of memory. */
struct guarded guard_copy(struct bytes from);
struct guarded guard_copy_str(const char *from); /* without the NUL */
void guard_free(struct guarded *g);
/* Another copy in the same mapping, for many pieces; overwrites the last one.
 * from.n must not be more than g->bytes.n. */
struct bytes guard_again(const struct guarded *g, struct bytes from);

/* ---- the same input in all splits ---- */

struct feeder {
	void (*start)(void *ctx);		     /* a fresh parser */
	void (*feed)(void *ctx, struct bytes piece); /* guarded, gone after the call */
	void (*finish)(void *ctx,
		       const char *how); /* compare and free; how: "whole", "bytewise", "split at N" */
};

void feed_all_ways(struct bytes input, const struct feeder *feeder, void *ctx);

/* ---- failing allocations ---- */

/* false: linked without the flags above. */
bool harness_alloc_hooked(void);
/* Only the nth allocation from now on fails, counted from 0; -1: none. */
void harness_fail_alloc(long nth);
/* Allocations since the last harness_fail_alloc(). */
long harness_alloc_count(void);

/* Check allocates for every assertion.  Those allocations neither count nor
 * fail, so that a scenario may assert what it likes. */
void harness_mark_point(const char *file, int line);
void harness_keep_alloc(void);
#define _mark_point(file, line) harness_mark_point(file, line)
#define _ck_assert_failed(...)	(harness_keep_alloc(), (_ck_assert_failed)(__VA_ARGS__))

/* Calls scenario once for each allocation it makes, with that one failing,
 * until a run needs no more.  Returns how many allocations there were.
 * Leaves failing switched off.  Skips (returns 0) when not hooked. */
long fail_each_alloc(void (*scenario)(void *ctx), void *ctx);

/* ---- main ---- */

/* Runs the suite with CK_NORMAL and frees it.  0: all passed. */
int run_suite(Suite *suite);

#endif
