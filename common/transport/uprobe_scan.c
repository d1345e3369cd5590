/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/uprobe_scan.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* A line is some 75 bytes and a path, PATH_MAX and more if newlines in it are written as \012. */
#define LINES_SIZE 16384

/* ---- names ---- */

/* Of programs that have OpenSSL or BoringSSL linked into a library of their own: those whose symbols can be
 * seen from outside. */
static const struct uprobe_library libraries[] = {
	{"libssl", UPROBE_OPENSSL, true},
	{"libboringssl", UPROBE_OPENSSL, true},
	{"libgnutls", UPROBE_GNUTLS, true},
	{"libnspr4", UPROBE_NSS, true},
	{"libnghttp2", UPROBE_NGHTTP2, true},
	{"libnetty_tcnative", UPROBE_OPENSSL, true},
	{"libnetty-tcnative", UPROBE_OPENSSL, true},
	{"libpython", UPROBE_OPENSSL, false},
	{"libnode", UPROBE_OPENSSL, false},
};

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	return strncmp(name, "memfd:", 6) == 0 ? name + 6 : name;
}

bool uprobe_is_library(const char *path)
{
	const char *so = strstr(last_part(path), ".so");

	return so && (so[3] == '\0' || so[3] == '.');
}

/* libssl.so.3, and libssl-1a2b3c4d.so.1.1 as bundled with packages of Python; libgnutls-dane.so.0 is
 * something else, so is libssl3.so, which is of NSS and gets its plain text through libnspr4. */
static bool is_exactly(const char *name, const char *prefix)
{
	const char *rest = name + strlen(prefix);

	if (*rest == '-')
		rest += 1 + strspn(rest + 1, "0123456789abcdef");
	return strncmp(rest, ".so", 3) == 0;
}

bool uprobe_library_of(const char *path, struct uprobe_library *out)
{
	const char *name = last_part(path);

	if (strncmp(name, "lib", 3) != 0 || !uprobe_is_library(name) || strcmp(name, "libssl3.so") == 0)
		return false;
	for (size_t i = 0; i < sizeof(libraries) / sizeof(libraries[0]); i++) {
		if (strncmp(name, libraries[i].prefix, strlen(libraries[i].prefix)) != 0)
			continue;
		*out = libraries[i];
		out->certain &= is_exactly(name, out->prefix) || strstr(name, "tcnative") != NULL;
		return true;
	}
	return false;
}

/* ---- /proc/PID/maps ---- */

/* By hand: sscanf() would take longer than the kernel does to write the line. */
static const char *parse_hex(const char *p, uint64_t *out)
{
	*out = 0;
	for (; isxdigit((unsigned char)*p); p++)
		*out = *out << 4 | (uint64_t)(isdigit((unsigned char)*p) ? *p - '0' : (*p | 0x20) - 'a' + 10);
	return p;
}

static const char *parse_number(const char *p, uint64_t *out)
{
	*out = 0;
	for (; isdigit((unsigned char)*p); p++)
		*out = *out * 10 + (uint64_t)(*p - '0');
	return p;
}

void uprobe_path_cut_deleted(char *path)
{
	static const char suffix[] = " (deleted)";
	size_t n = strlen(path);

	if (n > sizeof(suffix) - 1 && strcmp(path + n - (sizeof(suffix) - 1), suffix) == 0)
		path[n - (sizeof(suffix) - 1)] = '\0';
}

/* "fe:00 247134      /usr/bin/cat" */
static bool parse_file(char *text, struct uprobe_mapping *m)
{
	uint64_t major, minor, inode;
	const char *p = parse_hex(text, &major);
	char *path;

	if (*p != ':')
		return false;
	p = parse_hex(p + 1, &minor);
	if (*p != ' ')
		return false;
	p = parse_number(p + 1, &inode);
	path = text + (p - text) + strspn(p, " ");
	/* others are of no file: "[vdso]", "[anon_shmem:...]" */
	if (*p != ' ' || *path != '/' || !inode)
		return false;
	uprobe_path_cut_deleted(path);
	m->dev = makedev((unsigned)major, (unsigned)minor);
	m->inode = (ino_t)inode;
	m->path = path;
	return true;
}

/* "7f1c-7f1d r-xp 00002000 fe:00 247134      /usr/bin/cat" */
bool uprobe_mapping_parse(char *line, struct uprobe_mapping *m)
{
	static const char rights[] = " rwxp ";
	char *p = strchr(line, ' ');
	const char *end;

	if (!p || strnlen(p, sizeof(rights)) < sizeof(rights) || p[3] != 'x')
		return false;
	end = parse_hex(line, &m->start);
	if (*end != '-' || parse_hex(end + 1, &m->end) != p)
		return false;
	p = strchr(p + sizeof(rights) - 1, ' ');
	return p && parse_file(p + 1, m);
}

/* Returns how many bytes of them were whole lines. */
static size_t take_lines(char *text, size_t n, uprobe_mapping_fn *fn, void *ctx)
{
	char *p = text, *end;
	struct uprobe_mapping m;

	while ((end = memchr(p, '\n', n - (size_t)(p - text))) != NULL) {
		*end = '\0';
		if (uprobe_mapping_parse(p, &m))
			fn(ctx, &m);
		p = end + 1;
	}
	return (size_t)(p - text);
}

static void read_text(int fd, uprobe_mapping_fn *fn, void *ctx)
{
	char text[LINES_SIZE];
	size_t n = 0, taken;
	ssize_t got;

	while ((got = read(fd, text + n, sizeof(text) - n)) > 0) {
		n += (size_t)got;
		taken = take_lines(text, n, fn, ctx);
		/* a line longer than all the room: none of a file that can be opened */
		if (!taken && n == sizeof(text))
			taken = n;
		n -= taken;
		memmove(text, text + taken, n);
	}
}

/* ---- the same, since Linux 6.11: a tenth of the time, as only code of files is written ---- */

/* struct procmap_query of linux/fs.h, which is newer than the headers that we build with. */
struct mapping_query {
	uint64_t size, flags, address; /* what is asked for */
	uint64_t start, end, vma_flags, page_size, offset, inode;
	uint32_t major, minor;
	uint32_t name_size, build_id_size; /* room, and then how much of it was written */
	uint64_t name, build_id;
};

#define QUERY_MAPPING	   _IOWR('f', 17, struct mapping_query)
#define QUERY_EXECUTABLE   0x04
#define QUERY_THIS_OR_NEXT 0x10
#define QUERY_OF_FILE	   0x20

static bool query(int fd, struct mapping_query *q, uint64_t address, char name[PATH_MAX])
{
	*q = (struct mapping_query){
		.size = sizeof(*q),
		.flags = QUERY_EXECUTABLE | QUERY_THIS_OR_NEXT | QUERY_OF_FILE,
		.address = address,
		.name_size = PATH_MAX,
		.name = (uint64_t)(uintptr_t)name,
	};
	return ioctl(fd, QUERY_MAPPING, q) == 0;
}

/* false: not all was read, the kernel is older, or a path too long. */
static bool read_by_queries(int fd, uprobe_mapping_fn *fn, void *ctx)
{
	char name[PATH_MAX];
	struct mapping_query q;

	for (uint64_t address = 0; query(fd, &q, address, name); address = q.end) {
		struct uprobe_mapping m = {q.start, q.end, makedev(q.major, q.minor), (ino_t)q.inode, name};

		/* it never is; but this loop must end */
		if (q.end <= address)
			return false;
		if (!q.name_size || *name != '/' || !q.inode)
			continue;
		uprobe_path_cut_deleted(name);
		fn(ctx, &m);
	}
	return errno == ENOENT;
}

void uprobe_mappings_read(int fd, uprobe_mapping_fn *fn, void *ctx)
{
	if (!read_by_queries(fd, fn, ctx))
		read_text(fd, fn, ctx);
}
