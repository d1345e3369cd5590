/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/perf_ring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* perf_event_header.size */
#define RECORD_MAX UINT16_MAX

int perf_ring_open(struct perf_ring *r, struct perf_event_attr *attr, int cpu, size_t pages)
{
	int error;

	*r = (struct perf_ring){.fd = -1, .map = MAP_FAILED, .page = (size_t)sysconf(_SC_PAGESIZE)};
	r->size = pages * r->page;
	r->record = malloc(RECORD_MAX);
	if (r->record)
		r->fd = (int)syscall(SYS_perf_event_open, attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
	if (r->fd >= 0)
		r->map = mmap(NULL, r->page + r->size, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd, 0);
	if (r->map != MAP_FAILED)
		return 0;
	error = errno;
	perf_ring_close(r);
	return -error;
}

void perf_ring_close(struct perf_ring *r)
{
	if (r->map != MAP_FAILED)
		munmap(r->map, r->page + r->size);
	if (r->fd >= 0)
		close(r->fd);
	free(r->record);
}

uint64_t perf_ring_head(const struct perf_ring *r)
{
	const struct perf_event_mmap_page *positions = r->map;

	return __atomic_load_n(&positions->data_head, __ATOMIC_ACQUIRE);
}

static const uint8_t *at(const struct perf_ring *r, uint64_t position)
{
	return (const uint8_t *)r->map + r->page + position % r->size;
}

static void set_tail(struct perf_ring *r, uint64_t tail)
{
	struct perf_event_mmap_page *positions = r->map;

	__atomic_store_n(&positions->data_tail, tail, __ATOMIC_RELEASE);
}

/* Records begin at multiples of 8 bytes, so that a header is always in one piece. */
const struct perf_event_header *perf_ring_peek(struct perf_ring *r, uint64_t head, uint64_t *lost)
{
	const struct perf_event_mmap_page *positions = r->map;
	uint64_t tail = positions->data_tail;
	const struct perf_event_header *h = (const struct perf_event_header *)at(r, tail);
	size_t first = r->size - tail % r->size;

	if (tail >= head)
		return NULL;
	if (h->size < sizeof(*h) || h->size % sizeof(uint64_t) || h->size > head - tail) {
		++*lost;
		set_tail(r, head);
		return NULL;
	}
	if (h->size <= first)
		return h;
	memcpy(r->record, h, first);
	memcpy(r->record + first, at(r, 0), h->size - first);
	return (const struct perf_event_header *)r->record;
}

void perf_ring_pop(struct perf_ring *r)
{
	const struct perf_event_mmap_page *positions = r->map;
	uint64_t tail = positions->data_tail;

	set_tail(r, tail + ((const struct perf_event_header *)at(r, tail))->size);
}
