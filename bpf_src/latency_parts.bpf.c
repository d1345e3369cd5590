/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * latency_parts.bpf.c - what happens before an exchange begins: data arrives,
 * a connection opens.
 */

#define L7_TCP_SYN_SENT 2

/* raw_tracepoint:sk_data_ready(sk), since Linux 6.3 */
int on_data_ready(struct bpf_raw_tracepoint_args *ctx)
{
	u64 sock = ctx->args[0], now = bpf_ktime_get_ns();

	if (!readable.lookup(&sock))
		readable.update(&sock, &now);
	return 0;
}

/* raw_tracepoint:inet_sock_set_state(sk, oldstate, newstate) */
int on_opening(struct bpf_raw_tracepoint_args *ctx)
{
	u64 sock = ctx->args[0], now = bpf_ktime_get_ns(), *since;
	int from = ctx->args[1], to = ctx->args[2];

	if (to == L7_TCP_SYN_SENT) {
		opening.update(&sock, &now);
	} else if (from == L7_TCP_SYN_SENT) {
		since = opening.lookup(&sock);
		if (since && to == L7_TCP_ESTABLISHED)
			*since = (now - *since) | OPENED;
		else
			opening.delete(&sock);
	}
	return 0;
}
