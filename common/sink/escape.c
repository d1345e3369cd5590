/* SPDX-License-Identifier: Apache-2.0 */
#include "sink/escape.h"

#include "sink/utf8.h"

/* From here on (Hangul Jamo, CJK, emoji) a character may take two columns. */
#define FIRST_WIDE 0x1100

static void put_code(struct text *t, uint32_t code)
{
	if (code < 0x80) {
		text_put(t, "\\x", 2);
		text_put_hex(t, code, 2);
	} else if (code < 0x10000) {
		text_put(t, "\\u", 2);
		text_put_hex(t, code, 4);
	} else {
		text_put(t, "\\U", 2);
		text_put_hex(t, code, 8);
	}
}

/* Appends one character or one bad byte; returns its length in `in`. */
static size_t put_one(struct text *t, struct bytes in)
{
	uint32_t code;
	size_t n = utf8_decode(in, &code);

	if (n == 0) {
		text_put(t, "\\x", 2);
		text_put_hex(t, in.p[0], 2);
		return 1;
	}
	if (code == '\\')
		text_put(t, "\\\\", 2);
	else if (utf8_is_shown(code))
		text_put(t, in.p, n);
	else
		put_code(t, code);
	return n;
}

void escape_put(struct text *t, struct bytes in)
{
	while (in.n) {
		size_t plain = utf8_plain_prefix(in);

		text_put(t, in.p, plain);
		in = bytes_from(in, plain);
		if (in.n)
			in = bytes_from(in, put_one(t, in));
	}
}

/* Columns of the character at the start; its length in *n. */
static size_t one_column(struct bytes in, size_t *n)
{
	uint32_t code = 0;

	*n = utf8_decode(in, &code);
	if (*n == 0)
		*n = 1;
	return code >= FIRST_WIDE ? 2 : 1;
}

size_t escape_columns(struct bytes escaped)
{
	size_t columns = utf8_plain_prefix(escaped), n;

	escaped = bytes_from(escaped, columns);
	while (escaped.n) {
		columns += one_column(escaped, &n);
		escaped = bytes_from(escaped, n);
	}
	return columns;
}

size_t escape_fit(struct bytes escaped, size_t columns)
{
	size_t used = 0, fit = 0, n;

	while (fit < escaped.n) {
		used += one_column(bytes_from(escaped, fit), &n);
		if (used > columns)
			break;
		fit += n;
	}
	return fit;
}
