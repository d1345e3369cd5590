/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_elf.c - libraries that local users make: symbols, sections, versions.
 *
 * The input is the file.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "require.h"
#include "transport/elf_functions.h"
#include "transport/uprobe_version.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define FOUND_MAX 8

static const char *const names[] = {"SSL_read", "SSL_write", "SSL_free", "PR_Read", NULL};
static int file;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	file = memfd_create("fuzz_elf", MFD_CLOEXEC);
	REQUIRE(file >= 0);
	return 0;
}

static void look(struct elf_functions *e, enum elf_table table, size_t size)
{
	struct elf_function found[FOUND_MAX];
	size_t n = elf_functions_find(e, table, names, found, FOUND_MAX);

	REQUIRE(n <= FOUND_MAX);
	for (size_t i = 0; i < n; i++) {
		REQUIRE(found[i].name < sizeof(names) / sizeof(names[0]) - 1);
		REQUIRE(found[i].offset < size);
	}
}

static void look_for_version(struct elf_functions *e)
{
	char version[UPROBE_VERSION_LEN];
	struct elf_section section;

	if (!elf_functions_section(e, ".rodata", &section))
		return;
	for (int family = 0; family < UPROBE_FAMILIES; family++) {
		memset(version, 'x', sizeof(version));
		uprobe_version_find(file, family, &section, version);
		REQUIRE(memchr(version, '\0', sizeof(version)));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *why = NULL;
	struct elf_functions *e;

	REQUIRE(ftruncate(file, 0) == 0 && pwrite(file, data, n, 0) == (ssize_t)n);
	e = elf_functions_open(file, &why);
	if (!e) {
		REQUIRE(why && *why);
		return 0;
	}
	look(e, ELF_DYNAMIC, n);
	look(e, ELF_STATIC, n);
	elf_functions_has_sections(e);
	look_for_version(e);
	elf_functions_free(e);
	return 0;
}
