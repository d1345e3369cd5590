/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/http2_field_list.h"

#include <string.h>

#include "wire.h"

/* How a block's field is saved: lengths need more room than the kernel side's. */
struct saved {
	uint32_t name, value; /* UNKNOWN: not known */
	bool never_indexed, from_dynamic;
};
#define UNKNOWN UINT32_MAX

/* Takes the next field off the list; false: that was all.  wire_event_valid() has looked at its lengths. */
static bool next_field(struct bytes *list, struct http2_block_field *out)
{
	struct wire_field head;

	if (list->n < sizeof(head))
		return false;
	memcpy(&head, list->p, sizeof(head));
	out->name = bytes_of(list->p + sizeof(head), head.name);
	out->value = bytes_of(out->name.p + head.name, head.value);
	out->never_indexed = head.never_indexed;
	*list = bytes_from(*list, sizeof(head) + head.name + head.value);
	return true;
}

static bool differs(struct bytes known, struct bytes told)
{
	return known.p && !bytes_equal(known, told);
}

bool http2_field_list_fits(struct bytes list, const struct http2_fields *f)
{
	struct http2_block_field field;
	size_t n = 0;

	for (; next_field(&list, &field); n++) {
		if (n < f->n && (differs(f->at[n].name, field.name) || differs(f->at[n].value, field.value)))
			return false;
	}
	return f->bad ? n >= f->n : n == f->n;
}

/* ---- putting fields into it ---- */

static struct bytes put(struct http2_fields *f, struct bytes from)
{
	uint8_t *to = f->text + f->text_n;

	memcpy(to, from.p, from.n);
	f->text_n += from.n;
	return bytes_of(to, from.n);
}

void http2_field_list_fill(struct http2_fields *f, struct bytes list)
{
	struct http2_block_field field;
	size_t n = 0;

	for (f->text_n = 0; next_field(&list, &field); n++) {
		struct http2_block_field *to = &f->at[n];

		if (n >= f->n)
			to->never_indexed = to->from_dynamic = false;
		to->name = put(f, field.name);
		to->value = put(f, field.value);
		to->never_indexed |= field.never_indexed;
	}
	f->n = n;
	f->unknown = 0;
	f->bad = false;
	f->from_uprobe = true;
}

/* ---- saving ---- */

size_t http2_field_list_size(const struct http2_fields *f)
{
	return f->n * sizeof(struct saved) + f->text_n;
}

static uint32_t length_of(struct bytes b)
{
	return b.p ? (uint32_t)b.n : UNKNOWN;
}

void http2_field_list_save(uint8_t *to, const struct http2_fields *f)
{
	for (size_t i = 0; i < f->n; i++) {
		struct saved s = {length_of(f->at[i].name), length_of(f->at[i].value), f->at[i].never_indexed,
				  f->at[i].from_dynamic};

		memcpy(to + i * sizeof(s), &s, sizeof(s));
	}
	memcpy(to + f->n * sizeof(struct saved), f->text, f->text_n);
}

static struct bytes take(struct http2_fields *f, uint32_t n)
{
	if (n == UNKNOWN)
		return (struct bytes){0};
	f->text_n += n;
	return bytes_of(f->text + f->text_n - n, n);
}

void http2_field_list_load(struct http2_fields *f, struct bytes saved)
{
	size_t heads = f->n * sizeof(struct saved);
	struct saved s;

	memcpy(f->text, saved.p + heads, saved.n - heads);
	f->text_n = f->unknown = f->dynamic = 0;
	for (size_t i = 0; i < f->n; i++) {
		memcpy(&s, saved.p + i * sizeof(s), sizeof(s));
		f->at[i].name = take(f, s.name);
		f->at[i].value = take(f, s.value);
		f->at[i].never_indexed = s.never_indexed;
		f->at[i].from_dynamic = s.from_dynamic;
		f->unknown += !f->at[i].name.p || !f->at[i].value.p;
		f->dynamic += s.from_dynamic;
	}
	f->from_uprobe = false;
}
