/* SPDX-License-Identifier: Apache-2.0 */
/*
 * program_times.h - how often BPF programs ran, and how long, as the kernel
 * counts it.
 *
 * It counts only while somebody wants it: whoever holds program_times_begin()'s
 * descriptor, or all the time with kernel.bpf_stats_enabled=1.  Reading the
 * clock twice a run costs some 50 nanoseconds, part of which is in the times.
 */
#ifndef L7SCOPE_PROGRAM_TIMES_H
#define L7SCOPE_PROGRAM_TIMES_H

#include <stddef.h>

#include "transport/capture.h"

/* A descriptor, -1: it counts without one.  Less: not to be had, with one sentence in err. */
#define PROGRAM_TIMES_REFUSED (-2)
int program_times_begin(char *err, size_t err_size);

/* Adds those of these descriptors to list[n], programs of one name in one row.  Returns the new n, which is
 * at most CAPTURE_PROGRAMS_MAX. */
size_t program_times_add(struct capture_program *list, size_t n, const int *programs, size_t n_programs);

#endif
