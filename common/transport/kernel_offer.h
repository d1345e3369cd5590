/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kernel_offer.h - what this kernel and this process's rights offer a tracer.
 *
 * Read once at start, from files of /proc, /sys and /lib/modules and by making
 * one small map: about half a millisecond, no program is loaded.  What only
 * an attempt can tell is OFFER_TRY, never a guess.
 */
#ifndef L7SCOPE_KERNEL_OFFER_H
#define L7SCOPE_KERNEL_OFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* UTS_RELEASE is at most 64 characters. */
#define OFFER_RELEASE_LEN 65
#define OFFER_PATH_LEN	  256

/* Where to look; a NULL member means the usual place.  Tests give their own. */
struct kernel_offer_roots {
	const char *proc;    /* /proc */
	const char *sys;     /* /sys */
	const char *modules; /* /lib/modules */
	const char *release; /* as uname -r prints it */
};

enum offer_state {
	OFFER_NO,
	OFFER_YES,
	OFFER_TRY, /* only an attempt can tell */
};

enum offer_headers {
	OFFER_HEADERS_NONE,
	OFFER_HEADERS_OTHER, /* in this release's place, but they say they are of another one */
	OFFER_HEADERS_EXACT,
};

enum offer_kheaders {
	OFFER_KHEADERS_NONE,
	OFFER_KHEADERS_MODULE, /* `modprobe kheaders` would make them appear */
	OFFER_KHEADERS_READY,
};

enum offer_tracefs {
	OFFER_TRACEFS_NOT_MOUNTED,
	OFFER_TRACEFS_DENIED, /* mounted, but this process may not look inside */
	OFFER_TRACEFS_READY,
};

enum offer_lockdown {
	OFFER_LOCKDOWN_UNKNOWN, /* not compiled in, or securityfs is not mounted */
	OFFER_LOCKDOWN_NONE,
	OFFER_LOCKDOWN_INTEGRITY,
	OFFER_LOCKDOWN_CONFIDENTIALITY, /* BPF may not read kernel memory */
};

struct kernel_offer {
	char release[OFFER_RELEASE_LEN];

	uint64_t btf_size; /* of the running kernel's type information; 0: none, or not readable */
	enum offer_headers headers;
	char headers_dir[OFFER_PATH_LEN]; /* "" for OFFER_HEADERS_NONE */
	enum offer_kheaders kheaders;

	enum offer_tracefs tracefs;
	char tracefs_dir[OFFER_PATH_LEN]; /* "" when not mounted */
	int kprobe_type;		  /* of its perf event source; -1: this kernel has no kprobes */
	int uprobe_type;		  /* likewise */
	enum offer_state fentry;	  /* NO without BTF, else TRY: lockdown and ftrace decide at load */
	enum offer_state ring_buffer;	  /* TRY when we are not allowed to make a map */

	enum offer_lockdown lockdown;
	uint64_t capabilities;	       /* effective; bit numbers are the CAP_* of <linux/capability.h> */
	int unprivileged_bpf_disabled; /* 0, 1, 2 as in the sysctl; -1: unknown */
	bool initial_pid_ns; /* pids mean the same to us and to the kernel side; false also when unknown */
};

/* `roots` may be NULL. */
void kernel_offer_read(struct kernel_offer *o, const struct kernel_offer_roots *roots);

bool kernel_offer_has_capability(const struct kernel_offer *o, int capability);

/* Does the process have what tracing needs: CAP_SYS_ADMIN, or CAP_BPF with CAP_PERFMON (Linux 5.8)? */
bool kernel_offer_may_trace(const struct kernel_offer *o);

/* Can the kernel make one (BPF_MAP_TYPE_RINGBUF, Linux 5.8)?  TRY: we may not make a map. */
enum offer_state kernel_offer_ring_buffer(void);

struct tracepoint_query {
	const char *category, *name;
	bool present; /* the answer: it exists and its id can be read */
};

/* Fills in the answers.  Returns how many are missing. */
size_t kernel_offer_tracepoints(const struct kernel_offer *o, struct tracepoint_query *queries, size_t n);

bool tracepoint_exists(const struct kernel_offer *o, const char *category, const char *name);

/* Where a member lies in the record that a tracepoint program gets.  Some
 * distributions' kernels shift them, so they are read rather than assumed.
 * -1: no such tracepoint or member. */
int tracepoint_field_offset(const struct kernel_offer *o, const char *category, const char *name,
			    const char *field);

struct tracepoint_field {
	int offset, size;
	bool is_signed;
};

/* From the text of a tracepoint's `format` file.  false: no such member. */
bool tracepoint_field_parse(const char *format, const char *field, struct tracepoint_field *out);

/* "unknown", "none", "integrity", "confidentiality". */
const char *offer_lockdown_name(enum offer_lockdown lockdown);

#endif
