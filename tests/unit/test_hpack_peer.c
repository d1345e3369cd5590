/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hpack beside libnghttp2: blocks of its deflater, which chooses by its own
 * rules what to insert, with table sizes that change on the way.  What its
 * inflater says and the lists themselves are the truth.
 */
#include <stdio.h>
#include <stdlib.h>

#include "../hpack_peer.h"
#include "hpack_list.h"

#define BLOCKS	   40
#define FIELDS_MAX 12
#define VALUE_MAX  300
#define WIRE_MAX   (FIELDS_MAX * (VALUE_MAX + 64))
#define ROUNDS	   60

static struct {
	struct peer_field fields[FIELDS_MAX];
	uint8_t values[FIELDS_MAX][VALUE_MAX];
	size_t n;
	uint8_t wire[WIRE_MAX];
	size_t wire_n;
} blocks[BLOCKS];

static struct hpack_list list;
static unsigned seed;
static size_t seen, unknown;

static unsigned below(unsigned n)
{
	return (unsigned)rand_r(&seed) % n;
}

static const char *const names[] = {":method",	    ":path",	      ":status",   "accept",  "authorization",
				    "cookie",	    "content-length", "te",	   "x-empty", "grpc-status",
				    "x-request-id", "traceparent",    "user-agent"};

static uint8_t random_octet(size_t at, size_t n)
{
	static const char usual[] = "0123456789abcdef-/;=";

	if (n < 4)
		return usual[at];
	return below(20) ? (uint8_t)usual[below(20)] : below(256);
}

static void fill(int block)
{
	blocks[block].n = below(FIELDS_MAX + 1);
	for (size_t i = 0; i < blocks[block].n; i++) {
		const char *name = names[below(sizeof(names) / sizeof(names[0]))];
		uint8_t *value = blocks[block].values[i];
		/* often the same again */
		size_t n = below(3) ? below(4) : below(VALUE_MAX);

		for (size_t j = 0; j < n; j++)
			value[j] = random_octet(j, n);
		blocks[block].fields[i] = (struct peer_field){
			.name = (uint8_t *)name,
			.name_n = strlen(name),
			.value = value,
			.value_n = n,
			.flags = below(10) ? 0 : PEER_NEVER_INDEXED,
		};
	}
}

static void encode_all(void)
{
	static const size_t sizes[] = {0, 50, 200, 1000, 4096, 20000, 65536};
	void *deflater;

	must(peer.deflate_new(&deflater, HPACK_TABLE_MAX) == 0);
	for (int block = 0; block < BLOCKS; block++) {
		ssize_t n;

		for (unsigned changes = below(6) ? 0 : 1 + below(2); changes; changes--)
			must(peer.deflate_change_size(deflater, sizes[below(7)]) == 0);
		fill(block);
		n = peer.deflate(deflater, blocks[block].wire, WIRE_MAX, blocks[block].fields,
				 blocks[block].n);
		must(n >= 0);
		blocks[block].wire_n = n;
	}
	peer.deflate_del(deflater);
}

static void check_text(struct bytes got, const uint8_t *want, size_t n, bool complete)
{
	seen++;
	unknown += !got.p;
	must(got.p || !complete);
	must(!got.p || bytes_equal(got, bytes_of(want, n)));
}

static void check_block(struct hpack *h, int block, bool complete)
{
	must(list_decode(&list, h, bytes_of(blocks[block].wire, blocks[block].wire_n)) == HPACK_OK);
	must(list.n == blocks[block].n);
	for (size_t i = 0; i < list.n; i++) {
		const struct peer_field *want = &blocks[block].fields[i];

		check_text(list.fields[i].name, want->name, want->name_n, complete);
		check_text(list.fields[i].value, want->value, want->value_n, complete);
		/* it never indexes credentials, asked or not */
		must(list.fields[i].never_indexed || !want->flags);
	}
}

struct expected {
	const struct hpack_list *ours;
	size_t n;
};

static void compare_field(void *ctx, const struct peer_field *field)
{
	struct expected *e = ctx;

	must(e->n < e->ours->n);
	must(bytes_equal(e->ours->fields[e->n].name, bytes_of(field->name, field->name_n)));
	must(bytes_equal(e->ours->fields[e->n].value, bytes_of(field->value, field->value_n)));
	must(e->ours->fields[e->n].never_indexed == (field->flags & PEER_NEVER_INDEXED));
	e->n++;
}

static void beside_the_inflater(void)
{
	struct hpack *h = hpack_new(true);
	void *inflater;

	must(peer.inflate_new(&inflater) == 0);
	must(peer.inflate_change_size(inflater, HPACK_TABLE_MAX) == 0);
	for (int block = 0; block < BLOCKS; block++) {
		struct expected e = {.ours = &list};
		struct bytes wire = bytes_of(blocks[block].wire, blocks[block].wire_n);

		check_block(h, block, true);
		must(wire.n == 0 || peer_inflate_block(inflater, wire, compare_field, &e));
		must(e.n == list.n);
	}
	peer.inflate_del(inflater);
	hpack_free(h);
}

static void joined_at(int join)
{
	struct hpack *h = hpack_new(false);

	for (int block = join; block < BLOCKS; block++)
		check_block(h, block, false);
	hpack_free(h);
}

START_TEST(deflated)
{
	for (seed = 1; seed <= ROUNDS; seed++) {
		unsigned kept = seed;

		encode_all();
		beside_the_inflater();
		for (int join = 0; join < BLOCKS; join++)
			joined_at(join);
		seed = kept;
	}
	ck_assert_uint_gt(seen, 0);
	ck_assert_uint_gt(unknown, 0);
	ck_assert_uint_lt(unknown, seen / 4);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("hpack_peer");
	TCase *t = tcase_create("all");

	tcase_set_timeout(t, 120);
	tcase_add_test(t, deflated);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	if (!peer_load()) {
		printf("skip - hpack_peer # " PEER_LIBRARY " is not there\n");
		return 0;
	}
	return run_suite(suite());
}
