/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/go_pclntab.h"

#include <stdlib.h>
#include <string.h>

/* The largest programs have 40 MB, of 300,000 functions. */
#define TABLE_MAX     ((uint64_t)256 << 20)
#define FUNCTIONS_MAX (1u << 21)
/* Names that end alike: of the program's packages, and of copies ("vendor/"). */
#define CANDIDATES_MAX 8
#define WINDOW_SIZE    (64u << 10)
/* Before a name, when only its end was looked for, and the NULs around it. */
#define OVERLAP (GO_NAME_LEN + 16)

/* ---- header ---- */

/* magic, two zeros, size of the smallest instruction (1 on amd64), size of a pointer */
#define MAGIC_SIZE 8
static const struct layout {
	uint8_t magic[MAGIC_SIZE];
	bool absolute; /* without TEXT, and with addresses of 8 bytes for places of 4 */
	bool since_1_20;
} layouts[] = {
	{{0xfa, 0xff, 0xff, 0xff, 0, 0, 1, 8}, true, false},  /* 1.16, 1.17 */
	{{0xf0, 0xff, 0xff, 0xff, 0, 0, 1, 8}, false, false}, /* 1.18, 1.19 */
	{{0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8}, false, true},  /* 1.20 and later */
};
#define N_LAYOUTS (sizeof(layouts) / sizeof(layouts[0]))

/* Words behind the magic: numbers of functions and of files, what places count from (0 from 1.26 on:
 * go_moduledata tells it), and where from the header on the tables begin: names, compilation units, files,
 * what varies with the place, functions. */
enum word { N_FUNCTIONS, N_FILES, TEXT, NAMES, UNITS, FILES, PLACES, FUNCTIONS, WORDS };

static const struct layout *layout_of(const uint8_t *magic)
{
	for (size_t i = 0; i < N_LAYOUTS; i++)
		if (memcmp(magic, layouts[i].magic, MAGIC_SIZE) == 0)
			return &layouts[i];
	return NULL;
}

static size_t index_size(const struct go_pclntab *t)
{
	return t->absolute ? 16 : 8;
}

static bool read_header(const struct go_pclntab *t, uint64_t address, uint64_t words[WORDS])
{
	size_t n = t->absolute ? WORDS - 1 : WORDS;

	if (!go_image_read(t->image, address + MAGIC_SIZE, words, n * sizeof(words[0])))
		return false;
	if (t->absolute) {
		memmove(words + NAMES, words + TEXT, (WORDS - NAMES) * sizeof(words[0]));
		words[TEXT] = 0;
	}
	return true;
}

static bool take_header(struct go_pclntab *t, struct go_range all)
{
	uint64_t w[WORDS];

	if (all.size > TABLE_MAX || !read_header(t, all.address, w))
		return false;
	/* the index has one more, which is where the last function ends */
	if (!w[N_FUNCTIONS] || w[N_FUNCTIONS] > FUNCTIONS_MAX || w[NAMES] >= w[UNITS] ||
	    w[UNITS] > w[FUNCTIONS] || w[FUNCTIONS] > all.size ||
	    w[N_FUNCTIONS] + 1 > (all.size - w[FUNCTIONS]) / index_size(t))
		return false;
	t->all = all;
	t->n = w[N_FUNCTIONS];
	t->names = (struct go_range){all.address + w[NAMES], w[UNITS] - w[NAMES]};
	t->functions = (struct go_range){all.address + w[FUNCTIONS], all.size - w[FUNCTIONS]};
	return true;
}

static bool try_address(struct go_pclntab *t, const uint8_t *magic, uint64_t address, uint64_t size)
{
	const struct layout *layout = layout_of(magic);

	if (!layout)
		return false;
	t->absolute = layout->absolute;
	t->since_1_20 = layout->since_1_20;
	return take_header(t, (struct go_range){address, size < TABLE_MAX ? size : TABLE_MAX});
}

static bool look_for_magic(void *ctx, const uint8_t *piece, size_t n, uint64_t address)
{
	struct go_pclntab *t = ctx;

	for (size_t at = -address & 7; at + MAGIC_SIZE <= n; at += 8)
		if (piece[at + 1] == 0xff &&
		    try_address(t, piece + at, address + at, go_image_left(t->image, address + at)))
			return true;
	return false;
}

/* Linkers other than Go's do not keep its section in position independent programs, and it may be hidden. */
static bool search(struct go_pclntab *t)
{
	for (size_t i = 0; i < t->image->n_segments; i++) {
		const struct go_segment *s = &t->image->segments[i];
		struct go_range in = {s->in.address, s->in.size < TABLE_MAX ? s->in.size : TABLE_MAX};

		if (!s->code && go_image_scan(t->image, in, MAGIC_SIZE * 2, look_for_magic, t))
			return true;
	}
	return false;
}

int go_pclntab_init(struct go_pclntab *t, const struct go_image *image)
{
	uint8_t magic[MAGIC_SIZE];
	struct go_range section;

	memset(t, 0, sizeof(*t));
	t->image = image;
	if (go_image_section(image, ".gopclntab", &section) && section.size >= sizeof(magic) &&
	    go_image_read(image, section.address, magic, sizeof(magic)) &&
	    try_address(t, magic, section.address, section.size))
		return 0;
	return search(t) ? 0 : -1;
}

void go_pclntab_release(struct go_pclntab *t)
{
	free(t->name_offsets);
	t->name_offsets = NULL;
}

/* ---- index: for each function, where it begins, and where from t->functions on it is described ---- */

struct entry {
	uint64_t place, described;
};

static struct entry entry_of(const struct go_pclntab *t, const uint8_t *p)
{
	struct entry e;
	uint32_t halves[2];

	if (t->absolute) {
		memcpy(&e, p, sizeof(e));
		return e;
	}
	memcpy(halves, p, sizeof(halves));
	return (struct entry){halves[0], halves[1]};
}

/* Where the nth begins; that after the last: where the last ends. */
static bool begin_of(const struct go_pclntab *t, uint64_t text, uint64_t n, uint64_t *address)
{
	uint64_t at = t->functions.address + n * index_size(t);
	uint32_t place;

	if (t->absolute)
		return go_image_read_words(t->image, at, address, 1);
	if (!go_image_read(t->image, at, &place, sizeof(place)))
		return false;
	*address = text + place;
	return true;
}

bool go_pclntab_first(const struct go_pclntab *t, uint64_t text, uint64_t *address)
{
	return begin_of(t, text, 0, address);
}

/* ---- names of the functions ---- */

/* Part of the table, read at once. */
struct window {
	const struct go_pclntab *t;
	uint64_t at, n; /* from t->functions on */
	uint8_t bytes[WINDOW_SIZE];
};

static const uint8_t *window_get(struct window *w, uint64_t at, size_t n)
{
	const struct go_range *in = &w->t->functions;

	if (at >= w->at && at + n <= w->at + w->n)
		return w->bytes + (at - w->at);
	if (at > in->size || n > in->size - at)
		return NULL;
	w->at = at;
	w->n = in->size - at < WINDOW_SIZE ? in->size - at : WINDOW_SIZE;
	if (go_image_read(w->t->image, in->address + at, w->bytes, (size_t)w->n))
		return w->bytes;
	w->n = 0;
	return NULL;
}

/* A description begins with where the function begins, and its name. */
static bool read_name_offsets(struct go_pclntab *t, struct window *index, struct window *described)
{
	const size_t name_at = t->absolute ? 8 : 4;
	uint64_t last = 0;

	for (uint64_t i = 0; i < t->n; i++) {
		const uint8_t *p = window_get(index, i * index_size(t), index_size(t));
		struct entry e = {0, 0};

		if (p)
			e = entry_of(t, p);
		/* in order, as linkers write them, no byte of the table is read twice */
		p = p && e.described >= last ? window_get(described, e.described, name_at + 4) : NULL;
		if (!p)
			return false;
		memcpy(&t->name_offsets[i], p + name_at, sizeof(t->name_offsets[i]));
		last = e.described;
	}
	return true;
}

static bool know_names(struct go_pclntab *t)
{
	struct window *windows;
	bool ok;

	if (t->name_offsets)
		return true;
	t->name_offsets = calloc(t->n, sizeof(t->name_offsets[0]));
	windows = calloc(2, sizeof(windows[0]));
	if (windows)
		windows[0].t = windows[1].t = t;
	ok = t->name_offsets && windows && read_name_offsets(t, &windows[0], &windows[1]);
	free(windows);
	if (!ok)
		go_pclntab_release(t);
	return ok;
}

/* ---- a name ---- */

struct name_search {
	const struct go_pclntab *t;
	const char *name;
	size_t length; /* with its NUL */
	bool suffix;
	uint32_t found[CANDIDATES_MAX]; /* where they begin in the table of names */
	size_t n;
};

/* Where the name begins whose end is at p; NULL: not a whole name, or one that the piece before has. */
static const uint8_t *name_begin(const struct name_search *s, const uint8_t *piece, const uint8_t *p,
				 bool is_first)
{
	if (s->suffix && p > piece && p[-1] == '/')
		while (p > piece && p[-1])
			p--;
	return p > piece ? (p[-1] ? NULL : p) : is_first ? p : NULL;
}

static void note_name(struct name_search *s, uint32_t at)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->found[i] == at) /* by the piece before, too */
			return;
	s->found[s->n++] = at;
}

static bool look_for_name(void *ctx, const uint8_t *piece, size_t n, uint64_t address)
{
	struct name_search *s = ctx;
	const uint8_t *p = piece, *end = piece + n;
	uint64_t at = address - s->t->names.address;

	for (; s->n < CANDIDATES_MAX && (p = memmem(p, (size_t)(end - p), s->name, s->length)) != NULL; p++) {
		const uint8_t *begin = name_begin(s, piece, p, at == 0);

		if (begin && (size_t)(p - begin) + s->length <= GO_NAME_LEN)
			note_name(s, (uint32_t)(at + (uint64_t)(begin - piece)));
	}
	return s->n == CANDIDATES_MAX;
}

/* A name may be that of a function that is only there inlined. */
static bool function_of_name(const struct go_pclntab *t, uint32_t name, uint64_t *n)
{
	for (*n = 0; *n < t->n; ++*n)
		if (t->name_offsets[*n] == name)
			return true;
	return false;
}

static bool read_function(const struct go_pclntab *t, uint64_t n, struct go_code *out)
{
	uint64_t name = t->names.address + t->name_offsets[n], left = t->names.size - t->name_offsets[n], end;

	memset(out->name, 0, sizeof(out->name));
	if (!go_image_read(t->image, name, out->name, left < GO_NAME_LEN - 1 ? left : GO_NAME_LEN - 1) ||
	    !begin_of(t, t->text, n, &out->in.address) || !begin_of(t, t->text, n + 1, &end) ||
	    end <= out->in.address)
		return false;
	out->in.size = end - out->in.address;
	return true;
}

bool go_pclntab_function(struct go_pclntab *t, const char *name, bool suffix, struct go_code *out)
{
	struct name_search search = {.t = t, .name = name, .length = strlen(name) + 1, .suffix = suffix};
	uint64_t n;

	if (search.length > GO_NAME_LEN || search.length < 2)
		return false;
	go_image_scan(t->image, t->names, OVERLAP, look_for_name, &search);
	if (!search.n || !know_names(t))
		return false;
	for (size_t i = 0; i < search.n; i++)
		if (function_of_name(t, search.found[i], &n) && read_function(t, n, out))
			return true;
	return false;
}
