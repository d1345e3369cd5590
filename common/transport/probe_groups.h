/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe_groups.h - which pieces of BPF text a tool needs, and where their
 * programs attach: data, so that a test can compare it with what the compiler
 * found.
 */
#ifndef L7SCOPE_PROBE_GROUPS_H
#define L7SCOPE_PROBE_GROUPS_H

#include <stdbool.h>
#include <stddef.h>

enum attach_kind {
	ATTACH_TRACEPOINT,     /* category, event */
	ATTACH_RAW_TRACEPOINT, /* event */
	ATTACH_TAIL_CALL,      /* category: the program array; event: index in it */
};

struct attach_point {
	enum attach_kind kind;
	const char *category, *event;
	const char *program;
	bool optional; /* not on every kernel: its absence is said, not fatal */
};

struct probe_group {
	const char *name;
	const char *const *pieces;	   /* NULL-ended, "maps.bpf.c": in the order they are joined */
	const struct attach_point *points; /* ends with a program of NULL */
};

/* NULL: no such group. */
const struct probe_group *probe_group_find(const char *name);

#endif
