/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hpack.h - HPACK decoding (RFC 7541) by somebody who may have come late.
 *
 * Dynamic indices count from the newest entry (RFC 7541 2.3.3), so every
 * reference to an entry inserted since we listen resolves exactly, whatever was
 * in the table before.  What is older is unknown and said to be so, never
 * guessed.  An insertion whose name is unknown keeps its place, so that the
 * counting stays right.
 *
 * Entries that the encoder evicted are never referred to again, so keeping one
 * too many is harmless.  So is keeping an entry larger than the whole table,
 * which empties it and is not inserted (4.4): nothing before it is referred to
 * again, and it is not either.  The table's size need not be known to be right;
 * it is known from the connection's first byte or from a size update on, and
 * says then what need not be kept.
 */
#ifndef L7SCOPE_HPACK_H
#define L7SCOPE_HPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

#define HPACK_TABLE_INITIAL 4096
/* What we keep of one table at most, in the RFC's measure (name + value + 32);
 * a peer that was allowed more has its oldest entries unknown. */
#define HPACK_TABLE_MAX (64 * 1024)
/* Fields and decoded bytes of one block, at most: against compression bombs.
 * More is HPACK_TOO_LARGE. */
#define HPACK_FIELDS_MAX  512
#define HPACK_DECODED_MAX (256 * 1024)

struct hpack_field {
	struct bytes name, value; /* p NULL: unknown; valid during the call */
	bool never_indexed;	  /* "sensitive" by the sender's own statement (6.2.3) */
	bool from_dynamic;	  /* name or value came from the dynamic table */
};

enum hpack_result {
	HPACK_OK,
	HPACK_BAD,	 /* not HPACK: all that was known is dropped, the window begins anew */
	HPACK_TOO_LARGE, /* likewise */
	HPACK_NO_MEMORY, /* likewise */
};

struct hpack; /* opaque; one direction's table.  200 bytes, plus what it holds */

/* complete: from the connection's first byte on.  NULL: out of memory. */
struct hpack *hpack_new(bool complete);
void hpack_free(struct hpack *h); /* takes NULL */

/* In the order of the block. */
typedef void hpack_field_fn(void *ctx, const struct hpack_field *field);

/* One whole header block (fragments joined).  The fields before a fault have
 * been handed over. */
enum hpack_result hpack_decode(struct hpack *h, struct bytes block, hpack_field_fn *fn, void *ctx);

/* A block was missed: what is known ends here, what comes is known again. */
void hpack_gap(struct hpack *h);

/* Bytes of memory held: at most 2.5 times HPACK_TABLE_MAX, to keep 64 KiB of
 * entries without a gap; 5 KiB with a full table of the usual size. */
size_t hpack_held(const struct hpack *h);

#endif
