/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * positions.bpf.c - bytes that passed in ways no probe of this run sees.
 *
 * The socket's tracepoints do not come for splice from a socket, and do not
 * say where the data of sendmmsg, recvmmsg and io_uring is.  TCP's sequence
 * numbers tell how many bytes that were.
 */

/* Kernel TLS: what is written is not what TCP counts. */
INLINE int has_ulp(u64 sock)
{
	u64 ulp = 0;

	READ_MEMBER(ulp, sock, inet_connection_sock_icsk_ulp_ops);
	return ulp != 0;
}

INLINE u32 position(u32 dir, u64 sock)
{
	u32 now = 0;

	if (dir == WIRE_RX)
		READ_MEMBER(now, sock, tcp_sock_copied_seq);
	else
		READ_MEMBER(now, sock, tcp_sock_write_seq);
	return now;
}

INLINE void note_position(struct conn *c, struct direction *d, u32 dir, u64 sock)
{
	if (!c->unpositioned)
		d->sequence = position(dir, sock);
}

/* Bytes that passed since the last call, without the n of this one, which are
 * noted.  One too many is no proof: a FIN counts as one.  Less than nothing:
 * another thread's call was ahead. */
INLINE u32 unseen_before(struct conn *c, struct direction *d, struct call *k, u32 n)
{
	u32 now, unseen;

	if (c->unpositioned)
		return 0;
	now = position(k->dir, k->sock);
	unseen = now - n - d->sequence;
	d->sequence = now;
	return (s32)unseen > 1 ? unseen : 0;
}

/* Bytes that were read since the last call, now that no other one follows.  A FIN has a number, too, and was
 * read with the last byte. */
INLINE u32 unseen_at_end(struct conn *c, u64 sock)
{
	struct direction *d = &c->dir[WIRE_RX];
	u32 now, received = 0, unseen;
	u64 flags = 0;

	if (c->unpositioned)
		return 0;
	now = position(WIRE_RX, sock);
	READ_MEMBER(flags, sock, sock_sk_flags);
	READ_MEMBER(received, sock, tcp_sock_rcv_nxt);
	unseen = now - d->sequence - (now == received && flags >> L7_SOCK_DONE & 1);
	d->sequence = now;
	return (s32)unseen > 0 ? unseen : 0;
}

/* Have bytes passed unseen since the last call? */
INLINE int has_unseen(struct conn *c, u64 sock)
{
	return !c->unpositioned && ((s32)(position(WIRE_RX, sock) - c->dir[WIRE_RX].sequence) > 1 ||
				    (s32)(position(WIRE_TX, sock) - c->dir[WIRE_TX].sequence) > 1);
}
