/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/go_image.h"

#include <elf.h>
#include <errno.h>
#include <gelf.h>
#include <libelf.h>
#include <string.h>
#include <unistd.h>

#define PIECE_SIZE (64u << 10)
/* Of the dynamic section: linkers write some thirty. */
#define DYNAMIC_MAX 128
/* One per pointer in the program's data, of 24 bytes: the largest programs have a million. */
#define RELOCATIONS_MAX ((uint64_t)64 << 20)
/* Of a segment of data: some have 20 MB. */
#define DATA_MAX ((uint64_t)256 << 20)

/* ---- reading ---- */

static bool contains(struct go_range r, uint64_t address)
{
	return address >= r.address && address - r.address < r.size;
}

static const struct go_segment *segment_of(const struct go_image *image, uint64_t address)
{
	for (size_t i = 0; i < image->n_segments; i++)
		if (contains(image->segments[i].in, address))
			return &image->segments[i];
	return NULL;
}

uint64_t go_image_left(const struct go_image *image, uint64_t address)
{
	const struct go_segment *s = segment_of(image, address);

	return s ? s->in.size - (address - s->in.address) : 0;
}

static bool read_at(int fd, uint8_t *to, size_t n, uint64_t at)
{
	while (n) {
		ssize_t got = pread(fd, to, n, (off_t)at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		to += got;
		at += (uint64_t)got;
		n -= (size_t)got;
	}
	return true;
}

bool go_image_read(const struct go_image *image, uint64_t address, void *to, size_t n)
{
	const struct go_segment *s = segment_of(image, address);

	return s && n <= go_image_left(image, address) &&
	       read_at(image->fd, to, n, s->offset + (address - s->in.address));
}

bool go_image_code_offset(const struct go_image *image, uint64_t address, uint64_t *offset)
{
	const struct go_segment *s = segment_of(image, address);

	if (!s || !s->code)
		return false;
	*offset = s->offset + (address - s->in.address);
	return true;
}

bool go_image_section(const struct go_image *image, const char *name, struct go_range *out)
{
	struct elf_section section;

	if (!elf_functions_section(image->elf, name, &section))
		return false;
	for (size_t i = 0; i < image->n_segments; i++) {
		const struct go_segment *s = &image->segments[i];

		if (section.offset < s->offset || section.offset - s->offset >= s->in.size ||
		    section.size > s->in.size - (section.offset - s->offset))
			continue;
		*out = (struct go_range){s->in.address + (section.offset - s->offset), section.size};
		return true;
	}
	return false;
}

bool go_image_scan(const struct go_image *image, struct go_range range, size_t overlap, go_look *look,
		   void *ctx)
{
	uint8_t piece[GO_OVERLAP_MAX + PIECE_SIZE];
	size_t kept = 0, n;

	for (uint64_t at = 0; at < range.size; at += n) {
		n = range.size - at < PIECE_SIZE ? (size_t)(range.size - at) : PIECE_SIZE;
		if (!go_image_read(image, range.address + at, piece + kept, n))
			return false;
		if (look(ctx, piece, kept + n, range.address + at - kept))
			return true;
		if (n < PIECE_SIZE)
			return false;
		memmove(piece, piece + kept + n - overlap, overlap);
		kept = overlap;
	}
	return false;
}

/* ---- relocations ---- */

struct patch {
	uint64_t address;
	uint64_t *words;
	size_t n;
};

/* Calls look() with whole relocations only. */
static bool scan_relocations(const struct go_image *image, go_look *look, void *ctx)
{
	/* not a multiple of their size: the next piece begins where the last whole one ended */
	const uint64_t step = PIECE_SIZE / sizeof(Elf64_Rela) * sizeof(Elf64_Rela);
	struct go_range all = image->relocations;

	for (uint64_t at = 0; at < all.size; at += step) {
		struct go_range part = {all.address + at, all.size - at < step ? all.size - at : step};

		if (go_image_scan(image, part, 0, look, ctx))
			return true;
	}
	return false;
}

static bool is_pointer(const Elf64_Rela *r)
{
	return ELF64_R_TYPE(r->r_info) == R_X86_64_RELATIVE;
}

static bool patch_words(void *ctx, const uint8_t *piece, size_t n, uint64_t address)
{
	const struct patch *p = ctx;
	struct go_range range = {p->address, p->n * sizeof(p->words[0])};
	Elf64_Rela r;

	(void)address;
	for (size_t at = 0; at + sizeof(r) <= n; at += sizeof(r)) {
		memcpy(&r, piece + at, sizeof(r));
		if (contains(range, r.r_offset) && is_pointer(&r))
			p->words[(r.r_offset - p->address) / sizeof(p->words[0])] = (uint64_t)r.r_addend;
	}
	return false;
}

bool go_image_read_words(const struct go_image *image, uint64_t address, uint64_t *words, size_t n)
{
	struct patch patch = {address, words, n};

	if (!go_image_read(image, address, words, n * sizeof(words[0])))
		return false;
	scan_relocations(image, patch_words, &patch);
	return true;
}

struct word_search {
	uint64_t value;
	go_found *found;
	void *ctx;
};

static bool look_at_words(void *ctx, const uint8_t *piece, size_t n, uint64_t address)
{
	const struct word_search *s = ctx;

	for (size_t at = 0; at + sizeof(s->value) <= n; at += sizeof(s->value))
		if (memcmp(piece + at, &s->value, sizeof(s->value)) == 0 && s->found(s->ctx, address + at))
			return true;
	return false;
}

static bool look_at_addends(void *ctx, const uint8_t *piece, size_t n, uint64_t address)
{
	const struct word_search *s = ctx;
	Elf64_Rela r;

	(void)address;
	for (size_t at = 0; at + sizeof(r) <= n; at += sizeof(r)) {
		memcpy(&r, piece + at, sizeof(r));
		if ((uint64_t)r.r_addend == s->value && is_pointer(&r) && s->found(s->ctx, r.r_offset))
			return true;
	}
	return false;
}

bool go_image_find_word(const struct go_image *image, uint64_t value, go_found *found, void *ctx)
{
	struct word_search search = {value, found, ctx};

	if (scan_relocations(image, look_at_addends, &search))
		return true;
	for (size_t i = 0; i < image->n_segments; i++) {
		struct go_range r = image->segments[i].in;
		uint64_t skip = -r.address & 7;

		if (!image->segments[i].writable || skip >= r.size)
			continue;
		r = (struct go_range){r.address + skip, r.size - skip < DATA_MAX ? r.size - skip : DATA_MAX};
		if (go_image_scan(image, r, 0, look_at_words, &search))
			return true;
	}
	return false;
}

/* ---- segments ---- */

static void find_relocations(struct go_image *image, const GElf_Phdr *dynamic)
{
	Elf64_Dyn d;
	struct go_range r = {0, 0};

	for (uint64_t i = 0; i < DYNAMIC_MAX; i++) {
		if (!go_image_read(image, dynamic->p_vaddr + i * sizeof(d), &d, sizeof(d)) ||
		    d.d_tag == DT_NULL)
			break;
		if (d.d_tag == DT_RELA)
			r.address = d.d_un.d_ptr;
		if (d.d_tag == DT_RELASZ)
			r.size = d.d_un.d_val;
	}
	if (r.size <= RELOCATIONS_MAX && r.size <= go_image_left(image, r.address))
		image->relocations = r;
}

static void add_segment(struct go_image *image, const GElf_Phdr *p)
{
	/* an address and what is behind it never wraps around */
	if (image->n_segments == GO_SEGMENTS_MAX || !p->p_filesz || p->p_filesz > INT64_MAX ||
	    p->p_offset > INT64_MAX - p->p_filesz || p->p_vaddr > INT64_MAX - p->p_filesz)
		return;
	image->segments[image->n_segments++] = (struct go_segment){
		.in = {p->p_vaddr, p->p_filesz},
		.offset = p->p_offset,
		.code = p->p_flags & PF_X,
		.writable = p->p_flags & PF_W,
	};
}

static const char *read_segments(struct go_image *image, Elf *elf)
{
	GElf_Phdr p, dynamic = {0};
	GElf_Ehdr header;
	size_t n;

	if (!elf || !gelf_getehdr(elf, &header) || elf_getphdrnum(elf, &n) != 0)
		return "a broken ELF file";
	if (header.e_machine != EM_X86_64)
		return "not for amd64";
	for (size_t i = 0; i < n && gelf_getphdr(elf, (int)i, &p); i++) {
		if (p.p_type == PT_LOAD)
			add_segment(image, &p);
		else if (p.p_type == PT_DYNAMIC)
			dynamic = p;
	}
	if (dynamic.p_type)
		find_relocations(image, &dynamic);
	return NULL;
}

int go_image_init(struct go_image *image, int fd, const char **why)
{
	Elf *elf;

	memset(image, 0, sizeof(*image));
	image->fd = fd;
	image->elf = elf_functions_open(fd, why);
	if (!image->elf)
		return -1;
	elf = elf_begin(fd, ELF_C_READ, NULL);
	*why = read_segments(image, elf);
	elf_end(elf);
	if (!*why)
		return 0;
	go_image_release(image);
	return -1;
}

void go_image_release(struct go_image *image)
{
	elf_functions_free(image->elf);
	image->elf = NULL;
}
