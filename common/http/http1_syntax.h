/* SPDX-License-Identifier: Apache-2.0 */
/* http1_syntax.h - characters and lines of HTTP/1, for the parsers in this folder. */
#ifndef L7SCOPE_HTTP1_SYNTAX_H
#define L7SCOPE_HTTP1_SYNTAX_H

#include "base/bytes.h"

/* 1 for the characters of a token (RFC 9110 5.6.2).  '\n' is none of them, so
 * a scan inside a complete line stops by itself. */
extern const uint8_t http1_token_char[256];

static inline bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* OWS, RFC 9110 5.6.3 */
static inline bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static inline bool is_line_end(uint8_t c)
{
	return c == '\r' || c == '\n';
}

static inline struct bytes trim_blanks(struct bytes b)
{
	while (b.n && is_blank(b.p[0]))
		b = bytes_of(b.p + 1, b.n - 1);
	while (b.n && is_blank(b.p[b.n - 1]))
		b.n--;
	return b;
}

/* The text of a line whose '\n' is at `nl`: without the CR before it, which
 * a recipient may do without (RFC 9112 2.2). */
static inline struct bytes line_text(const uint8_t *line, const uint8_t *nl)
{
	return bytes_of(line, nl - line - (nl > line && nl[-1] == '\r'));
}

#endif
