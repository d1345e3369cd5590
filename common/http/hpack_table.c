/* SPDX-License-Identifier: Apache-2.0 */
#include "http/hpack_table.h"

#include <stdlib.h>

/* What an entry counts beyond its bytes (RFC 7541 4.1) */
#define ENTRY_OVERHEAD 32
/* The first allocations: a gRPC connection's table needs no more. */
#define BYTES_MIN 512
#define SLOTS_MIN 16

void hpack_table_init(struct hpack_table *t, uint32_t max, uint32_t keep)
{
	*t = (struct hpack_table){.max = max, .keep = keep, .older = max == HPACK_MAX_UNKNOWN};
}

void hpack_table_release(struct hpack_table *t)
{
	free(t->bytes);
	free(t->entries);
}

static void empty(struct hpack_table *t)
{
	t->n = t->size = t->live = t->end = 0;
}

void hpack_table_forget(struct hpack_table *t)
{
	empty(t);
	t->max = HPACK_MAX_UNKNOWN;
	t->older = true;
}

/* 1 is the newest; index <= n, or one that is about to be used. */
static inline struct hpack_entry *entry(const struct hpack_table *t, uint32_t index)
{
	return &t->entries[(t->inserted - index) & (t->slots - 1)];
}

bool hpack_table_get(const struct hpack_table *t, uint32_t index, struct bytes *name, struct bytes *value)
{
	const struct hpack_entry *e;
	const uint8_t *p;

	if (index == 0 || index > t->n)
		return false;
	e = entry(t, index);
	p = t->bytes + (uint32_t)(e->at - t->base);
	*name = bytes_of(e->name_known ? p : NULL, e->name_n);
	*value = bytes_of(p + e->name_n, e->value_n);
	return true;
}

static void evict(struct hpack_table *t)
{
	const struct hpack_entry *e = entry(t, t->n--);

	t->live -= e->name_n + e->value_n;
	t->size -= e->name_n + e->value_n + ENTRY_OVERHEAD;
	if (t->n == 0)
		empty(t);
}

static inline uint32_t bound(const struct hpack_table *t)
{
	return t->max < t->keep ? t->max : t->keep;
}

void hpack_table_resize(struct hpack_table *t, uint32_t max)
{
	t->max = max;
	while (t->size > bound(t))
		evict(t);
}

/* Moves the bytes in use to the front of `to`. */
static void move_bytes(struct hpack_table *t, uint8_t *to)
{
	uint32_t start = t->end - t->live;

	if (t->bytes)
		memmove(to, t->bytes + start, t->live);
	t->base += start;
	t->end = t->live;
}

static bool grow_bytes(struct hpack_table *t, uint32_t need)
{
	uint32_t cap = t->cap ? t->cap : BYTES_MIN;
	uint8_t *to;

	while (need > cap - cap / 4)
		cap *= 2;
	to = malloc(cap);
	if (!to)
		return false;
	move_bytes(t, to);
	free(t->bytes);
	t->bytes = to;
	t->cap = cap;
	return true;
}

/* Room for n bytes at the end.  An entry without any has an address, too. */
static bool make_room(struct hpack_table *t, uint32_t n)
{
	if (t->bytes && n <= t->cap - t->end)
		return true;
	if (t->live + n > t->cap - t->cap / 4 || !t->bytes)
		return grow_bytes(t, t->live + n);
	move_bytes(t, t->bytes);
	return true;
}

static bool make_slot(struct hpack_table *t)
{
	uint32_t slots = t->slots ? t->slots * 2 : SLOTS_MIN;
	struct hpack_entry *entries;

	if (t->n < t->slots)
		return true;
	entries = malloc(slots * sizeof(*entries));
	if (!entries)
		return false;
	for (uint32_t i = 1; i <= t->n; i++)
		entries[(t->inserted - i) & (slots - 1)] = *entry(t, i);
	free(t->entries);
	t->entries = entries;
	t->slots = slots;
	return true;
}

/* Makes place for so much, in the RFC's measure.  What only our own bound
 * evicts, the encoder may still refer to.  false: it is more than the bound;
 * the table is empty then (4.4). */
static bool evict_for(struct hpack_table *t, uint64_t size)
{
	uint32_t max = bound(t);
	bool fits = size <= max;

	if ((!fits || t->size > max - size) && t->max > max)
		t->older = true;
	if (!fits)
		empty(t);
	while (fits && t->size > max - size)
		evict(t);
	return fits;
}

static void copy(uint8_t *to, struct bytes from)
{
	if (from.n)
		memcpy(to, from.p, from.n);
}

bool hpack_table_insert(struct hpack_table *t, struct bytes name, struct bytes value)
{
	size_t n = name.n + value.n;

	if (!evict_for(t, n + ENTRY_OVERHEAD))
		return true;
	if (!make_room(t, n) || !make_slot(t))
		return false;
	copy(t->bytes + t->end, name);
	copy(t->bytes + t->end + name.n, value);
	t->inserted++;
	*entry(t, 1) = (struct hpack_entry){
		.at = t->base + t->end,
		.name_n = name.n,
		.value_n = value.n,
		.name_known = name.p != NULL,
	};
	t->n++;
	t->end += n;
	t->live += n;
	t->size += n + ENTRY_OVERHEAD;
	return true;
}

size_t hpack_table_held(const struct hpack_table *t)
{
	return t->cap + t->slots * sizeof(*t->entries);
}
