/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * socket_functions.bpf.c - calls on sockets, by kprobes on TCP's functions, or
 * by fentry.
 *
 * Whoever calls comes by here: system calls of programs of 64 and 32 bits,
 * io_uring, sendfile, splice.  Where the data is tells the struct iov_iter
 * (include/linux/uio.h); an array of iovecs is the kernel's own copy.
 * Their returns are told by socket_lengths.bpf.c or socket_returns.bpf.c.
 */

#define ITER_ROOM 48 /* more than any kernel's struct iov_iter has, in its struct msghdr */
/* Until 5.13 the type is a bit, and bit 0 the direction. */
#define ITER_TYPE_MASK (L7_ITER_IOVEC == 4 ? 0xfe : 0xff)

#define IN_ITER(iter, member) (*(u64 *)((iter) + MEMBER_iov_iter_##member))
#ifdef FENTRY
#define PARAMETER(ctx, n) (((u64 *)(ctx))[n])
#else
#define PARAMETER(ctx, n)                                                                                    \
	(*(u64 *)((ctx) + ((n) == 0   ? MEMBER_pt_regs_di                                                    \
			   : (n) == 1 ? MEMBER_pt_regs_si                                                    \
			   : (n) == 2 ? MEMBER_pt_regs_dx                                                    \
			   : (n) == 3 ? MEMBER_pt_regs_cx                                                    \
				      : MEMBER_pt_regs_r8)))
#endif

/* What is neither one buffer nor iovecs of a program has no data that could be
 * shown: pages of sendfile, the kernel's own buffers. */
INLINE void enter_message(u64 sock, u64 msg, u64 n, u32 dir)
{
	u8 iter[ITER_ROOM] __attribute__((aligned(8)));
	u64 buffer = 0, offset;
	u32 type, shape = SHAPE_NONE;

	if (bpf_probe_read_kernel(iter, sizeof(iter), (void *)(msg + MEMBER_msghdr_msg_iter)))
		return;
	type = iter[MEMBER_iov_iter_type] & ITER_TYPE_MASK;
	offset = IN_ITER(iter, iov_offset);
	buffer = IN_ITER(iter, iov);
	if (L7_ITER_UBUF >= 0 && type == L7_ITER_UBUF) {
		shape = SHAPE_BUFFER;
		buffer += offset;
	} else if (type == L7_ITER_IOVEC && !offset) {
		shape = SHAPE_IOVEC;
		n = IN_ITER(iter, nr_segs);
	}
	enter_call(sock, buffer, n, shape, dir);
}

/* tcp_sendmsg(sk, msg, size), mptcp_sendmsg likewise */
int on_sendmsg(void *ctx)
{
	if (wanted())
		enter_message(PARAMETER(ctx, 0), PARAMETER(ctx, 1), PARAMETER(ctx, 2), WIRE_TX);
	return 0;
}

/* tcp_recvmsg(sk, msg, len, ..., flags, ...), mptcp_recvmsg likewise */
int on_recvmsg(void *ctx)
{
	u32 flags = PARAMETER(ctx, L7_RECV_FLAGS_ARG);

	if (!wanted() || flags & (L7_MSG_PEEK | L7_MSG_OOB | L7_MSG_ERRQUEUE))
		return 0;
	if (flags & L7_MSG_TRUNC) /* reads, and throws away what it reads */
		enter_call(PARAMETER(ctx, 0), 0, 1, SHAPE_NONE, WIRE_RX);
	else
		enter_message(PARAMETER(ctx, 0), PARAMETER(ctx, 1), PARAMETER(ctx, 2), WIRE_RX);
	return 0;
}
