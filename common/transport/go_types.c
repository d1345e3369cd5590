/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/go_types.h"

#include <string.h>

/* Path of a package, and a type or a member in it, with the NUL. */
#define TEXT_LEN 256
/* Types of one name, in packages that are called alike. */
#define NAMES_MAX   16
#define STRUCTS_MAX 16
/* The largest structs of programs have some hundred; those of tables more. */
#define MEMBERS_MAX 512
/* Where a member may lie: structs with arrays in them are that large, hardly larger. */
#define OFFSET_MAX (1u << 20)

/* A type (internal/abi.Type): the bytes that are looked at. */
#define FLAGS_AT    20
#define KIND_AT	    23
#define NAME_AT	    40
#define TYPE_SIZE   48
#define KIND_MASK   31
#define STRUCT_KIND 25
#define HAS_PACKAGE 1 /* flag: where that is told follows the members */
#define HAS_NAME    4
/* Behind it in one of a struct: package (for names without), members: address, number, number. */
enum struct_word { PACKAGE, MEMBERS, N_MEMBERS, ROOM, STRUCT_WORDS };
#define PACKAGE_AT (TYPE_SIZE + STRUCT_WORDS * 8)
enum member_word { MEMBER_NAME, MEMBER_TYPE, MEMBER_OFFSET, MEMBER_WORDS };
/* A name is a byte of flags, its length in groups of 7 bits, and its text. */
#define LENGTH_MAX 127

struct search {
	const struct go_types *types;
	const char *package;
	size_t package_length;
	uint8_t text[TEXT_LEN]; /* as a name is stored: its length, "*base.type" */
	size_t length;
	int32_t names[NAMES_MAX]; /* from the beginning of types on */
	size_t n_names;
	uint64_t structs[STRUCTS_MAX];
	size_t n_structs;
};

/* ---- names ---- */

/* Whether the name at this address is `text`, of n bytes. */
static bool is_name(const struct go_image *image, uint64_t address, const char *text, size_t n)
{
	uint8_t head[3], name[TEXT_LEN];
	size_t size = 2, length;

	if (n > TEXT_LEN || !go_image_read(image, address, head, sizeof(head)))
		return false;
	length = head[1];
	if (length > LENGTH_MAX) {
		length = (length & LENGTH_MAX) | (size_t)(head[2] & LENGTH_MAX) << 7;
		size++;
	}
	return length == n && go_image_read(image, address + size, name, n) && memcmp(name, text, n) == 0;
}

/* "a.org/b/c.T" is stored as "*c.T": as a pointer to it, of which the type uses the end.  A package is nearly
 * always called as its path ends. */
static bool take_type(struct search *s, const char *type)
{
	const char *slash = strrchr(type, '/'), *base = slash ? slash + 1 : type;
	const char *dot = strchr(base, '.');
	size_t n = strlen(base);

	if (!dot || n + 1 > LENGTH_MAX)
		return false;
	s->package = type;
	s->package_length = (size_t)(dot - type);
	s->text[0] = (uint8_t)(n + 1);
	s->text[1] = '*';
	memcpy(s->text + 2, base, n);
	s->length = n + 2;
	return true;
}

static bool look_for_name(void *ctx, const uint8_t *piece, size_t n, uint64_t address)
{
	struct search *s = ctx;
	const uint8_t *p = piece, *end = piece + n;

	for (; (p = memmem(p, (size_t)(end - p), s->text, s->length)) != NULL; p++) {
		uint64_t at = address + (uint64_t)(p - piece) - s->types->in.address;

		/* in front of it are its flags */
		if (at && (!s->n_names || s->names[s->n_names - 1] != (int32_t)(at - 1)))
			s->names[s->n_names++] = (int32_t)(at - 1);
		if (s->n_names == NAMES_MAX)
			return true;
	}
	return false;
}

/* ---- types ---- */

static bool has_name(const struct search *s, int32_t name)
{
	for (size_t i = 0; i < s->n_names; i++)
		if (s->names[i] == name)
			return true;
	return false;
}

static bool look_for_struct(void *ctx, const uint8_t *piece, size_t n, uint64_t address)
{
	struct search *s = ctx;
	int32_t name;

	for (size_t at = -address & 7; at + TYPE_SIZE <= n; at += 8) {
		if ((piece[at + KIND_AT] & KIND_MASK) != STRUCT_KIND ||
		    (piece[at + FLAGS_AT] & (HAS_PACKAGE | HAS_NAME)) != (HAS_PACKAGE | HAS_NAME))
			continue;
		memcpy(&name, piece + at + NAME_AT, sizeof(name));
		if (!has_name(s, name))
			continue;
		s->structs[s->n_structs++] = address + at;
		if (s->n_structs == STRUCTS_MAX)
			return true;
	}
	return false;
}

static bool is_of_package(const struct search *s, uint64_t type)
{
	int32_t name;

	return go_image_read(s->types->image, type + PACKAGE_AT, &name, sizeof(name)) && name >= 0 &&
	       is_name(s->types->image, s->types->in.address + (uint64_t)name, s->package, s->package_length);
}

static long checked(const struct go_types *types, uint64_t offset)
{
	offset >>= types->doubled;
	return offset <= OFFSET_MAX ? (long)offset : -1;
}

static long member_of(const struct go_types *types, uint64_t type, const char *member)
{
	uint64_t head[STRUCT_WORDS], words[MEMBERS_MAX * MEMBER_WORDS];
	const uint64_t *w = words;

	if (!go_image_read_words(types->image, type + TYPE_SIZE, head, STRUCT_WORDS) ||
	    head[N_MEMBERS] > MEMBERS_MAX ||
	    !go_image_read_words(types->image, head[MEMBERS], words, head[N_MEMBERS] * MEMBER_WORDS))
		return -1;
	for (uint64_t i = 0; i < head[N_MEMBERS]; i++, w += MEMBER_WORDS)
		if (is_name(types->image, w[MEMBER_NAME], member, strlen(member)))
			return checked(types, w[MEMBER_OFFSET]);
	return -1;
}

long go_types_member(const struct go_types *types, const char *type, const char *member)
{
	struct search s = {.types = types};

	if (types->in.size > INT32_MAX || !take_type(&s, type))
		return -1;
	go_image_scan(types->image, types->in, TEXT_LEN, look_for_name, &s);
	if (s.n_names)
		go_image_scan(types->image, types->in, PACKAGE_AT, look_for_struct, &s);
	for (size_t i = 0; i < s.n_structs; i++)
		if (is_of_package(&s, s.structs[i]))
			return member_of(types, s.structs[i], member);
	return -1;
}
