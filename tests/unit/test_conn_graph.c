/* SPDX-License-Identifier: Apache-2.0 */
/* conntop's topology: lines of edges, and Graphviz. */
#include <check.h>

#include "harness.h"
#include "sample_conns.h"
#include "sink/escape.h"

static struct conn_run run;
static struct text text;

static void setup(void)
{
	run_init(&run);
	text_init(&text);
}

static void teardown(void)
{
	text_release(&text);
	run_release(&run);
}

static const char *edges(size_t n, unsigned screen)
{
	run.interval.n_edges = n;
	text_clear(&text);
	conn_put_edges(&text, &run.interval, screen);
	text_put_char(&text, '\0');
	return text.p;
}

static const char *dot(void)
{
	return sample_interval(&run, conn_graph_new(&run.options, true));
}

/* ---- lines ---- */

START_TEST(one_edge)
{
	ck_assert_str_eq(edges(1, 0),
			 "curl[123] -> nginx[9]:80  12.0 req/s  0.0 % err  p99 1.2 ms  1.0M/s\n");
	ck_assert_str_eq(edges(1, 40), "curl[123] -> nginx[9]:80  12.0 req/s  >\n");
	ck_assert_str_eq(edges(0, 40), "");
}
END_TEST

#define LINES                                                                                                \
	"curl[123] -> nginx[9]:80  12.0 req/s   0.0 % err  p99 1.2 ms  1.0M/s\n"                             \
	"10.0.0.7 -> nginx[9]:80   2000 req/s  <0.1 % err   p99 1.5 s   100/s  12 connections\n"             \
	"ssh[7] -> 10.0.0.9:22                                           50/s\n"

START_TEST(figures_stand_below_each_other)
{
	ck_assert_str_eq(edges(3, 0), LINES);
}
END_TEST

START_TEST(requests_without_latency)
{
	run.edges[0].latency = NULL;
	run.edges[0].errors = 24;
	ck_assert_str_eq(edges(1, 0), "curl[123] -> nginx[9]:80  12.0 req/s  100 % err  1.0M/s\n");
	run.summary.end_ns = run.summary.start_ns;
	ck_assert_str_eq(edges(1, 0), "curl[123] -> nginx[9]:80  100 % err\n");
}
END_TEST

START_TEST(blocks)
{
	const char *block;

	ck_assert_str_eq(sample_begin(&run, conn_graph_new(&run.options, false)),
			 "Tracing connections... Hit Ctrl-C to end.\n");
	block = sample_interval(&run, conn_graph_new(&run.options, false));
	ck_assert_int_eq(strncmp(block, "\n05:04:07 loadavg: ", 19), 0);
	ck_assert_ptr_nonnull(strstr(block, ", in flight 1\n" LINES));
	run.options.clear = true;
	block = sample_interval(&run, conn_graph_new(&run.options, false));
	ck_assert_int_eq(strncmp(block, "\033[H\033[J05:04:07", 14), 0);
}
END_TEST

#define LONG_NAME "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff"

START_TEST(one_long_name)
{
	run.edges[0].from = bytes_of_str(LONG_NAME);
	ck_assert_str_eq(edges(2, 0), LONG_NAME
			 " -> nginx[9]:80  12.0 req/s   0.0 % err  p99 1.2 ms  1.0M/s\n"
			 "10.0.0.7 -> nginx[9]:80                           2000 req/s  <0.1 % err   "
			 "p99 1.5 s   100/s  12 connections\n");
}
END_TEST

/* ---- Graphviz ---- */

START_TEST(graphviz)
{
	run.interval.n_edges = 2;
	ck_assert_str_eq(sample_begin(&run, conn_graph_new(&run.options, true)), "");
	ck_assert_str_eq(
		dot(),
		"digraph conntop {\n\trankdir=LR;\n\tlabel=\"2026-01-02T03:04:05.123456Z, 2.00 s\";\n"
		"\t\"curl[123]\" [label=\"curl[123]\", shape=box];\n"
		"\t\"nginx[9]\" [label=\"nginx[9]\", shape=box];\n"
		"\t\"curl[123]\" -> \"nginx[9]\" [label=\":80\\n12.0 req/s\\n0.0 % err\\np99 1.2 "
		"ms\\n1.0M/s\"];\n"
		"\t\"10.0.0.7\" [label=\"10.0.0.7\", shape=ellipse];\n"
		"\t\"nginx[9]\" [label=\"nginx[9]\", shape=box];\n"
		"\t\"10.0.0.7\" -> \"nginx[9]\" [label=\":80\\n2000 req/s\\n<0.1 % err\\np99 1.5 s\\n100/s\\n"
		"12 connections\"];\n}\n");
}
END_TEST

START_TEST(graphviz_of_nothing)
{
	run.interval.n_edges = 0;
	ck_assert_str_eq(dot(), "digraph conntop {\n\trankdir=LR;\n"
				"\tlabel=\"2026-01-02T03:04:05.123456Z, 2.00 s\";\n}\n");
}
END_TEST

/* ---- hostile names ---- */

#define HOSTILE "\"];\n\\N\x1b\xff<b>\xe2\x80\xae\\"

START_TEST(graphviz_escapes)
{
	run.interval.n_edges = 1;
	run.edges[0].from = bytes_of_str(HOSTILE);
	run.edges[0].to = bytes_of(NULL, 0);
	ck_assert_ptr_nonnull(
		strstr(dot(), "\t\"\\\"];\\\\x0a\\\\\\\\N\\\\x1b\\\\xff<b>\\\\u202e\\\\\\\\\" [label="));
	ck_assert_ptr_nonnull(strstr(run.out.pending.p, " -> \"-\" [label="));
}
END_TEST

START_TEST(hostile_lines)
{
	run.edges[0].from = run.edges[2].to = bytes_of_str(HOSTILE);
	run.edges[0].requests = run.edges[0].bytes = run.edges[0].connections = UINT64_MAX;
	run.edges[1].from = bytes_of(NULL, 0);
	for (unsigned screen = 2; screen <= 250; screen++)
		for (const char *p = edges(3, screen); *p; p += strcspn(p, "\n") + 1)
			ck_assert_uint_lt(escape_columns(bytes_of(p, strcspn(p, "\n"))), screen);
	ck_assert_ptr_nonnull(strstr(text.p, "\n- -> nginx[9]:80 "));
	ck_assert_ptr_eq(strstr(text.p, "\"];\\x0a\\\\N\\x1b\\xff<b>\\u202e\\\\ -> "), text.p);
}
END_TEST

static void print_without_memory(void *ctx)
{
	const bool *as_dot = ctx;

	output_release(&run.out);
	output_init(&run.out, -1, NULL);
	sample_without_memory(&run, conn_graph_new(&run.options, *as_dot));
}

START_TEST(each_allocation_may_fail)
{
	bool as_dot = false;

	run.edges[0].from = bytes_of_str(HOSTILE);
	fail_each_alloc(print_without_memory, &as_dot);
	as_dot = true;
	fail_each_alloc(print_without_memory, &as_dot);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("conn_graph");
	TCase *tc = tcase_create("conn_graph");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, one_edge);
	tcase_add_test(tc, figures_stand_below_each_other);
	tcase_add_test(tc, requests_without_latency);
	tcase_add_test(tc, blocks);
	tcase_add_test(tc, one_long_name);
	tcase_add_test(tc, graphviz);
	tcase_add_test(tc, graphviz_of_nothing);
	tcase_add_test(tc, graphviz_escapes);
	tcase_add_test(tc, hostile_lines);
	tcase_add_test(tc, each_allocation_may_fail);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
