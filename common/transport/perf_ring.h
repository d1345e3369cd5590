/* SPDX-License-Identifier: Apache-2.0 */
/*
 * perf_ring.h - the buffer of one perf event, which the kernel writes for one
 * CPU and we read (linux/perf_event.h, struct perf_event_mmap_page).
 */
#ifndef L7SCOPE_PERF_RING_H
#define L7SCOPE_PERF_RING_H

#include <linux/perf_event.h>
#include <stddef.h>
#include <stdint.h>

struct perf_ring {
	int fd;
	void *map; /* a page of positions, and the data */
	size_t page, size;
	uint8_t *record; /* one that goes on at the beginning of the buffer, in one piece */
};

/* PERF_RECORD_LOST; perf_event.h describes it in a comment only. */
struct perf_lost_record {
	struct perf_event_header header;
	uint64_t id, lost;
};

/* Of all processes on this CPU; pages: a power of two.  0, or -errno: -ENODEV when the CPU is not online. */
int perf_ring_open(struct perf_ring *r, struct perf_event_attr *attr, int cpu, size_t pages);
void perf_ring_close(struct perf_ring *r);

/* Up to where the kernel has written: a position that only ever grows. */
uint64_t perf_ring_head(const struct perf_ring *r);

/* The oldest record that begins before `head`, NULL: none.  It is whole, and valid until it is popped.  What
 * makes no sense is passed over up to `head`, and adds to *lost. */
const struct perf_event_header *perf_ring_peek(struct perf_ring *r, uint64_t head, uint64_t *lost);
void perf_ring_pop(struct perf_ring *r);

#endif
