/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* A scenario that still allocates after this many failures is going round in circles. */
#define ALLOC_FAILURES_MAX 100000

/* ---- guarded input ---- */

/* `room` bytes that end at an unmapped page; bytes.n is `room`. */
static struct guarded guard_room(size_t room)
{
	size_t page = sysconf(_SC_PAGESIZE);
	size_t usable = (room + page - 1) / page * page;
	struct guarded g = {.map_len = usable + page};

	g.map = mmap(NULL, g.map_len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (g.map == MAP_FAILED || mprotect((uint8_t *)g.map + usable, page, PROT_NONE)) {
		perror("harness: guard page");
		abort();
	}
	g.bytes = bytes_of((uint8_t *)g.map + usable - room, room);
	return g;
}

struct guarded guard_copy(struct bytes from)
{
	struct guarded g = guard_room(from.n);

	if (from.n)
		memcpy((uint8_t *)g.bytes.p, from.p, from.n);
	return g;
}

struct guarded guard_copy_str(const char *from)
{
	return guard_copy(bytes_of_str(from));
}

void guard_free(struct guarded *g)
{
	munmap(g->map, g->map_len);
	*g = (struct guarded){0};
}

/* What lies before the copy is overwritten too, so that no parser can live on stale bytes. */
struct bytes guard_again(const struct guarded *g, struct bytes from)
{
	uint8_t *start = (uint8_t *)g->bytes.p, *end = start + g->bytes.n;

	if (from.n > g->bytes.n)
		abort();
	memset(start, 0xee, g->bytes.n - from.n);
	if (from.n)
		memcpy(end - from.n, from.p, from.n);
	return bytes_of(end - from.n, from.n);
}

/* ---- the same input in all splits ---- */

void feed_all_ways(struct bytes input, const struct feeder *feeder, void *ctx)
{
	struct guarded room = guard_room(input.n);
	char how[32];

	feeder->start(ctx);
	feeder->feed(ctx, guard_again(&room, input));
	feeder->finish(ctx, "whole");

	feeder->start(ctx);
	for (size_t i = 0; i < input.n; i++)
		feeder->feed(ctx, guard_again(&room, bytes_of(input.p + i, 1)));
	feeder->finish(ctx, "bytewise");

	for (size_t i = 1; i < input.n; i++) {
		snprintf(how, sizeof(how), "split at %zu", i);
		feeder->start(ctx);
		feeder->feed(ctx, guard_again(&room, bytes_of(input.p, i)));
		feeder->feed(ctx, guard_again(&room, bytes_from(input, i)));
		feeder->finish(ctx, how);
	}
	guard_free(&room);
}

/* ---- failing allocations ---- */

/* Weak, so that a binary linked without --wrap has no unresolved names. */
void *__real_malloc(size_t n) __attribute__((weak));
void *__real_calloc(size_t count, size_t n) __attribute__((weak));
void *__real_realloc(void *p, size_t n) __attribute__((weak));
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t count, size_t n);
void *__wrap_realloc(void *p, size_t n);
char *__wrap_strdup(const char *s);
char *__wrap_strndup(const char *s, size_t max);

static long alloc_count;
static long alloc_fail_at = -1;
static bool alloc_kept; /* no counting, no failing */

static bool fails_now(void)
{
	return !alloc_kept && alloc_count++ == alloc_fail_at;
}

void harness_keep_alloc(void)
{
	alloc_kept = true;
}

void harness_mark_point(const char *file, int line)
{
	bool before = alloc_kept;

	alloc_kept = true;
	(_mark_point)(file, line);
	alloc_kept = before;
}

void *__wrap_malloc(size_t n)
{
	return fails_now() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t count, size_t n)
{
	return fails_now() ? NULL : __real_calloc(count, n);
}

void *__wrap_realloc(void *p, size_t n)
{
	return fails_now() ? NULL : __real_realloc(p, n);
}

char *__wrap_strndup(const char *s, size_t max)
{
	size_t n = strnlen(s, max);
	char *copy = __wrap_malloc(n + 1);

	if (copy) {
		memcpy(copy, s, n);
		copy[n] = '\0';
	}
	return copy;
}

char *__wrap_strdup(const char *s)
{
	return __wrap_strndup(s, SIZE_MAX - 1);
}

bool harness_alloc_hooked(void)
{
	return __real_malloc && __real_calloc && __real_realloc;
}

void harness_fail_alloc(long nth)
{
	alloc_count = 0;
	alloc_fail_at = nth;
	alloc_kept = false;
}

long harness_alloc_count(void)
{
	return alloc_count;
}

long fail_each_alloc(void (*scenario)(void *ctx), void *ctx)
{
	long nth = 0;

	if (!harness_alloc_hooked())
		return 0;
	for (; nth < ALLOC_FAILURES_MAX; nth++) {
		harness_fail_alloc(nth);
		scenario(ctx);
		if (harness_alloc_count() <= nth)
			break;
	}
	harness_fail_alloc(-1);
	ck_assert_msg(nth < ALLOC_FAILURES_MAX, "no run without a failing allocation");
	return nth;
}

/* ---- main ---- */

int run_suite(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
