/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * last_reads.bpf.c - what the last call on this CPU has read of a connection of
 * HTTP/2: who is given that next works for the connection.
 */

#define READ_FRONT 16

struct last_read {
	u64 thread; /* 0: the others are not to be used */
	u64 sock;   /* what the connection is followed as */
	u64 buffer, n;
	u64 front[READ_FRONT / 8];
};

/* Of all programs, unlike `runs`. */
BPF_PERCPU_ARRAY(last_reads, struct last_read, 1);

INLINE void note_read(struct call *k, s64 n)
{
	u32 zero = 0;
	struct last_read *last = last_reads.lookup(&zero);

	if (!last || n <= 0 || k->dir != WIRE_RX || k->shape != SHAPE_BUFFER)
		return;
	last->thread = 0;
	FORGET();
	last->sock = k->sock;
	last->buffer = k->buffer;
	last->n = n;
	if (n >= READ_FRONT)
		bpf_probe_read_user(last->front, READ_FRONT, (void *)k->buffer);
	FORGET();
	last->thread = bpf_get_current_pid_tgid();
}

/* Are these n bytes of what was read there, or a copy of all of it? */
INLINE int was_read(struct last_read *last, u64 address, u64 n)
{
	u64 front[READ_FRONT / 8] = {};

	if (address - last->buffer < last->n)
		return 1;
	if (n != last->n || n < READ_FRONT)
		return 0;
	bpf_probe_read_user(front, READ_FRONT, (void *)address);
	return front[0] == last->front[0] && front[1] == last->front[1];
}

/* The connection whose bytes the current thread has read last, if it is these; 0: not known. */
INLINE u64 sock_of_read(u64 address, u64 n)
{
	u32 zero = 0;
	struct last_read *last = last_reads.lookup(&zero);

	if (!last || last->thread != bpf_get_current_pid_tgid() || !was_read(last, address, n))
		return 0;
	/* one without addresses may be anybody's */
	return last->sock & KEY_NO_SOCK ? 0 : last->sock & ~7ULL;
}
