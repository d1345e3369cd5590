/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of /proc/PID/maps, names of libraries, and the versions that they tell. */
#include "transport/uprobe_scan.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "harness.h"
#include "transport/uprobe_version.h"

/* ---- /proc/PID/maps ---- */

static bool parse(const char *line, struct uprobe_mapping *m)
{
	static char copy[256];

	snprintf(copy, sizeof(copy), "%s", line);
	return uprobe_mapping_parse(copy, m);
}

START_TEST(a_line)
{
	struct uprobe_mapping m;

	ck_assert(parse(
		"55a9a3118000-55a9a311d000 r-xp 00002000 fe:1c 247134                     /usr/bin/cat", &m));
	ck_assert_uint_eq(m.start, 0x55a9a3118000);
	ck_assert_uint_eq(m.end, 0x55a9a311d000);
	ck_assert_uint_eq(m.dev, makedev(0xfe, 0x1c));
	ck_assert_uint_eq(m.inode, 247134);
	ck_assert_str_eq(m.path, "/usr/bin/cat");
}
END_TEST

static const struct {
	const char *line, *path; /* NULL: it is no file that is mapped executable */
} lines[] = {
	{"00400000-00401000 r-xp 00000000 00:01 7 /memfd:libssl.so (deleted)", "/memfd:libssl.so"},
	{"400000-401000 rwxs 00000000 103:00 7 /a b/x (deleted) y", "/a b/x (deleted) y"},
	{"400000-401000 r-xp 00000000 fe:00 7 / r-xp 00000000 fe:00 9 /b", "/ r-xp 00000000 fe:00 9 /b"},
	{"ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]", NULL},
	{"400000-401000 r-xp 00000000 00:00 0 ", NULL},
	{"400000-401000 r-xp 00000000 00:00 0", NULL},
	{"400000-401000 r-xp 00000000 00:00 0    /SYSV00000000 (deleted)", NULL},
	{"400000-401000 r--p 00000000 fe:00 7   /usr/bin/cat", NULL},
	{"400000-401000 r--p 00000000 fe:00 7   /usr/x r-xp", NULL},
	{"400000-401000 r-xp 00000000 00:01 7   [anon_shmem: /lib/libssl.so]", NULL},
	{"", NULL},
	{" ", NULL},
	{"-", NULL},
	{"400000 r-xp 0 fe:00 7 /a", NULL},
	{"400000-401000", NULL},
	{"400000-401000 r-x", NULL},
	{"400000-401000 r-xp", NULL},
	{"400000-401000 r-xp ", NULL},
	{"400000-401000 r-xp 00000000", NULL},
	{"400000-401000 r-xp 00000000 ", NULL},
	{"400000-401000 r-xp 00000000 fe", NULL},
	{"400000-401000 r-xp 00000000 fe:", NULL},
	{"400000-401000 r-xp 00000000 fe:00 ", NULL},
	{"400000-401000 r-xp 00000000 fe:00 7", NULL},
	{"400000-401000 r-xp 00000000 fe:00 7/a", NULL},
	{"400000-401000 r-xp 00000000 fe:00 x /a", NULL},
};

START_TEST(lines_of_all_kinds)
{
	struct guarded g =
		guard_copy((struct bytes){(const uint8_t *)lines[_i].line, strlen(lines[_i].line) + 1});
	struct uprobe_mapping m;
	bool ok = uprobe_mapping_parse((char *)(uintptr_t)g.bytes.p, &m);

	ck_assert_msg(ok == (lines[_i].path != NULL), "%s", lines[_i].line);
	if (ok)
		ck_assert_str_eq(m.path, lines[_i].path);
	guard_free(&g);
}
END_TEST

struct sought {
	ino_t inode;
	unsigned times;
	struct uprobe_mapping m;
};

static void seek(void *ctx, const struct uprobe_mapping *m)
{
	struct sought *s = ctx;

	ck_assert(m->path[0] == '/' && m->end > m->start && m->inode);
	if (m->inode != s->inode)
		return;
	s->times++;
	s->m = *m;
}

static void seek_own(struct sought *s, const char *from)
{
	int fd = open(from, O_RDONLY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	uprobe_mappings_read(fd, seek, s);
	close(fd);
}

/* The running kernel's way. */
START_TEST(our_own_program)
{
	struct sought s = {0};
	struct stat st;

	ck_assert_int_eq(stat("/proc/self/exe", &st), 0);
	s.inode = st.st_ino;
	seek_own(&s, "/proc/self/maps");
	ck_assert_uint_eq(s.times, 1);
	ck_assert_uint_le(s.m.start, (uintptr_t)seek_own);
	ck_assert_uint_gt(s.m.end, (uintptr_t)seek_own);
}
END_TEST

/* Text, longer than what is read at once, and a line that is longer than all of it. */
START_TEST(as_text)
{
	char name[] = "/tmp/l7scope-maps.XXXXXX";
	struct sought s = {.inode = 77};
	FILE *f = fdopen(mkstemp(name), "w");

	ck_assert_ptr_nonnull(f);
	for (int i = 0; i < 2000; i++) {
		fprintf(f, "400000-401000 r-xp 00000000 fe:00 %d          /usr/lib/libssl.so.3\n",
			i == 999 ? 77 : 5);
		if (i == 500)
			fprintf(f, "400000-401000 r-xp 00000000 fe:00 5 /%020000d\n", 7);
	}
	fputs("400000-401000 r-xp 00000000 fe:00 77   /and/half/a/line", f);
	ck_assert_int_eq(fclose(f), 0);
	seek_own(&s, name);
	ck_assert_uint_eq(s.times, 1);
	unlink(name);
}
END_TEST

/* ---- names ---- */

static const struct {
	const char *path;
	int family; /* -1: not looked at */
	bool certain;
} libraries[] = {
	{"/usr/lib/x86_64-linux-gnu/libssl.so.3", UPROBE_OPENSSL, true},
	{"/usr/lib/libssl.so", UPROBE_OPENSSL, true},
	{"/x/psycopg2_binary.libs/libssl-3e69114b.so.1.1.1w", UPROBE_OPENSSL, true},
	{"/x/libssl-mine.so", UPROBE_OPENSSL, false},
	{"/usr/lib/libssl3.so", -1, false},
	{"/usr/lib/libssl.a", -1, false},
	{"/usr/lib/libssl.socket", -1, false},
	{"/usr/lib/libssl.so/x", -1, false},
	{"/usr/lib/libssh.so.4", -1, false},
	{"/usr/lib/libgnutls.so.30.34.3", UPROBE_GNUTLS, true},
	{"/usr/lib/libgnutls-dane.so.0", UPROBE_GNUTLS, false},
	{"/usr/lib/libgnutlsxx.so.30", UPROBE_GNUTLS, false},
	{"/usr/lib/libnspr4.so", UPROBE_NSS, true},
	{"/usr/lib/x86_64-linux-gnu/libnghttp2.so.14.24.1", UPROBE_NGHTTP2, true},
	{"/usr/lib/libnghttp2_asio.so.1", UPROBE_NGHTTP2, false},
	{"/tmp/libnetty_tcnative_linux_x86_6412345.so", UPROBE_OPENSSL, true},
	{"/usr/lib/libpython3.12.so.1.0", UPROBE_OPENSSL, false},
	{"/memfd:libssl.so.3", UPROBE_OPENSSL, true},
	{"/usr/lib/libc.so.6", -1, false},
	{"/usr/bin/curl", -1, false},
	{"/", -1, false},
	{"", -1, false},
};

START_TEST(library_names)
{
	struct uprobe_library l = {.family = UPROBE_FAMILIES};
	bool found = uprobe_library_of(libraries[_i].path, &l);

	ck_assert_msg(found == (libraries[_i].family >= 0), "%s", libraries[_i].path);
	if (!found)
		return;
	ck_assert_int_eq((int)l.family, libraries[_i].family);
	ck_assert_msg(l.certain == libraries[_i].certain, "%s", libraries[_i].path);
}
END_TEST

START_TEST(what_is_a_library)
{
	ck_assert(uprobe_is_library("/lib/libc.so.6"));
	ck_assert(uprobe_is_library("/lib/ld-linux-x86-64.so.2"));
	ck_assert(!uprobe_is_library("/usr/bin/node"));
	ck_assert(!uprobe_is_library("/x.so.d/node"));
	ck_assert(!uprobe_is_library("/usr/bin/my.software"));
}
END_TEST

/* ---- versions ---- */

static const struct {
	enum uprobe_family family;
	const char *text, *version; /* NULL: none */
} versions[] = {
	{UPROBE_OPENSSL, "OpenSSL 3.0.17 1 Jul 2025", "OpenSSL 3.0.17"},
	{UPROBE_OPENSSL, "OpenSSL 1.1.1k  FIPS 25 Mar 2021", "OpenSSL 1.1.1k"},
	{UPROBE_OPENSSL, "OpenSSL 3.0.13+quic 30 Jan 2024", "OpenSSL 3.0.13+quic"},
	{UPROBE_OPENSSL, "OpenSSL 1.1.1 (compatible; BoringSSL)", "BoringSSL"},
	{UPROBE_OPENSSL, "LibreSSL 3.8.2", "LibreSSL 3.8.2"},
	{UPROBE_GNUTLS, "Enabled GnuTLS 3.7.9 logging...\n", "GnuTLS 3.7.9"},
	{UPROBE_GNUTLS, "OpenSSL 3.0.17 1 Jul 2025", NULL},
	{UPROBE_OPENSSL, "OpenSSL 1.1.1 is needed", NULL},
	{UPROBE_OPENSSL, "OpenSSL 3.0", NULL},
	{UPROBE_OPENSSL, "OpenSSL %s %s 2025", NULL},
	{UPROBE_OPENSSL, "OpenSSL ", NULL},
	{UPROBE_OPENSSL, "OpenSSL 3.00000000000000000000000000000000000000000000000000 1 Jul 2025", NULL},
	{UPROBE_NSS, "OpenSSL 3.0.17 1 Jul 2025", NULL},
};

START_TEST(version_strings)
{
	char out[UPROBE_VERSION_LEN];
	bool found = uprobe_version_of_string(versions[_i].family, versions[_i].text, out);

	ck_assert_msg(found == (versions[_i].version != NULL), "%s", versions[_i].text);
	if (found)
		ck_assert_str_eq(out, versions[_i].version);
}
END_TEST

/* At each place around the border of what is read at once. */
START_TEST(version_in_a_file)
{
	static const char text[] = "\0OpenSSL 3.0.17 1 Jul 2025";
	int fd = memfd_create("version", MFD_CLOEXEC);
	struct elf_section all = {.offset = 10, .size = 200000};
	char out[UPROBE_VERSION_LEN];

	for (off_t at = 65536 - 40; at < 65536 + 20; at++) {
		ck_assert_int_eq(ftruncate(fd, 0), 0);
		ck_assert_int_eq(ftruncate(fd, 200010), 0);
		ck_assert_int_eq(pwrite(fd, "xOpenSSL 9.9.9 1 Jul 2025", 25, 50), 25);
		ck_assert_int_eq(pwrite(fd, text, sizeof(text), at), sizeof(text));
		uprobe_version_find(fd, UPROBE_OPENSSL, &all, out);
		ck_assert_str_eq(out, "OpenSSL 3.0.17");
	}
	ck_assert_int_eq(ftruncate(fd, 100), 0);
	uprobe_version_find(fd, UPROBE_OPENSSL, &all, out);
	ck_assert_str_eq(out, "");
	close(fd);
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

int main(void)
{
	Suite *suite = suite_create("uprobe_scan");
	TCase *c = tcase_create("uprobe_scan");

	tcase_add_test(c, a_line);
	tcase_add_loop_test(c, lines_of_all_kinds, 0, COUNT(lines));
	tcase_add_test(c, our_own_program);
	tcase_add_test(c, as_text);
	tcase_add_loop_test(c, library_names, 0, COUNT(libraries));
	tcase_add_test(c, what_is_a_library);
	tcase_add_loop_test(c, version_strings, 0, COUNT(versions));
	tcase_add_test(c, version_in_a_file);
	suite_add_tcase(suite, c);
	return run_suite(suite);
}
