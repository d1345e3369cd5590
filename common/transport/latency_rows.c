/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/latency_rows.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/membarrier.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "transport/probe_groups.h"

/* Where membarrier() is not to be had (nohz_full): far longer than a program runs. */
#define GRACE_NS 20000000

/* A hash map compares all bytes of a key: there must be no padding in it. */
_Static_assert(sizeof(struct wire_latency_key) == 64, "size of wire_latency_key");
_Static_assert(WIRE_LATENCY_BUCKETS == (WIRE_LATENCY_TOP_BITS - WIRE_LATENCY_SUB_BITS + 1)
					       << WIRE_LATENCY_SUB_BITS,
	       "buckets from 0 to 2^WIRE_LATENCY_TOP_BITS");

int latency_rows_prepare(const struct loaded *l)
{
	static const struct wire_latency empty;
	int cpus = libbpf_num_possible_cpus();
	int parts = l->uses & USE_BREAKDOWN ? WIRE_PARTS : 1;

	for (int i = 0; i < 2 * cpus * parts; i++) {
		struct wire_latency_key key = {
			.other = 1, .side = i & 1, .cpu = i / 2 % cpus, .part = i / 2 / cpus};

		if (bpf_map_update_elem(l->maps[MAP_ROWS], &key, &empty, BPF_ANY) < 0)
			return -1;
	}
	return 0;
}

/* Programs that saw the old side have ended when this returns: the barrier waits
 * for an RCU grace period (kernel/sched/membarrier.c). */
static void wait_for_programs(void)
{
	struct timespec grace = {0, GRACE_NS};

	if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) < 0)
		nanosleep(&grace, NULL);
}

/* Returns the side that was filled until now; -1 (errno). */
static int change_sides(const struct loaded *l)
{
	uint32_t zero = 0, side, next;

	if (bpf_map_lookup_elem(l->maps[MAP_SIDE], &zero, &side) < 0)
		return -1;
	next = !side;
	if (bpf_map_update_elem(l->maps[MAP_SIDE], &zero, &next, BPF_ANY) < 0)
		return -1;
	wait_for_programs();
	return side;
}

/* The keys of one side: a list the caller frees.  Nobody adds to that side any more. */
static int list_keys(int map, int side, struct wire_latency_key **keys, size_t *n)
{
	struct wire_latency_key key, *grown;
	void *from = NULL;

	*keys = NULL;
	*n = 0;
	for (; bpf_map_get_next_key(map, from, &key) == 0; from = &key) {
		if (key.side != side)
			continue;
		if ((*n & (*n - 1)) == 0) { /* room for a power of two is full */
			grown = realloc(*keys, (*n ? *n * 2 : 1) * sizeof(**keys));
			if (!grown)
				return -1;
			*keys = grown;
		}
		(*keys)[(*n)++] = key;
	}
	return errno == ENOENT ? 0 : -1;
}

static int take_row(int map, const struct wire_latency_key *key, capture_latency_fn *fn, void *ctx)
{
	static const struct wire_latency empty;
	struct wire_latency row;

	if (bpf_map_lookup_elem(map, key, &row) < 0)
		return -1;
	for (int i = 0; i < WIRE_LATENCY_BUCKETS; i++)
		row.count += row.buckets[i];
	if (row.count || row.errors)
		fn(ctx, key, &row);
	if (key->other)
		return bpf_map_update_elem(map, key, &empty, BPF_ANY);
	return bpf_map_delete_elem(map, key);
}

int latency_rows_take(const struct loaded *l, capture_latency_fn *fn, void *ctx)
{
	int map = l->maps[MAP_ROWS], side = change_sides(l), ret = 0;
	struct wire_latency_key *keys;
	size_t n;

	if (side < 0)
		return -1;
	if (list_keys(map, side, &keys, &n) < 0)
		ret = -1;
	for (size_t i = 0; ret == 0 && i < n; i++)
		ret = take_row(map, &keys[i], fn, ctx);
	free(keys);
	return ret;
}
