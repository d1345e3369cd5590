/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * emit.bpf.c - HTTP/1: user space follows the messages itself.
 *
 * latency.bpf.c has the same functions for a tool that needs no events of them.
 */

/* A tool may want nothing of HTTP/1 but to know where it turns into HTTP/2. */
#ifdef ONLY_HTTP2
#define SHIPS_DATA 0
#else
#define SHIPS_DATA 1
#endif

INLINE void on_message_begin(struct run *r, struct conn *c, struct direction *d)
{
}

INLINE void on_head_end(struct run *r, struct conn *c, struct direction *d)
{
}

INLINE void on_message_end(struct run *r, struct conn *c, struct direction *d)
{
}

INLINE void forget_sock(u64 sock)
{
}

INLINE void settle_run(struct run *r, struct conn *c, struct direction *d)
{
}

INLINE void on_unseen_end(struct conn *c, struct direction *d)
{
}

/* Where the numbers are guessed, user space may know them. */
INLINE int may_find_place(struct conn *c)
{
	return 1;
}

INLINE void on_place_found(struct conn *c)
{
}

INLINE void count_unseen(struct direction *d)
{
}

INLINE void begin_event(struct run *r, struct conn *c, struct call *k)
{
	if (SHIPS_DATA)
		begin_shipping(r, c, k);
}

INLINE void emit_data(void *ctx, struct run *r, struct conn *c, u64 len)
{
	if (SHIPS_DATA)
		ship_data(ctx, r, c, len);
}

INLINE void end_of_input(void *ctx, struct run *r, struct conn *c)
{
	if (SHIPS_DATA)
		ship_end_of_input(ctx, r, c);
}

INLINE void close_conn(void *ctx, struct conn *c, u64 sock, u32 reason)
{
	if (SHIPS_DATA || c->http2)
		ship_close(ctx, c, sock, reason);
	drop_conn(sock);
}
