/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http1_fields.h"

#include <string.h>

#include "http/http1_syntax.h"

/* How many bytes at the start of b are blank; a line end inside a value is a
 * fold, which counts as blank (RFC 9112 5.2), but a bare CR does not. */
static size_t blank_front(struct bytes b)
{
	if (is_blank(b.p[0]) || b.p[0] == '\n')
		return 1;
	return b.n > 1 && b.p[0] == '\r' && b.p[1] == '\n' ? 2 : 0;
}

static size_t blank_back(struct bytes b)
{
	if (b.p[b.n - 1] == '\n')
		return b.n > 1 && b.p[b.n - 2] == '\r' ? 2 : 1;
	return is_blank(b.p[b.n - 1]);
}

static struct bytes trim_folds(struct bytes b)
{
	size_t n;

	while (b.n && (n = blank_front(b)))
		b = bytes_from(b, n);
	while (b.n && (n = blank_back(b)))
		b.n -= n;
	return b;
}

/* ---- framing fields ---- */

static bool parse_number(struct bytes digits, uint64_t *value)
{
	uint64_t v = 0;

	for (size_t i = 0; i < digits.n; i++) {
		uint8_t d = digits.p[i] - '0';

		if (d > 9 || v > (UINT64_MAX - d) / 10)
			return false;
		v = v * 10 + d;
	}
	*value = v;
	return digits.n > 0;
}

/* Takes the list element at the front of *list; true when a comma follows it. */
static bool next_element(struct bytes *list, struct bytes *element)
{
	const uint8_t *comma = list->n ? memchr(list->p, ',', list->n) : NULL;
	size_t n = comma ? (size_t)(comma - list->p) : list->n;

	*element = trim_folds(bytes_of(list->p, n));
	*list = bytes_from(*list, n + 1);
	return comma != NULL;
}

/* Repeated lengths must agree, be they in one line or in several (RFC 9112 6.3). */
static void note_length(struct http1_framing *f, struct bytes value)
{
	struct bytes element;
	uint64_t length;
	bool more;

	do {
		more = next_element(&value, &element);
		if (!parse_number(element, &length) || (f->has_length && f->length != length)) {
			f->bad_length = true;
			return;
		}
		f->has_length = true;
		f->length = length;
	} while (more);
}

/* The codings of all lines make one list; its last one tells (RFC 9112 6.3). */
static void note_codings(struct http1_framing *f, struct bytes value)
{
	struct bytes coding;
	bool more;

	f->has_coding = true;
	do {
		more = next_element(&value, &coding);
		if (coding.n)
			f->chunked = bytes_equal_nocase(coding, "chunked");
	} while (more);
}

static void note_framing(struct http1_framing *f, const struct http1_field *field)
{
	if (field->name.n == strlen("Content-Length") && bytes_equal_nocase(field->name, "Content-Length"))
		note_length(f, field->value);
	else if (field->name.n == strlen("Transfer-Encoding") &&
		 bytes_equal_nocase(field->name, "Transfer-Encoding"))
		note_codings(f, field->value);
}

/* ---- field lines ---- */

/*
 * `nl` is the first line end of the field.  Finds the last one, beyond lines
 * that begin with a blank.  NULL: not there yet.  (When nothing follows it, the
 * empty line is missing as well, so the section is not complete either way.)
 */
static const uint8_t *last_line_end(const uint8_t *nl, const uint8_t *end)
{
	while (nl && nl + 1 < end && is_blank(nl[1]))
		nl = memchr(nl + 1, '\n', end - (nl + 1));
	return nl;
}

/* The end of the name at `p`, which is followed by ':' at once (RFC 9112 5.1); NULL: no name. */
static const uint8_t *name_end(const uint8_t *p)
{
	const uint8_t *at = p;

	while (http1_token_char[*at])
		at++;
	return at > p && *at == ':' ? at : NULL;
}

/* Keeps as many as fit; framing heeds all of them. */
static void take_field(struct http1_head *head, struct http1_framing *f, const struct http1_field *field)
{
	if (head->n_fields < HTTP1_FIELDS_MAX)
		head->fields[head->n_fields++] = *field;
	else
		head->more_fields = true;
	note_framing(f, field);
}

/* One field; *at moves behind it. */
static enum parse_result parse_field(const uint8_t **at, const uint8_t *nl, const uint8_t *end,
				     struct http1_field *field)
{
	const uint8_t *colon = name_end(*at), *last;

	if (!colon)
		return PARSE_BAD;
	last = last_line_end(nl, end);
	if (!last)
		return PARSE_MORE;
	field->name = bytes_of(*at, colon - *at);
	field->value = trim_blanks(line_text(colon + 1, last));
	if (last != nl)
		field->value = trim_folds(field->value);
	*at = last + 1;
	return PARSE_DONE;
}

enum parse_result http1_fields_parse(struct bytes in, struct http1_head *head, struct http1_framing *framing,
				     size_t *consumed)
{
	const uint8_t *at = in.p, *end = in.n ? in.p + in.n : in.p;
	struct http1_field field;

	head->n_fields = 0;
	head->more_fields = false;
	*framing = (struct http1_framing){0};
	while (at < end) {
		const uint8_t *nl = memchr(at, '\n', end - at);
		enum parse_result result;

		if (!nl)
			return PARSE_MORE;
		if (line_text(at, nl).n == 0) {
			*consumed = nl + 1 - in.p;
			return PARSE_DONE;
		}
		result = parse_field(&at, nl, end, &field);
		if (result != PARSE_DONE)
			return result;
		take_field(head, framing, &field);
	}
	return PARSE_MORE;
}

bool http1_is_field_line(struct bytes line)
{
	size_t i = 0;

	if (!line.n)
		return false;
	if (is_blank(line.p[0]))
		return true;
	while (i < line.n && http1_token_char[line.p[i]])
		i++;
	return i > 0 && i < line.n && line.p[i] == ':';
}
