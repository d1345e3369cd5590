/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/head_copy.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Heads of about the same size follow each other; rounding up lets most of
 * them use the same memory. */
#define ROUND_TO 1024

void head_copy_reset(struct head_copy *c)
{
	c->method = c->target = c->scheme = c->authority = (struct bytes){0};
	c->fields = (struct header_list){0};
}

void head_copy_release(struct head_copy *c)
{
	free(c->memory);
	*c = (struct head_copy){0};
}

/* The memory that some views lie in. */
struct span {
	const uint8_t *from, *to;
};

static void span_cover(struct span *s, struct bytes b)
{
	if (!b.n)
		return;
	if (!s->from || b.p < s->from)
		s->from = b.p;
	if (!s->to || b.p + b.n > s->to)
		s->to = b.p + b.n;
}

static struct bytes moved(struct bytes b, const uint8_t *from, const uint8_t *to)
{
	return b.n ? bytes_of(to + (b.p - from), b.n) : (struct bytes){0};
}

static bool make_room(struct head_copy *c, size_t n)
{
	size_t room = (n + ROUND_TO - 1) / ROUND_TO * ROUND_TO;

	if (n <= c->room)
		return true;
	head_copy_release(c);
	c->memory = malloc(room);
	if (c->memory)
		c->room = room;
	return c->memory;
}

static bool copy(struct head_copy *c, const struct http1_head *head, bool start_line)
{
	struct span s = {0};
	size_t fields_size = head->n_fields * sizeof(struct header_field);
	struct header_field *fields;
	uint8_t *text;

	head_copy_reset(c);
	if (start_line) {
		span_cover(&s, head->method);
		span_cover(&s, head->target);
	}
	for (size_t i = 0; i < head->n_fields; i++) {
		span_cover(&s, head->fields[i].name);
		span_cover(&s, head->fields[i].value);
	}
	if (!s.from)
		return true;
	if (!make_room(c, fields_size + (s.to - s.from)))
		return false;
	fields = c->memory;
	text = (uint8_t *)c->memory + fields_size;
	memcpy(text, s.from, s.to - s.from);
	for (size_t i = 0; i < head->n_fields; i++) {
		fields[i].name = moved(head->fields[i].name, s.from, text);
		fields[i].value = moved(head->fields[i].value, s.from, text);
		fields[i].sensitive = false;
	}
	c->fields = (struct header_list){fields, head->n_fields};
	if (start_line) {
		c->method = moved(head->method, s.from, text);
		c->target = moved(head->target, s.from, text);
	}
	return true;
}

bool head_copy_request(struct head_copy *c, const struct http1_head *head)
{
	return copy(c, head, true);
}

bool head_copy_fields(struct head_copy *c, const struct http1_head *head)
{
	return copy(c, head, false);
}

/* ---- blocks of HTTP/2 ---- */

/* How many fields fit into HTTP1_HEAD_MAX bytes; *size: how many bytes they are. */
static size_t fitting(const struct http2_fields *f, size_t *size)
{
	size_t n = 0;

	for (*size = 0; n < f->n; n++) {
		size_t more = f->at[n].name.n + f->at[n].value.n;

		if (*size + more > HTTP1_HEAD_MAX)
			break;
		*size += more;
	}
	return n;
}

static struct bytes rebased(struct bytes b, const uint8_t *from, const uint8_t *to)
{
	return b.p ? bytes_of(to + (b.p - from), b.n) : b;
}

static void put_pseudo(struct head_copy *c, struct bytes name, struct bytes value)
{
	const struct {
		const char *name;
		struct bytes *view;
	} known[] = {
		{":method", &c->method},
		{":path", &c->target},
		{":scheme", &c->scheme},
		{":authority", &c->authority},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (bytes_equal(name, bytes_of_str(known[i].name)))
			*known[i].view = value;
	}
}

bool head_copy_block(struct head_copy *c, const struct http2_fields *f)
{
	size_t size, n = fitting(f, &size), kept = 0;
	struct header_field *fields;
	uint8_t *text;

	head_copy_reset(c);
	if (!make_room(c, n * sizeof(*fields) + size + 1)) /* one more, to point to */
		return false;
	fields = c->memory;
	text = (uint8_t *)c->memory + n * sizeof(*fields);
	memcpy(text, f->text, size);
	for (size_t i = 0; i < n; i++) {
		struct bytes name = rebased(f->at[i].name, f->text, text);
		struct bytes value = rebased(f->at[i].value, f->text, text);

		if (http2_is_pseudo(name))
			put_pseudo(c, name, value);
		else
			fields[kept++] = (struct header_field){name, value, f->at[i].never_indexed};
	}
	c->fields = (struct header_list){fields, kept};
	return n == f->n;
}
