/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hpack_table.h - the dynamic table of HPACK, as far as its entries were seen.
 *
 * Entries are counted from the newest, 1.  Invariant: the n entries held are the
 * n last ones that were inserted, in this order, so that an index up to n names
 * the entry the encoder means.  Evicting less than the encoder does keeps this
 * true: what it has evicted it does not refer to.  So does holding an entry that
 * was too large for it, because that emptied its table (RFC 7541 4.4).
 */
#ifndef L7SCOPE_HPACK_TABLE_H
#define L7SCOPE_HPACK_TABLE_H

#include "base/bytes.h"

#define HPACK_MAX_UNKNOWN UINT32_MAX

struct hpack_entry {
	uint32_t at;		 /* name, then value; counted from where the first entry ever began */
	uint32_t name_known : 1; /* 0: name_n is 0 */
	uint32_t name_n : 31;
	uint32_t value_n;
};

/*
 * The bytes of the entries lie one after the other, oldest first, up to `end`;
 * a new one goes behind.  When there is no room behind, they are moved to the
 * front, which is worth it because a quarter of the memory is free then.
 */
struct hpack_table {
	uint8_t *bytes;
	struct hpack_entry *entries; /* a ring; slots is 0 or a power of two */
	uint32_t cap, end, live;     /* of bytes: allocated, used, and of entries held */
	uint32_t base;		     /* what an entry at the very front would have as `at` */
	uint32_t slots, n, inserted; /* inserted: since ever, modulo 2^32 */
	uint32_t size;		     /* of the entries held, in the RFC's measure; unknown names as empty */
	uint32_t max;		     /* by the encoder's word, or HPACK_MAX_UNKNOWN */
	uint32_t keep;		     /* our own bound */
	bool older;		     /* there may be entries older than those held */
};

/* An empty table of size max; or, HPACK_MAX_UNKNOWN, one of which nothing is
 * known yet.  keep: how much of it to hold at most, in the RFC's measure.
 * Allocates nothing. */
void hpack_table_init(struct hpack_table *t, uint32_t max, uint32_t keep);
void hpack_table_release(struct hpack_table *t);
/* Nothing is known from here on; keeps the memory. */
void hpack_table_forget(struct hpack_table *t);

/* Views until the next change.  false: not held.  A name that is not known has
 * p NULL. */
bool hpack_table_get(const struct hpack_table *t, uint32_t index, struct bytes *name, struct bytes *value);
/* name.p NULL: not known.  Neither may lie in the table.  false: out of
 * memory, nothing inserted. */
bool hpack_table_insert(struct hpack_table *t, struct bytes name, struct bytes value);
/* A dynamic table size update. */
void hpack_table_resize(struct hpack_table *t, uint32_t max);

/* Bytes of memory, without the struct itself. */
size_t hpack_table_held(const struct hpack_table *t);

#endif
