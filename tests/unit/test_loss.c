/* SPDX-License-Identifier: Apache-2.0 */
/* The closing lines. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/loss.h"
#include "harness.h"

typedef void print_fn(const struct closing *c, FILE *out);

static void check_line(print_fn *print, const struct closing *c, const char *want)
{
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	print(c, f);
	fclose(f);
	ck_assert_str_eq(text, want);
	free(text);
}

static void check_closing(const struct closing *c, const char *want)
{
	check_line(loss_print_closing_counts, c, want);
}

START_TEST(nothing_lost)
{
	struct closing c = {.tool = "httplat", .counted = 1993, .errors = 2};

	c.counters[WIRE_STAT_CONNS_MADE] = 1000; /* is no loss */
	check_closing(&c, "httplat: exchanges 1993, errors 2, lost 0\n");
}
END_TEST

START_TEST(each_loss_has_its_place)
{
	struct closing c = {.tool = "httplat", .paths_given_up = 5};

	c.counters[WIRE_LOST_UNTIMED] = 7;
	c.counters[WIRE_LOST_ROWS] = 1;
	c.stats.no_memory = 2;
	c.stats.evicted = 4;
	check_closing(&c, "httplat: exchanges 0, errors 0, lost 10 (exchanges: could not be timed 7, "
			  "exchanges: no memory 1, events: out of memory 2), connections forgotten 4, paths "
			  "too costly for --path 5\n");
}
END_TEST

START_TEST(of_exchanges)
{
	struct closing c = {.tool = "httpsnoop", .printed = 3};

	c.stats.exchanges = 2;
	check_line(loss_print_closing, &c,
		   "httpsnoop: exchanges 2, printed 3, lost 0, gaps 0, orphans 0, in flight 0\n");
	c.stats.http2_open = 1;
	c.stats.http2_unknown = 5;
	c.stats.http2_given_up = 4;
	c.stats.http2_lost = 6;
	c.stats.http2_bad_blocks = 7;
	check_line(loss_print_closing, &c,
		   "httpsnoop: exchanges 2, printed 3, lost 0, gaps 0, orphans 0, in flight 0, told while "
		   "open 1, fields unknown 5, streams forgotten 4, framing lost 6, blocks not decoded 7\n");
}
END_TEST

START_TEST(of_header_blocks)
{
	struct closing c = {.tool = "http2hdr", .printed = 38};

	c.stats.http2_blocks = 40;
	check_line(loss_print_closing_blocks, &c,
		   "http2hdr: blocks 40, printed 38, fields unknown 0, lost 0, gaps 0\n");
	c.stats.http2_unknown = 2;
	c.stats.gaps = 3;
	c.stats.http2_given_up = 4;
	c.streams_forgotten = 5;
	c.values_given_up = 6;
	c.counters[WIRE_LOST_RING_FULL] = 1;
	check_line(loss_print_closing_blocks, &c,
		   "http2hdr: blocks 40, printed 38, fields unknown 2, lost 1 (events: ring buffer full 1), "
		   "gaps 3, streams forgotten 9, values too costly for --match 6\n");
}
END_TEST

START_TEST(only_losses_are_summed)
{
	uint64_t counters[WIRE_COUNTERS], sum = 0;

	for (int i = 0; i < WIRE_COUNTERS; i++)
		counters[i] = 1ull << i;
	counters[WIRE_STAT_CONNS_MADE] = counters[WIRE_STAT_CONNS_GONE] = 0;
	for (int i = 0; i < WIRE_COUNTERS; i++)
		sum += counters[i];
	ck_assert_uint_eq(loss_sum(counters), sum);
	counters[WIRE_STAT_CONNS_MADE] = counters[WIRE_STAT_CONNS_GONE] = 1;
	ck_assert_uint_eq(loss_sum(counters), sum);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("loss");
	TCase *tc = tcase_create("loss");

	tcase_add_test(tc, nothing_lost);
	tcase_add_test(tc, each_loss_has_its_place);
	tcase_add_test(tc, of_exchanges);
	tcase_add_test(tc, of_header_blocks);
	tcase_add_test(tc, only_losses_are_summed);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
