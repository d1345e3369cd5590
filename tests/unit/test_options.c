/* SPDX-License-Identifier: Apache-2.0 */
/* The command line: values, conflicts, and that nothing is silently ignored. */
#include <arpa/inet.h>
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/common_options.h"
#include "app/header_options.h"
#include "app/option_setters.h"
#include "app/option_values.h"
#include "app/options.h"
#include "harness.h"

#define ARGS_MAX 32

static const struct option_spec positionals[] = {
	{"min_ms", .help = "at least so slow", .set = option_set_min_ms},
	{0},
};

static const struct tool tool = {
	.name = "testsnoop",
	.summary = "Tests.",
	.groups = option_groups_snoop,
	.positionals = positionals,
	.examples = "    x\n",
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

static void refuse(const char *line)
{
	struct options o;

	ck_assert_msg(parse(line, &o) == OPTIONS_WRONG, "'%s' was accepted", line);
	options_release(&o);
}

static struct options accept_line(const char *line)
{
	struct options o;

	ck_assert_msg(parse(line, &o) == OPTIONS_RUN, "'%s' was refused", line);
	return o;
}

START_TEST(defaults)
{
	struct options o = accept_line("");

	ck_assert_int_eq(o.ready_fd, -1);
	ck_assert(!o.json && !o.verbose && !o.show_secrets);
	ck_assert_uint_eq(o.duration_ns + o.count + o.filter.min_ns, 0);
	ck_assert_uint_eq(o.capture.filter.n_pids, 0);
	options_release(&o);
}
END_TEST

START_TEST(flags)
{
	struct options o = accept_line("-tTwxHjv --show-secrets -4");

	ck_assert(o.time_seconds && o.time_clock && o.wide && o.extended && o.show_headers && o.json);
	ck_assert(o.verbose && o.show_secrets && o.capture.filter.only_ipv4);
	ck_assert(options_given(&o, "json") && !options_given(&o, "ipv6"));
	options_release(&o);
}
END_TEST

START_TEST(lists)
{
	struct options o =
		accept_line("-u 0,7 -u 33 -L 80,443 -D 8080 -c a -c bc --peer 10.0.0.0/8,::1 -r server");
	const struct capture_filter *f = &o.capture.filter;

	ck_assert_uint_eq(f->n_uids, 3);
	ck_assert_uint_eq(f->uids[1], 7);
	ck_assert_uint_eq(f->n_lports, 2);
	ck_assert_uint_eq(f->lports[1], 443);
	ck_assert_uint_eq(f->rports[0], 8080);
	ck_assert_str_eq(f->comms[1], "bc");
	ck_assert_uint_eq(f->n_peers, 2);
	ck_assert_int_eq(f->peers[1].family, AF_INET6);
	ck_assert(f->only_server && !f->only_client);
	options_release(&o);
}
END_TEST

START_TEST(http_filters)
{
	struct options o = accept_line(
		"--method get,POST --host a,b:80 --path /x --path ~y$ --status 5xx --grpc-status 1-16,none "
		"--open 2.5 0.25");

	ck_assert_uint_eq(o.filter.n_methods, 2);
	ck_assert_str_eq(o.filter.methods[1], "POST");
	ck_assert_str_eq(o.filter.hosts[1], "b:80");
	ck_assert_uint_eq(o.filter.n_paths, 2);
	ck_assert_uint_eq(o.filter.status.n, 1);
	ck_assert_uint_eq(o.filter.grpc_status.n, 2);
	ck_assert_uint_eq(o.open_ns, 2500000000);
	ck_assert_uint_eq(o.filter.min_ns, 250000);
	options_release(&o);
}
END_TEST

START_TEST(attaching)
{
	struct options o = accept_line("--headers btf --probes kprobe --transport perf -d 1.5 -n 3");

	ck_assert_int_eq(o.capture.headers, HEADERS_BTF);
	ck_assert_int_eq(o.capture.probes, PROBES_KPROBE);
	ck_assert_int_eq(o.capture.transport, TRANSPORT_PERF);
	ck_assert_uint_eq(o.duration_ns, 1500000000);
	ck_assert_uint_eq(o.count, 3);
	options_release(&o);
	o = accept_line("--headers /tmp");
	ck_assert_int_eq(o.capture.headers, HEADERS_DIR);
	ck_assert_str_eq(o.capture.headers_dir, "/tmp");
	options_release(&o);
}
END_TEST

START_TEST(own_process_is_found)
{
	char line[32];
	struct options o;

	snprintf(line, sizeof(line), "-p %d", getpid());
	o = accept_line(line);
	ck_assert_uint_eq(o.capture.filter.pids[0], (unsigned)getpid());
	options_release(&o);
}
END_TEST

/* A recording is of processes that may be gone, so they are not looked up. */
START_TEST(replay_takes_any_pid)
{
	struct options o = accept_line("--replay f -p 4194304");

	ck_assert_uint_eq(o.capture.filter.pids[0], 4194304);
	options_release(&o);
}
END_TEST

static const char *const wrong[] = {
	/* unknown, missing, too many */
	"-Z",
	"--nosuch",
	"-p",
	"--status",
	"--json=1",
	"1 2",
	"--he",
	/* numbers */
	"x",
	"-1",
	"1e3",
	"0x1",
	"1.",
	".",
	"1.5.2",
	"nan",
	"1000000001",
	"-d 0",
	"-d x",
	"-d -1",
	"-n 0",
	"-n 1.5",
	"-n 18446744073709551616",
	"--open x",
	"--open -1",
	"--open",
	/* processes and users */
	"-p 0",
	"-p x",
	"-p 4194305",
	"-p 1,",
	"-p ,1",
	"-p 4194304",
	"-u nosuchuser",
	"-u -1",
	"-u 4294967295",
	"-c 0123456789abcdef",
	"--pod x",
	"--pod /x",
	"--pod x/",
	"--pod a/b/c",
	"--container a/b",
	/* connections */
	"-L 0",
	"-L 65536",
	"-L x",
	"-L 80,",
	"-D 1,,2",
	"-D +1",
	"--peer 1.2.3",
	"--peer 1.2.3.4/33",
	"--peer ::1/129",
	"--peer x",
	"--peer 1.2.3.4/",
	"--peer 10.0.0.1,",
	"-r x",
	"-r servers",
	/* what HTTP says */
	"--method G(T",
	"--method GET,",
	"--host a,,b",
	"--path ~(",
	"--status 2000",
	"--status 5xx,",
	"--grpc-status 5xx",
	"--grpc-status 1,",
	"--header a:b",
	/* choices */
	"--headers x",
	"--headers /nonexistent",
	"--probes x",
	"--transport x",
	"--ready-fd 999",
	"--ready-fd x",
	/* what does not go together */
	"-4 -6",
	"--record a --replay b",
	"--container a --pod b/c",
	"-4 --peer ::1",
	"-6 --peer 10.0.0.0/8",
	"--replay a --container b",
	"--replay a --pod b/c",
	"--replay a --headers btf",
	"--replay a --probes auto",
	"--replay a --transport ring",
	"--replay a -d 1",
	"--replay a --check",
	"--check --ebpf",
	"--check --record a",
};

START_TEST(wrong_lines_are_refused)
{
	refuse(wrong[_i]);
}
END_TEST

START_TEST(too_many_values_are_refused)
{
	struct options o;
	char line[8 * CAPTURE_LIST_MAX + 8] = "-L 1";

	for (int i = 1; i < CAPTURE_LIST_MAX; i++)
		strcat(line, ",1");
	o = accept_line(line);
	ck_assert_uint_eq(o.capture.filter.n_lports, CAPTURE_LIST_MAX);
	options_release(&o);
	strcat(line, ",1");
	refuse(line);
}
END_TEST

START_TEST(decimals)
{
	uint64_t n;

	ck_assert(value_decimal("1000000000", 1000000000, &n) && n == 1000000000000000000ull);
	ck_assert(value_decimal("0.1", 1000000, &n) && n == 100000);
	ck_assert(value_decimal(".5", 1000000, &n) && n == 500000);
	ck_assert(value_decimal("0.1234567", 1000000, &n) && n == 123456);
	ck_assert(value_decimal("3", 1, &n) && n == 3);
	ck_assert(!value_decimal("", 1, &n) && !value_decimal("1 ", 1, &n) && !value_decimal(" 1", 1, &n));
	ck_assert(value_u64("18446744073709551615", UINT64_MAX, &n) && n == UINT64_MAX);
	ck_assert(!value_u64("18446744073709551616", UINT64_MAX, &n));
	ck_assert(!value_u64("11", 10, &n) && value_u64("10", 10, &n) && !value_u64("9", 8, &n));
}
END_TEST

START_TEST(networks)
{
	struct capture_cidr c;

	ck_assert(value_cidr("10.1.2.3/9", &c));
	ck_assert_int_eq(c.family, AF_INET);
	ck_assert_int_eq(c.prefix, 9);
	ck_assert_mem_eq(c.addr, ((uint8_t[16]){10}), 16);
	ck_assert(value_cidr("::ffff:1.2.3.4", &c));
	ck_assert_int_eq(c.family, AF_INET);
	ck_assert_int_eq(c.prefix, 32);
	ck_assert_mem_eq(c.addr, ((uint8_t[16]){1, 2, 3, 4}), 16);
	ck_assert(value_cidr("::/0", &c));
	ck_assert_int_eq(c.family, AF_INET6);
}
END_TEST

static bool complete(const struct option_spec *spec)
{
	bool takes_value = spec->kind == OPTION_VALUE;

	return spec->help && *spec->help && takes_value == (spec->arg != NULL) &&
	       takes_value == (spec->set != NULL);
}

/* Each row says all, no letter or name occurs twice. */
static void check_tables(const struct option_group *groups)
{
	const struct option_spec *rows[OPTION_SPECS_MAX];
	size_t n = 0;

	for (const struct option_group *group = groups; group->title; group++) {
		for (const struct option_spec *spec = group->specs; spec->name; spec++) {
			ck_assert_msg(complete(spec), "--%s is incomplete", spec->name);
			for (size_t i = 0; i < n; i++) {
				ck_assert_str_ne(rows[i]->name, spec->name);
				ck_assert(!spec->letter || rows[i]->letter != spec->letter);
			}
			ck_assert_uint_lt(n, OPTION_SPECS_MAX);
			rows[n++] = spec;
		}
	}
	ck_assert_uint_gt(n, 30);
}

START_TEST(tables_are_sound)
{
	check_tables(option_groups_snoop);
	check_tables(option_groups_headers);
}
END_TEST

static void parse_without_memory(void *ctx)
{
	struct options o;

	(void)ctx;
	parse("--method GET,POST --host a --path /x --path ~y", &o);
	options_release(&o);
}

START_TEST(each_allocation_may_fail)
{
	fail_each_alloc(parse_without_memory, NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("options");
	TCase *tc = tcase_create("options");

	tcase_add_test(tc, defaults);
	tcase_add_test(tc, flags);
	tcase_add_test(tc, lists);
	tcase_add_test(tc, http_filters);
	tcase_add_test(tc, attaching);
	tcase_add_test(tc, own_process_is_found);
	tcase_add_test(tc, replay_takes_any_pid);
	tcase_add_loop_test(tc, wrong_lines_are_refused, 0, sizeof(wrong) / sizeof(wrong[0]));
	tcase_add_test(tc, too_many_values_are_refused);
	tcase_add_test(tc, decimals);
	tcase_add_test(tc, networks);
	tcase_add_test(tc, tables_are_sound);
	tcase_add_test(tc, each_allocation_may_fail);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
