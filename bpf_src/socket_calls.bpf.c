/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * socket_calls.bpf.c - calls on sockets, by the socket layer's own tracepoints
 * (raw_tracepoint: sock_send_length, sock_recv_length since Linux 6.3,
 * tcp_sendmsg_locked since 6.16).
 *
 * Other calls than those on sockets pay nothing, and the socket is given.
 * What is not given is the caller's buffer: it is in the registers that the
 * caller entered the kernel with.
 */

#define L7_USER_CS 0x33 /* the code segment of 64-bit programs (arch/x86/include/asm/segment.h) */

/* The user's registers: of a thread that has none (of the kernel), cs is not L7_USER_CS. */
struct caller {
	u64 nr, args[4];
	u64 cs;
};

#define REGISTER(to, regs, member)                                                                           \
	asm volatile("%0 = *(u64 *)(%1 + %2)" : "=r"(to) : "r"(regs), "i"(MEMBER_pt_regs_##member))

INLINE void read_caller(struct caller *c)
{
	void *regs = (void *)bpf_task_pt_regs(bpf_get_current_task_btf());

	REGISTER(c->nr, regs, orig_ax);
	REGISTER(c->args[0], regs, di);
	REGISTER(c->args[1], regs, si);
	REGISTER(c->args[2], regs, dx);
	REGISTER(c->args[3], regs, r10);
	REGISTER(c->cs, regs, cs);
}

/* How the arguments of a call point to its data; SHAPE_NONE: no way to it. */
INLINE u32 shape_of(struct caller *c)
{
	u64 nr = c->nr;

	if ((c->cs & 0xffff) != L7_USER_CS)
		return SHAPE_NONE;
	if (nr == NR_read || nr == NR_write || nr == NR_recvfrom || nr == NR_sendto)
		return SHAPE_BUFFER;
	if (nr == NR_readv || nr == NR_writev || nr == NR_preadv2 || nr == NR_pwritev2)
		return SHAPE_IOVEC;
	if (nr == NR_recvmsg || nr == NR_sendmsg)
		return SHAPE_MSGHDR;
	/* of several messages it does not say which one this is */
	if ((nr == NR_recvmmsg || nr == NR_sendmmsg) && (u32)c->args[2] == 1)
		return SHAPE_MSGHDR;
	return SHAPE_NONE;
}

/* Threads inside a send, and since when.  A thread that shares its place with
 * another one may lose it; the time is then unknown. */
#define SENDING 16384
struct sending {
	u64 id, sock, entry_ns;
};
BPF_ARRAY(sending, struct sending, SENDING);

/* raw_tracepoint:tcp_sendmsg_locked(sk, msg, skb, size_goal): comes for each
 * buffer that a call fills; the first counts. */
int on_send_begin(struct bpf_raw_tracepoint_args *ctx)
{
	u64 id = bpf_get_current_pid_tgid(), sock = ctx->args[0];
	u32 place = id & (SENDING - 1);
	struct sending *s;

	if (!caller_wanted(id >> 32))
		return 0;
	s = sending.lookup(&place);
	if (!s || (s->id == id && s->sock == sock && s->entry_ns))
		return 0;
	s->id = id;
	s->sock = sock;
	s->entry_ns = bpf_ktime_get_ns();
	return 0;
}

INLINE u64 entry_of_send(u64 id, u64 sock)
{
	u32 place = id & (SENDING - 1);
	struct sending *s = sending.lookup(&place);
	u64 ns;

	if (!s || s->id != id || s->sock != sock)
		return 0;
	ns = s->entry_ns;
	s->entry_ns = 0;
	return ns;
}

/* raw_tracepoint:sock_send_length(sk, ret, flags) */
int on_sent(struct bpf_raw_tracepoint_args *ctx)
{
	u64 id = bpf_get_current_pid_tgid();
	struct caller caller = {};
	struct call k = {};

	if (!caller_wanted(id >> 32) || !is_attached())
		return 0;
	k.sock = ctx->args[0];
	k.dir = WIRE_TX;
	k.entry_ns = entry_of_send(id, k.sock);
	read_caller(&caller);
	k.buffer = caller.args[1];
	k.count = caller.args[2];
	k.shape = shape_of(&caller);
	if (!inside_tls(k.sock, k.buffer, k.shape))
		follow_call(ctx, &k, (s32)ctx->args[1]);
	return 0;
}

/* raw_tracepoint:sock_recv_length(sk, ret, flags) */
int on_received(struct bpf_raw_tracepoint_args *ctx)
{
	u32 flags = ctx->args[2];
	struct caller caller = {};
	struct call k = {};

	if (!caller_wanted(bpf_get_current_pid_tgid() >> 32) || !is_attached())
		return 0;
	if (flags & (L7_MSG_PEEK | L7_MSG_OOB | L7_MSG_ERRQUEUE))
		return 0;
	k.sock = ctx->args[0];
	k.dir = WIRE_RX;
	read_caller(&caller);
	k.buffer = caller.args[1];
	k.shape = flags & L7_MSG_TRUNC ? SHAPE_NONE : shape_of(&caller);
	/* recvmsg's third argument is its flags */
	k.count = k.shape == SHAPE_MSGHDR ? 1 : caller.args[2];
	if (!inside_tls(k.sock, k.buffer, k.shape))
		follow_call(ctx, &k, (s32)ctx->args[1]);
	return 0;
}
