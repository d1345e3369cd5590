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

/*
 * Called with the call's own n bytes passed.  One byte too many is no proof: a
 * FIN counts as one.  Less than nothing: another thread's call was ahead.
 */
INLINE void account_for_unseen(struct conn *c, struct direction *d, struct call *k, u32 n)
{
	u32 now, unseen;

	if (c->unpositioned)
		return;
	now = position(k->dir, k->sock);
	unseen = now - n - d->sequence;
	d->sequence = now;
	if ((s32)unseen <= 1)
		return;
	d->total += unseen;
	if (d->phase == PHASE_TO_CLOSE)
		d->first_ns = 0; /* when its last byte passed is not known */
	if (d->phase == PHASE_TO_CLOSE || d->phase == PHASE_TUNNEL)
		return;
	if ((d->phase == PHASE_BODY || d->phase == PHASE_CHUNK_DATA) && unseen < d->remaining) {
		d->remaining -= unseen;
	} else if (d->phase == PHASE_BODY && unseen == d->remaining) {
		on_unseen_end(c, d);
		d->remaining = 0;
		d->msg++;
		d->phase = PHASE_START;
	} else {
		count(WIRE_LOST_UNREADABLE);
		d->carry_len = d->mid_line = 0;
		d->phase = PHASE_LOST;
	}
}
