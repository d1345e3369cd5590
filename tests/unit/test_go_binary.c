/* SPDX-License-Identifier: Apache-2.0 */
/* Programs of Go: made up ones of each layout, broken ones, and those that happen to be here. */
#include "transport/go_binary.h"

#include <glob.h>
#include <stdio.h>

#include "harness.h"
#include "transport/x86_returns.h"
#include "unit/fake_go.h"

/* cmp rsp, [r14+16]; jbe +9; nop; ret; jmp -52 (its last bytes are those of INT3); int3 ... */
static const uint8_t code[] = {0x49, 0x3b, 0x66, 0x10, 0x76, 0x09, 0x90, 0xc3,
			       0xe9, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc};
#define CODE_SIZE 13

static char err[160];

static struct go_binary *open_file(int fd)
{
	memset(err, 'x', sizeof(err));
	return go_binary_open(fd, err, sizeof(err));
}

static struct go_binary *open_fake(struct fake_go *f)
{
	struct go_binary *b;
	int fd = fake_go_open(f);

	b = open_file(fd);
	/* must stay open; the next one of the test has another number */
	ck_assert_msg(b != NULL, "%s", err);
	return b;
}

/* Three functions, of which the second is vendored. */
static void init_three(struct fake_go *f, enum fake_go_version version, unsigned flags)
{
	fake_go_init(f, version, flags);
	fake_go_function(f, "runtime.x", "\x90\x90\xc3\xcc", 4);
	fake_go_function(f, "a.org/vendor/b.org/c.(*T).Read", code, sizeof(code));
	fake_go_function(f, "main.main", "\xc3", 1);
}

static void check_second(struct go_binary *b, const char *name, bool suffix)
{
	struct go_function f;

	ck_assert(go_binary_function(b, name, suffix, &f));
	ck_assert_str_eq(f.name, "a.org/vendor/b.org/c.(*T).Read");
	ck_assert_uint_eq(f.entry, FAKE_CODE + 4);
	ck_assert_uint_eq(f.body, FAKE_CODE + 4 + 6);
	if (err[0])
		return; /* no libcapstone */
	ck_assert_uint_eq(f.size, CODE_SIZE);
	ck_assert_uint_eq(f.n_returns, 1);
	ck_assert_uint_eq(f.returns[0], FAKE_CODE + 4 + 7);
	ck_assert(!f.more_returns);
}

START_TEST(every_layout)
{
	struct fake_go f;
	struct go_function out;
	struct go_binary *b;

	init_three(&f, (enum fake_go_version)(_i / FAKE_GO_FLAGS), (unsigned)_i % FAKE_GO_FLAGS);
	b = open_fake(&f);
	check_second(b, "a.org/vendor/b.org/c.(*T).Read", false);
	check_second(b, "a.org/vendor/b.org/c.(*T).Read", true);
	check_second(b, "b.org/c.(*T).Read", true);
	check_second(b, "c.(*T).Read", true);
	ck_assert(!go_binary_function(b, "b.org/c.(*T).Read", false, &out));
	ck_assert(!go_binary_function(b, "(*T).Read", true, &out));
	ck_assert(!go_binary_function(b, "org/c.(*T).Read", true, &out));
	ck_assert(!go_binary_function(b, "a.org/vendor/b.org/c.(*T).Rea", false, &out));
	ck_assert(!go_binary_function(b, "", true, &out));
	ck_assert(go_binary_function(b, "runtime.x", false, &out));
	ck_assert_uint_eq(out.body, out.entry);
	ck_assert(go_binary_function(b, "main.main", true, &out));
	ck_assert_uint_eq(out.size, 1);
	go_binary_free(b);
}
END_TEST

START_TEST(too_many_returns)
{
	uint8_t many[GO_RETURNS_MAX + 1];
	struct fake_go f;
	struct go_function out;
	struct go_binary *b;

	memset(many, 0xc3, sizeof(many));
	fake_go_init(&f, FAKE_GO_1_20, 0);
	fake_go_function(&f, "a.all", many, GO_RETURNS_MAX);
	fake_go_function(&f, "a.more", many, sizeof(many));
	fake_go_function(&f, "a.none", "\x06\xc3", 2); /* 06 is no instruction in 64-bit mode */
	b = open_fake(&f);
	if (!err[0]) {
		ck_assert(go_binary_function(b, "a.all", false, &out));
		ck_assert(!out.more_returns && out.n_returns == GO_RETURNS_MAX);
		ck_assert(go_binary_function(b, "a.more", false, &out));
		ck_assert(out.more_returns);
		ck_assert(go_binary_function(b, "a.none", false, &out));
		ck_assert(!out.more_returns && out.n_returns == 0 && out.size == 2);
	}
	go_binary_free(b);
}
END_TEST

START_TEST(names_across_pieces)
{
	char name[GO_RETURNS_MAX * 8 + 2];
	struct fake_go f;
	struct go_function out;
	struct go_binary *b;

	/* the longest that fits, and one more */
	memset(name, 'n', sizeof(name));
	name[sizeof(out.name)] = '\0';
	fake_go_init(&f, FAKE_GO_1_20, 0);
	fake_go_function(&f, name + 1, "\xc3", 1);
	fake_go_function(&f, name, "\xc3", 1);
	b = open_fake(&f);
	ck_assert(go_binary_function(b, name + 1, false, &out));
	ck_assert_str_eq(out.name, name + 1);
	ck_assert(!go_binary_function(b, name, false, &out));
	go_binary_free(b);
}
END_TEST

START_TEST(members)
{
	static const char *const of_other[] = {"first", "conn", NULL}, *const of_conn[] = {"fd", "conn", "n",
											   NULL};
	struct fake_go f;
	struct go_binary *b;

	init_three(&f, (enum fake_go_version)(_i / FAKE_GO_FLAGS), (unsigned)_i % FAKE_GO_FLAGS);
	fake_go_struct(&f, "b.org/net", "*net.Conn", of_other);
	fake_go_struct(&f, "a.org/net", "*net.Conn", of_conn);
	b = open_fake(&f);
	ck_assert_int_eq(go_binary_member(b, "a.org/net.Conn", "fd"), 0);
	ck_assert_int_eq(go_binary_member(b, "a.org/net.Conn", "conn"), 8);
	ck_assert_int_eq(go_binary_member(b, "a.org/net.Conn", "n"), 16);
	ck_assert_int_eq(go_binary_member(b, "b.org/net.Conn", "first"), 0);
	ck_assert_int_eq(go_binary_member(b, "a.org/net.Conn", "first"), -1);
	ck_assert_int_eq(go_binary_member(b, "net.Conn", "fd"), -1);
	ck_assert_int_eq(go_binary_member(b, "a.org/net.Con", "fd"), -1);
	ck_assert_int_eq(go_binary_member(b, "Conn", "fd"), -1);
	ck_assert_int_eq(go_binary_member(b, "", ""), -1);
	go_binary_free(b);
}
END_TEST

START_TEST(modules)
{
	struct fake_go f;
	struct go_binary *b;

	init_three(&f, (enum fake_go_version)(_i / FAKE_GO_FLAGS), (unsigned)_i % FAKE_GO_FLAGS);
	fake_go_info(
		&f, "go1.20.1 X:arenas",
		"path\tmain\nmod\tm\t(devel)\t\n"
		"dep\ta.org/net\tv0.7.0\th1:x=\ndep\ta.org/grpc\tv1.33.3\n=>\tfork.org/grpc\tv1.99.0\th1:y=\n"
		"dep\ta.org/local\tv1.0.0\n=>\t../local\nbuild\t-compiler=gc\n");
	b = open_fake(&f);
	ck_assert_str_eq(go_binary_version(b), "go1.20.1 X:arenas");
	ck_assert_str_eq(go_binary_module_version(b, "a.org/net"), "v0.7.0");
	ck_assert_str_eq(go_binary_module_version(b, "a.org/grpc"), "v1.99.0");
	ck_assert_str_eq(go_binary_module_version(b, "a.org/local"), "");
	ck_assert_str_eq(go_binary_module_version(b, "a.org"), "");
	ck_assert_str_eq(go_binary_module_version(b, "m"), "(devel)");
	go_binary_free(b);
}
END_TEST

START_TEST(not_of_go)
{
	struct fake_go f;
	int fd;

	init_three(&f, FAKE_GO_1_20, FAKE_GO_SECTIONS);
	f.image[FAKE_INFO] = 0;
	fd = fake_go_open(&f);
	ck_assert_ptr_null(open_file(fd));
	ck_assert_str_eq(err, "");
	close(fd);
	fd = fake_go_file("#!/bin/sh\n", 10);
	ck_assert_ptr_null(open_file(fd));
	ck_assert_str_eq(err, "");
	close(fd);
	ck_assert_ptr_null(open_file(-1));
	ck_assert_str_eq(err, "");
}
END_TEST

START_TEST(unusable)
{
	struct fake_go f;
	int fd;

	init_three(&f, FAKE_GO_1_17, 0);
	fake_go_info(&f, "go1.16.15", "");
	fd = fake_go_open(&f);
	ck_assert_ptr_null(open_file(fd));
	ck_assert_ptr_nonnull(strstr(err, "older than 1.17"));
	close(fd);

	init_three(&f, FAKE_GO_1_20, 0);
	fake_go_build(&f);
	f.image[FAKE_RODATA] = 0xf2; /* of a later Go */
	fd = fake_go_file(f.image, FAKE_SIZE);
	ck_assert_ptr_null(open_file(fd));
	ck_assert_ptr_nonnull(strstr(err, "table of functions"));
	close(fd);

	init_three(&f, FAKE_GO_1_20, 0);
	fake_go_build(&f);
	fake_go_word(&f, FAKE_DATA + 8, 0);
	fd = fake_go_file(f.image, FAKE_SIZE);
	ck_assert_ptr_null(open_file(fd));
	ck_assert_ptr_nonnull(strstr(err, "where its code begins"));
	close(fd);
}
END_TEST

/* ---- broken files ---- */

static void use(const void *image, size_t n)
{
	int fd = fake_go_file(image, n);
	struct go_binary *b = open_file(fd);
	struct go_function f;

	if (b) {
		go_binary_function(b, "a.org/vendor/b.org/c.(*T).Read", false, &f);
		go_binary_function(b, "c.(*T).Read", true, &f);
		go_binary_function(b, "main.main", false, &f);
		go_binary_member(b, "a.org/net.Conn", "n");
		go_binary_module_version(b, "a.org/net");
	}
	go_binary_free(b);
	close(fd);
}

static void init_all(struct fake_go *f, int which)
{
	static const char *const of_conn[] = {"fd", "conn", "n", NULL};

	init_three(f, (enum fake_go_version)(which / FAKE_GO_FLAGS), (unsigned)which % FAKE_GO_FLAGS);
	fake_go_struct(f, "a.org/net", "*net.Conn", of_conn);
	fake_go_info(f, "go1.27", "dep\ta.org/net\tv1\n");
	fake_go_build(f);
}

/* Sanitizers tell. */
START_TEST(cut_off)
{
	struct fake_go f;

	init_all(&f, _i);
	for (size_t n = 0; n < FAKE_SIZE; n += 61)
		use(f.image, n);
}
END_TEST

START_TEST(wrong_numbers)
{
	static const uint64_t values[] = {0, 1, UINT32_MAX, INT64_MAX, UINT64_MAX, UINT64_MAX - 7, 0x600600};
	struct fake_go f;
	uint64_t right;

	init_all(&f, _i);
	for (size_t at = 0; at + 8 <= FAKE_SIZE; at += 8) {
		memcpy(&right, f.image + at, sizeof(right));
		if (!right)
			continue;
		for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
			fake_go_word(&f, at, values[i]);
			use(f.image, FAKE_SIZE);
		}
		fake_go_word(&f, at, right);
	}
}
END_TEST

static void use_fake(void *ctx)
{
	const struct fake_go *f = ctx;

	use(f->image, FAKE_SIZE);
}

START_TEST(no_memory)
{
	struct fake_go f;

	init_all(&f, FAKE_GO_1_20 * FAKE_GO_FLAGS + FAKE_GO_PIE);
	fail_each_alloc(use_fake, &f);
}
END_TEST

/* ---- real ones: Go's own tools ---- */

static void check_real(const char *path)
{
	FILE *file = fopen(path, "r");
	struct go_function f;
	struct go_binary *b;

	ck_assert_ptr_nonnull(file);
	b = open_file(fileno(file));
	ck_assert_msg(b != NULL, "%s: %s", path, err);
	ck_assert_int_eq(strncmp(go_binary_version(b), "go1.", 4), 0);
	ck_assert_msg(go_binary_function(b, "crypto/tls.(*Conn).Read", false, &f), "%s", path);
	ck_assert_uint_lt(f.entry, f.body);
	ck_assert(err[0] || (f.n_returns > 3 && f.n_returns < 12));
	ck_assert_msg(go_binary_function(b, "golang.org/x/net/http2/hpack.(*Encoder).WriteField", true, &f),
		      "%s", path);
	ck_assert_ptr_nonnull(strstr(f.name, "vendor/golang.org/"));
	ck_assert_int_eq(go_binary_member(b, "net.TCPAddr", "Port"), 24);
	ck_assert_int_eq(go_binary_member(b, "internal/poll.FD", "Sysfd"), 16);
	ck_assert_int_eq(go_binary_member(b, "crypto/tls.Conn", "conn"), 0);
	go_binary_free(b);
	fclose(file);
}

START_TEST(tools_of_go)
{
	glob_t found = {0};

	glob("/usr/lib/go-1.*/bin/go", 0, NULL, &found);
	glob("/var/cache/l7scope/go/1.*/usr/lib/go-1.*/bin/go", GLOB_APPEND, NULL, &found);
	if (!found.gl_pathc)
		printf("skip - tools_of_go # no Go here; scripts/setup installs it\n");
	for (size_t i = 0; i < found.gl_pathc; i++)
		check_real(found.gl_pathv[i]);
	globfree(&found);
}
END_TEST

int main(void)
{
	const int layouts = FAKE_GO_VERSIONS * FAKE_GO_FLAGS;
	Suite *suite = suite_create("go_binary");
	TCase *fakes = tcase_create("fakes"), *broken = tcase_create("broken"), *real = tcase_create("real");

	struct x86_decoder *decoder = x86_decoder_new(err, sizeof(err));
	int result;

	/* the library stays loaded: each program that is opened would load it again */
	if (!decoder)
		printf("skip - returns # %s\n", err);
	tcase_add_loop_test(fakes, every_layout, 0, layouts);
	tcase_add_test(fakes, too_many_returns);
	tcase_add_test(fakes, names_across_pieces);
	tcase_add_loop_test(fakes, members, 0, layouts);
	tcase_add_loop_test(fakes, modules, 0, layouts);
	tcase_add_test(fakes, not_of_go);
	tcase_add_test(fakes, unusable);
	suite_add_tcase(suite, fakes);
	tcase_set_timeout(broken, 60);
	tcase_add_loop_test(broken, cut_off, 0, layouts);
	tcase_add_loop_test(broken, wrong_numbers, 0, layouts);
	tcase_add_test(broken, no_memory);
	suite_add_tcase(suite, broken);
	tcase_set_timeout(real, 60);
	tcase_add_test(real, tools_of_go);
	suite_add_tcase(suite, real);
	result = run_suite(suite);
	x86_decoder_free(decoder);
	return result;
}
