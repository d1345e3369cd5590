/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/perf_reader.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "transport/event_pieces.h"
#include "transport/perf_ring.h"

/* Pages of all CPUs together, as far as each has its least: what compose.c gives to ring buffers, twice,
 * since the load is never spread evenly. */
#define DATA_PAGES  2048
#define CLOSE_PAGES 1024
#define PAGES_MIN   64

#define NS_PER_MS 1000000ULL

/* PERF_RECORD_SAMPLE of PERF_SAMPLE_RAW */
struct sample_record {
	struct perf_event_header header;
	uint32_t size;
	uint8_t data[];
};

struct reader_ring {
	struct perf_ring ring;
	bool closes;   /* closes, not data */
	uint64_t head; /* up to which this call reads */
	/* its oldest record; NULL: none that this call reads */
	const struct sample_record *sample;
	uint64_t time_ns;
};

struct perf_reader {
	struct reader_ring *rings;
	size_t n_rings;
	int epoll;
	uint64_t lost_data, lost_closes;
};

/* ---- life ---- */

static size_t pages_of(size_t all, int n_cpus)
{
	size_t pages = all / 2;

	while (pages > PAGES_MIN && pages * (size_t)n_cpus > all)
		pages /= 2;
	return pages;
}

/* 0 or -errno; a CPU that is not online has none. */
static int add_ring(struct perf_reader *r, int map, int cpu, size_t pages)
{
	struct epoll_event event = {.events = EPOLLIN};
	struct reader_ring *added = &r->rings[r->n_rings];
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_BPF_OUTPUT,
		.sample_type = PERF_SAMPLE_RAW,
		.sample_period = 1,
		.watermark = 1,
		.wakeup_watermark = (uint32_t)(pages * (size_t)sysconf(_SC_PAGESIZE) / 4),
	};
	int ret = perf_ring_open(&added->ring, &attr, cpu, pages);

	if (ret < 0)
		return ret == -ENODEV ? 0 : ret;
	r->n_rings++;
	if (bpf_map_update_elem(map, &cpu, &added->ring.fd, BPF_ANY) < 0 ||
	    epoll_ctl(r->epoll, EPOLL_CTL_ADD, added->ring.fd, &event) < 0)
		return -errno;
	return 0;
}

/* 0 or -errno */
static int add_cpu(struct perf_reader *r, int events, int control, int cpu, int n_cpus)
{
	size_t before = r->n_rings;
	int ret = add_ring(r, events, cpu, pages_of(DATA_PAGES, n_cpus));

	if (ret < 0 || r->n_rings == before)
		return ret;
	ret = add_ring(r, control, cpu, pages_of(CLOSE_PAGES, n_cpus));
	r->rings[r->n_rings - 1].closes = true;
	return ret;
}

struct perf_reader *perf_reader_new(int events, int control)
{
	struct perf_reader *r = calloc(1, sizeof(*r));
	int n_cpus = libbpf_num_possible_cpus(), ret = -ENOMEM;

	if (!r)
		return NULL;
	r->epoll = epoll_create1(EPOLL_CLOEXEC);
	r->rings = n_cpus > 0 ? calloc(2 * (size_t)n_cpus, sizeof(*r->rings)) : NULL;
	if (r->epoll < 0 || !r->rings)
		goto failed;
	for (int cpu = 0; cpu < n_cpus; cpu++) {
		ret = add_cpu(r, events, control, cpu, n_cpus);
		if (ret < 0)
			goto failed;
	}
	return r;
failed:
	perf_reader_free(r);
	errno = -ret;
	return NULL;
}

void perf_reader_free(struct perf_reader *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->n_rings; i++)
		perf_ring_close(&r->rings[i].ring);
	free(r->rings);
	if (r->epoll >= 0)
		close(r->epoll);
	free(r);
}

int perf_reader_fd(const struct perf_reader *r)
{
	return r->epoll;
}

/* ---- reading ---- */

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t); /* as bpf_ktime_get_ns() */
	return (uint64_t)t.tv_sec * 1000 * NS_PER_MS + (uint64_t)t.tv_nsec;
}

static void pop(struct reader_ring *ring)
{
	perf_ring_pop(&ring->ring);
	ring->sample = NULL;
}

static bool is_sample(const struct perf_event_header *h)
{
	const struct sample_record *s = (const struct sample_record *)h;

	return h->type == PERF_RECORD_SAMPLE && h->size >= sizeof(*s) + sizeof(struct wire_event) &&
	       s->size <= h->size - sizeof(*s);
}

/* Its oldest sample; the records between are of losses. */
static void look(struct perf_reader *r, struct reader_ring *ring)
{
	uint64_t *lost = ring->closes ? &r->lost_closes : &r->lost_data;
	const struct perf_event_header *h;

	while ((h = perf_ring_peek(&ring->ring, ring->head, lost))) {
		if (is_sample(h)) {
			ring->sample = (const struct sample_record *)h;
			memcpy(&ring->time_ns, ring->sample->data + offsetof(struct wire_event, exit_ns),
			       sizeof(ring->time_ns));
			return;
		}
		if (h->type == PERF_RECORD_LOST && h->size >= sizeof(struct perf_lost_record))
			*lost += ((const struct perf_lost_record *)h)->lost;
		pop(ring);
	}
	ring->sample = NULL;
}

/* At the same time: data first, then the close. */
static bool is_before(const struct reader_ring *a, const struct reader_ring *b)
{
	return a->time_ns != b->time_ns ? a->time_ns < b->time_ns : b->closes && !a->closes;
}

static struct reader_ring *oldest(struct perf_reader *r)
{
	struct reader_ring *first = NULL;

	for (size_t i = 0; i < r->n_rings; i++) {
		struct reader_ring *ring = &r->rings[i];

		if (ring->sample && (!first || is_before(ring, first)))
			first = ring;
	}
	return first;
}

int perf_reader_take(struct perf_reader *r, bool all, capture_event_fn *fn, void *ctx)
{
	uint64_t limit_ns = all ? UINT64_MAX : now_ns() - PERF_READER_DELAY_MS * NS_PER_MS;
	struct reader_ring *ring;
	int handed = 0;

	for (size_t i = 0; i < r->n_rings; i++) {
		r->rings[i].head = perf_ring_head(&r->rings[i].ring);
		look(r, &r->rings[i]);
	}
	while (handed < CAPTURE_EVENTS_PER_POLL && (ring = oldest(r)) && ring->time_ns <= limit_ns) {
		handed += event_pieces(ring->sample->data, ring->sample->size, fn, ctx);
		pop(ring);
		look(r, ring);
	}
	return handed;
}

uint64_t perf_reader_lost_data(const struct perf_reader *r)
{
	return r->lost_data;
}

uint64_t perf_reader_lost_closes(const struct perf_reader *r)
{
	return r->lost_closes;
}
