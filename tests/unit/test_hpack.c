/* SPDX-License-Identifier: Apache-2.0 */
/* hpack: RFC 7541's own examples, what it forbids, our limits, and memory that runs out. */
#include <stdio.h>
#include <stdlib.h>

#include "hpack_list.h"

#define BLOCK_TEXT 512

static struct hpack_list list;

/* ---- blocks in hexadecimal, blanks between octets allowed ---- */

static struct bytes from_hex(const char *hex)
{
	static uint8_t octets[BLOCK_TEXT];
	size_t n = 0;
	unsigned octet;

	for (; *hex; hex += 2) {
		hex += strspn(hex, " ");
		ck_assert_int_eq(sscanf(hex, "%2x", &octet), 1);
		octets[n++] = octet;
	}
	return bytes_of(octets, n);
}

static enum hpack_result decode(struct hpack *h, const char *hex)
{
	return list_decode(&list, h, from_hex(hex));
}

static size_t append(char *to, size_t n, struct bytes from)
{
	return n +
	       (from.p ? sprintf(to + n, "%.*s", (int)from.n, (const char *)from.p) : sprintf(to + n, "?"));
}

/* "name: value|" for each field; '?' for what is unknown, '!' before what is never indexed. */
static const char *text(void)
{
	static char to[8192];
	size_t n = 0;

	to[0] = 0;
	for (size_t i = 0; i < list.n; i++) {
		n += sprintf(to + n, "%s", list.fields[i].never_indexed ? "!" : "");
		n = append(to, n, list.fields[i].name);
		n += sprintf(to + n, ": ");
		n = append(to, n, list.fields[i].value);
		n += sprintf(to + n, "|");
	}
	return to;
}

static void must_decode(struct hpack *h, const char *hex, const char *want)
{
	ck_assert_msg(decode(h, hex) == HPACK_OK, "%s: refused", hex);
	ck_assert_str_eq(text(), want);
}

/* ---- appendix C ---- */

#define CUSTOM "custom-key: custom-header|"
#define FIRST  ":method: GET|:scheme: http|:path: /|:authority: www.example.com|"
#define SECOND FIRST "cache-control: no-cache|"
#define THIRD                                                                                                \
	":method: GET|:scheme: https|:path: /index.html|:authority: www.example.com|custom-key: "            \
	"custom-value|"
#define ANSWER(status, second)                                                                               \
	":status: " status "|cache-control: private|date: Mon, 21 Oct 2013 20:13:" second " GMT|"            \
	"location: https://www.example.com|"
#define COOKIE "content-encoding: gzip|set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1|"
#define LAST   ANSWER("200", "22") COOKIE

/* C.5 and C.6 are about a table of 256 bytes; the update that says so is ours. */
static const struct {
	const char *name, *blocks[4], *lists[4];
} examples[] = {
	{"C.2.1", {"400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572"}, {CUSTOM}},
	{"C.2.2", {"040c 2f73 616d 706c 652f 7061 7468"}, {":path: /sample/path|"}},
	{"C.2.3", {"1008 7061 7373 776f 7264 0673 6563 7265 74"}, {"!password: secret|"}},
	{"C.2.4", {"82"}, {":method: GET|"}},
	{"C.3",
	 {"8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d", "8286 84be 5808 6e6f 2d63 6163 6865",
	  "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65"},
	 {FIRST, SECOND, THIRD}},
	{"C.4",
	 {"8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff", "8286 84be 5886 a8eb 1064 9cbf",
	  "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf"},
	 {FIRST, SECOND, THIRD}},
	{"C.5",
	 {"3fe101 4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a "
	  "3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
	  "4803 3330 37c1 c0bf",
	  "88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a "
	  "6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d "
	  "6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31"},
	 {ANSWER("302", "21"), ANSWER("307", "21"), LAST}},
	{"C.6",
	 {"3fe101 4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e "
	  "919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3",
	  "4883 640e ffc1 c0bf",
	  "88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d "
	  "d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 "
	  "3d50 07"},
	 {ANSWER("302", "21"), ANSWER("307", "21"), LAST}},
};

START_TEST(example)
{
	struct hpack *h = hpack_new(true);

	for (int i = 0; examples[_i].blocks[i]; i++)
		must_decode(h, examples[_i].blocks[i], examples[_i].lists[i]);
	hpack_free(h);
}
END_TEST

/* ---- what is refused ---- */

static const struct {
	const char *name, *hex;
} bad[] = {
	{"index 0", "80"},
	{"index behind an empty table", "be"},
	{"index behind the table", "40 0161 0162 bf"},
	{"name index behind the table", "7e 0161"},
	{"largest index", "ff 80ffffff0f"},
	{"integer of 33 bits", "ff ffffffff0f"},
	{"integer of six octets", "ff 808080808000"},
	{"integer that overflows in its fifth octet", "ff ffffffff10"},
	{"integer cut", "ff ff"},
	{"no value", "40 0161"},
	{"no name", "40"},
	{"name longer than the block", "40 0561 0162"},
	{"value longer than the block", "40 0161 0262"},
	{"value of 4 GiB", "40 0161 7f80ffffff0f"},
	{"size update behind a field", "82 20"},
	{"size update cut", "3f"},
	{"EOS", "00 0161 84 ffffffff"},
	{"EOS behind a character", "00 0161 85 1fffffffff"},
	{"8 bits of padding", "00 0161 82 1fff"},
	{"only padding", "00 0161 81 ff"},
	{"padding with zeros", "00 0161 81 18"},
	{"code cut", "00 0161 81 fe"},
	{"long code cut", "00 0161 83 fffffe"},
};

START_TEST(refused)
{
	struct hpack *h = hpack_new(true);

	ck_assert_msg(decode(h, bad[_i].hex) == HPACK_BAD, "%s", bad[_i].name);
	/* the window begins anew */
	must_decode(h, "be 40 0163 0164 be bf", "?: ?|c: d|c: d|?: ?|");
	hpack_free(h);
}
END_TEST

static const struct {
	const char *name, *hex, *want;
} accepted[] = {
	{"nothing", "", ""},
	{"empty strings", "40 00 00 be 7e 00", ": |: |: |"},
	{"empty Huffman strings", "40 80 80 be", ": |: |"},
	{"never indexed, name by index", "1f 09 0161", "!cache-control: a|"},
	{"7 bits of padding", "00 0161 83 028a7f", "a: 0  |"},
	{"no padding", "00 0161 85 0000000000", "a: 00000000|"},
	{"long codes", "00 0161 84 fffffff3", "a: \n|"},
	{"two size updates", "20 3fe11f 82", ":method: GET|"},
	{"size update of 4 GiB", "3fe0ffffff0f 40 0161 0162 be", "a: b|a: b|"},
	{"integer with needless octets", "3fe1ffff8000 82", ":method: GET|"},
	{"entry larger than the table",
	 "3f01 40 0161 0162 40 0163 1e646464646464646464646464646464646464646464646464646464646464",
	 "a: b|c: dddddddddddddddddddddddddddddd|"},
};

START_TEST(not_refused)
{
	struct hpack *h = hpack_new(true);

	must_decode(h, accepted[_i].hex, accepted[_i].want);
	hpack_free(h);
}
END_TEST

/* 4.4: it empties the table, and is not there itself. */
START_TEST(too_large_for_the_table)
{
	struct hpack *h = hpack_new(true);

	must_decode(h, "3f03 40 0161 0162", "a: b|");
	must_decode(h, "40 0163 02 6464", "c: dd|");
	ck_assert_int_eq(decode(h, "be"), HPACK_BAD);
	hpack_free(h);
}
END_TEST

/* 4.3: by a smaller size; a larger one brings nothing back. */
START_TEST(evicted_by_a_size_update)
{
	struct hpack *h = hpack_new(true);

	must_decode(h, "40 0161 0162 40 0163 0164 bf be", "a: b|c: d|a: b|c: d|");
	must_decode(h, "3f03 be", "c: d|");
	ck_assert_int_eq(decode(h, "3fe11f bf"), HPACK_BAD);
	hpack_free(h);
}
END_TEST

/* ---- late ---- */

START_TEST(joined_late)
{
	struct hpack *h = hpack_new(false);

	must_decode(h, "82 be 84", ":method: GET|?: ?|:path: /|");
	ck_assert(list.fields[1].from_dynamic && !list.fields[0].from_dynamic);
	/* a name that is not known keeps its place; its value is known */
	must_decode(h, "7f05 0161 40 0162 0163 be bf c0", "?: a|b: c|b: c|?: a|?: ?|");
	/* and so does one that takes its name from there */
	must_decode(h, "7f00 0164 be", "?: d|?: d|");
	must_decode(h, "1f30 0165", "!b: e|");
	hpack_gap(h);
	must_decode(h, "be bf", "?: ?|?: ?|");
	hpack_free(h);
}
END_TEST

/* Longer than the usual table, which this one need not have. */
START_TEST(late_and_long)
{
	static uint8_t block[5 + 5000 + 2];
	struct hpack *h = hpack_new(false);

	must_decode(h, "40 0161 0162", "a: b|");
	memcpy(block, "\x40\x01\x63\x7f\x89\x26", 6);
	memset(block + 6, 'd', 5000);
	ck_assert_int_eq(list_decode(&list, h, bytes_of(block, 6 + 5000)), HPACK_OK);
	must_decode(h, "bf", "a: b|");
	hpack_free(h);
}
END_TEST

/* ---- limits ---- */

START_TEST(most_fields)
{
	static uint8_t block[HPACK_FIELDS_MAX + 1];
	struct hpack *h = hpack_new(true);

	memset(block, 0x82, sizeof(block));
	ck_assert_int_eq(list_decode(&list, h, bytes_of(block, HPACK_FIELDS_MAX)), HPACK_OK);
	ck_assert_uint_eq(list.n, HPACK_FIELDS_MAX);
	ck_assert_int_eq(list_decode(&list, h, bytes_of(block, HPACK_FIELDS_MAX + 1)), HPACK_TOO_LARGE);
	ck_assert_uint_eq(list.n, HPACK_FIELDS_MAX);
	must_decode(h, "be", "?: ?|");
	hpack_free(h);
}
END_TEST

/* One long entry, and many references to it. */
START_TEST(most_bytes)
{
	static uint8_t block[6 + 4000 + HPACK_DECODED_MAX / 4000];
	struct hpack *h = hpack_new(true);

	memcpy(block, "\x40\x01\x61\x7f\xa0\x1e", 6); /* 3999 */
	memset(block + 6, 'b', 3999);
	memset(block + 6 + 3999, 0xbe, sizeof(block) - 6 - 3999);
	ck_assert_int_eq(list_decode(&list, h, bytes_of(block, 6 + 3999)), HPACK_OK);
	ck_assert_int_eq(list_decode(&list, h, bytes_of(block, 6 + 3999 + HPACK_DECODED_MAX / 4000 - 1)),
			 HPACK_OK);
	ck_assert_int_eq(list_decode(&list, h, bytes_of(block, sizeof(block))), HPACK_TOO_LARGE);
	hpack_free(h);
}
END_TEST

/* A table as large as can be: entries of all sizes, so that both its memories grow to the utmost. */
START_TEST(most_memory)
{
	static uint8_t block[60010];
	struct hpack *h = hpack_new(false);

	block[0] = 0x40;
	for (int i = 0; i < 10000; i++)
		ck_assert_int_eq(list_decode(&list, h, bytes_of(block, 3)), HPACK_OK);
	memcpy(block, "\x40\x00\x7f\xe1\xd3\x03", 6); /* 60000 */
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(list_decode(&list, h, bytes_of(block, 6 + 60000)), HPACK_OK);
	ck_assert_uint_gt(hpack_held(h), HPACK_TABLE_MAX);
	ck_assert_uint_le(hpack_held(h), HPACK_TABLE_MAX * 5 / 2);
	hpack_free(h);
	ck_assert_uint_le((h = hpack_new(true), hpack_held(h)), 200);
	hpack_free(h);
	hpack_free(NULL);
}
END_TEST

/* What our bound evicts may be referred to: unknown then, and no error. */
START_TEST(larger_table_than_ours)
{
	static uint8_t block[7 + 40000];
	struct hpack *h = hpack_new(true);

	must_decode(h, "3fa19a0c 40 0161 0162 be", "a: b|a: b|"); /* 200000 */
	memcpy(block, "\x40\x01\x63\x7f\xc1\xb7\x02", 7);
	ck_assert_int_eq(list_decode(&list, h, bytes_of(block, sizeof(block))), HPACK_OK);
	must_decode(h, "bf", "a: b|");
	ck_assert_int_eq(list_decode(&list, h, bytes_of(block, sizeof(block))), HPACK_OK);
	must_decode(h, "c0", "?: ?|");
	must_decode(h, "20 3fe11f 40 0161 0162 be", "a: b|a: b|");
	hpack_free(h);
}
END_TEST

/* ---- memory ---- */

static void out_of_memory(void *ctx)
{
	struct hpack *h = hpack_new(true);

	(void)ctx;
	if (!h)
		return;
	for (int i = 0; i < 40; i++) {
		enum hpack_result result =
			decode(h, "40 88 25a849e95ba97d7f 89 25a849e95bb8e8b4bf 40 0161 0162 7e 0163");
		if (result == HPACK_OK) {
			ck_assert_str_eq(text(), "custom-key: custom-value|a: b|a: c|");
			continue;
		}
		ck_assert_int_eq(result, HPACK_NO_MEMORY);
		/* what was known is not any more, and nothing is wrong */
		must_decode(h, "be", "?: ?|");
	}
	ck_assert(hpack_held(h) > 200);
	hpack_free(h);
}

START_TEST(each_allocation_fails)
{
	struct hpack *h = hpack_new(true);

	must_decode(h, "", ""); /* makes the guard, which must not fail */
	hpack_free(h);
	ck_assert(!harness_alloc_hooked() || fail_each_alloc(out_of_memory, NULL) > 4);
}
END_TEST

#define N(array) (int)(sizeof(array) / sizeof((array)[0]))

static Suite *suite(void)
{
	Suite *s = suite_create("hpack");
	TCase *t = tcase_create("all");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, example, 0, N(examples));
	tcase_add_loop_test(t, refused, 0, N(bad));
	tcase_add_loop_test(t, not_refused, 0, N(accepted));
	tcase_add_test(t, too_large_for_the_table);
	tcase_add_test(t, evicted_by_a_size_update);
	tcase_add_test(t, joined_late);
	tcase_add_test(t, late_and_long);
	tcase_add_test(t, most_fields);
	tcase_add_test(t, most_bytes);
	tcase_add_test(t, most_memory);
	tcase_add_test(t, larger_table_than_ours);
	tcase_add_test(t, each_allocation_fails);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	return run_suite(suite());
}
