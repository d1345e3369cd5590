/* SPDX-License-Identifier: Apache-2.0 */
#include "app/clock.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

/* Readings of which the tightest counts: one may be interrupted. */
#define OFFSET_READINGS 3

static uint64_t read_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * CLOCK_NS_PER_SECOND + (uint64_t)t.tv_nsec;
}

/* What this process's time namespace adds to CLOCK_MONOTONIC; the kernel's events know nothing of it. */
static int64_t namespace_ns(void)
{
	FILE *f = fopen("/proc/self/timens_offsets", "re");
	int64_t seconds, ns, offset = 0;
	char name[16];

	while (f && fscanf(f, "%15s %" SCNd64 " %" SCNd64, name, &seconds, &ns) == 3) {
		if (name[0] == 'm' || name[0] == '1') /* "monotonic", or its number */
			offset = seconds * (int64_t)CLOCK_NS_PER_SECOND + ns;
	}
	if (f)
		fclose(f);
	return offset;
}

uint64_t clock_now_ns(void)
{
	static int64_t offset;
	static bool known;

	if (!known)
		offset = namespace_ns();
	known = true;
	return read_ns(CLOCK_MONOTONIC) - (uint64_t)offset;
}

int64_t clock_wall_offset_ns(void)
{
	uint64_t best = UINT64_MAX;
	int64_t offset = 0;

	for (int i = 0; i < OFFSET_READINGS; i++) {
		uint64_t before = clock_now_ns();
		uint64_t wall = read_ns(CLOCK_REALTIME);
		uint64_t after = clock_now_ns();

		if (after - before >= best)
			continue;
		best = after - before;
		offset = (int64_t)wall - (int64_t)(before + best / 2);
	}
	return offset;
}

uint64_t clock_process_start_ns(void)
{
	return clock_now_ns() - read_ns(CLOCK_PROCESS_CPUTIME_ID);
}
