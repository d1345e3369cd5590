/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tracepoint_layout.h - where a syscall tracepoint's record holds its values.
 *
 * The context of a syscalls:* program is not the record the format file
 * describes but struct syscall_tp_t (kernel/trace/trace_syscalls.c), and
 * RHEL's and RT kernels shift it; wrong offsets give plausible garbage.  So a
 * call with known arguments is made and its record looked at.
 */
#ifndef L7SCOPE_TRACEPOINT_LAYOUT_H
#define L7SCOPE_TRACEPOINT_LAYOUT_H

#include <stddef.h>

struct tracepoint_layout {
	int nr;	  /* offset of the syscall's number */
	int args; /* of the first argument, 8 bytes each */
	int ret;  /* of the return value in sys_exit records */
	/* of the socket and of the length in those of sock:sock_send_length and sock_recv_length */
	int length_sk, length_ret;
};

/* Without a shift: what all mainline kernels have. */
#define TRACEPOINT_LAYOUT_USUAL                                                                              \
	((struct tracepoint_layout){.nr = 8, .args = 16, .ret = 16, .length_sk = 8, .length_ret = 20})

/* Of the socket's tracepoints, as tracefs tells it.  Returns 0, or -1 with one sentence in err. */
int tracepoint_layout_read_lengths(const char *tracefs, struct tracepoint_layout *layout, char *err,
				   size_t err_size);

/* Of those of system calls.  Returns 0, or -1 with one sentence in err.  tracefs: where it is mounted. */
int tracepoint_layout_measure(const char *tracefs, struct tracepoint_layout *layout, char *err,
			      size_t err_size);

#endif
