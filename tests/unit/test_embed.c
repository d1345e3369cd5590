/* SPDX-License-Identifier: Apache-2.0 */
/* The embedded BPF text is the files of bpf_src/, byte for byte, and all of them. */
#include <check.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "transport/bpf_pieces.h"

/* Larger than any file of bpf_src/. */
#define FILE_MAX (1024 * 1024)

static const char *piece_text(const char *path)
{
	for (const struct bpf_piece *p = bpf_pieces; p->path; p++)
		if (strcmp(p->path, path) == 0)
			return p->text;
	return NULL;
}

/* The file's bytes and their number; the caller frees. */
static char *read_file(const char *path, size_t *n)
{
	FILE *f = fopen(path, "rb");
	char *buf = malloc(FILE_MAX);

	ck_assert_msg(f != NULL, "%s: cannot be read (run from the top of the repository)", path);
	ck_assert_ptr_nonnull(buf);
	*n = fread(buf, 1, FILE_MAX, f);
	ck_assert_msg(*n < FILE_MAX, "%s: too long", path);
	fclose(f);
	return buf;
}

START_TEST(each_piece_equals_its_file)
{
	int pieces = 0;

	for (const struct bpf_piece *p = bpf_pieces; p->path; p++, pieces++) {
		size_t n;
		char *file = read_file(p->path, &n);

		ck_assert_msg(strlen(p->text) == n, "%s: %zu bytes embedded, the file has %zu", p->path,
			      strlen(p->text), n);
		ck_assert_msg(memcmp(p->text, file, n) == 0, "%s: embedded bytes differ", p->path);
		free(file);
	}
	ck_assert_int_gt(pieces, 0);
}
END_TEST

START_TEST(each_file_is_a_piece)
{
	glob_t found;

	ck_assert_int_eq(glob("bpf_src/*.bpf.c", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++)
		ck_assert_msg(piece_text(found.gl_pathv[i]) != NULL, "%s is not embedded", found.gl_pathv[i]);
	globfree(&found);
}
END_TEST

START_TEST(wire_header_comes_first)
{
	ck_assert_str_eq(bpf_pieces[0].path, "bpf_src/wire.h");
}
END_TEST

/* What sed, the C compiler or both could get wrong. */
START_TEST(awkward_bytes_survive)
{
	static const char awkward[] = "a\\b\"c\\\"\n?\?/ ?\?= %s\t\\n\\\n\n&\\0\n";
	char dir[] = "/tmp/test_embed.XXXXXX", command[512], out[4096];
	FILE *f;
	size_t n;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(command, sizeof(command), "%s/piece", dir);
	f = fopen(command, "wb");
	ck_assert_ptr_nonnull(f);
	fputs(awkward, f);
	fclose(f);
	/* compiled and printed by a program of its own, as build/bpf_pieces.c is */
	snprintf(command, sizeof(command),
		 "{ scripts/embed-bpf.sh %s/piece; echo '#include <stdio.h>'; "
		 "echo 'int main(void) { fputs(bpf_pieces[0].text, stdout); return 0; }'; } >%s/p.c && "
		 "${CC:-gcc} -w -std=gnu11 -Icommon -o %s/p %s/p.c && %s/p; rm -rf %s",
		 dir, dir, dir, dir, dir, dir);
	f = popen(command, "r");
	ck_assert_ptr_nonnull(f);
	n = fread(out, 1, sizeof(out) - 1, f);
	out[n] = '\0';
	pclose(f);
	ck_assert_str_eq(out, awkward);
}
END_TEST

START_TEST(missing_final_newline_is_refused)
{
	ck_assert_int_ne(system("f=$(mktemp) && printf x >$f && scripts/embed-bpf.sh $f >/dev/null 2>&1;"
				"r=$?; rm -f $f; exit $r"),
			 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("embed");
	TCase *tc = tcase_create("embed");

	tcase_add_test(tc, each_piece_equals_its_file);
	tcase_add_test(tc, each_file_is_a_piece);
	tcase_add_test(tc, wire_header_comes_first);
	tcase_add_test(tc, awkward_bytes_survive);
	tcase_add_test(tc, missing_final_newline_is_refused);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
