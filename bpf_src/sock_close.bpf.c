/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * sock_close.bpf.c - the end of connections.
 */

#define L7_SHUTDOWN_BOTH 3
#define L7_EPIPE	 32
#define L7_ECONNRESET	 104
#define L7_ETIMEDOUT	 110

/* Of another program type than `steps`, where calls are followed by syscall tracepoints. */
BPF_PROG_ARRAY(closers, 1);

/*
 * raw_tracepoint:inet_sock_set_state(sk, oldstate, newstate).
 *
 * close() shuts both halves before it changes the state; shutdown(SHUT_WR)
 * shuts one.  A state change with both shut is the local end's last word.
 * TCP_CLOSE without is a reset or a timeout: it may come inside a call that
 * still returns bytes, so the connection is kept until its owner's next call
 * returns, or until the socket is destroyed.
 */
int on_sock_state(struct bpf_raw_tracepoint_args *ctx)
{
	u64 sock = ctx->args[0], key = key_of_sock(sock);
	int state = ctx->args[2], error = 0;
	struct conn *c = conns.lookup(&key);
	u8 shutdown = 0;
	u32 reason = WIRE_CLOSE_LOCAL;

	if (!c || (state != L7_TCP_CLOSE && state != L7_TCP_FIN_WAIT1 && state != L7_TCP_LAST_ACK))
		return 0;
	READ_MEMBER(shutdown, sock, sock_sk_shutdown);
	READ_MEMBER(error, sock, sock_sk_err);
	if (error == L7_ECONNRESET)
		reason = WIRE_CLOSE_RESET;
	else if (error == L7_EPIPE) /* net/ipv4/tcp_input.c, tcp_reset(): in CLOSE_WAIT */
		reason = WIRE_CLOSE_RESET_AFTER_END;
	else if (error == L7_ETIMEDOUT)
		reason = WIRE_CLOSE_TIMEOUT;
	if (shutdown == L7_SHUTDOWN_BOTH || state == L7_TCP_CLOSE)
		c->reason = reason;
	if (shutdown == L7_SHUTDOWN_BOTH)
		closers.call(ctx, 0);
	else if (state == L7_TCP_CLOSE)
		c->ended = 1;
	return 0;
}

/* raw_tracepoint:tcp_destroy_sock(sk) */
int on_sock_destroy(struct bpf_raw_tracepoint_args *ctx)
{
	u64 sock = ctx->args[0], key = key_of_sock(sock);
	struct conn *c = conns.lookup(&key);

	forget_sock(sock);
	if (c)
		closers.call(ctx, 0);
	return 0;
}

#define L7_PF_EXITING 4

/* What is inside a write returns from it, unless its process is ending. */
INLINE int awaits_writers(struct conn *c)
{
	u64 task = bpf_get_current_task();
	u32 flags = 0;

	if (!c->writers)
		return 0;
	READ_MEMBER(flags, task, task_struct_flags);
	return !(flags & L7_PF_EXITING);
}

/* What both go on in. */
int on_closed(struct bpf_raw_tracepoint_args *ctx)
{
	u64 key = key_of_sock(ctx->args[0]);
	struct conn *c = conns.lookup(&key);

	if (c && awaits_writers(c))
		c->ended = 1;
	else if (c)
		close_conn(ctx, c, key, c->reason);
	return 0;
}
