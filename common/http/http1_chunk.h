/* SPDX-License-Identifier: Apache-2.0 */
/* http1_chunk.h - the line before each chunk: size and extensions (RFC 9112 7.1). */
#ifndef L7SCOPE_HTTP1_CHUNK_H
#define L7SCOPE_HTTP1_CHUNK_H

#include "http/http1_head.h"

/* Extensions are rare and short; what goes on for longer is no chunk-size line
 * (Go gives up after 4 KiB, others read as much as they buffer). */
#define HTTP1_CHUNK_LINE_MAX 16384

enum http1_chunk_part { CHUNK_SIZE, CHUNK_EXTENSION, CHUNK_CR };

struct http1_chunk_line {
	enum http1_chunk_part part;
	uint64_t size; /* at most 2^60 - 1 */
	size_t n;      /* bytes taken; 0: at the start of the line */
};

void http1_chunk_line_init(struct http1_chunk_line *line);

/*
 * Takes bytes from the front of *in.  PARSE_DONE: the line end was the last
 * of them, line->size holds.  PARSE_BAD: the byte at the front cannot be.
 */
enum parse_result http1_chunk_line_feed(struct http1_chunk_line *line, struct bytes *in);

#endif
