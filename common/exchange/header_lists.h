/* SPDX-License-Identifier: Apache-2.0 */
/*
 * header_lists.h - header lists that a program had in clear (WIRE_HEADERS) and
 * header blocks of the wire, while they wait for each other.
 *
 * Either may be first: what is written is known before it is on the wire, what
 * is read after that.  Entries of one stream and direction keep their order.
 * Finding, adding and dropping take constant time; who adds sees to the bounds.
 */
#ifndef L7SCOPE_HEADER_LISTS_H
#define L7SCOPE_HEADER_LISTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exchange/http2_records.h"
#include "wire.h"

/* Entries at once, and bytes of them.  A block waits for as long as its program takes to run, and lists of
 * what the wire told, too, are here for a while: some seconds' worth of a busy server. */
#define HEADER_LISTS_MAX      8192
#define HEADER_LISTS_HELD_MAX ((size_t)8 << 20)

struct connection;

struct header_key {
	uint64_t sock; /* wire_event.sock without KEY_* of bpf_src/maps.bpf.c */
	uint32_t stream;
	uint32_t dir; /* enum wire_dir */
};

struct header_entry {
	struct header_entry *chain, *newer, *older; /* header_lists: of the same kind */
	struct header_key key;
	uint64_t ns;	/* since when it is here */
	bool is_block;	/* else a list */
	bool complete;	/* a block that lacks nothing: it waits for its turn */
	bool in_stream; /* ... whose exchange waits for it */
	bool end_stream;
	uint16_t lport, rport;	  /* of a list */
	struct connection *c;	  /* of a block */
	struct http2_block block; /* fields and where.comm NULL: see http2_field_list.h, and comm */
	char comm[WIRE_COMM_LEN + 1];
	size_t n;
	uint8_t data[]; /* struct wire_field and text; those of a block as http2_field_list.h saves them */
};

struct header_lists {
	struct header_entry **buckets;		    /* NULL until first needed */
	struct header_entry *oldest[2], *newest[2]; /* of lists, and of blocks */
	size_t n;
	size_t held; /* bytes */
};

/* All zero is a valid empty table.  It must be empty again. */
void header_lists_release(struct header_lists *t);

/* n: bytes of data.  The newest; members but for key and n are zero.  NULL: out of memory. */
struct header_entry *header_lists_add(struct header_lists *t, const struct header_key *key, bool is_block,
				      size_t n);
void header_lists_drop(struct header_lists *t, struct header_entry *e);

/* The oldest of this key and kind, and the next one; NULL: none. */
struct header_entry *header_lists_first(const struct header_lists *t, const struct header_key *key,
					bool is_block);
struct header_entry *header_lists_next(const struct header_entry *e);

/* Is there no room for one more? */
static inline bool header_lists_full(const struct header_lists *t)
{
	return t->n >= HEADER_LISTS_MAX || t->held >= HEADER_LISTS_HELD_MAX;
}

#endif
