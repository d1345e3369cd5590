/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * syscall_exit.bpf.c - tracepoint:syscalls:sys_exit_*: the calls that
 * syscall_enter.bpf.c took note of.
 */

int on_exit(void *ctx)
{
	u64 id = bpf_get_current_pid_tgid();
	s64 n = *(s64 *)(ctx + TP_RET);
	struct call *entered, k;

	if (!FILTER_PID(id >> 32)) /* spares other processes the look-up */
		return 0;
	entered = calls.lookup(&id);
	if (!entered)
		return 0;
	k = *entered;
	calls.delete(&id);
	follow_call(ctx, &k, n);
	return 0;
}

/* raw_tracepoint:sched_process_exit: a thread killed inside a call never
 * reaches the call's exit. */
int on_thread_exit(struct bpf_raw_tracepoint_args *ctx)
{
	u64 id = bpf_get_current_pid_tgid();

	calls.delete(&id);
	return 0;
}
