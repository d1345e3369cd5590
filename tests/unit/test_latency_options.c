/* SPDX-License-Identifier: Apache-2.0 */
/* httplat's own options: values, conflicts, where exchanges are counted. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/common_options.h"
#include "app/latency_view.h"
#include "app/option_setters.h"
#include "app/options.h"
#include "harness.h"

#define ARGS_MAX     32
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct option_spec positionals[] = {
	{"interval", .help = "seconds", .set = option_set_interval},
	{"count", .help = "how many", .set = option_set_intervals},
	{0},
};

static const struct option_group groups[] = {
	{"what is measured", options_latency}, {"whose traffic", options_user_no_letter},
	{"which exchanges", options_exchange}, {"what is printed", options_latency_view},
	{"when it ends", options_duration},    {0},
};

static const struct tool tool = {
	.name = "testlat",
	.summary = "Tests.",
	.groups = groups,
	.positionals = positionals,
	.examples = "    x\n",
	.check = latency_options_check,
};

/* Parses words separated by blanks; o must be released. */
static enum options_outcome parse(const char *line, struct options *o)
{
	static char copy[1024];
	char *argv[ARGS_MAX] = {(char *)tool.name};
	int argc = 1;

	snprintf(copy, sizeof(copy), "%s", line);
	for (char *word = strtok(copy, " "); word && argc < ARGS_MAX - 1; word = strtok(NULL, " "))
		argv[argc++] = word;
	options_init(o);
	return options_parse(&tool, argc, argv, o);
}

static struct options accept_line(const char *line)
{
	struct options o;

	ck_assert_msg(parse(line, &o) == OPTIONS_RUN, "'%s' was refused", line);
	latency_options_apply(&o);
	return o;
}

START_TEST(defaults)
{
	struct options o = accept_line("");

	ck_assert_uint_eq(o.interval_ns + o.intervals + o.latency.slo_ns + o.latency.by.n, 0);
	ck_assert_uint_eq(o.latency.top, LATENCY_TOP_DEFAULT);
	ck_assert(o.latency.in_kernel && !o.name_containers);
	ck_assert_str_eq(o.capture.groups[0], "http_latency");
	ck_assert_ptr_null(o.capture.groups[1]);
	options_release(&o);
}
END_TEST

START_TEST(intervals)
{
	struct options o = accept_line("0.1 7");

	ck_assert_uint_eq(o.interval_ns, 100000000);
	ck_assert_uint_eq(o.intervals, 7);
	options_release(&o);
	o = accept_line("86400 -d 5");
	ck_assert_uint_eq(o.interval_ns, 86400000000000ull);
	ck_assert_uint_eq(o.duration_ns, 5000000000ull);
	options_release(&o);
}
END_TEST

static const struct {
	const char *text;
	uint64_t ns;
} times[] = {
	{"800us", 800000}, {"250ms", 250000000},     {"1.5s", 1500000000},
	{".5ms", 500000},  {"1000s", 1000000000000},
};

START_TEST(times_have_units)
{
	char line[64];
	struct options o;

	snprintf(line, sizeof(line), "--slo %s", times[_i].text);
	o = accept_line(line);
	ck_assert_uint_eq(o.latency.slo_ns, times[_i].ns);
	ck_assert_uint_eq(o.capture.latency.slo_ns, times[_i].ns);
	options_release(&o);
}
END_TEST

/* What only parsed messages tell is not counted in the kernel. */
static const struct {
	const char *line;
	bool in_kernel;
	unsigned by;
} ways[] = {
	{"", true, 0},
	{"--by pid,comm,role", true, WIRE_BY_PID | WIRE_BY_COMM | WIRE_BY_ROLE},
	{"--by peer --by status", true, WIRE_BY_PEER | WIRE_BY_STATUS},
	{"--by container,pod", true, WIRE_BY_CGROUP},
	{"--status 5xx", true, 0},
	{"-B --slo 1s 5", true, 0},
	{"--by host", false, 0},
	{"--by pid,method", false, 0},
	{"--by path --fold-ids", false, 0},
	{"--method GET", false, 0},
	{"--host example.com", false, 0},
	{"--path /x --by pid", false, 0},
	{"--grpc-status 1-16", false, 0},
	{"--grpc-status none -B", false, 0},
};

START_TEST(where_exchanges_are_counted)
{
	struct options o = accept_line(ways[_i].line);

	ck_assert(o.latency.in_kernel == ways[_i].in_kernel);
	ck_assert_uint_eq(o.capture.latency.by, ways[_i].by);
	ck_assert_str_eq(o.capture.groups[0], ways[_i].in_kernel ? "http_latency" : "plain_http");
	ck_assert(o.name_containers == (strstr(ways[_i].line, "container") != NULL));
	options_release(&o);
}
END_TEST

START_TEST(the_kernel_is_told)
{
	struct options o = accept_line("-B --status 5xx,!503,none --slo 1ms");
	const struct capture_latency *l = &o.capture.latency;

	ck_assert(l->breakdown && !l->ttfb);
	ck_assert_uint_eq(l->slo_ns, 1000000);
	ck_assert_uint_eq(l->n_statuses, 3);
	ck_assert(l->statuses[0].low == 500 && l->statuses[0].high == 599 && !l->statuses[0].negated);
	ck_assert(l->statuses[1].low == 503 && l->statuses[1].high == 503 && l->statuses[1].negated);
	ck_assert(l->statuses[2].low == 0 && l->statuses[2].high == 0);
	ck_assert(status_filter_match(&o.filter.status, 200)); /* it has moved: */
	ck_assert(!status_filter_match(&o.latency.status, 200));
	options_release(&o);
}
END_TEST

static const char *const wrong[] = {
	/* positionals */
	"0",
	"0.09",
	"86400.1",
	"x",
	"-1",
	"1 0",
	"1 x",
	"1 1.5",
	"1 2 3",
	/* values */
	"--by",
	"--by x",
	"--by pid,",
	"--by pid,pid",
	"--by pid --by pid",
	"--top 0 --by pid",
	"--top 2001 --by pid",
	"--top x --by pid",
	"--slo 250",
	"--slo ms",
	"--slo 0s",
	"--slo 1m",
	"--slo 1..5s",
	"--slo 250 ms",
	"--slo -1s",
	"--slo 1ms2",
	"--slo 1000000000000000000000000000000000s",
	/* what does not go together, or needs another */
	"-u -m",
	"-m -j",
	"-B --ttfb",
	"--heatmap -j",
	"--heatmap --by pid",
	"--heatmap -B",
	"--heatmap --slo 1s",
	"--fold-ids",
	"--fold-ids --by host",
	"--top 3",
	/* httpsnoop's */
	"-n 3",
	"-t",
	"-w",
	"-x",
	"-H",
	"--header a",
	"--show-secrets",
	"--record a",
	"--replay a",
	"--grpc-status",
	"--grpc-status x",
	"--grpc-status 2-1",
};

START_TEST(wrong_lines_are_refused)
{
	struct options o;

	ck_assert_msg(parse(wrong[_i], &o) == OPTIONS_WRONG, "'%s' was accepted", wrong[_i]);
	options_release(&o);
}
END_TEST

/* ---- how it looks ---- */

static struct latency_layout layout_of(const char *line, bool measures_queue)
{
	struct output out = {.terminal = true};
	struct options o = accept_line(line);
	struct latency_layout l = latency_view_layout(&o, &out, measures_queue);

	options_release(&o);
	return l;
}

START_TEST(plain_layout)
{
	struct latency_layout l = layout_of("", true);

	ck_assert_uint_eq(l.n_keys, 0);
	ck_assert_uint_eq(l.n_parts, 1);
	ck_assert_str_eq(l.parts[0], "total");
	ck_assert(l.measured[0] && !l.timestamp);
	ck_assert_int_eq(l.unit, LATENCY_US);
	l = layout_of("-m -T --slo 1s --by path,pid", true);
	ck_assert_int_eq(l.unit, LATENCY_MS);
	ck_assert(l.timestamp);
	ck_assert_uint_eq(l.slo_ns, 1000000000);
	ck_assert_uint_eq(l.n_keys, 2);
	ck_assert_str_eq(l.keys[0], "path");
	ck_assert_str_eq(l.keys[1], "pid");
}
END_TEST

START_TEST(parts_that_are_not_measured)
{
	static const char *const names[] = {"total",   "queue", "read", "service", "transfer",
					    "connect", "send",	"wait", "receive"};
	struct latency_layout l = layout_of("-B", true);

	ck_assert_uint_eq(l.n_parts, WIRE_PARTS);
	for (int i = 0; i < WIRE_PARTS; i++) {
		ck_assert_str_eq(l.parts[i], names[i]);
		ck_assert(l.measured[i]);
	}
	l = layout_of("-B", false);
	ck_assert(!l.measured[WIRE_PART_QUEUE] && l.measured[WIRE_PART_CONNECT]);
	l = layout_of("-B --path /x", false);
	ck_assert(!l.measured[WIRE_PART_QUEUE] && !l.measured[WIRE_PART_CONNECT]);
	ck_assert(l.measured[WIRE_PART_TOTAL] && l.measured[WIRE_PART_WAIT]);
}
END_TEST

START_TEST(colours)
{
	setenv("TERM", "xterm", 1);
	unsetenv("NO_COLOR");
	ck_assert(layout_of("--heatmap", false).colour);
	setenv("NO_COLOR", "1", 1);
	ck_assert(!layout_of("--heatmap", false).colour);
	setenv("NO_COLOR", "", 1);
	ck_assert(layout_of("--heatmap", false).colour);
	setenv("TERM", "dumb", 1);
	ck_assert(!layout_of("--heatmap", false).colour);
}
END_TEST

static void open_without_memory(void *ctx)
{
	struct wall_time time;
	struct output out;
	struct options o;
	struct latency_layout layout;
	struct latency_sink *sink;

	if (parse(ctx, &o) == OPTIONS_RUN) {
		wall_time_init(&time, 0, 0);
		output_init(&out, -1, NULL);
		layout = latency_view_layout(&o, &out, true);
		sink = latency_view_open(&o, &out, &time, &layout);
		if (sink)
			sink->free(sink);
		output_release(&out);
	}
	options_release(&o);
}

START_TEST(each_view_opens)
{
	ck_assert_int_gt(fail_each_alloc(open_without_memory, ""), 0);
	ck_assert_int_gt(fail_each_alloc(open_without_memory, "-j"), 0);
	ck_assert_int_gt(fail_each_alloc(open_without_memory, "--heatmap"), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("latency_options");
	TCase *tc = tcase_create("latency_options");

	tcase_add_test(tc, defaults);
	tcase_add_test(tc, intervals);
	tcase_add_loop_test(tc, times_have_units, 0, COUNT(times));
	tcase_add_loop_test(tc, where_exchanges_are_counted, 0, COUNT(ways));
	tcase_add_test(tc, the_kernel_is_told);
	tcase_add_loop_test(tc, wrong_lines_are_refused, 0, COUNT(wrong));
	tcase_add_test(tc, plain_layout);
	tcase_add_test(tc, parts_that_are_not_measured);
	tcase_add_test(tc, colours);
	tcase_add_test(tc, each_view_opens);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
