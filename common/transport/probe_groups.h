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

/* The text is compiled in two parts at once; this tells which need a piece. */
enum piece_parts {
	PART_FIRST = 1,
	PART_SECOND = 2,
	PART_BOTH = PART_FIRST | PART_SECOND,
};

struct piece_use {
	const char *file; /* "maps.bpf.c" */
	enum piece_parts parts;
};

struct probe_group {
	const char *name;
	const struct piece_use *pieces;	   /* ends with a file of NULL; in the order they are joined */
	const struct attach_point *points; /* ends with a program of NULL */
};

/* NULL: no such group. */
const struct probe_group *probe_group_find(const char *name);

#endif
