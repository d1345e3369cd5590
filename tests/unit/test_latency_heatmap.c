/* SPDX-License-Identifier: Apache-2.0 */
/* The heat map: which cell, how dark, with and without colour, figures that fit. */
#include <check.h>
#include <stdio.h>

#include "harness.h"
#include "sample_latency.h"

#define CELLS 45
/* "05:04:10 " */
#define CELLS_AT 9

static struct latency_run run;

static void setup(void)
{
	run_init(&run, latency_heatmap_new);
}

static void teardown(void)
{
	run_release(&run);
}

START_TEST(axis)
{
	ck_assert_str_eq(print_begin(&run), "Tracing HTTP latency... Hit Ctrl-C to end.\n"
					    "             64us    1ms     16ms    262ms   4s      67s\n"
					    "TIME     16us    256us   4ms     65ms    1s      16s  COUNT\n");
}
END_TEST

/* ---- which cell ---- */

static void check_cell(uint64_t us, size_t want)
{
	char cells[CELLS + 1];

	memset(cells, ' ', CELLS);
	cells[want] = '@';
	cells[CELLS] = '\0';
	run.parts[0][0] = (struct histogram){0};
	add(&run.parts[0][0], 1, us * US, 0);
	print_interval(&run);
	ck_assert_uint_gt(strlen(run.out.pending.p), CELLS_AT + CELLS);
	run.out.pending.p[CELLS_AT + CELLS] = '\0';
	ck_assert_msg(strcmp(run.out.pending.p + CELLS_AT, cells) == 0, "%llu us: %s", (unsigned long long)us,
		      run.out.pending.p);
}

START_TEST(cell_bounds)
{
	check_cell(0, 0);
	check_cell(15, 0);
	for (unsigned k = 4; k < 26; k++) {
		check_cell(1ull << k, 2 * (k - 4));
		check_cell((3ull << (k - 1)) - 1, 2 * (k - 4));
		check_cell(3ull << (k - 1), 2 * (k - 4) + 1);
		check_cell((2ull << k) - 1, 2 * (k - 4) + 1);
	}
	check_cell(1ull << 26, CELLS - 1);
	check_cell(1ull << 30, CELLS - 1);
	check_cell(5000000000, CELLS - 1);
}
END_TEST

/* ---- how dark ---- */

START_TEST(one_line)
{
	add(&run.parts[0][0], 1993, 1151 * US, 0);
	ck_assert_str_eq(print_interval(&run),
			 "05:04:10             @                                 1993 p99 1.15ms\n");
	run.parts[0][0].errors = 3;
	ck_assert_ptr_nonnull(strstr(print_interval(&run), " 1993 p99 1.15ms err 3\n"));
}
END_TEST

/* Logarithmic: what happened once in a million is seen, too. */
START_TEST(shades)
{
	static const uint64_t counts[] = {1,	 999,	1000,	2400,	5600,	13000,
					  32000, 75000, 180000, 420000, 1000000};

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		add(&run.parts[0][0], counts[i], 16 * US << i, 0);
	print_interval(&run);
	ck_assert_msg(strncmp(run.out.pending.p + CELLS_AT, ". . : - = + * # % @ @ ", 22) == 0, "%s",
		      run.out.pending.p);
}
END_TEST

START_TEST(colours)
{
	run.layout.colour = true;
	add(&run.parts[0][0], 1000000, 16 * US, 0);
	add(&run.parts[0][0], 1000000, 24 * US, 0);
	add(&run.parts[0][0], 1, 64 * US, 0);
	ck_assert_str_eq(print_interval(&run),
			 "05:04:10 \033[41m  \033[49m  \033[44m \033[49m"
			 "                                        \033[0m 2.0M p99 24us\n");
}
END_TEST

/* Only colours that any terminal has, and plain again before the line ends. */
START_TEST(colours_are_basic)
{
	const char *text;

	run.layout.colour = true;
	for (unsigned k = 4; k < 27; k++)
		add(&run.parts[0][0], 1ull << k, US << k, 0);
	for (text = strchr(print_interval(&run), '\033'); text; text = strchr(text + 1, '\033')) {
		unsigned code = 0;

		ck_assert_int_eq(sscanf(text, "\033[%um", &code), 1);
		ck_assert(code == 0 || (code >= 40 && code <= 47) || code == 49 ||
			  (code >= 100 && code <= 107));
		if (code == 0)
			ck_assert_ptr_null(strchr(text + 1, '\033'));
	}
	run.layout.colour = false;
	ck_assert_ptr_null(strchr(print_interval(&run), '\033'));
}
END_TEST

START_TEST(nothing_happened)
{
	const char *want = "05:04:10                                                  0 p99 -\n";

	ck_assert_str_eq(print_interval(&run), want);
	run.parts[0][0].errors = 2;
	ck_assert_ptr_nonnull(strstr(print_interval(&run), "    0 p99 - err 2\n"));
	run.parts[0][0].errors = 0;
	run.layout.colour = true;
	ck_assert_str_eq(print_interval(&run),
			 "05:04:10                                              \033[0m    0 p99 -\n");
}
END_TEST

START_TEST(loss_is_marked)
{
	run.interval.lost = 5;
	ck_assert_str_eq(print_interval(&run),
			 "05:04:10                                              ~   0 p99 -\n");
}
END_TEST

/* ---- figures ---- */

static void check_figures(uint64_t count, uint64_t us, const char *want)
{
	run.parts[0][0] = (struct histogram){0};
	add(&run.parts[0][0], count, us * US, 0);
	run.parts[0][0].errors = count;
	ck_assert_str_eq(print_interval(&run) + CELLS_AT + CELLS, want);
	ck_assert_uint_lt(longest_line(run.out.pending.p), SAMPLE_COLUMNS);
}

START_TEST(figures_fit)
{
	check_figures(1, 0, "    1 p99 0us err 1\n");
	check_figures(9999, 999, " 9999 p99 999us err 9999\n");
	check_figures(10000, 1000, "  10k p99 1.00ms err 10k\n");
	check_figures(12999, 9999, "  12k p99 9.99ms err 12k\n");
	check_figures(999999, 10000, " 999k p99 10.0ms err 999k\n");
	check_figures(1000000, 99999, " 1.0M p99 99.9ms err 1.0M\n");
	check_figures(10000000, 999999, "  10M p99 999ms err 10M\n");
	check_figures(1000000000, 1000000, " 1.0G p99 1.00s err 1.0G\n");
	check_figures(1ull << 40, 10000000, " 1.0T p99 10.0s err 1.0T\n");
	check_figures(1, 1000000000, "    1 p99 1000s err 1\n");
}
END_TEST

START_TEST(each_allocation_may_fail)
{
	run.layout.colour = true;
	add(&run.parts[0][0], 1, 100 * US, 0);
	fail_each_alloc(print_without_memory, &run);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("latency_heatmap");
	TCase *tc = tcase_create("latency_heatmap");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, axis);
	tcase_add_test(tc, cell_bounds);
	tcase_add_test(tc, one_line);
	tcase_add_test(tc, shades);
	tcase_add_test(tc, colours);
	tcase_add_test(tc, colours_are_basic);
	tcase_add_test(tc, nothing_happened);
	tcase_add_test(tc, loss_is_marked);
	tcase_add_test(tc, figures_fit);
	tcase_add_test(tc, each_allocation_may_fail);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
