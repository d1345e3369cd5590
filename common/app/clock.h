/* SPDX-License-Identifier: Apache-2.0 */
/* clock.h - the clocks, read in nanoseconds. */
#ifndef L7SCOPE_CLOCK_H
#define L7SCOPE_CLOCK_H

#include <stdint.h>

#define CLOCK_NS_PER_SECOND 1000000000ull

/* CLOCK_MONOTONIC, as the events have it: of the machine, not of a time
 * namespace.  The first call opens a file. */
uint64_t clock_now_ns(void);

/* CLOCK_REALTIME - CLOCK_MONOTONIC, now. */
int64_t clock_wall_offset_ns(void);

/* About when this process began, if called first thing in main(): what it
 * has used of the CPU went into starting. */
uint64_t clock_process_start_ns(void);

#endif
