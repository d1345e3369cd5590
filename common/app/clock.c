/* SPDX-License-Identifier: Apache-2.0 */
#include "app/clock.h"

#include <time.h>

/* Readings of which the tightest counts: one may be interrupted. */
#define OFFSET_READINGS 3

static uint64_t read_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * CLOCK_NS_PER_SECOND + (uint64_t)t.tv_nsec;
}

uint64_t clock_now_ns(void)
{
	return read_ns(CLOCK_MONOTONIC);
}

int64_t clock_wall_offset_ns(void)
{
	uint64_t best = UINT64_MAX;
	int64_t offset = 0;

	for (int i = 0; i < OFFSET_READINGS; i++) {
		uint64_t before = read_ns(CLOCK_MONOTONIC);
		uint64_t wall = read_ns(CLOCK_REALTIME);
		uint64_t after = read_ns(CLOCK_MONOTONIC);

		if (after - before >= best)
			continue;
		best = after - before;
		offset = (int64_t)wall - (int64_t)(before + best / 2);
	}
	return offset;
}

uint64_t clock_process_start_ns(void)
{
	return read_ns(CLOCK_MONOTONIC) - read_ns(CLOCK_PROCESS_CPUTIME_ID);
}
