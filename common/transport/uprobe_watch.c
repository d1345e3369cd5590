/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/uprobe_watch.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "transport/perf_ring.h"

/* Of one CPU: some 300 mappings, which is what thirty programs do when they start. */
#define RING_PAGES 32
/* A record is at most its fixed part and a path, both rounded up to 8 bytes. */
#define RECORD_MAX (sizeof(struct mmap2_record) + PATH_MAX + 64)

/* PERF_RECORD_MMAP2; perf_event.h describes it in a comment only. */
struct mmap2_record {
	struct perf_event_header header;
	uint32_t pid, tid;
	uint64_t addr, len, pgoff;
	uint32_t maj, min;
	uint64_t ino, ino_generation;
	uint32_t prot, flags;
	char filename[]; /* NUL-terminated */
};

struct uprobe_watch {
	int epoll;
	size_t n_rings;
	struct perf_ring *rings;
	_Alignas(8) uint8_t record[RECORD_MAX];
};

/* ---- one ring ---- */

struct drain {
	uprobe_mapped_fn *fn;
	void *ctx;
	uint64_t lost;
};

/* Others have a name that is of no file: "[vdso]", "//anon", "/SYSV00000000"; but "/memfd:..." is one. */
static bool is_of_file(const char *path)
{
	static const char *const others[] = {"//", "/dev/zero", "/SYSV", "/anon_hugepage"};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strncmp(path, others[i], strlen(others[i])) == 0)
			return false;
	return *path == '/';
}

static void take_mapping(struct drain *d, const struct mmap2_record *r)
{
	size_t room = r->header.size - sizeof(*r);

	if (!r->ino || !room || strnlen(r->filename, room) == room || !is_of_file(r->filename))
		return;
	d->fn(d->ctx, &(struct uprobe_mapped){.pid = (pid_t)r->pid,
					      .dev = makedev(r->maj, r->min),
					      .inode = (ino_t)r->ino,
					      .path = r->filename});
}

/* It is whole, and as long as its header says. */
static void take_record(struct drain *d, const void *record)
{
	const struct perf_event_header *h = record;

	if (h->type == PERF_RECORD_LOST && h->size >= sizeof(struct perf_lost_record))
		d->lost += ((const struct perf_lost_record *)record)->lost;
	else if (h->type == PERF_RECORD_MMAP2 && h->size > sizeof(struct mmap2_record))
		take_mapping(d, record);
}

static void drain_ring(struct uprobe_watch *w, struct perf_ring *ring, struct drain *d)
{
	uint64_t head = perf_ring_head(ring);
	const struct perf_event_header *h;

	while ((h = perf_ring_peek(ring, head, &d->lost))) {
		size_t size = h->size;

		if (size > sizeof(w->record)) {
			d->lost++;
			perf_ring_pop(ring);
			continue;
		}
		memcpy(w->record, h, size);
		/* the kernel may have the room back before fn takes its time */
		perf_ring_pop(ring);
		take_record(d, w->record);
	}
}

int uprobe_watch_drain(struct uprobe_watch *w, uprobe_mapped_fn *fn, void *ctx)
{
	struct drain d = {.fn = fn, .ctx = ctx};

	for (size_t i = 0; i < w->n_rings; i++)
		drain_ring(w, &w->rings[i], &d);
	return d.lost > INT_MAX ? INT_MAX : (int)d.lost;
}

/* ---- lifetime ---- */

/* Only mappings of code are told (mmap_data is not set), and only of files without a build id, which would
 * be in the place of device and inode (build_id is not set). */
static int open_ring(struct perf_ring *ring, int cpu)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_DUMMY,
		.mmap = 1,
		.mmap2 = 1,
		.exclude_kernel = 1,
		/* each record wakes: a probe is best in place before the program's first call */
		.watermark = 1,
		.wakeup_watermark = 1,
	};

	return perf_ring_open(ring, &attr, cpu, RING_PAGES);
}

/* false: errno. */
static bool add_cpus(struct uprobe_watch *w, int n_cpus)
{
	struct epoll_event event = {.events = EPOLLIN};

	for (int cpu = 0; cpu < n_cpus; cpu++) {
		struct perf_ring *ring = &w->rings[w->n_rings];
		int ret = open_ring(ring, cpu);

		if (ret == -ENODEV)
			continue; /* not online */
		errno = -ret;
		if (ret < 0)
			return false;
		w->n_rings++;
		if (epoll_ctl(w->epoll, EPOLL_CTL_ADD, ring->fd, &event) < 0)
			return false;
	}
	errno = ENODEV;
	return w->n_rings > 0;
}

static const char *reason(int error)
{
	switch (error) {
	case EACCES:
	case EPERM:
		return "it takes root, or CAP_PERFMON";
	case ENOSYS:
	case ENOENT:
	case EOPNOTSUPP:
	case ENODEV:
		return "this kernel has no perf events";
	default:
		return strerror(error);
	}
}

struct uprobe_watch *uprobe_watch_new(char *err, size_t err_size)
{
	int n_cpus = libbpf_num_possible_cpus();
	struct uprobe_watch *w = calloc(1, sizeof(*w));

	if (!w)
		goto failed;
	w->epoll = epoll_create1(EPOLL_CLOEXEC);
	w->rings = calloc(n_cpus > 0 ? (size_t)n_cpus : 1, sizeof(*w->rings));
	if (w->epoll >= 0 && w->rings && add_cpus(w, n_cpus))
		return w;
failed:
	snprintf(err, err_size, "cannot see which programs are started from now on: %s", reason(errno));
	uprobe_watch_free(w);
	return NULL;
}

void uprobe_watch_free(struct uprobe_watch *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < w->n_rings; i++)
		perf_ring_close(&w->rings[i]);
	free(w->rings);
	if (w->epoll >= 0)
		close(w->epoll);
	free(w);
}

int uprobe_watch_fd(const struct uprobe_watch *w)
{
	return w->epoll;
}
