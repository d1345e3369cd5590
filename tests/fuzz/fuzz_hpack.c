/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_hpack.c - HPACK on hostile bytes, by many decoders at once.
 *
 * The input is a row of blocks, each after its length (one byte; 254: two more
 * bytes say it; 255: no block, but a gap for one of the late decoders).  One
 * decoder sees all from the beginning, others join before one block each.  What
 * a late one says must be what the first one says, or unknown.  Where it is
 * installed, libnghttp2 must say the same as the first one.
 */
#include <stdlib.h>

#include "../hpack_peer.h"
#include "http/hpack.h"
#include "require.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define LATE_MAX    6
#define LONG_LENGTH 254
#define GAP	    255

/* What one decoder said about a block: hashes; 0: unknown. */
struct said {
	struct {
		uint64_t name, value;
		bool never_indexed, from_dynamic;
	} fields[HPACK_FIELDS_MAX];
	size_t n;
	size_t size; /* of all fields so far, in the table's measure */
};

/* FNV-1a; reads every byte, so a view of memory that is gone shows. */
static uint64_t hash(struct bytes b)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	if (!b.p)
		return 0;
	for (size_t i = 0; i < b.n; i++)
		h = (h ^ b.p[i]) * UINT64_C(0x100000001b3);
	return (h ^ b.n) * UINT64_C(0x100000001b3);
}

static void on_field(void *ctx, const struct hpack_field *field)
{
	struct said *s = ctx;

	REQUIRE(s->n < HPACK_FIELDS_MAX);
	REQUIRE((field->name.p || !field->name.n) && (field->value.p || !field->value.n));
	/* an entry's value was on the wire when its name was */
	REQUIRE(field->value.p || (!field->name.p && field->from_dynamic));
	s->fields[s->n].name = hash(field->name);
	s->fields[s->n].value = hash(field->value);
	s->fields[s->n].never_indexed = field->never_indexed;
	s->fields[s->n++].from_dynamic = field->from_dynamic;
	s->size += field->name.n + field->value.n + 32;
}

static enum hpack_result decode(struct hpack *h, struct bytes block, struct said *said)
{
	enum hpack_result result;

	said->n = 0;
	result = hpack_decode(h, block, on_field, said);
	REQUIRE(result != HPACK_NO_MEMORY);
	REQUIRE(hpack_held(h) <= HPACK_TABLE_MAX * 5 / 2);
	return result;
}

static bool same_or_unknown(uint64_t late, uint64_t first)
{
	return late == 0 || late == first;
}

static void check_late(struct hpack *h, struct bytes block, const struct said *first)
{
	static struct said late;

	/* Names it does not know count nothing, so it can keep more of a table that
	 * is larger than our bound, and say more than the first one. */
	bool may_know_more = first->size > HPACK_TABLE_MAX;
	enum hpack_result result = decode(h, block, &late);

	if (result == HPACK_TOO_LARGE && may_know_more)
		return;
	REQUIRE(result == HPACK_OK && late.n == first->n);
	for (size_t i = 0; i < late.n; i++) {
		REQUIRE(same_or_unknown(late.fields[i].name, first->fields[i].name) ||
			(first->fields[i].name == 0 && may_know_more));
		REQUIRE(same_or_unknown(late.fields[i].value, first->fields[i].value) ||
			(first->fields[i].value == 0 && may_know_more));
		REQUIRE(late.fields[i].never_indexed == first->fields[i].never_indexed);
		REQUIRE(late.fields[i].from_dynamic == first->fields[i].from_dynamic);
	}
}

/* ---- libnghttp2 ---- */

static void *peer_new(void)
{
	static int there = -1;
	void *inflater;

	if (there < 0)
		there = peer_load();
	if (!there)
		return NULL;
	REQUIRE(peer.inflate_new(&inflater) == 0);
	/* we do not know what was allowed by SETTINGS, so all is */
	REQUIRE(peer.inflate_change_size(inflater, UINT32_MAX) == 0);
	return inflater;
}

static void on_peer_field(void *ctx, const struct peer_field *field)
{
	struct said *s = ctx;

	if (s->n == HPACK_FIELDS_MAX)
		return;
	s->fields[s->n].name = hash(bytes_of(field->name, field->name_n));
	s->fields[s->n].value = hash(bytes_of(field->value, field->value_n));
	s->fields[s->n++].never_indexed = field->flags & PEER_NEVER_INDEXED;
}

static void check_peer(void *inflater, struct bytes block, enum hpack_result result, const struct said *ours)
{
	static struct said theirs;
	bool all_known = ours->size <= HPACK_TABLE_MAX;

	theirs.n = 0;
	if (!peer_inflate_block(inflater, block, on_peer_field, &theirs)) {
		REQUIRE(result != HPACK_OK || !all_known);
		return;
	}
	REQUIRE(result == HPACK_OK || result == HPACK_TOO_LARGE);
	REQUIRE(result != HPACK_OK || theirs.n == ours->n);
	for (size_t i = 0; i < ours->n; i++) {
		uint64_t name = ours->fields[i].name, value = ours->fields[i].value;

		REQUIRE(name == theirs.fields[i].name || (name == 0 && !all_known));
		REQUIRE(value == theirs.fields[i].value || (value == 0 && !all_known));
		REQUIRE(ours->fields[i].never_indexed == theirs.fields[i].never_indexed);
	}
}

/* ---- the script ---- */

struct decoders {
	struct hpack *first, *late[LATE_MAX];
	unsigned n_late;
	void *inflater;
	struct said said;
};

/* In memory of its own size.  false: there is no going on. */
static bool play_block(struct decoders *d, const uint8_t *data, size_t n)
{
	uint8_t *copy = malloc(n);
	struct bytes block = bytes_of(copy, n);
	enum hpack_result result;

	REQUIRE(copy || n == 0);
	if (n)
		memcpy(copy, data, n);
	if (d->n_late < LATE_MAX)
		d->late[d->n_late++] = hpack_new(false);
	result = decode(d->first, block, &d->said);
	if (d->inflater && n)
		check_peer(d->inflater, block, result, &d->said);
	if (result == HPACK_OK)
		for (unsigned i = 0; i < d->n_late; i++)
			check_late(d->late[i], block, &d->said);
	free(copy);
	return result == HPACK_OK;
}

static void play(struct decoders *d, const uint8_t *data, size_t n)
{
	for (size_t i = 0; i < n;) {
		size_t length = data[i++];

		if (length == GAP) {
			if (d->n_late)
				hpack_gap(d->late[i % d->n_late]);
			continue;
		}
		if (length == LONG_LENGTH && n - i >= 2) {
			length = data[i] << 8 | data[i + 1];
			i += 2;
		}
		if (length > n - i)
			length = n - i;
		if (!play_block(d, data + i, length))
			return;
		i += length;
	}
}

/* The whole input as one block, again and again: what an error leaves behind. */
static void play_repeated(const uint8_t *data, size_t n)
{
	static struct said said;
	struct hpack *h = hpack_new(n % 2);

	for (int i = 0; i < 3; i++) {
		said.size = 0;
		decode(h, bytes_of(data, n), &said);
	}
	hpack_free(h);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct decoders d;

	d = (struct decoders){.first = hpack_new(true), .inflater = peer_new()};
	play(&d, data, n);
	hpack_free(d.first);
	for (unsigned i = 0; i < d.n_late; i++)
		hpack_free(d.late[i]);
	if (d.inflater)
		peer.inflate_del(d.inflater);
	play_repeated(data, n);
	return 0;
}
