/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/capture.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "transport/header_hooks.h"
#include "transport/kernel_offer.h"
#include "transport/latency_rows.h"
#include "transport/loader.h"
#include "transport/perf_reader.h"
#include "transport/probe_groups.h"
#include "transport/program_times.h"
#include "transport/ring_reader.h"
#include "transport/skipped_runs.h"
#include "transport/tls_dead.h"
#include "transport/uprobes.h"

/* A look at ten thousand connections takes some milliseconds. */
#define DROP_DEAD_S 10
/* More than it takes to close some hundred descriptors that are not the last of their files. */
#define CLOSING_MS 10000

struct capture {
	struct loaded loaded;
	struct ring_reader *ring; /* one of these two */
	struct perf_reader *perf;
	bool detached;
	int closed;	 /* eventfd: see close_in_background(); made before calls are forbidden */
	bool drops_dead; /* every DROP_DEAD_S */
	time_t next_drop_s;
	int times;		 /* held while the kernel times programs; -1: not by us */
	struct uprobes *uprobes; /* NULL: TLS is not traced */
	capture_event_fn *fn;	 /* while events are handed over */
	void *ctx;
	struct header_hooks hooks;
	char *description;
	struct wire_conn *conn; /* room for a whole value of the connection map, which begins with this */
};

static void on_event(void *ctx, const struct wire_event *event, const uint8_t *data)
{
	struct capture *c = ctx;

	if (event->kind != WIRE_HEADERS || header_hooks_take(&c->hooks, event, data))
		c->fn(c->ctx, event, data);
}

/* What is known to fail, told in one sentence instead of in libbcc's words. */
static bool explain_refusal(const struct capture_options *options, const struct kernel_offer *offer,
			    char *err, size_t err_size)
{
	bool no_headers, needs_headers;

	no_headers = offer->headers != OFFER_HEADERS_EXACT && offer->kheaders == OFFER_KHEADERS_NONE;
	needs_headers = options->headers == HEADERS_KERNEL ||
			(options->headers == HEADERS_AUTO && offer->btf_size == 0);
	if (options->probes == PROBES_FENTRY && offer->fentry == OFFER_NO)
		snprintf(err, err_size,
			 "this kernel has no BTF, which fentry needs: use --probes=auto or tracepoint");
	else if (options->probes == PROBES_KPROBE && offer->kprobe_type < 0)
		snprintf(
			err, err_size,
			"this kernel has no kprobes (CONFIG_KPROBE_EVENTS): use --probes=auto or tracepoint");
	else if (!kernel_offer_may_trace(offer))
		snprintf(err, err_size, "tracing needs root, or CAP_BPF and CAP_PERFMON: run it with sudo");
	else if (offer->lockdown == OFFER_LOCKDOWN_CONFIDENTIALITY)
		snprintf(err, err_size,
			 "this kernel is locked down (confidentiality): BPF may not read its memory");
	else if (options->headers == HEADERS_BTF && offer->btf_size == 0)
		snprintf(err, err_size,
			 "this kernel has no BTF (CONFIG_DEBUG_INFO_BTF): try --headers=kernel");
	else if (needs_headers && no_headers)
		snprintf(err, err_size,
			 "there are no kernel headers of %s here: install its headers "
			 "package, or "
			 "give a directory with --headers=DIR",
			 offer->release);
	else if (options->transport == TRANSPORT_RING && offer->ring_buffer == OFFER_NO)
		snprintf(err, err_size,
			 "this kernel has no BPF ring buffer (Linux 5.8 has): use --transport=auto or perf");
	else
		return false;
	return true;
}

static bool make_room_for_conn(struct capture *c)
{
	struct bpf_map_info info = {0};
	uint32_t n = sizeof(info);

	if (bpf_obj_get_info_by_fd(c->loaded.maps[MAP_CONNS], &info, &n) < 0)
		return false;
	c->conn = malloc(info.value_size);
	return c->conn != NULL && info.value_size >= sizeof(*c->conn);
}

static bool open_reader(struct capture *c)
{
	const int *maps = c->loaded.maps;

	if (c->loaded.uses & USE_PERF)
		c->perf = perf_reader_new(maps[MAP_EVENTS], maps[MAP_CONTROL]);
	else
		c->ring = ring_reader_new(maps[MAP_EVENTS], maps[MAP_CONTROL]);
	return c->perf || c->ring;
}

/* A kernel without uprobes, or a process without the right, traces all the same; the description says it. */
static void start_uprobes(struct capture *c, const struct capture_options *options, char *why,
			  size_t why_size)
{
	struct uprobes_input in = {
		.programs = c->loaded.uprobes,
		.holds = c->loaded.maps[MAP_TLS_HOLDS],
		.pids = options->filter.pids,
		.n_pids = options->filter.n_pids,
	};

	if (c->loaded.uses & USE_TLS)
		c->uprobes = uprobes_new(&in, why, why_size);
	else
		snprintf(why, why_size, "--no-tls");
}

static bool describe(struct capture *c, const char *no_tls)
{
	const char *tls = c->uprobes ? uprobes_description(c->uprobes) : NULL;
	int n;

	if (tls)
		n = asprintf(&c->description, "%s%s", c->loaded.description, tls);
	else
		n = asprintf(&c->description, "%sTLS: not traced: %s\n", c->loaded.description, no_tls);
	return n >= 0;
}

static void free_times(const struct capture *c)
{
	if (c->times >= 0)
		close(c->times);
}

struct capture *capture_start(const struct capture_options *options, char *err, size_t err_size)
{
	struct capture *c = calloc(1, sizeof(*c));
	char no_tls[256] = "";
	struct kernel_offer offer;

	kernel_offer_read(&offer, NULL);
	if (!c) {
		snprintf(err, err_size, "out of memory");
		return NULL;
	}
	c->closed = eventfd(0, EFD_CLOEXEC);
	c->times = options->times ? program_times_begin(err, err_size) : -1;
	if (c->times == PROGRAM_TIMES_REFUSED || explain_refusal(options, &offer, err, err_size) ||
	    loader_run(options, &c->loaded, err, err_size) < 0) {
		close(c->closed);
		free_times(c);
		free(c);
		return NULL;
	}
	c->hooks.map = c->loaded.maps[MAP_HEADERS_HOOKS];
	start_uprobes(c, options, no_tls, sizeof(no_tls));
	c->drops_dead = c->uprobes && offer.initial_pid_ns;
	if (!make_room_for_conn(c) || !describe(c, no_tls))
		snprintf(err, err_size, "cannot use the connection map: %s", strerror(errno));
	else if (!open_reader(c))
		snprintf(err, err_size, "cannot map the buffers of events: %s", strerror(errno));
	else if (c->loaded.uses & USE_LATENCY && latency_rows_prepare(&c->loaded) < 0)
		snprintf(err, err_size, "cannot make the kernel's histograms: %s", strerror(errno));
	else
		return c;
	capture_free(c);
	return NULL;
}

/* The compile child, when it has given back LLVM's memory; `how`: WNOHANG, or 0. */
static void reap_child(struct capture *c, int how)
{
	if (c->loaded.child > 0 && waitpid(c->loaded.child, NULL, how) != 0)
		c->loaded.child = 0;
}

static void drop_dead(struct capture *c)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec < c->next_drop_s)
		return;
	c->next_drop_s = now.tv_sec + DROP_DEAD_S;
	tls_dead_drop(c->loaded.maps[MAP_CONNS], c->conn);
}

int capture_poll(struct capture *c, int timeout_ms, capture_event_fn *fn, void *ctx)
{
	struct epoll_event ready;

	if (timeout_ms > 0)
		epoll_wait(c->perf ? perf_reader_fd(c->perf) : ring_reader_fd(c->ring), &ready, 1,
			   timeout_ms);
	reap_child(c, WNOHANG);
	if (c->uprobes)
		uprobes_poll(c->uprobes);
	if (c->drops_dead)
		drop_dead(c);
	c->fn = fn;
	c->ctx = ctx;
	return c->perf ? perf_reader_take(c->perf, c->detached, on_event, c)
		       : ring_reader_take(c->ring, on_event, c);
}

/* What the kernel told the program that sent it, or in the buffer: it is the same loss. */
static void count_lost(struct capture *c, uint64_t counters[WIRE_COUNTERS])
{
	uint64_t data = perf_reader_lost_data(c->perf), closes = perf_reader_lost_closes(c->perf);

	if (counters[WIRE_LOST_RING_FULL] < data)
		counters[WIRE_LOST_RING_FULL] = data;
	if (counters[WIRE_LOST_CONTROL_FULL] < closes)
		counters[WIRE_LOST_CONTROL_FULL] = closes;
}

void capture_counters(struct capture *c, uint64_t counters[WIRE_COUNTERS])
{
	int cpus = libbpf_num_possible_cpus();
	uint64_t *values = cpus > 0 ? calloc(cpus, sizeof(*values)) : NULL;

	memset(counters, 0, sizeof(*counters) * WIRE_COUNTERS);
	for (uint32_t i = 0; values && i < WIRE_COUNTERS; i++) {
		if (bpf_map_lookup_elem(c->loaded.maps[MAP_COUNTERS], &i, values))
			continue;
		for (int cpu = 0; cpu < cpus; cpu++)
			counters[i] += values[cpu];
	}
	if (c->perf)
		count_lost(c, counters);
	counters[WIRE_LOST_SKIPPED] += skipped_runs(c->loaded.programs, c->loaded.n_programs);
	counters[WIRE_LOST_SKIPPED] +=
		c->loaded.uses & USE_TLS ? skipped_runs(c->loaded.uprobes, UPROBE_PROGRAMS) : 0;
	free(values);
}

size_t capture_programs(struct capture *c, struct capture_program list[CAPTURE_PROGRAMS_MAX])
{
	size_t n = program_times_add(list, 0, c->loaded.programs, c->loaded.n_programs);

	reap_child(c, 0);
	return c->loaded.uses & USE_TLS ? program_times_add(list, n, c->loaded.uprobes, UPROBE_PROGRAMS) : n;
}

int capture_latency_take(struct capture *c, capture_latency_fn *fn, void *ctx)
{
	return latency_rows_take(&c->loaded, fn, ctx);
}

const char *capture_notice(struct capture *c)
{
	return header_hooks_notice(&c->hooks);
}

bool capture_measures_queue(const struct capture *c)
{
	return c->loaded.measures_queue;
}

const char *capture_description(const struct capture *c)
{
	return c->description;
}

bool capture_conn_alive(struct capture *c, uint64_t sock, uint64_t conn)
{
	return bpf_map_lookup_elem(c->loaded.maps[MAP_CONNS], &sock, c->conn) == 0 && c->conn->id == conn;
}

int capture_conns(struct capture *c, capture_conn_fn *fn, void *ctx)
{
	uint64_t sock, *from = NULL;

	while (bpf_map_get_next_key(c->loaded.maps[MAP_CONNS], from, &sock) == 0) {
		/* one that goes meanwhile is no failure */
		if (bpf_map_lookup_elem(c->loaded.maps[MAP_CONNS], &sock, c->conn) == 0)
			fn(ctx, c->conn);
		from = &sock;
	}
	return errno == ENOENT ? 0 : -1;
}

/*
 * Closing a tracepoint's last descriptor waits for an RCU grace period, one
 * after the other under a global lock: 30 of them take a second or two.  So a
 * child inherits them and exits when this process has closed its own, which,
 * not being the last, return at once.
 */
static void close_in_background(int closed, const int *fds, int n)
{
	struct pollfd ready = {.fd = closed, .events = POLLIN};
	uint64_t yes = 1;

	if (n && fork() == 0) {
		/* whoever reads our output must see its end now */
		for (int fd = 0; fd <= STDERR_FILENO; fd++)
			close(fd);
		poll(&ready, 1, CLOSING_MS);
		_exit(0);
	}
	for (int i = 0; i < n; i++)
		close(fds[i]);
	if (write(closed, &yes, sizeof(yes)) < 0)
		return; /* the child waits no longer than it has to */
}

void capture_detach(struct capture *c)
{
	int *links = NULL;
	size_t n = c->uprobes ? uprobes_take_links(c->uprobes, &links) : 0;
	int *all = realloc(links, (n + c->loaded.n_links + 1) * sizeof(*all));

	c->detached = true;
	if (!all) {
		free(links); /* the exit of this process closes them */
		return;
	}
	memcpy(all + n, c->loaded.links, c->loaded.n_links * sizeof(*all));
	close_in_background(c->closed, all, n + c->loaded.n_links);
	free(all);
	c->loaded.n_links = 0;
}

void capture_free(struct capture *c)
{
	if (!c)
		return;
	capture_detach(c);
	ring_reader_free(c->ring);
	perf_reader_free(c->perf);
	for (int i = 0; i < LOADED_MAPS; i++) {
		if (c->loaded.maps[i] >= 0)
			close(c->loaded.maps[i]);
	}
	for (int i = 0; i < c->loaded.n_programs; i++)
		close(c->loaded.programs[i]);
	for (int i = 0; c->loaded.uses & USE_TLS && i < UPROBE_PROGRAMS; i++)
		close(c->loaded.uprobes[i]);
	reap_child(c, WNOHANG);
	close(c->closed);
	uprobes_free(c->uprobes);
	free(c->description);
	free(c->conn);
	free_times(c);
	free(c);
}

char *capture_ebpf_text(const struct capture_options *options)
{
	char err[256];

	return loader_text(options, err, sizeof(err));
}
