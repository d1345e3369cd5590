/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe_groups.h - which pieces of BPF text a run needs, and where their
 * programs attach: data, so that a test can compare it with what the compiler
 * found.
 *
 * There is one list of pieces and one of attach points.  Each row says what it
 * is for; a run takes the rows whose purposes it all has.
 */
#ifndef L7SCOPE_PROBE_GROUPS_H
#define L7SCOPE_PROBE_GROUPS_H

#include <stdbool.h>
#include <stddef.h>

#include "transport/capture.h"
#include "transport/kernel_members.h"

enum attach_kind {
	ATTACH_TRACEPOINT,     /* category, event */
	ATTACH_RAW_TRACEPOINT, /* event */
	ATTACH_TAIL_CALL,      /* category: the program array; event: index in it */
	ATTACH_RAW_TAIL_CALL,  /* likewise, from raw tracepoints only */
	ATTACH_KPROBE,	       /* event: the kernel's function, at its entry */
	ATTACH_KRETPROBE,      /* ... when it returns */
	ATTACH_FENTRY,	       /* event: the kernel's function, at its entry */
	ATTACH_FEXIT,	       /* ... when it returns, with its arguments */
	ATTACH_UPROBE,	       /* functions of libraries, as they are found: see uprobe_hooks.h */
};

/* What a run does, and by which probes. */
enum probe_use {
	USE_EVENTS = 0x01,	/* HTTP messages go to user space (those of HTTP/2 always do) */
	USE_LATENCY = 0x02,	/* HTTP/1 exchanges are timed and counted in the kernel */
	USE_BREAKDOWN = 0x04,	/* ... and what precedes them */
	USE_SYSCALLS = 0x08,	/* calls are followed by syscall tracepoints */
	USE_SOCKETS = 0x10,	/* ... by tracepoints of the socket layer */
	USE_ONLY_HTTP2 = 0x20,	/* of the messages only those of HTTP/2 */
	USE_CONNS = 0x40,	/* every TCP connection that ends is told (WIRE_GONE) */
	USE_FUNCTIONS = 0x80,	/* calls are followed by probes on TCP's functions ... */
	USE_LENGTHS = 0x100,	/* ... whose ends are told by tracepoints of the socket layer */
	USE_RETURNS = 0x200,	/* ... by probes on their returns */
	USE_KPROBES = 0x1000,	/* the probes on functions are kprobes and kretprobes */
	USE_FENTRY = 0x2000,	/* ... are fentry and fexit */
	USE_TLS = 0x4000,	/* plain text of TLS libraries is followed, too */
	USE_NO_TLS = 0x8000,	/* ... is not */
	USE_RING = 0x10000,	/* events come through ring buffers */
	USE_PERF = 0x20000,	/* ... through a perf buffer for each CPU */
	USE_HEADERS = 0x40000,	/* header lists of HTTP/2 are taken from programs, too */
	USE_MAY_GOTO = 0x80000, /* the verifier walks loops only until nothing new comes */
};

struct attach_point {
	enum attach_kind kind;
	const char *category, *event;
	const char *program;
	unsigned uses;
	bool optional; /* not on every kernel: its absence is said, not fatal */
};

/* The text is compiled in two parts at once; this tells which need a piece. */
enum piece_parts {
	PART_FIRST = 1,
	PART_SECOND = 2,
	PART_BOTH = PART_FIRST | PART_SECOND,
};

struct piece_use {
	const char *file; /* "maps.bpf.c" */
	enum piece_parts parts;
	unsigned uses;
};

extern const struct piece_use probe_pieces[];	 /* ends with a file of NULL; in the order they are joined */
extern const struct attach_point probe_points[]; /* ends with a program of NULL; in the order they attach */

/* Those that `--probes socket` asks for. */
bool probe_offers_sockets(const struct kernel_tracepoints *have);

/*
 * The USE_* of a run on a kernel that has these tracepoints.  0: a group's
 * name in options->groups is unknown.
 */
unsigned probe_uses(const struct capture_options *options, const struct kernel_tracepoints *have);

/* "syscall and socket tracepoints": how such a run follows calls. */
const char *probe_words(unsigned uses);

/* Does a run with these uses take the row with those? */
static inline bool probe_applies(unsigned run, unsigned row)
{
	return (run & row) == row;
}

#endif
