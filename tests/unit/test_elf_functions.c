/* SPDX-License-Identifier: Apache-2.0 */
/* Functions in ELF files: our own, made up ones, and broken ones. */
#include "transport/elf_functions.h"

#include "harness.h"
#include "unit/fake_elf.h"

static const char *const names[] = {"SSL_write", "SSL_read", "SSL_read_ex", "SSL_free", NULL};

static struct fake_elf f;
static struct elf_function found[16];

static void set_up(void)
{
	fake_elf_init(&f);
}

static void tear_down(void)
{
	fake_elf_release(&f);
}

/* As text: "SSL_read+16 SSL_write+32", where they are in the code, in the order of the table. */
static const char *find_in(int fd, enum elf_table table)
{
	static char text[512];
	const char *why;
	struct elf_functions *e = elf_functions_open(fd, &why);
	size_t n, at = 0;

	if (!e)
		return why;
	n = elf_functions_find(e, table, names, found, 16);
	text[0] = '\0';
	for (size_t i = 0; i < n; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s+%llu", i ? " " : "",
				       names[found[i].name],
				       (unsigned long long)(found[i].offset - FAKE_CODE_OFFSET));
	elf_functions_free(e);
	return text;
}

static const char *find(enum elf_table table)
{
	int fd = fake_elf_open(&f);
	const char *text = find_in(fd, table);

	close(fd);
	return text;
}

START_TEST(both_tables)
{
	fake_elf_function(&f, FAKE_DYNSYM, "SSL_read", 16);
	fake_elf_function(&f, FAKE_DYNSYM, "SSL_write", 32);
	fake_elf_function(&f, FAKE_SYMTAB, "SSL_free", 48);
	ck_assert_str_eq(find(ELF_DYNAMIC), "SSL_read+16 SSL_write+32");
	ck_assert_str_eq(find(ELF_STATIC), "SSL_free+48");
}
END_TEST

START_TEST(whole_names_only)
{
	fake_elf_function(&f, FAKE_DYNSYM, "SSL_rea", 1);
	fake_elf_function(&f, FAKE_DYNSYM, "SSL_reads", 2);
	fake_elf_function(&f, FAKE_DYNSYM, "my_SSL_read", 3);
	fake_elf_function(&f, FAKE_DYNSYM, "ssl_read", 4);
	ck_assert_str_eq(find(ELF_DYNAMIC), "");
}
END_TEST

START_TEST(versions)
{
	fake_elf_function(&f, FAKE_SYMTAB, "SSL_read@@OPENSSL_3.0.0", 16);
	fake_elf_function(&f, FAKE_SYMTAB, "SSL_read@OPENSSL_1_1_0", 64);
	fake_elf_function(&f, FAKE_SYMTAB, "other@SSL_write", 80);
	ck_assert_str_eq(find(ELF_STATIC), "SSL_read+16 SSL_read+64");
}
END_TEST

/* Linkers let a name be the end of another. */
START_TEST(a_name_within_a_name)
{
	uint32_t at = fake_elf_name(&f, FAKE_DYNSYM, "BIO_SSL_read");

	fake_elf_symbol(&f, FAKE_DYNSYM,
			(Elf64_Sym){at + 4, ELF64_ST_INFO(STB_GLOBAL, STT_FUNC), 0, 1, FAKE_ADDRESS + 8, 0});
	ck_assert_str_eq(find(ELF_DYNAMIC), "SSL_read+8");
}
END_TEST

START_TEST(what_is_no_function_of_the_file)
{
	const Elf64_Sym others[] = {
		{0, ELF64_ST_INFO(STB_GLOBAL, STT_FUNC), 0, SHN_UNDEF, FAKE_ADDRESS, 0},
		{0, ELF64_ST_INFO(STB_GLOBAL, STT_FUNC), 0, 1, 0, 0},
		{0, ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT), 0, 1, FAKE_ADDRESS, 0},
		{0, ELF64_ST_INFO(STB_GLOBAL, STT_GNU_IFUNC), 0, 1, FAKE_ADDRESS, 0},
		{0, ELF64_ST_INFO(STB_GLOBAL, STT_FUNC), 0, 1, FAKE_ADDRESS - 1, 0},
		{0, ELF64_ST_INFO(STB_GLOBAL, STT_FUNC), 0, 1, FAKE_ADDRESS + FAKE_CODE_SIZE, 0},
		{0, ELF64_ST_INFO(STB_GLOBAL, STT_FUNC), 0, 1, UINT64_MAX, 0},
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		Elf64_Sym symbol = others[i];

		symbol.st_name = fake_elf_name(&f, FAKE_DYNSYM, "SSL_read");
		fake_elf_symbol(&f, FAKE_DYNSYM, symbol);
	}
	ck_assert_str_eq(find(ELF_DYNAMIC), "");
}
END_TEST

START_TEST(twice_is_once)
{
	fake_elf_function(&f, FAKE_DYNSYM, "SSL_read", 16);
	fake_elf_function(&f, FAKE_DYNSYM, "SSL_read", 16);
	fake_elf_function(&f, FAKE_DYNSYM, "SSL_write", 16);
	ck_assert_str_eq(find(ELF_DYNAMIC), "SSL_read+16 SSL_write+16");
}
END_TEST

START_TEST(no_more_than_there_is_room_for)
{
	int fd;
	const char *why;
	struct elf_functions *e;

	for (unsigned i = 0; i < 1000; i++)
		fake_elf_function(&f, FAKE_DYNSYM, "SSL_read", 1 + i);
	fd = fake_elf_open(&f);
	e = elf_functions_open(fd, &why);
	ck_assert_ptr_nonnull(e);
	ck_assert_uint_eq(elf_functions_find(e, ELF_DYNAMIC, names, found, 3), 3);
	ck_assert_uint_eq(elf_functions_find(e, ELF_DYNAMIC, names, found, 0), 0);
	elf_functions_free(e);
	close(fd);
}
END_TEST

/* The table of names is read in pieces of 64 KB: a name at each place around their border. */
START_TEST(names_across_pieces)
{
	static char filler[65536 + 16];

	memset(filler, 'x', sizeof(filler));
	for (size_t before = 65536 - 12; before < 65536 + 2; before++) {
		filler[before - 1] = '\0';
		fake_elf_append(&f, FAKE_DYNSTR, filler + 1, before - 1);
		fake_elf_function(&f, FAKE_DYNSYM, "SSL_read", 16);
		ck_assert_uint_eq(f.sections[FAKE_DYNSTR].sh_size, before + sizeof("SSL_read"));
		ck_assert_str_eq(find(ELF_DYNAMIC), "SSL_read+16");
		filler[before - 1] = 'x';
		fake_elf_release(&f);
		fake_elf_init(&f);
	}
}
END_TEST

START_TEST(sections)
{
	const char *why;
	struct elf_functions *e;
	struct elf_section s;
	int fd;

	fake_elf_append(&f, FAKE_RODATA, "hello", 5);
	fd = fake_elf_open(&f);
	e = elf_functions_open(fd, &why);
	ck_assert_ptr_nonnull(e);
	ck_assert(elf_functions_has_sections(e));
	ck_assert(elf_functions_section(e, ".rodata", &s));
	ck_assert_uint_eq(s.size, 5);
	ck_assert_mem_eq(f.image + s.offset, "hello", 5);
	ck_assert(!elf_functions_section(e, ".go.buildinfo", &s));
	elf_functions_free(e);
	close(fd);
}
END_TEST

START_TEST(what_is_not_for_us)
{
	int fd = open("/dev/null", O_RDONLY);

	ck_assert_str_eq(find_in(fd, ELF_DYNAMIC), "not a file");
	close(fd);
	ck_assert_str_eq(find_in(-1, ELF_DYNAMIC), "not a file");
	f.header.e_ident[EI_CLASS] = ELFCLASS32;
	ck_assert_str_eq(find(ELF_DYNAMIC), "32-bit");
	f.header.e_ident[EI_CLASS] = ELFCLASS64;
	f.header.e_machine = EM_S390;
	ck_assert_str_eq(find(ELF_DYNAMIC), "for another machine");
	f.header.e_ident[EI_MAG0] = 0;
	ck_assert_str_eq(find(ELF_DYNAMIC), "not an ELF file");
}
END_TEST

/* ---- broken files ---- */

START_TEST(tables_that_are_too_large)
{
	const uint64_t sizes[] = {1, 1ull << 31, 1ull << 40, 1ull << 62, UINT64_MAX};

	fake_elf_function(&f, FAKE_DYNSYM, "SSL_read", 16);
	for (int section = 1; section < FAKE_SECTIONS; section++) {
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			int fd = fake_elf_open(&f);
			Elf64_Shdr s = f.sections[section];

			s.sh_size = sizes[i];
			ck_assert_int_eq(pwrite(fd, &s, sizeof(s),
						(off_t)(f.header.e_shoff + (size_t)section * sizeof(s))),
					 sizeof(s));
			/* a hole, so that there are as many bytes */
			ck_assert_int_eq(ftruncate(fd, (off_t)1 << 42), 0);
			find_in(fd, ELF_DYNAMIC);
			find_in(fd, ELF_STATIC);
			close(fd);
		}
	}
}
END_TEST

/* The number of sections may be in the first of them, for which libelf takes memory. */
START_TEST(more_sections_than_a_number_holds)
{
	f.header.e_shnum = 0;
	f.sections[0].sh_size = 1u << 28;
	ck_assert_str_eq(find(ELF_DYNAMIC), "an unusual ELF file");
}
END_TEST

START_TEST(cut_off_anywhere)
{
	int fd;

	fake_elf_function(&f, FAKE_DYNSYM, "SSL_read", 16);
	fd = fake_elf_open(&f);
	for (size_t n = f.n; n-- > 0;) {
		if (n > 512 && n < FAKE_CODE_OFFSET + FAKE_CODE_SIZE)
			continue; /* nothing there */
		ck_assert_int_eq(ftruncate(fd, (off_t)n), 0);
		find_in(fd, ELF_DYNAMIC);
	}
	close(fd);
}
END_TEST

/* Each byte of the headers and tables with other values: nothing but our own checks must notice. */
START_TEST(each_byte_changed)
{
	static const uint8_t values[] = {0, 1, 0x7f, 0x80, 0xff};
	int fd;

	fake_elf_function(&f, FAKE_DYNSYM, "SSL_read", 16);
	fake_elf_function(&f, FAKE_SYMTAB, "SSL_write", 16);
	fd = fake_elf_open(&f);
	for (size_t at = 0; at < f.n; at++) {
		if (at == sizeof(f.header) + sizeof(f.code))
			at = FAKE_CODE_OFFSET + FAKE_CODE_SIZE;
		for (size_t i = 0; i < sizeof(values); i++) {
			ck_assert_int_eq(pwrite(fd, &values[i], 1, (off_t)at), 1);
			find_in(fd, ELF_DYNAMIC);
			find_in(fd, ELF_STATIC);
		}
		ck_assert_int_eq(pwrite(fd, f.image + at, 1, (off_t)at), 1);
	}
	ck_assert_str_eq(find_in(fd, ELF_DYNAMIC), "SSL_read+16");
	close(fd);
}
END_TEST

START_TEST(many_bytes_changed)
{
	unsigned seed = 7;
	int fd;

	fake_elf_function(&f, FAKE_DYNSYM, "SSL_read", 16);
	fd = fake_elf_open(&f);
	for (int round = 0; round < 5000; round++) {
		fake_elf_write(&f, fd);
		for (int i = 0; i < 8; i++) {
			size_t tail = f.n - FAKE_CODE_OFFSET - FAKE_CODE_SIZE;
			size_t at = (size_t)rand_r(&seed) % (tail + 120);
			uint8_t value = (uint8_t)rand_r(&seed);

			at = at < 120 ? at : FAKE_CODE_OFFSET + FAKE_CODE_SIZE + at - 120;
			ck_assert_int_eq(pwrite(fd, &value, 1, (off_t)at), 1);
		}
		find_in(fd, ELF_DYNAMIC);
	}
	close(fd);
}
END_TEST

static void find_once(void *ctx)
{
	ck_assert_ptr_nonnull(find_in(*(int *)ctx, ELF_DYNAMIC));
}

START_TEST(every_allocation_fails)
{
	int fd;

	fake_elf_function(&f, FAKE_DYNSYM, "SSL_read", 16);
	fd = fake_elf_open(&f);
	fail_each_alloc(find_once, &fd);
	close(fd);
}
END_TEST

/* ---- our own ---- */

/* What is in memory at a function is in the file at its offset. */
START_TEST(this_program)
{
	static const char *const own[] = {"harness_alloc_count", NULL};
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	const char *why;
	struct elf_functions *e = elf_functions_open(fd, &why);
	struct elf_function function;
	uint8_t code[16];

	ck_assert_ptr_nonnull(e);
	ck_assert_uint_eq(elf_functions_find(e, ELF_STATIC, own, &function, 1), 1);
	ck_assert_int_eq(pread(fd, code, sizeof(code), (off_t)function.offset), sizeof(code));
	ck_assert_mem_eq(code, (const void *)harness_alloc_count, sizeof(code));
	elf_functions_free(e);
	close(fd);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("elf_functions");
	TCase *c = tcase_create("elf_functions");

	tcase_set_timeout(c, 120);
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, both_tables);
	tcase_add_test(c, whole_names_only);
	tcase_add_test(c, versions);
	tcase_add_test(c, a_name_within_a_name);
	tcase_add_test(c, what_is_no_function_of_the_file);
	tcase_add_test(c, twice_is_once);
	tcase_add_test(c, no_more_than_there_is_room_for);
	tcase_add_test(c, names_across_pieces);
	tcase_add_test(c, sections);
	tcase_add_test(c, what_is_not_for_us);
	tcase_add_test(c, tables_that_are_too_large);
	tcase_add_test(c, more_sections_than_a_number_holds);
	tcase_add_test(c, cut_off_anywhere);
	tcase_add_test(c, each_byte_changed);
	tcase_add_test(c, many_bytes_changed);
	tcase_add_test(c, every_allocation_fails);
	tcase_add_test(c, this_program);
	suite_add_tcase(suite, c);
	return run_suite(suite);
}
