/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/go_buildinfo.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t magic[] = "\xff Go buildinf:"; /* without the NUL */
#define MAGIC_SIZE (sizeof(magic) - 1)
#define ALIGNMENT  16
/* Magic, size of a pointer, flags, two pointers to strings (up to 1.17). */
#define HEADER_SIZE 32
#define FLAGS_AT    15
#define POINTERS_AT 16
/* The two strings are behind the header, each with its length in front of it. */
#define INLINE_FLAG 2
/* Of 7 bits each. */
#define VARINT_BYTES 4
/* A line of 100 bytes for each of some hundred modules. */
#define MODULES_MAX (1u << 20)
/* In front of the lines and behind them. */
#define SENTINEL_SIZE 16
/* Of a segment of data: linkers put it to the beginning of one. */
#define SEARCHED_MAX ((uint64_t)64 << 20)

/* ---- strings ---- */

struct reader {
	const struct go_image *image;
	uint64_t at;
};

/* false: not a number, or one that no string is long. */
static bool read_varint(struct reader *r, uint64_t *out)
{
	uint8_t byte;

	*out = 0;
	for (unsigned i = 0; i < VARINT_BYTES; i++) {
		if (!go_image_read(r->image, r->at++, &byte, 1))
			return false;
		*out |= (uint64_t)(byte & 0x7f) << (7 * i);
		if (!(byte & 0x80))
			return true;
	}
	return false;
}

static bool inline_string(struct reader *r, struct go_range *out)
{
	if (!read_varint(r, &out->size))
		return false;
	out->address = r->at;
	r->at += out->size;
	return true;
}

/* A pointer to a pointer and a length. */
static bool pointed_string(struct reader *r, struct go_range *out)
{
	uint64_t pointer, words[2];

	if (!go_image_read_words(r->image, r->at, &pointer, 1) ||
	    !go_image_read_words(r->image, pointer, words, 2))
		return false;
	*out = (struct go_range){words[0], words[1]};
	r->at += sizeof(pointer);
	return true;
}

/* ---- modules ---- */

/* The next field of a line, which ends with a tab; "" when there is no more. */
static char *next_field(char **line)
{
	char *field = strsep(line, "\t");

	return field ? field : "";
}

/* "dep\tPATH\tVERSION\tHASH", "mod" of the program itself, or "=>" of what the one before is replaced by. */
static void take_line(struct go_buildinfo *info, char *line)
{
	const char *kind = next_field(&line);
	struct go_module module;

	module.path = next_field(&line);
	module.version = next_field(&line);
	if (strcmp(kind, "=>") == 0 && info->n_modules)
		info->modules[info->n_modules - 1].version = module.version;
	else if (strcmp(kind, "dep") == 0 || strcmp(kind, "mod") == 0)
		info->modules[info->n_modules++] = module;
}

static void split_lines(struct go_buildinfo *info)
{
	char *rest = info->text, *line;
	size_t n = 1;

	for (const char *p = info->text; (p = strchr(p, '\n')) != NULL; p++)
		n++;
	info->modules = calloc(n, sizeof(info->modules[0]));
	while (info->modules && (line = strsep(&rest, "\n")) != NULL)
		take_line(info, line);
}

static void read_modules(struct go_buildinfo *info, const struct go_image *image, struct go_range text)
{
	if (text.size <= 2 * SENTINEL_SIZE || text.size > MODULES_MAX ||
	    text.size > go_image_left(image, text.address))
		return;
	text = (struct go_range){text.address + SENTINEL_SIZE, text.size - 2 * SENTINEL_SIZE};
	info->text = calloc(1, text.size + 1);
	if (info->text && go_image_read(image, text.address, info->text, text.size))
		split_lines(info);
}

const char *go_buildinfo_module(const struct go_buildinfo *info, const char *module)
{
	for (size_t i = 0; i < info->n_modules; i++)
		if (strcmp(info->modules[i].path, module) == 0)
			return info->modules[i].version;
	return "";
}

/* ---- version ---- */

static void read_version(struct go_buildinfo *info, const struct go_image *image, struct go_range text)
{
	if (text.size >= sizeof(info->version) ||
	    !go_image_read(image, text.address, info->version, text.size))
		info->version[0] = '\0';
}

int go_buildinfo_minor(const struct go_buildinfo *info)
{
	const char *p = strstr(info->version, "go1.");
	int minor;

	return p && sscanf(p, "go1.%3d", &minor) == 1 ? minor : -1;
}

/* ---- place ---- */

struct search {
	bool found;
	uint64_t address;
};

static bool look(void *ctx, const uint8_t *piece, size_t n, uint64_t address)
{
	struct search *s = ctx;

	for (size_t at = -address % ALIGNMENT; at + HEADER_SIZE <= n && !s->found; at += ALIGNMENT)
		if (memcmp(piece + at, magic, MAGIC_SIZE) == 0)
			*s = (struct search){true, address + at};
	return s->found;
}

/* Its section, or, as Go's own tools do, the data of a file without sections. */
static struct search find(const struct go_image *image)
{
	struct search s = {false, 0};
	struct go_range in;

	if (go_image_section(image, ".go.buildinfo", &in))
		go_image_scan(image, in, HEADER_SIZE, look, &s);
	for (size_t i = 0; i < image->n_segments && !s.found; i++) {
		in = image->segments[i].in;
		in.size = in.size < SEARCHED_MAX ? in.size : SEARCHED_MAX;
		if (image->segments[i].writable && !elf_functions_has_sections(image->elf))
			go_image_scan(image, in, HEADER_SIZE, look, &s);
	}
	return s;
}

bool go_buildinfo_read(struct go_buildinfo *info, const struct go_image *image)
{
	struct search s = find(image);
	struct reader r = {image, s.address};
	bool (*read_string)(struct reader *, struct go_range *) = pointed_string;
	struct go_range text;
	uint8_t flags;

	memset(info, 0, sizeof(*info));
	if (!s.found || !go_image_read(image, s.address + FLAGS_AT, &flags, sizeof(flags)))
		return false;
	r.at += POINTERS_AT;
	if (flags & INLINE_FLAG) {
		r.at = s.address + HEADER_SIZE;
		read_string = inline_string;
	}
	if (read_string(&r, &text))
		read_version(info, image, text);
	if (info->version[0] && read_string(&r, &text))
		read_modules(info, image, text);
	return true;
}

void go_buildinfo_release(struct go_buildinfo *info)
{
	free(info->modules);
	free(info->text);
	memset(info, 0, sizeof(*info));
}
