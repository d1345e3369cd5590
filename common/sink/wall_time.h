/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wall_time.h - event times, which are CLOCK_MONOTONIC, as people write them.
 *
 * The offset between the clocks is a value somebody else keeps up to date, so
 * that a clock that was set shows in later records.
 */
#ifndef L7SCOPE_WALL_TIME_H
#define L7SCOPE_WALL_TIME_H

#include <stdint.h>

/* "2026-01-02T03:04:05.123456Z" and a NUL. */
#define WALL_TIME_RFC3339_LEN 28
/* "03:04:05" and a NUL. */
#define WALL_TIME_CLOCK_LEN 9

struct wall_time {
	int64_t offset_ns; /* CLOCK_REALTIME - CLOCK_MONOTONIC */
	uint64_t start_ns; /* monotonic: where "seconds since start" begin */
	/* the last text, since most records share their second; private */
	int64_t utc_second, local_second;
	char utc[WALL_TIME_RFC3339_LEN], local[WALL_TIME_CLOCK_LEN];
};

void wall_time_init(struct wall_time *w, int64_t offset_ns, uint64_t start_ns);

/* RFC 3339 in UTC with microseconds; valid until the next call. */
const char *wall_time_rfc3339(struct wall_time *w, uint64_t mono_ns);
/* HH:MM:SS, local time; valid until the next call. */
const char *wall_time_clock(struct wall_time *w, uint64_t mono_ns);

#endif
