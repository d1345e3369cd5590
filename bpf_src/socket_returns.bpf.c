/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * socket_returns.bpf.c - kretprobe of the functions of socket_functions.bpf.c.
 *
 * As many threads as the kernel has room for can be inside one of them; the
 * return of others goes unseen.
 *
 * And functions whose ends only these tell; else TCP's sequence numbers show
 * what they moved (positions.bpf.c).
 */

/* kprobe:tcp_sendpage(sk, page, offset, size, flags) */
int on_sendpage(void *ctx)
{
	if (wanted())
		enter_call(PARAMETER(ctx, 0), 0, 1, SHAPE_NONE, WIRE_TX);
	return 0;
}

/* kprobe:tcp_splice_read(socket, position, pipe, len, flags) */
int on_splice_read(void *ctx)
{
	u64 sock = 0;

	if (!wanted())
		return 0;
	READ_MEMBER(sock, PARAMETER(ctx, 0), socket_sk);
	if (sock)
		enter_call(sock, 0, 1, SHAPE_NONE, WIRE_RX);
	return 0;
}

int on_return(void *ctx)
{
	return_call(ctx, 0, (s32) * (u64 *)(ctx + MEMBER_pt_regs_ax));
	return 0;
}
