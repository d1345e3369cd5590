/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake_elf.h - ELF files with just the tables that a test wants.
 *
 * The file is FAKE_CODE_SIZE bytes of code, loaded at FAKE_ADDRESS from offset
 * FAKE_CODE_OFFSET, then its sections, then their headers.
 */
#ifndef L7SCOPE_TESTS_FAKE_ELF_H
#define L7SCOPE_TESTS_FAKE_ELF_H

#include <check.h>
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define FAKE_CODE_OFFSET 4096
#define FAKE_CODE_SIZE	 4096
#define FAKE_ADDRESS	 0x401000

enum fake_section {
	FAKE_NONE,
	FAKE_DYNSYM,
	FAKE_DYNSTR,
	FAKE_SYMTAB,
	FAKE_STRTAB,
	FAKE_RODATA,
	FAKE_NAMES,
	FAKE_SECTIONS
};

struct fake_elf {
	Elf64_Ehdr header;
	Elf64_Phdr code;
	Elf64_Shdr sections[FAKE_SECTIONS];
	uint8_t *data[FAKE_SECTIONS];
	uint8_t *image; /* after fake_elf_build() */
	size_t n;
};

static inline size_t fake_elf_append(struct fake_elf *f, enum fake_section to, const void *data, size_t n)
{
	Elf64_Shdr *s = &f->sections[to];
	size_t at = s->sh_size;

	f->data[to] = realloc(f->data[to], at + n);
	ck_assert_ptr_nonnull(f->data[to]);
	memcpy(f->data[to] + at, data, n);
	s->sh_size += n;
	return at;
}

static inline void fake_elf_section(struct fake_elf *f, enum fake_section which, const char *name,
				    uint32_t type)
{
	f->sections[which].sh_type = type;
	f->sections[which].sh_name = (uint32_t)fake_elf_append(f, FAKE_NAMES, name, strlen(name) + 1);
}

static inline void fake_elf_init(struct fake_elf *f)
{
	*f = (struct fake_elf){
		.header = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
				       EV_CURRENT},
			   .e_type = ET_DYN,
			   .e_machine = EM_X86_64,
			   .e_version = EV_CURRENT,
			   .e_ehsize = sizeof(Elf64_Ehdr),
			   .e_phoff = sizeof(Elf64_Ehdr),
			   .e_phentsize = sizeof(Elf64_Phdr),
			   .e_phnum = 1,
			   .e_shentsize = sizeof(Elf64_Shdr),
			   .e_shnum = FAKE_SECTIONS,
			   .e_shstrndx = FAKE_NAMES},
		.code = {.p_type = PT_LOAD,
			 .p_flags = PF_R | PF_X,
			 .p_offset = FAKE_CODE_OFFSET,
			 .p_vaddr = FAKE_ADDRESS,
			 .p_filesz = FAKE_CODE_SIZE,
			 .p_memsz = FAKE_CODE_SIZE},
	};
#ifdef __aarch64__
	f->header.e_machine = EM_AARCH64;
#endif
	fake_elf_append(f, FAKE_NAMES, "", 1);
	fake_elf_append(f, FAKE_DYNSTR, "", 1);
	fake_elf_append(f, FAKE_STRTAB, "", 1);
	fake_elf_section(f, FAKE_DYNSYM, ".dynsym", SHT_DYNSYM);
	fake_elf_section(f, FAKE_DYNSTR, ".dynstr", SHT_STRTAB);
	fake_elf_section(f, FAKE_SYMTAB, ".symtab", SHT_SYMTAB);
	fake_elf_section(f, FAKE_STRTAB, ".strtab", SHT_STRTAB);
	fake_elf_section(f, FAKE_RODATA, ".rodata", SHT_PROGBITS);
	fake_elf_section(f, FAKE_NAMES, ".shstrtab", SHT_STRTAB);
	f->sections[FAKE_DYNSYM].sh_link = FAKE_DYNSTR;
	f->sections[FAKE_SYMTAB].sh_link = FAKE_STRTAB;
	f->sections[FAKE_DYNSYM].sh_entsize = f->sections[FAKE_SYMTAB].sh_entsize = sizeof(Elf64_Sym);
}

/* table: FAKE_DYNSYM or FAKE_SYMTAB. */
static inline void fake_elf_symbol(struct fake_elf *f, enum fake_section table, Elf64_Sym symbol)
{
	fake_elf_append(f, table, &symbol, sizeof(symbol));
}

static inline uint32_t fake_elf_name(struct fake_elf *f, enum fake_section table, const char *name)
{
	return (uint32_t)fake_elf_append(f, table + 1, name, strlen(name) + 1);
}

/* A function, `into` bytes into the code. */
static inline void fake_elf_function(struct fake_elf *f, enum fake_section table, const char *name,
				     uint64_t into)
{
	fake_elf_symbol(f, table,
			(Elf64_Sym){.st_name = fake_elf_name(f, table, name),
				    .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
				    .st_shndx = 1,
				    .st_value = FAKE_ADDRESS + into});
}

/* The offset in the file of what is `into` bytes into the code. */
static inline uint64_t fake_elf_offset(uint64_t into)
{
	return FAKE_CODE_OFFSET + into;
}

static inline void fake_elf_build(struct fake_elf *f)
{
	size_t n = FAKE_CODE_OFFSET + FAKE_CODE_SIZE;

	for (int i = 1; i < FAKE_SECTIONS; i++) {
		f->sections[i].sh_offset = n;
		n += (f->sections[i].sh_size + 7) & ~7ull;
	}
	f->header.e_shoff = n;
	f->n = n + sizeof(f->sections);
	free(f->image);
	f->image = calloc(1, f->n);
	ck_assert_ptr_nonnull(f->image);
	memcpy(f->image, &f->header, sizeof(f->header));
	memcpy(f->image + sizeof(f->header), &f->code, sizeof(f->code));
	for (int i = 1; i < FAKE_SECTIONS; i++)
		if (f->sections[i].sh_size)
			memcpy(f->image + f->sections[i].sh_offset, f->data[i], f->sections[i].sh_size);
	memcpy(f->image + n, f->sections, sizeof(f->sections));
}

static inline void fake_elf_write(const struct fake_elf *f, int fd)
{
	ck_assert_int_eq(ftruncate(fd, 0), 0);
	ck_assert_int_eq(pwrite(fd, f->image, f->n, 0), (ssize_t)f->n);
}

/* A file without a name, as built. */
static inline int fake_elf_open(struct fake_elf *f)
{
	int fd = memfd_create("fake_elf", MFD_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	fake_elf_build(f);
	fake_elf_write(f, fd);
	return fd;
}

static inline void fake_elf_save(struct fake_elf *f, const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0755);

	ck_assert_msg(fd >= 0, "%s cannot be written", path);
	fake_elf_build(f);
	fake_elf_write(f, fd);
	close(fd);
}

static inline void fake_elf_release(struct fake_elf *f)
{
	for (int i = 0; i < FAKE_SECTIONS; i++)
		free(f->data[i]);
	free(f->image);
}

#endif
