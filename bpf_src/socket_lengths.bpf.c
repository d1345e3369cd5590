/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * socket_lengths.bpf.c - raw_tracepoint:sock_send_length, sock_recv_length
 * (Linux 6.3): how a call on a socket has ended, however many threads are in
 * one.
 */

/* (sk, ret, flags) of both */
int on_length(struct bpf_raw_tracepoint_args *ctx)
{
	return_call(ctx, ctx->args[0], (s32)ctx->args[1]);
	return 0;
}
