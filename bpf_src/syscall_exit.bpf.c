/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * syscall_exit.bpf.c - tracepoint:syscalls:sys_exit_*: the calls that
 * syscall_enter.bpf.c took note of.
 */

int on_exit(void *ctx)
{
	return_call(ctx, 0, *(s64 *)(ctx + TP_RET));
	return 0;
}
