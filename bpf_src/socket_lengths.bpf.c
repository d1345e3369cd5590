/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * socket_lengths.bpf.c - tracepoint:sock:sock_send_length, sock_recv_length
 * (Linux 6.3): how a call on a socket has ended, however many threads are in
 * one.  Not the raw ones: since Linux 7.2 the kernel may preempt these, and
 * leaves out what then comes on the same CPU.
 */

/* Where the record of both has sk and ret, tells tracefs (common/transport/kernel_offer.h). */
int on_length(void *ctx)
{
	return_call(ctx, *(u64 *)(ctx + LENGTH_SK), *(s32 *)(ctx + LENGTH_RET));
	return 0;
}
