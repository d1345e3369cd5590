/* SPDX-License-Identifier: Apache-2.0 */
/* http1_fields.h - a section of field lines, as heads and trailers have it (RFC 9112 5). */
#ifndef L7SCOPE_HTTP1_FIELDS_H
#define L7SCOPE_HTTP1_FIELDS_H

#include "http/http1_head.h"

/* What the fields say about the length of the body (RFC 9112 6). */
struct http1_framing {
	bool has_coding; /* there was a Transfer-Encoding */
	bool chunked;	 /* and chunked is its last coding */
	bool has_length;
	bool bad_length; /* no number, or several that differ */
	uint64_t length;
};

/*
 * Parses the field lines at the start of `in` up to and with the empty line.
 * Fills head->fields, n_fields and more_fields and *framing.  Needs whole
 * lines: PARSE_MORE as long as the empty line is not there, unless what is
 * there is bad already.
 */
enum parse_result http1_fields_parse(struct bytes in, struct http1_head *head, struct http1_framing *framing,
				     size_t *consumed);

/* Is this line (without its line end) a field line, or the continuation of one? */
bool http1_is_field_line(struct bytes line);

#endif
