/* SPDX-License-Identifier: Apache-2.0 */
/*
 * elf_functions.h - where functions lie in an ELF file, by the names in its
 * symbol tables.
 *
 * Only 64-bit files of this machine.  A file may be made to do harm, and may
 * change while it is read: it is never mapped (one that is cut off then would
 * end us by SIGBUS), tables are read piece by piece and only up to a bound.
 */
#ifndef L7SCOPE_ELF_FUNCTIONS_H
#define L7SCOPE_ELF_FUNCTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Names that are looked for at once, and the length of one. */
#define ELF_NAMES_MAX	 64
#define ELF_NAME_LEN_MIN 4
#define ELF_NAME_LEN_MAX 64
/* Of a table of symbols or of their names: node's has 8 MB, the largest proxies' 100 MB.  So much of one that
 * is made to cost time takes a second or two. */
#define ELF_TABLE_MAX (128u << 20)
/* Places where a name may end in a table of names; a linker writes each name once, or once per version. */
#define ELF_PLACES_MAX 256

struct elf_functions; /* opaque */

struct elf_function {
	size_t name;	 /* which of the names */
	uint64_t offset; /* in the file, of its first instruction */
};

enum elf_table {
	ELF_DYNAMIC, /* .dynsym: what others may call; is there also when a file is stripped */
	ELF_STATIC,  /* .symtab */
};

struct elf_section {
	uint64_t offset, size; /* in the file, all of it */
};

/* fd stays the caller's and must stay open.  NULL: *why tells, in a few words. */
struct elf_functions *elf_functions_open(int fd, const char **why);
void elf_functions_free(struct elf_functions *e); /* takes NULL */

/* The functions of these names (NULL at the end) that the file itself has, with
 * any version ("SSL_read@@OPENSSL_3.0.0").  No two are alike, but a name may have
 * several.  Not those that choose their code when the program starts (IFUNC).
 * Returns how many there are in found[]; what finds no room is left out. */
size_t elf_functions_find(struct elf_functions *e, enum elf_table table, const char *const *names,
			  struct elf_function *found, size_t max);

/* A section that has bytes in the file.  false: there is none of this name. */
bool elf_functions_section(struct elf_functions *e, const char *name, struct elf_section *out);
bool elf_functions_has_sections(const struct elf_functions *e);

#endif
