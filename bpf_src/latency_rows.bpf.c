/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * latency_rows.bpf.c - histograms, and which one an exchange is counted in.
 */

BPF_F_TABLE("hash", struct wire_latency_key, struct wire_latency, rows, LATENCY_ROWS, BPF_F_NO_PREALLOC);
/* What a new row is made of; nobody writes to it. */
BPF_ARRAY(empty_row, struct wire_latency, 1);
/* Which half of the rows is being filled. */
BPF_ARRAY(side, u32, 1);

/* Position of the highest bit set; v must not be 0. */
INLINE u32 highest_bit(u64 v)
{
	u32 n = 0, low;

	if (v >> 32)
		n = 32, v >>= 32;
	low = v;
	if (low >> 16)
		n += 16, low >>= 16;
	if (low >> 8)
		n += 8, low >>= 8;
	if (low >> 4)
		n += 4, low >>= 4;
	if (low >> 2)
		n += 2, low >>= 2;
	return n + (low >> 1);
}

/* common/base/histogram.h says which. */
INLINE u32 bucket_of(u64 us)
{
	u32 top;

	if (us >> WIRE_LATENCY_SUB_BITS == 0)
		return us;
	if (us >> WIRE_LATENCY_TOP_BITS)
		return WIRE_LATENCY_BUCKETS - 1;
	top = highest_bit(us) - WIRE_LATENCY_SUB_BITS;
	return ((top + 1) << WIRE_LATENCY_SUB_BITS) + (u32)(us >> top) - (1 << WIRE_LATENCY_SUB_BITS);
}

INLINE u32 ms_slot_of(u64 ms)
{
	u32 slot = ms > 1 ? highest_bit(ms) : 0;

	return slot < WIRE_LATENCY_MS_SLOTS ? slot : WIRE_LATENCY_MS_SLOTS - 1;
}

/* The row of that key, made when it is new; other keys' when there is no room. */
INLINE struct wire_latency *row_of(struct wire_latency_key *key)
{
	struct wire_latency *row = rows.lookup(key), *empty;
	struct wire_latency_key other = {};
	u32 zero = 0;

	if (row)
		return row;
	empty = empty_row.lookup(&zero);
	if (!empty)
		return 0;
	rows.insert(key, empty);
	row = rows.lookup(key);
	if (row)
		return row;
	other.other = 1;
	other.cpu = key->cpu;
	other.side = key->side;
	other.part = key->part;
	row = rows.lookup(&other);
	if (!row)
		count(WIRE_LOST_ROWS);
	return row;
}

/* &list[at], or &list[max - 1]; max is a constant.  Linux before 5.16 forgets the
 * bounds of a number that the compiler keeps on the stack, but not those of a
 * pointer: no such thing may come between the check and the addition. */
INLINE u64 *entry_of(u64 *list, u64 at, u64 max)
{
	void *entry = list;

	asm volatile("if %1 < %2 goto +1\n"
		     "%1 = %3\n"
		     "%1 <<= 3\n"
		     "%0 += %1"
		     : "+r"(entry), "+r"(at)
		     : "i"(max), "i"(max - 1));
	return entry;
}

/* Each CPU has its own rows; an interrupt's program may come in between, hence
 * atomic additions.  A reader that finds min or max outside of the filled
 * buckets knows that one was overtaken. */
INLINE void count_duration(struct wire_latency_key *key, u64 ns)
{
	struct wire_latency *row = row_of(key);
	u64 us = ns / 1000, *bucket, *slot;

	if (!row)
		return;
	if (ns < row->min_ns || !row->max_ns)
		row->min_ns = ns;
	if (ns > row->max_ns)
		row->max_ns = ns;
	bucket = entry_of(row->buckets, bucket_of(us), WIRE_LATENCY_BUCKETS);
	slot = entry_of(row->ms, ms_slot_of(us / 1000), WIRE_LATENCY_MS_SLOTS);
	__sync_fetch_and_add(&row->sum_ns, ns);
	__sync_fetch_and_add(slot, 1);
#ifdef LATENCY_SLO_NS
	if (ns <= LATENCY_SLO_NS)
		__sync_fetch_and_add(&row->within, 1);
#endif
	__sync_fetch_and_add(bucket, 1);
}

INLINE void make_key(struct wire_latency_key *key, struct conn *c, u16 status)
{
	u32 zero = 0, *now = side.lookup(&zero);

	__builtin_memset(key, 0, sizeof(*key));
	key->cpu = bpf_get_smp_processor_id();
	key->side = now ? *now : 0;
	if (LATENCY_BY & WIRE_BY_CONN)
		key->conn = c->id;
	if (LATENCY_BY & WIRE_BY_PID)
		key->pid = c->pid;
	if (LATENCY_BY & WIRE_BY_COMM)
		__builtin_memcpy(key->comm, c->comm, sizeof(key->comm));
	if (LATENCY_BY & WIRE_BY_ROLE)
		key->role = c->is_server ? 2 : 1;
	if (LATENCY_BY & WIRE_BY_STATUS)
		key->status = status;
	if (LATENCY_BY & WIRE_BY_CGROUP)
		key->cgroup = c->cgroup;
	if (LATENCY_BY & WIRE_BY_PEER) {
		key->family = c->family;
		__builtin_memcpy(key->peer, c->raddr, sizeof(key->peer));
	}
}

/* A response that tells of a server's failure. */
INLINE void count_failed(struct wire_latency_key *key, u16 status)
{
	struct wire_latency *row;

	if (!(LATENCY_BY & WIRE_BY_CONN) || status < 500)
		return;
	row = rows.lookup(key);
	if (row)
		__sync_fetch_and_add(&row->failed, 1);
}

/* Exchanges of this connection that ended without a complete response. */
INLINE void count_errors(struct conn *c, u64 n)
{
	struct wire_latency_key key;
	struct wire_latency *row;

	if (!n || !FILTER_STATUS(0))
		return;
	make_key(&key, c, 0);
	row = row_of(&key);
	if (row)
		__sync_fetch_and_add(&row->errors, n);
}
