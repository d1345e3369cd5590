/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http2_fields.h - the header list of one block, between its decoding and
 * whoever keeps or prints parts of it.
 *
 * One for all connections: blocks are taken one at a time.
 */
#ifndef L7SCOPE_HTTP2_FIELDS_H
#define L7SCOPE_HTTP2_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exchange/http2_records.h"
#include "http/hpack.h"

/* Large; of the text only what blocks really need is ever touched.
 * Invariant: all views point into text; p NULL: unknown. */
struct http2_fields {
	struct http2_block_field at[HPACK_FIELDS_MAX];
	size_t n;
	size_t unknown, dynamic; /* as struct http2_block's */
	bool bad;		 /* the fields before a fault */
	bool from_uprobe;	 /* what the wire did not tell, the program did */
	size_t text_n;
	uint8_t text[HPACK_DECODED_MAX + 1]; /* one more, to point to */
};

/* Replaces what was there.  block.p NULL: it was not shown. */
enum hpack_result http2_fields_decode(struct http2_fields *f, struct hpack *hpack, struct bytes block);

/* Is the whole list known? */
static inline bool http2_fields_complete(const struct http2_fields *f)
{
	return !f->unknown && !f->bad;
}

/* The first field of that name; NULL: none that is known. */
const struct http2_block_field *http2_fields_find(const struct http2_fields *f, const char *name);
/* Its value; p NULL: none, or unknown. */
struct bytes http2_fields_value(const struct http2_fields *f, const char *name);

/* RFC 9113 8.3 */
static inline bool http2_is_pseudo(struct bytes name)
{
	return name.n && name.p[0] == ':';
}

/* Is there a pseudo-header field among the known ones?  They come first. */
bool http2_fields_pseudo(const struct http2_fields *f);
/* May there be one among the unknown ones?  Then they are first. */
bool http2_fields_front_unknown(const struct http2_fields *f);

/* :status; 0: none, or unknown. */
int http2_fields_status(const struct http2_fields *f);

#endif
