/* SPDX-License-Identifier: Apache-2.0 */
/* httplat's tables by key and by part: alignment, unknown and hostile values, clipping on a terminal only. */
#include <check.h>
#include <pty.h>

#include <unistd.h>

#include "harness.h"
#include "sample_latency.h"

static struct latency_run run;

static void setup(void)
{
	run_init(&run, latency_table_new);
}

static void teardown(void)
{
	run_release(&run);
}

/* ---- parts ---- */

#define PARTS_HEADER "PART       COUNT AVG(us) P50(us) P90(us) P99(us) P99.9(us)  MAX(us)\n"

START_TEST(parts_of_the_whole)
{
	use_parts(&run);
	add(&run.parts[0][0], 7, 15 * US, 0);
	add(&run.parts[0][2], 7, 12 * US, 0);
	ck_assert_str_eq(strstr(print_interval(&run), "count 7"),
			 "count 7 avg 15 p50 15 p90 15 p99 15 p99.9 15 max 15 errors 0\nin "
			 "5.00 s\n" PARTS_HEADER
			 "total          7      15      15      15      15        15       15\n"
			 "queue        n/a     n/a     n/a     n/a     n/a       n/a      n/a\n"
			 "read           7      12      12      12      12        12       12\n"
			 "service        0       -       -       -       -         -        -\n");
	run.layout.unit = LATENCY_MS;
	ck_assert_ptr_nonnull(
		strstr(print_interval(&run),
		       "AVG(ms) P50(ms) P90(ms) P99(ms) P99.9(ms)  MAX(ms)\n"
		       "total          7   0.015   0.015   0.015   0.015     0.015    0.015\n"));
}
END_TEST

/* The tables leave no room for errors, loss and length: these come first. */
START_TEST(parts_by_key)
{
	use_parts(&run);
	use_keys(&run, "pid", "path");
	run.rows[0].values[0] = bytes_of_str("181");
	run.rows[0].values[1] = bytes_of_str("/\x1b[m");
	run.rows[1].other = true;
	run.interval.n_rows = 2;
	add(&run.parts[0][0], 7, 15 * US, 0);
	run.parts[1][0].errors = 5;
	ck_assert_str_eq(print_interval(&run),
			 "\ntotal: count 7, errors 5, in 5.00 s\n"
			 "pid 181, path /\\x1b[m\n" PARTS_HEADER
			 "total          7      15      15      15      15        15       15\n"
			 "queue        n/a     n/a     n/a     n/a     n/a       n/a      n/a\n"
			 "read           0       -       -       -       -         -        -\n"
			 "service        0       -       -       -       -         -        -\n"
			 "other\n" PARTS_HEADER
			 "total          0       -       -       -       -         -        -\n"
			 "queue        n/a     n/a     n/a     n/a     n/a       n/a      n/a\n"
			 "read           0       -       -       -       -         -        -\n"
			 "service        0       -       -       -       -         -        -\n");
	run.interval.n_rows = 0;
	ck_assert_str_eq(print_interval(&run), "\ntotal: count 0, errors 0, in 5.00 s\n");
}
END_TEST

/* ---- keys ---- */

START_TEST(rows_by_key)
{
	use_keys(&run, "comm", "path");
	run.rows[0].values[0] = bytes_of_str("nginx");
	run.rows[0].values[1] = bytes_of_str("/a");
	run.rows[1].values[1] = bytes_of_str("/b");
	run.rows[2].other = true;
	run.interval.n_rows = 3;
	run.interval.lost = 4;
	add(&run.parts[0][0], 1993, 1043 * US, 0);
	add(&run.parts[1][0], 5, 7 * US, 0);
	run.parts[1][0].errors = 2;
	run.parts[2][0].errors = 1;
	ck_assert_str_eq(print_interval(&run),
			 "\n"
			 "  COUNT AVG(us) P50(us) P90(us) P99(us) P99.9(us)  MAX(us) ERRORS COMM  PATH\n"
			 "   1993    1043    1043    1043    1043      1043     1043      0 nginx /a\n"
			 "      5       7       7       7       7         7        7      2 -     /b\n"
			 "      0       -       -       -       -         -        -      1 other\n"
			 "total: count 1998, errors 3, lost 4, in 5.00 s\n");
}
END_TEST

START_TEST(rows_with_limit_in_ms)
{
	run.layout.unit = LATENCY_MS;
	run.layout.slo_ns = 2 * MS;
	use_keys(&run, "status", NULL);
	run.rows[0].values[0] = bytes_of_str("200");
	run.rows[1].values[0] = bytes_of_str("404");
	run.interval.n_rows = 2;
	add(&run.parts[0][0], 3, 1043 * US, run.layout.slo_ns);
	run.parts[0][0].errors = 1;
	ck_assert_str_eq(print_interval(&run),
			 "\n"
			 "  COUNT AVG(ms) P50(ms) P90(ms) P99(ms) P99.9(ms)  MAX(ms) ERRORS   SLO% STATUS\n"
			 "      3   1.043   1.043   1.043   1.043     1.043    1.043      1  75.00 200\n"
			 "      0       -       -       -       -         -        -      0      - 404\n"
			 "total: count 3, errors 1, in 5.00 s\n");
}
END_TEST

START_TEST(no_rows)
{
	use_keys(&run, "path", NULL);
	run.interval.n_rows = 0;
	ck_assert_str_eq(print_interval(&run),
			 "\n  COUNT AVG(us) P50(us) P90(us) P99(us) P99.9(us)  MAX(us) ERRORS PATH\n"
			 "total: count 0, errors 0, in 5.00 s\n");
}
END_TEST

START_TEST(hostile_values)
{
	use_keys(&run, "host", "path");
	run.rows[0].values[0] = bytes_of_str("a\x1b]0;x\x07");
	run.rows[0].values[1] = bytes_of_str("/\n\xff\xc2\x9b\\");
	run.rows[1].values[0] = bytes_of("", 0);
	run.rows[1].values[1] = bytes_of("\0", 1);
	run.interval.n_rows = 2;
	ck_assert_ptr_nonnull(
		strstr(print_interval(&run), "      0 a\\x1b]0;x\\x07 /\\x0a\\xff\\u009b\\\\\n"));
	ck_assert_ptr_nonnull(strstr(run.out.pending.p, "      0 \"\"            \\x00\n"));
}
END_TEST

/* Wider cells widen their column, not their line. */
START_TEST(huge_figures_align)
{
	const char *text;

	use_keys(&run, "path", NULL);
	run.rows[0].values[0] = bytes_of_str("/a");
	run.rows[1].values[0] = bytes_of_str("/b");
	run.interval.n_rows = 2;
	add(&run.parts[0][0], 1ull << 40, 7 * US, 0);
	add(&run.parts[1][0], 1, 1000000000 * US, 0);
	text = print_interval(&run);
	ck_assert_ptr_nonnull(strstr(text, "\n        COUNT    AVG(us)    P50(us) "));
	ck_assert_ptr_nonnull(strstr(text, "\n1099511627776          7          7 "));
	ck_assert_ptr_nonnull(strstr(text, "\n            1 1000000000 1000000000 "));
}
END_TEST

/* ---- widths ---- */

static void check_fits(void)
{
	ck_assert_uint_lt(longest_line(print_interval(&run)), SAMPLE_COLUMNS);
}

START_TEST(tables_fit_a_terminal)
{
	add(&run.parts[0][0], 9999999, 9999999 * US, 0);
	use_keys(&run, "path", NULL);
	run.rows[0].values[0] = bytes_of_str("/12345678901");
	run.parts[0][0].errors = 999999;
	check_fits();
	run.layout.slo_ns = 10000 * MS;
	run.rows[0].values[0] = bytes_of_str("/12345");
	check_fits();
	run.layout.unit = LATENCY_MS;
	run.parts[0][0] = (struct histogram){0};
	add(&run.parts[0][0], 9999999, 999999 * US, 0);
	check_fits();
	use_parts(&run);
	check_fits();
	run.layout.n_keys = 0;
	run.layout.slo_ns = 0;
	print_interval(&run);
	ck_assert_uint_lt(longest_line(strstr(run.out.pending.p, "PART")), SAMPLE_COLUMNS);
}
END_TEST

/* ---- on a terminal ---- */

static void print_on_terminal(unsigned short columns)
{
	struct winsize size = {.ws_row = 24, .ws_col = columns};
	int master, slave;

	ck_assert_int_eq(openpty(&master, &slave, NULL, NULL, &size), 0);
	output_release(&run.out);
	output_init(&run.out, slave, NULL);
	print_interval(&run);
	close(slave);
	close(master);
}

static void check_on_terminal(unsigned short columns, const char *want)
{
	print_on_terminal(columns);
	ck_assert_msg(strstr(run.out.pending.p, want) != NULL, "no %s in %s", want, run.out.pending.p);
}

START_TEST(terminal_clips_keys)
{
	use_keys(&run, "host", "path");
	run.rows[0].values[0] = bytes_of_str("a-host-with-a-name-longer-than-most");
	run.rows[0].values[1] = bytes_of_str("/a/rather/long/path/that/goes/on/and/on");
	ck_assert_ptr_nonnull(strstr(print_interval(&run), " a-host-with-a-name-longer-than-most "
							   "/a/rather/long/path/that/goes/on/and/on\n"));
	check_on_terminal(80, "      0 a-host-with-a-name-long> /a/rath>\n");
	check_on_terminal(120, "      0 a-host-with-a-name-long> /a/rather/long/path/that/go>\n");
	ck_assert_uint_eq(longest_line(run.out.pending.p), 119);
	check_on_terminal(500, "-long> /a/rather/long/path/that/goes/on/and/on\n");
	use_parts(&run);
	check_on_terminal(60, "\nhost a-host-with-a-name-longer-than-most, path /a/rather/l>\n");
	check_on_terminal(1, "/on/and/on\n");
}
END_TEST

/* ---- memory ---- */

START_TEST(each_allocation_may_fail)
{
	add(&run.parts[0][0], 9, 15 * US, 0);
	use_parts(&run);
	use_keys(&run, "host", "path");
	fail_each_alloc(print_without_memory, &run);
	run.layout.n_parts = 1;
	fail_each_alloc(print_without_memory, &run);
}
END_TEST

/* Outgrows the first block of the text several times, and is not yet flushed. */
START_TEST(many_rows)
{
	enum { ROWS = 501 };
	struct latency_row *rows = calloc(ROWS, sizeof(*rows));
	const char *text;
	size_t lines = 0;

	ck_assert_ptr_nonnull(rows);
	use_keys(&run, "path", NULL);
	for (size_t i = 0; i < ROWS; i++)
		rows[i] = (struct latency_row){{bytes_of_str("/same")}, i + 1 == ROWS, run.parts[0]};
	run.interval.rows = rows;
	run.interval.n_rows = ROWS;
	for (text = print_interval(&run); *text; text++)
		lines += *text == '\n';
	ck_assert_uint_eq(lines, 1 + 1 + ROWS + 1);
	fail_each_alloc(print_without_memory, &run);
	free(rows);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("latency_columns");
	TCase *tc = tcase_create("latency_columns");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, parts_of_the_whole);
	tcase_add_test(tc, parts_by_key);
	tcase_add_test(tc, rows_by_key);
	tcase_add_test(tc, rows_with_limit_in_ms);
	tcase_add_test(tc, no_rows);
	tcase_add_test(tc, hostile_values);
	tcase_add_test(tc, huge_figures_align);
	tcase_add_test(tc, tables_fit_a_terminal);
	tcase_add_test(tc, terminal_clips_keys);
	tcase_add_test(tc, each_allocation_may_fail);
	tcase_add_test(tc, many_rows);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
