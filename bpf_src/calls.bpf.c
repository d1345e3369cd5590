/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * calls.bpf.c - calls under way: what their entry tells is kept for their
 * return.
 */

/* Entered calls: threads inside a traced call at one moment. */
BPF_TABLE("hash", u64, struct call, calls, 16384);

/* A return that never came, since as many threads were inside the function as a kretprobe has room for. */
INLINE void note_missed_return(u64 id)
{
#ifdef RETURNS
	if (calls.lookup(&id))
		count(WIRE_LOST_RETURNS);
#endif
}

INLINE void enter_call(u64 sock, u64 buffer, u32 n, u32 shape, u32 dir)
{
	u64 id = bpf_get_current_pid_tgid();
	struct call k = {};

	if (!is_attached() || inside_tls(sock, buffer, shape))
		return;
	k.sock = sock;
	k.entry_ns = bpf_ktime_get_ns();
	k.buffer = buffer;
	k.count = n;
	k.shape = shape;
	k.dir = dir;
	note_missed_return(id);
	if (calls.update(&id, &k))
		count(WIRE_LOST_CALLS_FULL);
}

INLINE int wanted(void)
{
	return caller_wanted(bpf_get_current_pid_tgid() >> 32);
}

/* n: what the call returned; sock: on which socket, 0 when that is not known. */
INLINE void return_call(void *ctx, u64 sock, s64 n)
{
	u64 id = bpf_get_current_pid_tgid();
	struct call *entered, k;

	if (!FILTER_PID(id >> 32)) /* spares other processes the look-up */
		return;
	entered = calls.lookup(&id);
	if (!entered || (sock && entered->sock != sock))
		return;
	k = *entered;
	calls.delete(&id);
	follow_call(ctx, &k, n);
}

/* raw_tracepoint:sched_process_exit: a thread killed inside a system call never
 * reaches the tracepoint of its exit. */
int on_thread_exit(struct bpf_raw_tracepoint_args *ctx)
{
	u64 id = bpf_get_current_pid_tgid();

	note_missed_return(id);
	calls.delete(&id);
	return 0;
}
