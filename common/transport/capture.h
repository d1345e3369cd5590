/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture.h - from options to raw events: compile, load, attach, drain.
 *
 * The BPF text is compiled and loaded by a short-lived child process, which
 * hands over file descriptors; the caller never has LLVM in its memory.
 */
#ifndef L7SCOPE_CAPTURE_H
#define L7SCOPE_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire.h"

struct capture; /* opaque */

enum headers_from { HEADERS_AUTO, HEADERS_BTF, HEADERS_KERNEL, HEADERS_DIR };
enum probes_from { PROBES_AUTO, PROBES_TRACEPOINT, PROBES_SOCKET, PROBES_FENTRY, PROBES_KPROBE };
enum transport_kind { TRANSPORT_AUTO, TRANSPORT_RING, TRANSPORT_PERF };

/* More values than this belong into a file or a second run; also keeps the
 * generated comparison chains short enough for the verifier. */
#define CAPTURE_LIST_MAX 64

struct capture_cidr {
	uint8_t family; /* AF_INET, AF_INET6 */
	uint8_t addr[16];
	uint8_t prefix; /* bits: 0..32 or 0..128 */
};

/* What the kernel side lets through.  An empty list (n == 0) lets all pass;
 * the members are joined by AND, the values of one list by OR. */
struct capture_filter {
	uint32_t pids[CAPTURE_LIST_MAX];
	size_t n_pids;
	char comms[CAPTURE_LIST_MAX][WIRE_COMM_LEN]; /* NUL-terminated */
	size_t n_comms;
	uint32_t uids[CAPTURE_LIST_MAX];
	size_t n_uids;
	uint16_t lports[CAPTURE_LIST_MAX];
	size_t n_lports;
	uint16_t rports[CAPTURE_LIST_MAX];
	size_t n_rports;
	struct capture_cidr peers[CAPTURE_LIST_MAX];
	size_t n_peers;
	uint64_t cgroups[CAPTURE_LIST_MAX]; /* cgroup v2 ids */
	size_t n_cgroups;
	bool only_ipv4, only_ipv6;
	bool only_client, only_server;
};

/* Statuses low..high, both inclusive; 0, 0: no response. */
struct capture_status {
	uint16_t low, high;
	bool negated; /* takes away from what the others let through */
};

/* What the probe group "http_latency" keeps in the kernel; other groups ignore it. */
struct capture_latency {
	unsigned by; /* WIRE_BY_*: what rows are told apart by */
	bool breakdown;
	bool ttfb;	 /* up to the response's first byte instead of its last */
	uint64_t slo_ns; /* 0: none */
	/* terms that are not negated are joined by OR; none of these: all pass */
	struct capture_status statuses[CAPTURE_LIST_MAX];
	size_t n_statuses;
};

struct capture_options {
	struct capture_filter filter;
	struct capture_latency latency;
	enum headers_from headers;
	const char *headers_dir; /* HEADERS_DIR */
	enum probes_from probes;
	enum transport_kind transport;
	bool no_tls;		   /* do not look for the plain text of TLS connections */
	bool times;		   /* the kernel is to time the programs: capture_programs() */
	const char *const *groups; /* NULL-ended names of probe groups, see probe_groups.h */
};

/*
 * Loads and attaches.  Returns NULL on failure with one plain sentence in err.
 * Needs root or CAP_BPF + CAP_PERFMON; arguments must have been validated.
 */
struct capture *capture_start(const struct capture_options *options, char *err, size_t err_size);

/* Called for each event in the order it happened; the event and its data are
 * valid only during the call.  `event->len` bytes of data follow at `data`. */
typedef void capture_event_fn(void *ctx, const struct wire_event *event, const uint8_t *data);

/* Events handed over by one call, so that signals, time limits and loss reports
 * have their turn when events come faster than they are taken. */
#define CAPTURE_EVENTS_PER_POLL 65536

/* Waits up to timeout_ms (or until the buffer is a quarter full), then hands
 * over all that is there.  Returns the number of events, -1 on failure
 * (errno; EINTR is not a failure and returns 0). */
int capture_poll(struct capture *c, int timeout_ms, capture_event_fn *fn, void *ctx);

/* Sums of the kernel's per-CPU counters, indexed by enum wire_counter. */
void capture_counters(struct capture *c, uint64_t counters[WIRE_COUNTERS]);

/* One row of the kernel's histograms; valid only during the call. */
typedef void capture_latency_fn(void *ctx, const struct wire_latency_key *key,
				const struct wire_latency *row);

/*
 * Hands over all rows counted since the last call, and clears them: every
 * exchange is in exactly one call's rows.  The same key may come several times
 * (once for each CPU).  Waits for programs under way: some milliseconds.
 * Returns 0, -1 on failure (errno).  Only with the group "http_latency".
 */
int capture_latency_take(struct capture *c, capture_latency_fn *fn, void *ctx);

/* Can this run measure how long data lay in the socket unread? */
bool capture_measures_queue(const struct capture *c);

/* One line each for -v: "types: BTF ...", "probes: ...".  Valid until capture_free. */
const char *capture_description(const struct capture *c);

/* A sentence for the user about what this run turned out not to be able to do; NULL: nothing new.  Valid
 * until the next call. */
const char *capture_notice(struct capture *c);

/* How often the kernel's connection map still holds this connection: used by
 * the garbage collection of user-space tables.  false: gone. */
bool capture_conn_alive(struct capture *c, uint64_t sock, uint64_t conn);

/* A connection the kernel side follows; valid only during the call. */
typedef void capture_conn_fn(void *ctx, const struct wire_conn *conn);

/* Calls fn for each; those that come or go meanwhile may be missing, none comes
 * twice unless it went in between.  Returns 0, -1 on failure (errno). */
int capture_conns(struct capture *c, capture_conn_fn *fn, void *ctx);

/* What programs of one name have taken: all zero unless options->times, or the kernel does it anyway. */
struct capture_program {
	char name[32];
	uint64_t runs, ns;
};

#define CAPTURE_PROGRAMS_MAX 40
/* Returns how many there are.  The compile child has ended by then: getrusage() tells of it. */
size_t capture_programs(struct capture *c, struct capture_program list[CAPTURE_PROGRAMS_MAX]);

/* Begins to detach: it takes the kernel a second or two, in the background, during which events still
 * come.  What is in the buffer can still be polled. */
void capture_detach(struct capture *c);
void capture_free(struct capture *c);

/* The composed BPF text, as --ebpf prints it.  Owned by the caller (free). NULL: out of memory. */
char *capture_ebpf_text(const struct capture_options *options);

/* --check: prints to stdout what this kernel offers, what would be attached and
 * what would be missing.  Returns 0 when the tool can run, else 1. */
int capture_check(const struct capture_options *options);

#endif
