/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * socket_returns.bpf.c - kretprobe or fexit of the functions of
 * socket_functions.bpf.c.
 *
 * For a kretprobe, as many threads as the kernel has room for can be inside one
 * of them; the return of others goes unseen.
 *
 * And functions whose ends only these tell; else TCP's sequence numbers show
 * what they moved (positions.bpf.c).
 */

/* tcp_sendpage(sk, page, offset, size, flags) */
int on_sendpage(void *ctx)
{
	if (wanted())
		enter_call(PARAMETER(ctx, 0), 0, 1, SHAPE_NONE, WIRE_TX);
	return 0;
}

/* tcp_splice_read(socket, position, pipe, len, flags) */
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

/* What the function returned.  fexit has it behind the arguments, of which KIND() is the number (the
 * verifier takes no computed offset here; a helper that tells it came with Linux 5.17). */
#define PARAMETER_AT(to, ctx, n) asm volatile("%0 = *(u64 *)(%1 + %2)" : "=r"(to) : "r"(ctx), "i"((n)*8))

INLINE s32 returned(void *ctx)
{
#ifdef FENTRY
	u64 value;
	u32 arguments;

	KIND(arguments);
	if (arguments == 3)
		PARAMETER_AT(value, ctx, 3);
	else if (arguments == 5)
		PARAMETER_AT(value, ctx, 5);
	else
		PARAMETER_AT(value, ctx, 6);
	return value;
#else
	return *(u64 *)(ctx + MEMBER_pt_regs_ax);
#endif
}

int on_return(void *ctx)
{
	return_call(ctx, 0, returned(ctx));
	return 0;
}
