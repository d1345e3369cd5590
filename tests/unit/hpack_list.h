/* SPDX-License-Identifier: Apache-2.0 */
/* hpack_list.h - decoded header lists, kept to be looked at, for the tests of HPACK. */
#ifndef L7SCOPE_TESTS_HPACK_LIST_H
#define L7SCOPE_TESTS_HPACK_LIST_H

#include <stdlib.h>

#include "harness.h"
#include "http/hpack.h"

/* The largest block of any test. */
#define LIST_BLOCK_MAX	 (512 * 1024)
#define LIST_BLOCK_SMALL 2048

/* Check reports each assertion it makes, also those that hold: too slow here. */
#define must(what)                                                                                           \
	do {                                                                                                 \
		if (!(what))                                                                                 \
			ck_abort_msg("not true: %s", #what);                                                 \
	} while (0)

/* Large: to be static. */
struct hpack_list {
	struct hpack_field fields[HPACK_FIELDS_MAX];
	size_t n;
	uint8_t text[HPACK_DECODED_MAX + 1]; /* copies of all strings; one more, to point to */
	size_t text_n;
};

static inline struct bytes list_copy(struct hpack_list *l, struct bytes from)
{
	uint8_t *to = l->text + l->text_n;

	if (!from.p)
		return from;
	must(l->text_n + from.n <= HPACK_DECODED_MAX);
	memcpy(to, from.p, from.n);
	l->text_n += from.n;
	return bytes_of(to, from.n);
}

static inline void list_add(void *ctx, const struct hpack_field *field)
{
	struct hpack_list *l = ctx;
	struct hpack_field *to = &l->fields[l->n];

	must(l->n < HPACK_FIELDS_MAX);
	*to = *field;
	to->name = list_copy(l, field->name);
	to->value = list_copy(l, field->value);
	l->n++;
}

static inline struct bytes list_guarded(struct guarded *guard, size_t room, struct bytes block)
{
	if (!guard->map) {
		uint8_t *all = calloc(1, room);

		ck_assert_ptr_nonnull(all);
		*guard = guard_copy(bytes_of(all, room));
		free(all);
	}
	must(block.n <= room);
	return guard_again(guard, block);
}

/* The block ends at a guard page. */
static inline enum hpack_result list_decode(struct hpack_list *l, struct hpack *h, struct bytes block)
{
	/* what is not used of a mapping is overwritten each time, so most blocks get a small one */
	static struct guarded small, large;
	bool fits = block.n <= LIST_BLOCK_SMALL;

	block = list_guarded(fits ? &small : &large, fits ? LIST_BLOCK_SMALL : LIST_BLOCK_MAX, block);
	l->n = l->text_n = 0;
	return hpack_decode(h, block, list_add, l);
}

#endif
