/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who comes late, or misses a block, sees exactly what is known and nothing else.
 *
 * Random blocks are made by an encoder of the test's own, which does all that
 * RFC 7541 allows and remembers for each name and value since which block one
 * must have listened to know it.  Decoders that join before each block, and
 * such that miss each block, must give the truth where that is so, and unknown
 * where not.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "hpack_list.h"

#define BLOCKS	      24
#define BLOCK_FIELDS  10
#define FIELDS	      (BLOCKS * BLOCK_FIELDS)
#define WIRE_MAX      (4 * 1024 * 1024)
#define TEXT_MAX      (8 * 1024 * 1024)
#define ROUNDS	      40
#define STATIC_N      61
#define CODES	      257
#define VALUE_LARGEST 70000
#define ALWAYS	      INT_MAX

/* A string, and the last block before which one may join to know it. */
struct known {
	struct bytes text;
	int until;
};

struct truth {
	struct known name, value;
	bool never_indexed, from_dynamic;
};

struct entry {
	struct known name, value;
	size_t size;
};

static struct {
	unsigned seed;
	uint8_t wire[WIRE_MAX];
	size_t wire_n, block_at[BLOCKS + 1];
	uint8_t text[TEXT_MAX];
	size_t text_n;
	struct truth fields[FIELDS];
	size_t fields_n, field_at[BLOCKS + 1];
	struct entry table[FIELDS]; /* newest last */
	size_t entries, size, max;
	int block;
	size_t sizes_up_to;
} e;

static struct {
	uint32_t code;
	int bits;
} codes[CODES];

static struct known fixed[STATIC_N][2];

/* The RFC's lists: also what the decoder's tables are made from. */
static void read_tables(void)
{
	FILE *f = fopen("scripts/hpack-tables.txt", "r");
	char line[256], name[64], value[64];
	unsigned number, code;
	int bits, symbols = 0;

	ck_assert_msg(f != NULL, "run from the top of the repository");
	while (fgets(line, sizeof(line), f)) {
		value[0] = 0;
		if (sscanf(line, "static %u %63s %63[^\n]", &number, name, value) >= 2) {
			fixed[number - 1][0] = (struct known){bytes_of_str(strdup(name)), ALWAYS};
			fixed[number - 1][1] = (struct known){bytes_of_str(strdup(value)), ALWAYS};
		} else if (sscanf(line, "huffman %u %x %d", &number, &code, &bits) == 3) {
			codes[number].code = code;
			codes[number].bits = bits;
			symbols++;
		}
	}
	fclose(f);
	ck_assert_int_eq(symbols, CODES);
}

/* ---- the encoder ---- */

static unsigned below(unsigned n)
{
	return (unsigned)rand_r(&e.seed) % n;
}

static bool one_in(unsigned n)
{
	return below(n) == 0;
}

static void put(uint8_t octet)
{
	must(e.wire_n < WIRE_MAX);
	e.wire[e.wire_n++] = octet;
}

static void put_integer(uint8_t pattern, int prefix, size_t n)
{
	size_t ones = (1u << prefix) - 1;

	if (n < ones) {
		put(pattern | n);
		return;
	}
	put(pattern | ones);
	for (n -= ones; n >= 128; n >>= 7)
		put(0x80 | (n & 0x7f));
	put(n);
}

static void put_huffman(struct bytes text)
{
	size_t bits = 0;
	uint64_t word = 0;
	int n = 0;

	for (size_t i = 0; i < text.n; i++)
		bits += codes[text.p[i]].bits;
	put_integer(0x80, 7, (bits + 7) / 8);
	for (size_t i = 0; i < text.n; i++) {
		word = word << codes[text.p[i]].bits | codes[text.p[i]].code;
		for (n += codes[text.p[i]].bits; n >= 8; n -= 8)
			put(word >> (n - 8));
	}
	if (n)
		put(word << (8 - n) | 0xff >> n);
}

static void put_text(struct bytes text)
{
	if (one_in(2)) {
		put_huffman(text);
		return;
	}
	put_integer(0, 7, text.n);
	for (size_t i = 0; i < text.n; i++)
		put(text.p[i]);
}

static struct bytes random_text(size_t n)
{
	uint8_t *p = e.text + e.text_n;
	bool any = one_in(4);

	must(e.text_n + n <= TEXT_MAX);
	for (size_t i = 0; i < n; i++)
		p[i] = any ? below(256) : 'a' + below(26);
	e.text_n += n;
	return bytes_of(p, n);
}

static size_t random_length(void)
{
	if (one_in(400))
		return below(VALUE_LARGEST);
	if (one_in(e.sizes_up_to > HPACK_TABLE_MAX ? 3 : 12))
		return below(6000);
	return one_in(10) ? 0 : below(40);
}

static void evict_to(size_t max)
{
	size_t gone = 0;

	for (; e.size > max; gone++)
		e.size -= e.table[gone].size;
	e.entries -= gone;
	memmove(e.table, e.table + gone, e.entries * sizeof(e.table[0]));
}

static void insert(const struct truth *t)
{
	size_t size = t->name.text.n + t->value.text.n + 32;

	evict_to(size > e.max ? 0 : e.max - size);
	if (size > e.max)
		return;
	e.table[e.entries++] = (struct entry){
		.name = {t->name.text, t->name.until < e.block ? t->name.until : e.block},
		.value = {t->value.text, e.block},
		.size = size,
	};
	e.size += size;
}

static const struct entry *newest(size_t index)
{
	return &e.table[e.entries - index];
}

static void put_update(void)
{
	static const size_t sizes[] = {0, 32, 100, 500, 4096, 16384, 65536};
	bool any = one_in(3) || e.sizes_up_to > HPACK_TABLE_MAX;
	size_t max = any ? below(e.sizes_up_to + 1) : sizes[below(7)];

	put_integer(0x20, 5, max);
	e.max = max;
	evict_to(max);
}

/* An index for a name or a field, and what it names; 0: a literal. */
static size_t random_index(struct truth *t, bool literal_too)
{
	size_t index;

	if (literal_too && one_in(3))
		return 0;
	if (e.entries && !one_in(4)) {
		index = 1 + (one_in(2) ? below(e.entries) : below(e.entries < 4 ? e.entries : 4));
		t->name = newest(index)->name;
		t->value = newest(index)->value;
		t->from_dynamic = true;
		return index + STATIC_N;
	}
	index = 1 + below(STATIC_N);
	t->name = fixed[index - 1][0];
	t->value = fixed[index - 1][1];
	return index;
}

static void put_literal(struct truth *t)
{
	static const struct {
		uint8_t pattern;
		int prefix;
	} kinds[] = {{0x40, 6}, {0x40, 6}, {0x40, 6}, {0x00, 4}, {0x10, 4}};
	unsigned kind = below(5);
	size_t index = random_index(t, true);

	put_integer(kinds[kind].pattern, kinds[kind].prefix, index);
	if (!index) {
		t->name = (struct known){random_text(random_length()), ALWAYS};
		put_text(t->name.text);
	}
	t->value = (struct known){random_text(random_length()), ALWAYS};
	put_text(t->value.text);
	t->never_indexed = kinds[kind].pattern == 0x10;
	if (kinds[kind].pattern == 0x40)
		insert(t);
}

static void put_field(void)
{
	struct truth *t = &e.fields[e.fields_n++];

	*t = (struct truth){0};
	if (one_in(2))
		put_literal(t);
	else
		put_integer(0x80, 7, random_index(t, false));
}

/* `up_to`: the largest table */
static void encode(unsigned seed, size_t up_to)
{
	e.seed = seed;
	e.wire_n = e.text_n = e.fields_n = e.entries = e.size = 0;
	e.max = HPACK_TABLE_INITIAL;
	e.sizes_up_to = up_to;
	for (e.block = 0; e.block < BLOCKS; e.block++) {
		e.block_at[e.block] = e.wire_n;
		e.field_at[e.block] = e.fields_n;
		for (unsigned updates = one_in(8) ? 1 + below(2) : 0; updates; updates--)
			put_update();
		for (unsigned n = below(BLOCK_FIELDS + 1); n; n--)
			put_field();
	}
	e.block_at[BLOCKS] = e.wire_n;
	e.field_at[BLOCKS] = e.fields_n;
}

/* ---- decoders ---- */

static struct hpack_list list;
static size_t seen, unknown;

/* exact: unknown just where it has to be */
static void check_text(struct bytes got, const struct known *want, int joined, bool exact)
{
	seen++;
	unknown += !got.p;
	must(!got.p || bytes_equal(got, want->text));
	must(!got.p || joined <= want->until);
	must(got.p || !exact || joined > want->until);
}

static void decode_block(struct hpack *h, int block, int joined, bool exact)
{
	size_t at = e.block_at[block];

	must(list_decode(&list, h, bytes_of(e.wire + at, e.block_at[block + 1] - at)) == HPACK_OK);
	must(list.n == e.field_at[block + 1] - e.field_at[block]);
	must(hpack_held(h) <= HPACK_TABLE_MAX * 5 / 2);
	for (size_t i = 0; i < list.n; i++) {
		const struct truth *t = &e.fields[e.field_at[block] + i];

		check_text(list.fields[i].name, &t->name, joined, exact);
		check_text(list.fields[i].value, &t->value, joined, exact);
		must(list.fields[i].never_indexed == t->never_indexed);
		must(list.fields[i].from_dynamic == t->from_dynamic);
	}
}

static void decode_from(struct hpack *h, int first, int joined, bool exact)
{
	for (int block = first; block < BLOCKS; block++)
		decode_block(h, block, joined, exact);
	hpack_free(h);
}

static void all_ways(unsigned seed, size_t up_to, bool exact)
{
	encode(seed, up_to);
	decode_from(hpack_new(true), 0, 0, exact);
	for (int join = 0; join < BLOCKS; join++)
		decode_from(hpack_new(false), join, join, exact);
	for (int missed = 0; missed < BLOCKS; missed++) {
		struct hpack *h = hpack_new(missed % 2);

		for (int block = 0; block < missed; block++)
			decode_block(h, block, 0, exact);
		hpack_gap(h);
		decode_from(h, missed + 1, missed + 1, exact);
	}
}

START_TEST(joined_at_each_block)
{
	seen = unknown = 0;
	for (unsigned round = 0; round < ROUNDS; round++)
		all_ways(_i * 1000 + round, HPACK_TABLE_MAX, true);
	/* the rounds are about something */
	ck_assert_uint_gt(unknown, seen / 100);
	ck_assert_uint_lt(unknown, seen / 2);
}
END_TEST

/* Of a table larger than what we keep, the oldest may be unknown, nothing wrong. */
START_TEST(large_tables)
{
	for (unsigned round = 0; round < ROUNDS / 2; round++)
		all_ways(500000 + round, (size_t)4 * HPACK_TABLE_MAX, false);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("hpack_late");
	TCase *t = tcase_create("all");

	tcase_add_unchecked_fixture(t, read_tables, NULL);
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, joined_at_each_block, 0, 4);
	tcase_add_test(t, large_tables);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	return run_suite(suite());
}
