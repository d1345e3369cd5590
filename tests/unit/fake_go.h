/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake_go.h - programs of Go with just the tables that a test wants.
 *
 *     struct fake_go f;
 *     fake_go_init(&f, FAKE_GO_1_20, 0);
 *     fake_go_function(&f, "main.main", "\xc3", 1);
 *     fd = fake_go_open(&f);
 *
 * Code, read-only data (the table of functions, types) and data (moduledata,
 * build information, what the dynamic linker reads) lie behind each other in
 * the file, far from each other in memory.
 */
#ifndef L7SCOPE_TESTS_FAKE_GO_H
#define L7SCOPE_TESTS_FAKE_GO_H

#include <check.h>
#include <elf.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* in the file */
#define FAKE_CODE	 0x200
#define FAKE_RODATA	 0x600
#define FAKE_TYPES	 0xc00
#define FAKE_DATA	 0xf00
#define FAKE_INFO	 0x1080
#define FAKE_DYNAMIC	 0x1300
#define FAKE_RELA	 0x1380
#define FAKE_DATA_END	 0x1700
#define FAKE_SECTIONS_AT 0x1800
#define FAKE_SIZE	 0x1a00
/* in memory: of what is at x in the file */
#define FAKE_CODE_ADDRESS(x)   (0x400000 + (uint64_t)(x))
#define FAKE_RODATA_ADDRESS(x) (0x600000 + (uint64_t)(x))
#define FAKE_DATA_ADDRESS(x)   (0x800000 + (uint64_t)(x))
/* in the table of functions */
#define FAKE_NAMES_AT	   0x60
#define FAKE_FUNCTIONS_AT  0x380
#define FAKE_FUNCTIONS_MAX 8

enum fake_go_version { FAKE_GO_1_17, FAKE_GO_1_18, FAKE_GO_1_20, FAKE_GO_1_27, FAKE_GO_VERSIONS };
enum fake_go_flags {
	FAKE_GO_PIE = 1,      /* pointers are relocations */
	FAKE_GO_SECTIONS = 2, /* sections tell where the tables are */
	FAKE_GO_FLAGS = 4
};

struct fake_go {
	uint8_t image[FAKE_SIZE];
	enum fake_go_version version;
	unsigned flags;
	uint32_t names[FAKE_FUNCTIONS_MAX], places[FAKE_FUNCTIONS_MAX + 1]; /* of functions */
	size_t n, names_n, code_n, types_n, n_rela;
};

static inline void fake_go_put(struct fake_go *f, size_t at, const void *data, size_t n)
{
	ck_assert_uint_le(at + n, FAKE_SIZE);
	memcpy(f->image + at, data, n);
}

static inline void fake_go_word(struct fake_go *f, size_t at, uint64_t value)
{
	fake_go_put(f, at, &value, sizeof(value));
}

static inline uint64_t fake_go_address(size_t at)
{
	return at < FAKE_RODATA ? FAKE_CODE_ADDRESS(at)
	       : at < FAKE_DATA ? FAKE_RODATA_ADDRESS(at)
				: FAKE_DATA_ADDRESS(at);
}

static inline void fake_go_pointer(struct fake_go *f, size_t at, uint64_t value)
{
	Elf64_Rela r = {fake_go_address(at), ELF64_R_INFO(0, R_X86_64_RELATIVE), (int64_t)value};

	if (!(f->flags & FAKE_GO_PIE)) {
		fake_go_word(f, at, value);
		return;
	}
	fake_go_put(f, FAKE_RELA + f->n_rela++ * sizeof(r), &r, sizeof(r));
	ck_assert_uint_le(FAKE_RELA + f->n_rela * sizeof(r), FAKE_DATA_END);
}

/* ---- functions ---- */

static inline void fake_go_function(struct fake_go *f, const char *name, const void *code, size_t n)
{
	ck_assert_uint_lt(f->n, FAKE_FUNCTIONS_MAX);
	f->names[f->n] = (uint32_t)f->names_n;
	f->places[f->n] = (uint32_t)f->code_n;
	fake_go_put(f, FAKE_RODATA + FAKE_NAMES_AT + f->names_n, name, strlen(name) + 1);
	f->names_n += strlen(name) + 1;
	fake_go_put(f, FAKE_CODE + f->code_n, code, n);
	f->code_n += n;
	f->places[++f->n] = (uint32_t)f->code_n;
}

static inline void fake_go_index(struct fake_go *f, size_t i, size_t described)
{
	size_t at = FAKE_RODATA + FAKE_FUNCTIONS_AT;

	if (f->version == FAKE_GO_1_17) {
		fake_go_pointer(f, at + i * 16, FAKE_CODE_ADDRESS(FAKE_CODE) + f->places[i]);
		fake_go_word(f, at + i * 16 + 8, described);
		fake_go_put(f, at + described + 8, &f->names[i % FAKE_FUNCTIONS_MAX], 4);
	} else {
		uint32_t halves[] = {f->places[i], (uint32_t)described};

		fake_go_put(f, at + i * 8, halves, sizeof(halves));
		fake_go_put(f, at + described + 4, &f->names[i % FAKE_FUNCTIONS_MAX], 4);
	}
}

static inline void fake_go_table(struct fake_go *f)
{
	static const uint8_t magics[] = {0xfa, 0xf0, 0xf1, 0xf1};
	uint8_t magic[] = {magics[f->version], 0xff, 0xff, 0xff, 0, 0, 1, 8};
	/* places are from the table on; units, files, places: not looked at */
	uint64_t tables[] = {FAKE_NAMES_AT, FAKE_NAMES_AT + f->names_n, FAKE_FUNCTIONS_AT, FAKE_FUNCTIONS_AT,
			     FAKE_FUNCTIONS_AT};

	fake_go_put(f, FAKE_RODATA, magic, sizeof(magic));
	fake_go_word(f, FAKE_RODATA + 8, f->n);
	fake_go_put(f, FAKE_RODATA + (f->version == FAKE_GO_1_17 ? 24 : 32), tables, sizeof(tables));
	for (size_t i = 0; i <= f->n; i++)
		fake_go_index(f, i, 0xa0 + i * 16);
}

/* ---- types ---- */

static inline size_t fake_go_name(struct fake_go *f, const char *name)
{
	size_t at = f->types_n;
	uint8_t head[] = {0, (uint8_t)strlen(name)};

	fake_go_put(f, FAKE_TYPES + at, head, sizeof(head));
	fake_go_put(f, FAKE_TYPES + at + sizeof(head), name, strlen(name));
	f->types_n = (at + sizeof(head) + strlen(name) + 7) & ~(size_t)7;
	return at;
}

/* One of a struct, called as `star` ("*pkg.T") tells, with members of 8 bytes each; NULL behind the last. */
static inline void fake_go_struct(struct fake_go *f, const char *package, const char *star,
				  const char *const *members)
{
	uint32_t path = (uint32_t)fake_go_name(f, package), name = (uint32_t)fake_go_name(f, star);
	size_t names[8], n = 0, at;

	for (; members[n]; n++)
		names[n] = fake_go_name(f, members[n]);
	at = FAKE_TYPES + f->types_n;
	f->image[at + 20] = 7; /* with package, "*" in front, name */
	f->image[at + 23] = 25;
	fake_go_put(f, at + 40, &name, sizeof(name));
	fake_go_pointer(f, at + 56, fake_go_address(at + 96));
	fake_go_word(f, at + 64, n);
	fake_go_put(f, at + 80, &path, sizeof(path));
	for (size_t i = 0; i < n; i++) {
		fake_go_pointer(f, at + 96 + i * 24, fake_go_address(FAKE_TYPES + names[i]));
		fake_go_word(f, at + 96 + i * 24 + 16, f->version >= FAKE_GO_1_20 ? i * 8 : i * 16 + 1);
	}
	f->types_n += 96 + n * 24;
	ck_assert_uint_le(FAKE_TYPES + f->types_n, FAKE_DATA);
}

/* ---- data ---- */

static inline void fake_go_moduledata(struct fake_go *f)
{
	size_t types = f->version >= FAKE_GO_1_20 ? 37 : 35,
	       types_end = types + (f->version == FAKE_GO_1_27 ? 2 : 1);
	uint64_t text = FAKE_CODE_ADDRESS(FAKE_CODE);

	/* another pointer to the table, which is none */
	fake_go_pointer(f, FAKE_DATA, fake_go_address(FAKE_RODATA));
	fake_go_pointer(f, FAKE_DATA + 8, fake_go_address(FAKE_RODATA));
	fake_go_pointer(f, FAKE_DATA + 8 + 20 * 8, text);
	fake_go_pointer(f, FAKE_DATA + 8 + 21 * 8, text + f->code_n);
	fake_go_pointer(f, FAKE_DATA + 8 + 22 * 8, text);
	fake_go_pointer(f, FAKE_DATA + 8 + 23 * 8, text + f->code_n);
	fake_go_pointer(f, FAKE_DATA + 8 + types * 8, fake_go_address(FAKE_TYPES));
	fake_go_pointer(f, FAKE_DATA + 8 + types_end * 8, fake_go_address(FAKE_TYPES + f->types_n));
}

/* modules: without the sentinels around them. */
static inline void fake_go_info(struct fake_go *f, const char *version, const char *modules)
{
	size_t at = FAKE_INFO + 32, version_n = strlen(version), n = strlen(modules) + 32;
	uint8_t varint[] = {(uint8_t)(n & 127) | 128, (uint8_t)(n >> 7)}, length = (uint8_t)version_n;

	memset(f->image + FAKE_INFO, 0, FAKE_DYNAMIC - FAKE_INFO);
	fake_go_put(f, FAKE_INFO, "\xff Go buildinf:\x08\x02", 16);
	if (f->version == FAKE_GO_1_17) {
		f->image[FAKE_INFO + 15] = 0;
		fake_go_pointer(f, FAKE_INFO + 16, fake_go_address(at));
		fake_go_pointer(f, FAKE_INFO + 24, fake_go_address(at + 16));
		fake_go_pointer(f, at, fake_go_address(at + 32));
		fake_go_word(f, at + 8, version_n);
		fake_go_pointer(f, at + 16, fake_go_address(at + 32 + version_n));
		fake_go_word(f, at + 24, n);
		at += 32;
	} else {
		fake_go_put(f, at, &length, 1);
		fake_go_put(f, at + 1 + version_n, varint, sizeof(varint));
		at++;
	}
	fake_go_put(f, at, version, version_n);
	at += version_n + (f->version == FAKE_GO_1_17 ? 0 : sizeof(varint));
	fake_go_put(f, at + 16, modules, strlen(modules));
}

/* ---- file ---- */

static inline void fake_go_segment(struct fake_go *f, size_t i, Elf64_Word flags, size_t from, size_t to)
{
	Elf64_Phdr p = {.p_type = PT_LOAD,
			.p_flags = flags,
			.p_offset = from,
			.p_filesz = to - from,
			.p_memsz = to - from,
			.p_vaddr = fake_go_address(from)};

	fake_go_put(f, sizeof(Elf64_Ehdr) + i * sizeof(p), &p, sizeof(p));
}

static inline void fake_go_dynamic(struct fake_go *f)
{
	Elf64_Dyn d[] = {{DT_RELA, {fake_go_address(FAKE_RELA)}},
			 {DT_RELASZ, {f->n_rela * sizeof(Elf64_Rela)}},
			 {DT_NULL, {0}}};
	Elf64_Phdr p = {.p_type = PT_DYNAMIC,
			.p_offset = FAKE_DYNAMIC,
			.p_filesz = sizeof(d),
			.p_vaddr = fake_go_address(FAKE_DYNAMIC)};

	fake_go_put(f, FAKE_DYNAMIC, d, sizeof(d));
	fake_go_put(f, sizeof(Elf64_Ehdr) + 3 * sizeof(p), &p, sizeof(p));
}

static inline void fake_go_sections(struct fake_go *f)
{
	static const char names[] = "\0.gopclntab\0.go.buildinfo\0.shstrtab";
	Elf64_Shdr s[4] = {{0}};

	s[1] = (Elf64_Shdr){.sh_name = 1,
			    .sh_type = SHT_PROGBITS,
			    .sh_offset = FAKE_RODATA,
			    .sh_size = FAKE_TYPES - FAKE_RODATA};
	s[2] = (Elf64_Shdr){.sh_name = 12,
			    .sh_type = SHT_PROGBITS,
			    .sh_offset = FAKE_INFO,
			    .sh_size = FAKE_DYNAMIC - FAKE_INFO};
	s[3] = (Elf64_Shdr){.sh_name = 26,
			    .sh_type = SHT_STRTAB,
			    .sh_offset = FAKE_SECTIONS_AT + sizeof(s),
			    .sh_size = sizeof(names)};
	fake_go_put(f, FAKE_SECTIONS_AT, s, sizeof(s));
	fake_go_put(f, FAKE_SECTIONS_AT + sizeof(s), names, sizeof(names));
}

static inline void fake_go_init(struct fake_go *f, enum fake_go_version version, unsigned flags)
{
	static const char *const versions[] = {"go1.17.13", "go1.18.10", "go1.20.14", "go1.27.4"};

	memset(f, 0, sizeof(*f));
	f->version = version;
	f->flags = flags;
	fake_go_info(f, versions[version], "");
}

/* To be called once, after all else. */
static inline void fake_go_build(struct fake_go *f)
{
	bool pie = f->flags & FAKE_GO_PIE, sections = f->flags & FAKE_GO_SECTIONS;
	Elf64_Ehdr h = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
			.e_type = pie ? ET_DYN : ET_EXEC,
			.e_machine = EM_X86_64,
			.e_version = EV_CURRENT,
			.e_phoff = sizeof(h),
			.e_ehsize = sizeof(h),
			.e_phentsize = sizeof(Elf64_Phdr),
			.e_phnum = pie ? 4 : 3,
			.e_shentsize = sizeof(Elf64_Shdr),
			.e_shoff = sections ? FAKE_SECTIONS_AT : 0,
			.e_shnum = sections ? 4 : 0,
			.e_shstrndx = sections ? 3 : 0};

	fake_go_table(f);
	fake_go_moduledata(f);
	fake_go_put(f, 0, &h, sizeof(h));
	fake_go_segment(f, 0, PF_R | PF_X, FAKE_CODE, FAKE_RODATA);
	fake_go_segment(f, 1, PF_R, FAKE_RODATA, FAKE_DATA);
	fake_go_segment(f, 2, PF_R | PF_W, FAKE_DATA, FAKE_DATA_END);
	if (pie)
		fake_go_dynamic(f);
	if (sections)
		fake_go_sections(f);
}

static inline int fake_go_file(const void *image, size_t n)
{
	int fd = memfd_create("fake_go", MFD_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, image, n), (ssize_t)n);
	return fd;
}

static inline int fake_go_open(struct fake_go *f)
{
	fake_go_build(f);
	return fake_go_file(f->image, FAKE_SIZE);
}

#endif
