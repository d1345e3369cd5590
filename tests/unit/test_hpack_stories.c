/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hpack on recorded header lists as real encoders wrote them: hpack-test-case,
 * which lies beside the repository or is not there.  Joining before each block
 * of each story, too: each field is the truth or unknown.
 */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <yajl/yajl_tree.h>

#include "hpack_list.h"

#define FOLDER	"../shared/hpack-test-case/"
#define STORIES FOLDER "*/*.json"
/* Larger than any story. */
#define FILE_MAX   (8 * 1024 * 1024)
#define CASES_MAX  1024
#define ERROR_TEXT 256

struct block {
	uint8_t *wire;
	size_t n;
	yajl_val headers; /* list of objects of one member */
};

static struct block blocks[CASES_MAX];
static size_t n_blocks;
static struct hpack_list list;
static glob_t stories;
static uint64_t fields, known; /* seen by late decoders */

static yajl_val read_story(const char *path)
{
	char *text = calloc(1, FILE_MAX + 1), error[ERROR_TEXT];
	FILE *f = fopen(path, "r");
	yajl_val root;

	ck_assert(f && text);
	ck_assert_uint_lt(fread(text, 1, FILE_MAX, f), FILE_MAX);
	fclose(f);
	root = yajl_tree_parse(text, error, sizeof(error));
	ck_assert_msg(root != NULL, "%s: %s", path, error);
	free(text);
	return root;
}

static void take_wire(struct block *b, const char *hex)
{
	b->n = strlen(hex) / 2;
	b->wire = malloc(b->n + 1);
	ck_assert_ptr_nonnull(b->wire);
	for (size_t i = 0; i < b->n; i++) {
		unsigned octet = 0;

		must(sscanf(hex + 2 * i, "%2x", &octet) == 1);
		b->wire[i] = octet;
	}
}

static void take_blocks(yajl_val root)
{
	yajl_val cases = yajl_tree_get(root, (const char *[]){"cases", NULL}, yajl_t_array);

	ck_assert_ptr_nonnull(cases);
	n_blocks = cases->u.array.len;
	ck_assert_uint_le(n_blocks, CASES_MAX);
	for (size_t i = 0; i < n_blocks; i++) {
		yajl_val one = cases->u.array.values[i];
		yajl_val wire = yajl_tree_get(one, (const char *[]){"wire", NULL}, yajl_t_string);
		yajl_val headers = yajl_tree_get(one, (const char *[]){"headers", NULL}, yajl_t_array);

		ck_assert(wire && headers);
		take_wire(&blocks[i], YAJL_GET_STRING(wire));
		blocks[i].headers = headers;
	}
}

/* A name or a value: the truth, or unknown unless all has been seen. */
static void check_text(struct bytes got, const char *want, bool complete)
{
	if (!complete) {
		fields++;
		known += got.p != NULL;
	}
	must(got.p || !complete);
	must(!got.p || bytes_equal(got, bytes_of_str(want)));
}

static void check_block(struct hpack *h, const struct block *b, bool complete)
{
	must(list_decode(&list, h, bytes_of(b->wire, b->n)) == HPACK_OK);
	must(list.n == b->headers->u.array.len);
	for (size_t i = 0; i < list.n; i++) {
		yajl_val header = b->headers->u.array.values[i];

		check_text(list.fields[i].name, header->u.object.keys[0], complete);
		check_text(list.fields[i].value, YAJL_GET_STRING(header->u.object.values[0]), complete);
	}
}

static void decode_from(size_t first, bool complete)
{
	struct hpack *h = hpack_new(complete);

	for (size_t i = first; i < n_blocks; i++)
		check_block(h, &blocks[i], complete);
	hpack_free(h);
}

START_TEST(story)
{
	yajl_val root = read_story(stories.gl_pathv[_i]);

	take_blocks(root);
	decode_from(0, true);
	for (size_t join = 0; join < n_blocks; join++)
		decode_from(join, false);
	printf("%s: %zu blocks; joined before each of them: %.1f %% of names and values known\n",
	       stories.gl_pathv[_i] + strlen(FOLDER), n_blocks,
	       fields ? 100.0 * (double)known / (double)fields : 100.0);
	for (size_t i = 0; i < n_blocks; i++)
		free(blocks[i].wire);
	yajl_tree_free(root);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("hpack_stories");
	TCase *t = tcase_create("all");

	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, story, 0, (int)stories.gl_pathc);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	int failed;

	if (glob(STORIES, 0, NULL, &stories) != 0) {
		printf("skip - hpack_stories # no " STORIES "\n");
		return 0;
	}
	failed = run_suite(suite());
	globfree(&stories);
	return failed;
}
