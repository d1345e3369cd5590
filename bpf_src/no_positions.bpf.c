/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * no_positions.bpf.c - in the place of positions.bpf.c where the probes see
 * every byte.
 */

INLINE int has_ulp(u64 sock)
{
	return 0;
}

INLINE void note_position(struct conn *c, struct direction *d, u32 dir, u64 sock)
{
}

INLINE u32 unseen_before(struct conn *c, struct direction *d, struct call *k, u32 n)
{
	return 0;
}

INLINE u32 unseen_at_end(struct conn *c, u64 sock)
{
	return 0;
}

INLINE int has_unseen(struct conn *c, u64 sock)
{
	return 0;
}
