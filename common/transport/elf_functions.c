/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/elf_functions.h"

#include <errno.h>
#include <gelf.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined(__x86_64__)
#define OUR_MACHINE EM_X86_64
#elif defined(__aarch64__)
#define OUR_MACHINE EM_AARCH64
#else
#define OUR_MACHINE EM_NONE
#endif
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define OUR_ORDER ELFDATA2LSB
#else
#define OUR_ORDER ELFDATA2MSB
#endif

/* Names of sections: a file has a few dozen. */
#define SECTION_NAMES_MAX (1u << 20)
#define CHUNK_SIZE	  (64u << 10)
#define SYMBOLS_PER_READ  512

/* A wanted name, or the end of a longer one, in the table of names: linkers let names share their ends. */
struct place {
	uint64_t at;
	size_t name;
};

struct elf_functions {
	int fd;
	Elf *elf;
	uint64_t file_size;
	/* of one search */
	const char *const *names;
	size_t lengths[ELF_NAMES_MAX], n_names;
	uint32_t last[ELF_NAMES_MAX]; /* bytes of each name */
	struct place places[ELF_PLACES_MAX];
	size_t n_places;
	/* a piece of a table; in front of it the end of the piece before, where a name may begin */
	uint8_t buf[ELF_NAME_LEN_MAX + CHUNK_SIZE];
};

/* ---- sections ---- */

static bool read_at(int fd, void *to, size_t n, uint64_t at)
{
	uint8_t *p = to;

	while (n) {
		ssize_t got = pread(fd, p, n, (off_t)at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		p += got;
		at += (uint64_t)got;
		n -= (size_t)got;
	}
	return true;
}

static bool within_file(const struct elf_functions *e, uint64_t offset, uint64_t size)
{
	return offset <= e->file_size && size <= e->file_size - offset;
}

static bool find_by_type(struct elf_functions *e, uint32_t type, GElf_Shdr *out)
{
	Elf_Scn *scn = NULL;

	while ((scn = elf_nextscn(e->elf, scn)) != NULL)
		if (gelf_getshdr(scn, out) && out->sh_type == type)
			return within_file(e, out->sh_offset, out->sh_size) && out->sh_size <= ELF_TABLE_MAX;
	return false;
}

static bool find_names_of(struct elf_functions *e, const GElf_Shdr *symbols, GElf_Shdr *out)
{
	Elf_Scn *scn = elf_getscn(e->elf, symbols->sh_link);

	return scn && gelf_getshdr(scn, out) && out->sh_type == SHT_STRTAB &&
	       within_file(e, out->sh_offset, out->sh_size) && out->sh_size <= ELF_TABLE_MAX;
}

bool elf_functions_has_sections(const struct elf_functions *e)
{
	return elf_nextscn(e->elf, NULL) != NULL;
}

bool elf_functions_section(struct elf_functions *e, const char *name, struct elf_section *out)
{
	Elf_Scn *scn = NULL;
	size_t index;
	GElf_Shdr shdr;

	/* libelf reads all the names of sections at once: however many the file says there are */
	if (elf_getshdrstrndx(e->elf, &index) != 0 || !gelf_getshdr(elf_getscn(e->elf, index), &shdr) ||
	    !within_file(e, shdr.sh_offset, shdr.sh_size) || shdr.sh_size > SECTION_NAMES_MAX)
		return false;
	while ((scn = elf_nextscn(e->elf, scn)) != NULL) {
		const char *its = gelf_getshdr(scn, &shdr) ? elf_strptr(e->elf, index, shdr.sh_name) : NULL;

		if (!its || strcmp(its, name) != 0)
			continue;
		*out = (struct elf_section){shdr.sh_offset, shdr.sh_size};
		return shdr.sh_type != SHT_NOBITS && within_file(e, out->offset, out->size);
	}
	return false;
}

/* ---- names: where the wanted ones are in the table of names ---- */

static uint32_t last_bytes(const void *end)
{
	uint32_t last;

	memcpy(&last, (const uint8_t *)end - sizeof(last), sizeof(last));
	return last;
}

static void note_place(struct elf_functions *e, struct place place)
{
	if (e->n_places < ELF_PLACES_MAX)
		e->places[e->n_places++] = place;
}

/* A name ends at `end`, which is at `at` in the table; `before`: bytes in front of it.  A table may have a
 * million: few get past the first comparison. */
static void note_places(struct elf_functions *e, const uint8_t *end, size_t before, uint64_t at)
{
	uint32_t last;

	if (before < sizeof(last))
		return;
	last = last_bytes(end);
	for (size_t i = 0; i < e->n_names; i++) {
		size_t n = e->lengths[i];

		if (e->last[i] == last && n <= before && memcmp(end - n, e->names[i], n) == 0)
			note_place(e, (struct place){at - n, i});
	}
}

/* A name ends at its NUL, or at the '@' in front of its version. */
static const uint8_t *name_end(const uint8_t *p, const uint8_t *end)
{
	const uint8_t *stop = memchr(p, '\0', (size_t)(end - p));
	const uint8_t *at = memchr(p, '@', (size_t)((stop ? stop : end) - p));

	return at ? at : stop;
}

/* n bytes are in buf behind those of the piece before; base: where they are in the table. */
static void search_piece(struct elf_functions *e, size_t n, uint64_t base)
{
	const uint8_t *piece = e->buf + ELF_NAME_LEN_MAX, *p = piece, *stop;
	size_t before = base ? ELF_NAME_LEN_MAX : 0;

	for (; (stop = name_end(p, piece + n)) != NULL; p = stop + 1) {
		size_t into = (size_t)(stop - piece);

		if (into == 0 || stop[-1]) /* a made up table may be all NULs */
			note_places(e, stop, before + into, base + into);
	}
}

static int compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return (x->at > y->at) - (x->at < y->at);
}

static void search_names(struct elf_functions *e, const GElf_Shdr *table)
{
	uint8_t *piece = e->buf + ELF_NAME_LEN_MAX;
	size_t n;

	e->n_places = 0;
	for (uint64_t at = 0; at < table->sh_size; at += n) {
		n = table->sh_size - at < CHUNK_SIZE ? table->sh_size - at : CHUNK_SIZE;
		if (!read_at(e->fd, piece, n, table->sh_offset + at))
			break;
		search_piece(e, n, at);
		/* only the last piece is shorter, and nothing comes after it */
		memcpy(e->buf, piece + CHUNK_SIZE - ELF_NAME_LEN_MAX, ELF_NAME_LEN_MAX);
	}
	qsort(e->places, e->n_places, sizeof(e->places[0]), compare_places);
}

/* The first of the places there; NULL: the symbol has none of the names. */
static const struct place *find_place(const struct elf_functions *e, uint64_t at)
{
	size_t low = 0, high = e->n_places;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (e->places[middle].at < at)
			low = middle + 1;
		else
			high = middle;
	}
	return low < e->n_places && e->places[low].at == at ? &e->places[low] : NULL;
}

/* ---- symbols ---- */

struct results {
	struct elf_function *items;
	size_t n, max;
};

/* false: not in code that is loaded from the file. */
static bool offset_of(const struct elf_functions *e, uint64_t address, uint64_t *offset)
{
	GElf_Phdr p;
	size_t n;

	if (elf_getphdrnum(e->elf, &n) != 0)
		return false;
	for (size_t i = 0; i < n && gelf_getphdr(e->elf, (int)i, &p); i++) {
		if (p.p_type != PT_LOAD || !(p.p_flags & PF_X) || address < p.p_vaddr ||
		    address - p.p_vaddr >= p.p_filesz || !within_file(e, p.p_offset, p.p_filesz))
			continue;
		*offset = address - p.p_vaddr + p.p_offset;
		return true;
	}
	return false;
}

static void add_result(struct results *r, struct elf_function f)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->items[i].name == f.name && r->items[i].offset == f.offset)
			return;
	if (r->n < r->max)
		r->items[r->n++] = f;
}

static void look_at_symbol(const struct elf_functions *e, const Elf64_Sym *symbol, struct results *r)
{
	const struct place *place = find_place(e, symbol->st_name);
	struct elf_function f;

	if (!place || ELF64_ST_TYPE(symbol->st_info) != STT_FUNC || symbol->st_shndx == SHN_UNDEF ||
	    !symbol->st_value || r->n == r->max || !offset_of(e, symbol->st_value, &f.offset))
		return;
	f.name = place->name;
	add_result(r, f);
}

static void search_symbols(struct elf_functions *e, const GElf_Shdr *table, struct results *r)
{
	Elf64_Sym symbols[SYMBOLS_PER_READ];
	uint64_t left = table->sh_size / sizeof(Elf64_Sym), at = table->sh_offset;

	while (left && r->n < r->max) {
		size_t n = left < SYMBOLS_PER_READ ? (size_t)left : SYMBOLS_PER_READ;

		if (!read_at(e->fd, symbols, n * sizeof(symbols[0]), at))
			return;
		for (size_t i = 0; i < n; i++)
			look_at_symbol(e, &symbols[i], r);
		at += n * sizeof(symbols[0]);
		left -= n;
	}
}

static void take_names(struct elf_functions *e, const char *const *names)
{
	e->names = names;
	for (e->n_names = 0; e->n_names < ELF_NAMES_MAX && names[e->n_names]; e->n_names++) {
		e->lengths[e->n_names] = strlen(names[e->n_names]);
		e->last[e->n_names] = last_bytes(names[e->n_names] + e->lengths[e->n_names]);
	}
}

size_t elf_functions_find(struct elf_functions *e, enum elf_table table, const char *const *names,
			  struct elf_function *found, size_t max)
{
	struct results results = {.items = found, .max = max};
	GElf_Shdr symbols, strings;

	take_names(e, names);
	if (!find_by_type(e, table == ELF_DYNAMIC ? SHT_DYNSYM : SHT_SYMTAB, &symbols) ||
	    symbols.sh_entsize != sizeof(Elf64_Sym) || !find_names_of(e, &symbols, &strings))
		return 0;
	search_names(e, &strings);
	if (e->n_places)
		search_symbols(e, &symbols, &results);
	return results.n;
}

/* ---- lifetime ---- */

/* libelf would take memory for as many sections as a file says there are in its first one, and touch it. */
static bool is_usual(const Elf64_Ehdr *h)
{
	return (h->e_shnum || !h->e_shoff) && h->e_phnum != PN_XNUM &&
	       (h->e_type == ET_EXEC || h->e_type == ET_DYN);
}

static const char *unusable(int fd)
{
	Elf64_Ehdr h;

	if (!read_at(fd, &h, sizeof(h), 0) || memcmp(h.e_ident, ELFMAG, SELFMAG) != 0)
		return "not an ELF file";
	if (h.e_ident[EI_CLASS] != ELFCLASS64)
		return "32-bit";
	if (h.e_ident[EI_DATA] != OUR_ORDER || h.e_machine != OUR_MACHINE)
		return "for another machine";
	return is_usual(&h) ? NULL : "an unusual ELF file";
}

struct elf_functions *elf_functions_open(int fd, const char **why)
{
	struct elf_functions *e;
	struct stat st;

	*why = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? unusable(fd) : "not a file";
	if (*why)
		return NULL;
	*why = "out of memory";
	e = calloc(1, sizeof(*e));
	if (!e)
		return NULL;
	e->fd = fd;
	e->file_size = (uint64_t)st.st_size;
	elf_version(EV_CURRENT);
	e->elf = elf_begin(fd, ELF_C_READ, NULL);
	if (!e->elf || elf_kind(e->elf) != ELF_K_ELF) {
		*why = "a broken ELF file";
		elf_functions_free(e);
		return NULL;
	}
	return e;
}

void elf_functions_free(struct elf_functions *e)
{
	if (!e)
		return;
	elf_end(e->elf);
	free(e);
}
