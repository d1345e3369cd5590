/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http1_chunk.h"

#include "http/http1_syntax.h"

/* The last size that takes one more hexadecimal digit and stays below 2^60. */
#define SIZE_BEFORE_LAST_DIGIT ((UINT64_C(1) << 56) - 1)

void http1_chunk_line_init(struct http1_chunk_line *line)
{
	*line = (struct http1_chunk_line){.part = CHUNK_SIZE};
}

static int hex_value(uint8_t c)
{
	if (is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* What ends the digits: blanks and extensions (RFC 9112 7.1.1) or the line. */
static enum parse_result after_size(struct http1_chunk_line *line, uint8_t c)
{
	if (line->n == 0)
		return PARSE_BAD;
	if (c == '\n')
		return PARSE_DONE;
	if (c == '\r')
		line->part = CHUNK_CR;
	else if (c == ';' || is_blank(c))
		line->part = CHUNK_EXTENSION;
	else
		return PARSE_BAD;
	return PARSE_MORE;
}

static enum parse_result take_byte(struct http1_chunk_line *line, uint8_t c)
{
	int digit;

	switch (line->part) {
	case CHUNK_SIZE:
		digit = hex_value(c);
		if (digit < 0)
			return after_size(line, c);
		if (line->size > SIZE_BEFORE_LAST_DIGIT)
			return PARSE_BAD;
		line->size = line->size << 4 | (unsigned)digit;
		return PARSE_MORE;
	case CHUNK_EXTENSION:
		if (c == '\r')
			line->part = CHUNK_CR;
		return c == '\n' ? PARSE_DONE : PARSE_MORE;
	case CHUNK_CR:
		return c == '\n' ? PARSE_DONE : PARSE_BAD;
	}
	return PARSE_BAD;
}

enum parse_result http1_chunk_line_feed(struct http1_chunk_line *line, struct bytes *in)
{
	enum parse_result result = PARSE_MORE;

	while (in->n && result == PARSE_MORE) {
		if (line->n == HTTP1_CHUNK_LINE_MAX)
			return PARSE_BAD;
		result = take_byte(line, in->p[0]);
		if (result == PARSE_BAD)
			return result;
		line->n++;
		*in = bytes_from(*in, 1);
	}
	return result;
}
