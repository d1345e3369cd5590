/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skipped_runs.h - how often the kernel did not run a program.
 *
 * While a program's thread is preempted inside it, the kernel leaves out other
 * threads' runs of the same one on that CPU (kernel/bpf/trampoline.c,
 * kernel/trace/bpf_trace.c: prog->active), and counts them, since Linux 5.12.
 * Tracepoints call programs with preemption since 7.2.
 */
#ifndef L7SCOPE_SKIPPED_RUNS_H
#define L7SCOPE_SKIPPED_RUNS_H

#include <stddef.h>
#include <stdint.h>

/* The sum over these programs. */
uint64_t skipped_runs(const int *programs, size_t n);

#endif
