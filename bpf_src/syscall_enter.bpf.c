/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * syscall_enter.bpf.c - tracepoint:syscalls:sys_enter_*: which socket, which
 * buffer, when.
 *
 * One program serves many calls.  The kernel refuses a program that reads
 * further into the record than the call has arguments, hence one program for
 * what three arguments tell and one that also reads the fourth.
 * TP_NR and TP_ARGS are where the self-test found the call's number and its
 * arguments (common/transport/tracepoint_layout.c).
 */

#define ARG(n) (*(u64 *)((void *)ctx + TP_ARGS + (n)*8))

/* Calls whose first three arguments are a descriptor, a pointer and a count. */
int on_enter(void *ctx)
{
	u32 nr = *(u32 *)(ctx + TP_NR), shape = SHAPE_BUFFER, dir = WIRE_TX;
	u64 sock, buffer = ARG(1), n = ARG(2);

	if (!wanted())
		return 0;
	if (nr == NR_recvmsg) { /* the count is its flags */
		if (n & (L7_MSG_PEEK | L7_MSG_OOB | L7_MSG_ERRQUEUE))
			return 0;
		shape = n & L7_MSG_TRUNC ? SHAPE_NONE : SHAPE_MSGHDR;
		n = 1;
	}
	sock = sock_of_fd(ARG(0));
	if (!sock)
		return 0;
	if (nr == NR_read || nr == NR_readv || nr == NR_preadv2 || nr == NR_recvmsg || nr == NR_recvfrom ||
	    nr == NR_recvmmsg)
		dir = WIRE_RX;
	if (nr == NR_readv || nr == NR_writev || nr == NR_preadv2 || nr == NR_pwritev2)
		shape = SHAPE_IOVEC;
	else if (nr == NR_sendmsg)
		shape = SHAPE_MSGHDR;
	else if (nr == NR_sendmmsg || nr == NR_recvmmsg)
		shape = SHAPE_MMSGHDR;
	enter_call(sock, buffer, n, shape, dir);
	return 0;
}

/* sendfile, splice, and reads that throw away what they read: bytes that no
 * buffer holds.  splice(fd_in, off_in, fd_out, ...) has a pipe at one end. */
int on_enter_dataless(void *ctx)
{
	u32 nr = *(u32 *)(ctx + TP_NR);
	u64 fd = ARG(0), sock = 0;
	u32 dir = nr == NR_recvfrom || nr == NR_recvmmsg ? WIRE_RX : WIRE_TX;

	if (!wanted())
		return 0;
	if (nr == NR_splice)
		fd = ARG(2);
#pragma nounroll
	for (int i = 0; i < 2; i++) {
		sock = sock_of_fd(fd);
		if (sock || nr != NR_splice)
			break;
		fd = ARG(0);
		dir = WIRE_RX;
	}
	if (sock)
		enter_call(sock, 0, 1, SHAPE_NONE, dir);
	return 0;
}

/* recvfrom and recvmmsg: their flags are the fourth argument. */
int on_enter_flags(void *ctx)
{
	u32 flags = ARG(3);

	if (flags & (L7_MSG_PEEK | L7_MSG_OOB | L7_MSG_ERRQUEUE))
		return 0;
	if (flags & L7_MSG_TRUNC)
		steps.call(ctx, STEP_ENTER_DATALESS);
	else
		steps.call(ctx, STEP_ENTER);
	return 0;
}
