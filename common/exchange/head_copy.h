/* SPDX-License-Identifier: Apache-2.0 */
/*
 * head_copy.h - a message's start line and fields, kept until it is reported.
 *
 * One allocation, used again for the next head: an array of fields, then the
 * bytes they point into.
 *
 * Invariant: every view points into `memory`, or is empty.
 */
#ifndef L7SCOPE_HEAD_COPY_H
#define L7SCOPE_HEAD_COPY_H

#include <stdbool.h>
#include <stddef.h>

#include "exchange/exchange.h"
#include "exchange/http2_fields.h"
#include "http/http1_head.h"

struct head_copy {
	void *memory;
	size_t room;			/* of memory */
	struct bytes method, target;	/* requests */
	struct bytes scheme, authority; /* requests of HTTP/2 */
	struct header_list fields;
};

/* All zero is a valid empty copy. */
void head_copy_release(struct head_copy *c);
/* Empty, memory kept. */
void head_copy_reset(struct head_copy *c);

/*
 * Copies a request head, or (response heads, trailers) only the fields.  Their
 * views must lie in one piece of memory of at most HTTP1_HEAD_MAX bytes, as
 * http1_stream delivers them.  false: out of memory; the copy is empty then.
 */
bool head_copy_request(struct head_copy *c, const struct http1_head *head);
bool head_copy_fields(struct head_copy *c, const struct http1_head *head);

/* Copies the pseudo-header fields of a request (the target is :path) and all
 * other fields.  A view has p NULL when it is unknown.  false: out of memory
 * (the copy is empty then), or longer than HTTP1_HEAD_MAX (it is the front). */
bool head_copy_block(struct head_copy *c, const struct http2_fields *fields);

#endif
