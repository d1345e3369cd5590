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
#include <sys/wait.h>
#include <unistd.h>

#include "transport/event_pieces.h"
#include "transport/events.h"
#include "transport/kernel_offer.h"
#include "transport/latency_rows.h"
#include "transport/loader.h"
#include "transport/probe_groups.h"

/* Close events held back until the data before them is handed over: as many
 * as the largest control buffer can hold; only what is used is resident. */
#define CLOSES_MAX 16384

/* Events handed over by one call, so that signals, time limits and loss reports
 * have their turn when events come faster than they are taken. */
#define EVENTS_PER_POLL 65536

struct capture {
	struct loaded loaded;
	struct ring_buffer *events, *control;
	struct wire_event *closes;
	struct wire_conn *conn; /* room for a whole value of the connection map, which begins with this */
	size_t n_closes;
	capture_event_fn *fn;
	void *ctx;
	int handed;
};

static int on_data(void *ctx, void *raw, size_t n)
{
	struct capture *c = ctx;

	c->handed += event_pieces(raw, n, c->fn, c->ctx);
	return c->handed < EVENTS_PER_POLL ? 0 : -EAGAIN;
}

static int on_close(void *ctx, void *raw, size_t n)
{
	struct capture *c = ctx;

	if (wire_event_valid(raw, n) && c->n_closes < CLOSES_MAX)
		c->closes[c->n_closes++] = *(const struct wire_event *)raw;
	return 0;
}

/* What is known to fail, told in one sentence instead of in libbcc's words. */
static bool explain_refusal(const struct capture_options *options, char *err, size_t err_size)
{
	struct kernel_offer o;
	bool no_headers, needs_headers;

	kernel_offer_read(&o, NULL);
	no_headers = o.headers != OFFER_HEADERS_EXACT && o.kheaders == OFFER_KHEADERS_NONE;
	needs_headers =
		options->headers == HEADERS_KERNEL || (options->headers == HEADERS_AUTO && o.btf_size == 0);
	if (options->probes == PROBES_FENTRY)
		snprintf(err, err_size,
			 "fentry probes are not built yet: use --probes=auto, tracepoint or kprobe");
	else if (options->probes == PROBES_KPROBE && o.kprobe_type < 0)
		snprintf(
			err, err_size,
			"this kernel has no kprobes (CONFIG_KPROBE_EVENTS): use --probes=auto or tracepoint");
	else if (options->transport == TRANSPORT_PERF)
		snprintf(err, err_size,
			 "the perf buffer transport is not built yet: use --transport=auto or ring");
	else if (!kernel_offer_may_trace(&o))
		snprintf(err, err_size, "tracing needs root, or CAP_BPF and CAP_PERFMON: run it with sudo");
	else if (o.lockdown == OFFER_LOCKDOWN_CONFIDENTIALITY)
		snprintf(err, err_size,
			 "this kernel is locked down (confidentiality): BPF may not read its memory");
	else if (options->headers == HEADERS_BTF && o.btf_size == 0)
		snprintf(err, err_size,
			 "this kernel has no BTF (CONFIG_DEBUG_INFO_BTF): try --headers=kernel");
	else if (needs_headers && no_headers)
		snprintf(err, err_size,
			 "there are no kernel headers of %s here: install its headers "
			 "package, or "
			 "give a directory with --headers=DIR",
			 o.release);
	else if (o.ring_buffer == OFFER_NO)
		snprintf(err, err_size, "this kernel has no BPF ring buffer (Linux 5.8 has)");
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

static bool open_rings(struct capture *c)
{
	c->events = ring_buffer__new(c->loaded.maps[MAP_EVENTS], on_data, c, NULL);
	c->control = ring_buffer__new(c->loaded.maps[MAP_CONTROL], on_close, c, NULL);
	return c->events && c->control;
}

struct capture *capture_start(const struct capture_options *options, char *err, size_t err_size)
{
	struct capture *c = calloc(1, sizeof(*c));

	if (!c || !(c->closes = malloc(CLOSES_MAX * sizeof(*c->closes)))) {
		snprintf(err, err_size, "out of memory");
		free(c);
		return NULL;
	}
	if (explain_refusal(options, err, err_size) || loader_run(options, &c->loaded, err, err_size) < 0) {
		free(c->closes);
		free(c);
		return NULL;
	}
	if (!make_room_for_conn(c))
		snprintf(err, err_size, "cannot use the connection map: %s", strerror(errno));
	else if (!open_rings(c))
		snprintf(err, err_size, "cannot map the ring buffer: %s", strerror(errno));
	else if (c->loaded.uses & USE_LATENCY && latency_rows_prepare(&c->loaded) < 0)
		snprintf(err, err_size, "cannot make the kernel's histograms: %s", strerror(errno));
	else
		return c;
	capture_free(c);
	return NULL;
}

/*
 * Closes are taken first and handed over last: all data a connection sent
 * before its close is in the data buffer by then.  When that was not emptied,
 * they wait for the call that empties it.
 */
int capture_poll(struct capture *c, int timeout_ms, capture_event_fn *fn, void *ctx)
{
	struct epoll_event ready;
	int n;

	if (timeout_ms > 0)
		epoll_wait(ring_buffer__epoll_fd(c->events), &ready, 1, timeout_ms);
	waitpid(c->loaded.child, NULL, WNOHANG);
	c->fn = fn;
	c->ctx = ctx;
	c->handed = 0;
	if (c->n_closes == 0 && ring_buffer__consume(c->control) < 0)
		return errno == EINTR ? 0 : -1;
	n = ring_buffer__consume(c->events);
	if (n == -EAGAIN)
		return c->handed;
	if (n < 0)
		return errno == EINTR ? 0 : -1;
	for (size_t i = 0; i < c->n_closes; i++)
		fn(ctx, &c->closes[i], NULL);
	n = c->handed + c->n_closes;
	c->n_closes = 0;
	return n;
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
	free(values);
}

int capture_latency_take(struct capture *c, capture_latency_fn *fn, void *ctx)
{
	return latency_rows_take(&c->loaded, fn, ctx);
}

bool capture_measures_queue(const struct capture *c)
{
	return c->loaded.measures_queue;
}

const char *capture_description(const struct capture *c)
{
	return c->loaded.description;
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
 * child inherits them and exits, while this process's own closes, not being
 * the last, return at once.
 */
static void close_in_background(const int *fds, int n)
{
	if (n && fork() == 0) {
		/* whoever reads our output must see its end now */
		for (int fd = 0; fd <= STDERR_FILENO; fd++)
			close(fd);
		_exit(0);
	}
	for (int i = 0; i < n; i++)
		close(fds[i]);
}

void capture_detach(struct capture *c)
{
	close_in_background(c->loaded.links, c->loaded.n_links);
	c->loaded.n_links = 0;
}

void capture_free(struct capture *c)
{
	if (!c)
		return;
	capture_detach(c);
	ring_buffer__free(c->events);
	ring_buffer__free(c->control);
	for (int i = 0; i < LOADED_MAPS; i++) {
		if (c->loaded.maps[i] >= 0)
			close(c->loaded.maps[i]);
	}
	waitpid(c->loaded.child, NULL,
		WNOHANG); /* it may still be giving back LLVM's memory: not worth a wait */
	free(c->conn);
	free(c->closes);
	free(c);
}

char *capture_ebpf_text(const struct capture_options *options)
{
	char err[256];

	return loader_text(options, err, sizeof(err));
}
