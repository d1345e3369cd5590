/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loader_build.h - what the compile child makes, step by step, and the steps
 * after compiling.
 */
#ifndef L7SCOPE_LOADER_BUILD_H
#define L7SCOPE_LOADER_BUILD_H

#include <stddef.h>
#include <stdint.h>

#include "transport/capture.h"
#include "transport/kernel_functions.h"
#include "transport/loader.h"
#include "transport/object.h"

/* What NUMBER(i) of the text is: this first, then the pids that are asked for. */
#define NUMBER_SELF 0
#define NUMBERS_MAX (1 + CAPTURE_LIST_MAX)

struct build {
	const struct capture_options *options;
	const char *tracefs; /* NULL: not needed */
	struct kernel_functions functions;
	uint32_t numbers[NUMBERS_MAX];
	size_t n_numbers;
	struct object *object;
	int map_fds[OBJECT_MAPS_MAX];
	int fds[OBJECT_PROGRAMS_MAX]; /* -1: loaded where it is attached */
	struct loaded loaded;
	char *err; /* one sentence when a step fails */
	size_t err_size;
};

__attribute__((format(printf, 2, 3))) void build_describe(struct build *b, const char *format, ...);

/* "what: why", and what to do about it.  Returns -1. */
int build_fail(struct build *b, const char *what, int error);

/* So that capture.h can ask the kernel about it.  More than there is room for are not asked about. */
void build_keep_program(struct build *b, int fd);

/* Makes the object's maps and loads its programs.  0 or -1. */
int build_load(struct build *b);

/* Puts them on their places.  0 or -1. */
int build_attach(struct build *b);

#endif
