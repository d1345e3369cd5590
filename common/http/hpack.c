/* SPDX-License-Identifier: Apache-2.0 */
#include "http/hpack.h"

#include <stdlib.h>

#include "http/hpack_huffman.h"
#include "http/hpack_table.h"
#include "http/hpack_tables.h"

/* Scratch memory of at most this size stays for the next block; few blocks have
 * a longer field, and many connections are idle. */
#define SCRATCH_KEEP 1024
#define SCRATCH_MIN  256

struct hpack {
	struct hpack_table table;
	uint8_t *scratch; /* one field's decoded strings */
	size_t scratch_cap;
};

/* One call of hpack_decode(). */
struct run {
	struct hpack *h;
	const uint8_t *p, *end;
	hpack_field_fn *fn;
	void *ctx;
	size_t fields, decoded;
};

/* A string literal as it is on the wire. */
struct literal {
	struct bytes raw;
	bool huffman;
};

struct hpack *hpack_new(bool complete)
{
	struct hpack *h = calloc(1, sizeof(*h));

	if (h)
		hpack_table_init(&h->table, complete ? HPACK_TABLE_INITIAL : HPACK_MAX_UNKNOWN,
				 HPACK_TABLE_MAX);
	return h;
}

void hpack_free(struct hpack *h)
{
	if (!h)
		return;
	hpack_table_release(&h->table);
	free(h->scratch);
	free(h);
}

void hpack_gap(struct hpack *h)
{
	hpack_table_forget(&h->table);
}

size_t hpack_held(const struct hpack *h)
{
	return sizeof(*h) + hpack_table_held(&h->table) + h->scratch_cap;
}

static bool scratch_reserve(struct hpack *h, size_t n)
{
	size_t cap = SCRATCH_MIN;

	if (n <= h->scratch_cap)
		return true;
	while (cap < n)
		cap *= 2;
	free(h->scratch);
	h->scratch = malloc(cap);
	h->scratch_cap = h->scratch ? cap : 0;
	return h->scratch != NULL;
}

static void scratch_shrink(struct hpack *h)
{
	if (h->scratch_cap <= SCRATCH_KEEP)
		return;
	free(h->scratch);
	h->scratch = NULL;
	h->scratch_cap = 0;
}

/* ---- what is on the wire ---- */

/* The octets behind a prefix that is all ones (RFC 7541 5.1).  At most five of
 * them, and a number of at most 32 bits: no string or table is larger. */
static bool read_more_octets(struct run *r, uint32_t *value)
{
	for (unsigned shift = 0; shift < 32 && r->p < r->end; shift += 7) {
		uint8_t octet = *r->p++;
		uint32_t part = octet & 0x7f;

		if (part > UINT32_MAX >> shift || part << shift > UINT32_MAX - *value)
			return false;
		*value += part << shift;
		if (!(octet & 0x80))
			return true;
	}
	return false;
}

/* prefix: its bits. */
static inline bool read_integer(struct run *r, uint8_t prefix, uint32_t *value)
{
	if (r->p == r->end)
		return false;
	*value = *r->p++ & prefix;
	return *value != prefix || read_more_octets(r, value);
}

static enum hpack_result read_literal(struct run *r, struct literal *l)
{
	uint32_t n;

	l->huffman = r->p < r->end && *r->p & 0x80;
	if (!read_integer(r, 0x7f, &n) || n > (size_t)(r->end - r->p))
		return HPACK_BAD;
	if (n > HPACK_DECODED_MAX)
		return HPACK_TOO_LARGE;
	l->raw = bytes_of(r->p, n);
	r->p += n;
	return HPACK_OK;
}

static size_t literal_room(const struct literal *l)
{
	return l->huffman ? hpack_huffman_room(l->raw.n) : 0;
}

/* The string, in `to` if it has to be decoded. */
static bool literal_text(const struct literal *l, uint8_t *to, struct bytes *text)
{
	*text = l->raw;
	if (!l->huffman)
		return true;
	text->p = to;
	return hpack_huffman_decode(l->raw, to, &text->n);
}

/* ---- fields ---- */

static enum hpack_result hand_over(struct run *r, const struct hpack_field *field)
{
	r->decoded += field->name.n + field->value.n;
	if (++r->fields > HPACK_FIELDS_MAX || r->decoded > HPACK_DECODED_MAX)
		return HPACK_TOO_LARGE;
	r->fn(r->ctx, field);
	return HPACK_OK;
}

/* Name and value at an index of the one address space (2.3.3). */
static enum hpack_result find(const struct hpack_table *t, uint32_t index, struct hpack_field *field)
{
	if (index == 0)
		return HPACK_BAD;
	if (index <= HPACK_STATIC_ENTRIES) {
		field->name = hpack_static[index - 1].name;
		field->value = hpack_static[index - 1].value;
		return HPACK_OK;
	}
	field->from_dynamic = true;
	if (hpack_table_get(t, index - HPACK_STATIC_ENTRIES, &field->name, &field->value))
		return HPACK_OK;
	field->name = field->value = bytes_of(NULL, 0);
	return t->older ? HPACK_OK : HPACK_BAD;
}

static enum hpack_result indexed_field(struct run *r)
{
	struct hpack_field field = {0};
	enum hpack_result result;
	uint32_t index;

	if (!read_integer(r, 0x7f, &index))
		return HPACK_BAD;
	result = find(&r->h->table, index, &field);
	return result == HPACK_OK ? hand_over(r, &field) : result;
}

/* A name out of the table must not lie there any more when it is inserted. */
static void name_to_scratch(struct hpack *h, struct bytes *name)
{
	memcpy(h->scratch, name->p, name->n);
	name->p = h->scratch;
}

/* The name, given by index or, that being 0, as a literal; then the value. */
static enum hpack_result literal_strings(struct run *r, uint32_t index, bool insert,
					 struct hpack_field *field)
{
	struct literal name = {0}, value;
	struct hpack *h = r->h;
	enum hpack_result result = index ? find(&h->table, index, field) : read_literal(r, &name);
	bool copy = insert && field->from_dynamic && field->name.p;
	size_t name_room = copy ? field->name.n : literal_room(&name);

	if (result == HPACK_OK)
		result = read_literal(r, &value);
	if (result != HPACK_OK)
		return result;
	/* one more, so that an empty string that is known has an address, too */
	if (!scratch_reserve(h, name_room + literal_room(&value) + 1))
		return HPACK_NO_MEMORY;
	if (copy)
		name_to_scratch(h, &field->name);
	if (!index && !literal_text(&name, h->scratch, &field->name))
		return HPACK_BAD;
	return literal_text(&value, h->scratch + name_room, &field->value) ? HPACK_OK : HPACK_BAD;
}

/* prefix: the bits of the index in the first octet. */
static enum hpack_result literal_field(struct run *r, uint8_t prefix, bool insert, bool never_indexed)
{
	struct hpack_field field = {.never_indexed = never_indexed};
	enum hpack_result result;
	uint32_t index;

	if (!read_integer(r, prefix, &index))
		return HPACK_BAD;
	result = literal_strings(r, index, insert, &field);
	if (result == HPACK_OK)
		result = hand_over(r, &field);
	if (result == HPACK_OK && insert && !hpack_table_insert(&r->h->table, field.name, field.value))
		result = HPACK_NO_MEMORY;
	return result;
}

/* Only before the first field (4.2). */
static enum hpack_result size_update(struct run *r)
{
	uint32_t max;

	if (r->fields || !read_integer(r, 0x1f, &max))
		return HPACK_BAD;
	hpack_table_resize(&r->h->table, max);
	return HPACK_OK;
}

/* The kinds of representation by their first bits (section 6). */
static enum hpack_result one(struct run *r)
{
	uint8_t octet = *r->p;

	if (octet & 0x80)
		return indexed_field(r);
	if (octet & 0x40)
		return literal_field(r, 0x3f, true, false);
	if (octet & 0x20)
		return size_update(r);
	return literal_field(r, 0x0f, false, octet & 0x10);
}

enum hpack_result hpack_decode(struct hpack *h, struct bytes block, hpack_field_fn *fn, void *ctx)
{
	struct run r = {.h = h, .p = block.p, .fn = fn, .ctx = ctx};
	enum hpack_result result = HPACK_OK;

	if (block.n == 0) /* and p may be NULL */
		return HPACK_OK;
	r.end = block.p + block.n;
	while (result == HPACK_OK && r.p < r.end)
		result = one(&r);
	scratch_shrink(h);
	if (result != HPACK_OK)
		hpack_gap(h);
	return result;
}
