/* SPDX-License-Identifier: Apache-2.0 */
/* The text of httplat: BCC's histogram and the line of figures. */
#include <check.h>

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

#define HEADER	  "     usecs               : count     distribution\n"
#define NO_STARS  "|                                        |\n"
#define ALL_STARS "|****************************************|\n"

START_TEST(begins_as_bcc)
{
	ck_assert_str_eq(print_begin(&run), "Tracing HTTP latency... Hit Ctrl-C to end.\n");
}
END_TEST

START_TEST(histogram_in_us)
{
	add(&run.parts[0][0], 3, 5 * US, 0);
	add(&run.parts[0][0], 8, 8 * US, 0);
	add(&run.parts[0][0], 1, 16 * US + 999, 0);
	run.parts[0][0].errors = 2;
	ck_assert_str_eq(print_interval(&run),
			 "\n" HEADER "         0 -> 1          : 0        " NO_STARS
			 "         2 -> 3          : 0        " NO_STARS
			 "         4 -> 7          : 3        |***************                         |\n"
			 "         8 -> 15         : 8        " ALL_STARS
			 "        16 -> 31         : 1        |*****                                   |\n"
			 "count 12 avg 7 p50 8 p90 8 p99 16 p99.9 16 max 16 errors 2\n"
			 "in 5.00 s\n");
}
END_TEST

START_TEST(histogram_in_ms)
{
	run.layout.unit = LATENCY_MS;
	add(&run.parts[0][0], 2, 12 * US + 567, 0);
	add(&run.parts[0][0], 1, 2 * MS - 1, 0);
	add(&run.parts[0][0], 1, 5 * MS, 0);
	ck_assert_str_eq(print_interval(&run),
			 "\n     msecs               : count     distribution\n"
			 "         0 -> 1          : 3        " ALL_STARS
			 "         2 -> 3          : 0        " NO_STARS
			 "         4 -> 7          : 1        |*************                           |\n"
			 "count 4 avg 1.756 p50 0.012 p90 5.000 p99 5.000 p99.9 5.000 max 5.000 errors 0\n"
			 "in 5.00 s\n");
}
END_TEST

START_TEST(nothing_happened)
{
	const char *want = "\n" HEADER "count 0 avg - p50 - p90 - p99 - p99.9 - max - errors 0\nin 5.00 s\n";

	ck_assert_str_eq(print_interval(&run), want);
	run.parts[0][0].min_ns = run.parts[0][0].max_ns = 77 * US; /* meaningless */
	ck_assert_str_eq(print_interval(&run), want);
}
END_TEST

/* Above 2^30 us there is no bucket: the last row says how far it reaches. */
START_TEST(very_slow)
{
	const char *text;

	add(&run.parts[0][0], 1, 2000000000 * US, 0);
	text = print_interval(&run);
	ck_assert_ptr_nonnull(strstr(text, " 536870912 -> 2000000000 : 1        |***"));
	run.layout.unit = LATENCY_MS;
	text = print_interval(&run);
	ck_assert_ptr_nonnull(strstr(text, "   1048576 -> 2097151    : 1        |***"));
	ck_assert_ptr_nonnull(strstr(text, " max 2000000.000 "));
	add(&run.parts[0][0], 1, 3000000 * MS, 0);
	ck_assert_ptr_nonnull(strstr(print_interval(&run), "   1048576 -> 3000000    : 2        |***"));
}
END_TEST

START_TEST(huge_counts)
{
	const char *text;

	add(&run.parts[0][0], 1ull << 40, 1 * US, 10 * US);
	add(&run.parts[0][0], 1ull << 39, 3 * US, 0);
	run.layout.slo_ns = 10 * US;
	text = print_interval(&run);
	ck_assert_ptr_nonnull(strstr(text, "         0 -> 1          : 1099511627776 " ALL_STARS));
	ck_assert_ptr_nonnull(
		strstr(text, "         2 -> 3          : 549755813888 |********************   "));
	ck_assert_ptr_nonnull(strstr(text, "count 1649267441664 avg 1 p50 1 p90 3 p99 3 p99.9 3 max 3 "));
	ck_assert_ptr_nonnull(strstr(text, ", within 10 us 66.66 %\n"));
}
END_TEST

static void check_slo(uint64_t slo_ns, const char *want)
{
	run.layout.slo_ns = slo_ns;
	ck_assert_msg(strstr(print_interval(&run), want) != NULL, "no %s in %s", want, run.out.pending.p);
}

/* An exchange that failed is not within the limit; 100.00 means all. */
START_TEST(within_the_limit)
{
	check_slo(250 * MS, "in 5.00 s, within 250 ms -\n");
	run.parts[0][0].errors = 1;
	check_slo(250 * MS, ", within 250 ms 0.00 %\n");
	run.parts[0][0].errors = 0;
	add(&run.parts[0][0], 99999, 1 * MS, 10 * MS);
	check_slo(10 * MS, ", within 10 ms 100.00 %\n");
	run.parts[0][0].errors = 1;
	check_slo(10 * MS, ", within 10 ms 99.99 %\n");
	run.parts[0][0].errors = 99999;
	check_slo(1000 * MS, ", within 1 s 50.00 %\n");
	check_slo(1500 * MS, ", within 1500 ms 50.00 %\n");
	check_slo(800 * US, ", within 800 us 50.00 %\n");
}
END_TEST

START_TEST(loss_and_length)
{
	run.interval.lost = 17;
	run.interval.end_ns = run.interval.start_ns + 1234 * MS;
	ck_assert_ptr_nonnull(strstr(print_interval(&run), "errors 0\nin 1.23 s, lost 17\n"));
	run.layout.slo_ns = 1 * MS;
	run.interval.end_ns = run.interval.start_ns + 4995 * MS;
	ck_assert_ptr_nonnull(strstr(print_interval(&run), "in 5.00 s, within 1 ms -, lost 17\n"));
	run.interval.end_ns = run.interval.start_ns;
	ck_assert_ptr_nonnull(strstr(print_interval(&run), "\nin 0.00 s, within 1 ms -, lost 17\n"));
}
END_TEST

START_TEST(time_of_its_end)
{
	run.layout.timestamp = true;
	ck_assert(strncmp(print_interval(&run), "\n05:04:10\n" HEADER, 10 + strlen(HEADER)) == 0);
	use_keys(&run, "path", NULL);
	ck_assert(strncmp(print_interval(&run), "\n05:04:10\n  COUNT ", 18) == 0);
}
END_TEST

/* Except for the line of figures, which is one line however long. */
START_TEST(fits_a_terminal)
{
	add(&run.parts[0][0], 9999999, 9999999 * US, 0);
	print_interval(&run);
	*strstr(run.out.pending.p, "count 9999999") = '\0';
	ck_assert_uint_lt(longest_line(run.out.pending.p), SAMPLE_COLUMNS);
}
END_TEST

START_TEST(each_allocation_may_fail)
{
	add(&run.parts[0][0], 9, 15 * US, 0);
	fail_each_alloc(print_without_memory, &run);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("latency_table");
	TCase *tc = tcase_create("latency_table");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, begins_as_bcc);
	tcase_add_test(tc, histogram_in_us);
	tcase_add_test(tc, histogram_in_ms);
	tcase_add_test(tc, nothing_happened);
	tcase_add_test(tc, very_slow);
	tcase_add_test(tc, huge_counts);
	tcase_add_test(tc, within_the_limit);
	tcase_add_test(tc, loss_and_length);
	tcase_add_test(tc, time_of_its_end);
	tcase_add_test(tc, fits_a_terminal);
	tcase_add_test(tc, each_allocation_may_fail);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
