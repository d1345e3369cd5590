/* SPDX-License-Identifier: Apache-2.0 */
/* conntop's JSON: keys and their types, what is unknown, hostile names. */
#include <check.h>

#include "harness.h"
#include "json_sound.h"
#include "sample_conns.h"

static struct conn_run run;

static void setup(void)
{
	run_init(&run);
}

static void teardown(void)
{
	run_release(&run);
}

#define BEGIN "{\"ts\":\"2026-01-02T03:04:05.123456Z\",\"interval_s\":2.000"

/* The line of one record; sound. */
static const char *print(size_t record)
{
	const char *line;

	run.interval.records = &run.records[record];
	run.interval.n_records = 1;
	line = sample_interval(&run, conn_json_new(&run.options));
	ck_assert_msg(is_sound(line), "%s", line);
	return line;
}

START_TEST(begins_with_nothing)
{
	ck_assert_str_eq(sample_begin(&run, conn_json_new(&run.options)), "");
	run.interval.n_records = 0;
	ck_assert_str_eq(sample_interval(&run, conn_json_new(&run.options)), "");
}
END_TEST

START_TEST(complete_record)
{
	ck_assert_str_eq(
		print(0),
		BEGIN ",\"pid\":1234,\"comm\":\"curl\",\"role\":\"client\",\"laddr\":\"10.0.0.5\","
		      "\"lport\":43210,\"raddr\":\"10.0.0.9\",\"rport\":80,\"netns\":4026531840,"
		      "\"state\":\"ESTABLISHED\",\"age_s\":185.000,\"proto\":\"http/1\",\"rx_bytes\":2516582,"
		      "\"tx_bytes\":1800,\"rtt_us\":42,\"retrans\":3,\"unread\":7,\"unsent\":8,\"reqs\":24,"
		      "\"errors\":3,\"inflight\":1,\"p50_us\":1200,\"p99_us\":1200}\n");
}
END_TEST

START_TEST(shared_and_closed)
{
	ck_assert_str_eq(
		print(1), BEGIN
		",\"pid\":9,\"pids\":[9,10,11],\"processes\":5,\"comm\":\"nginx\",\"role\":\"server\","
		"\"laddr\":\"2001:db8:1:2:3:4:5:6\",\"lport\":443,\"raddr\":\"2001:db8::7\",\"rport\":50000,"
		"\"state\":\"FIN_WAIT2\",\"closed\":true,\"rx_bytes\":0,\"tx_bytes\":0,\"retrans\":0,"
		"\"unread\":0,\"unsent\":0,\"reqs\":0,\"errors\":0,\"inflight\":0,"
		"\"container\":\"0123456789abcdef0123456789abcdef\",\"pod\":\"web-1\","
		"\"namespace\":\"shop\"}\n");
}
END_TEST

START_TEST(nothing_known)
{
	ck_assert_str_eq(print(2), BEGIN "}\n");
	run.records[2].state = 200;
	run.records[2].comm = "";
	ck_assert_str_eq(print(2), BEGIN "}\n");
}
END_TEST

START_TEST(group)
{
	run.records[2].group = bytes_of_str("10.0.0.9:80");
	run.records[2].n = 12;
	run.records[2].age_ns = 0; /* meaningless */
	ck_assert_str_eq(print(2), BEGIN ",\"group\":\"10.0.0.9:80\",\"connections\":12}\n");
	run.records[2].group = bytes_of("", 0);
	ck_assert_str_eq(print(2), BEGIN ",\"group\":\"\",\"connections\":12}\n");
}
END_TEST

START_TEST(ages)
{
	run.records[2].age_ns = 0;
	ck_assert_str_eq(print(2), BEGIN ",\"age_s\":0.000}\n");
	run.records[2].age_ns = 1500499999;
	ck_assert_str_eq(print(2), BEGIN ",\"age_s\":1.500}\n");
	run.records[2].age_ns = INT64_MAX;
	ck_assert_str_eq(print(2), BEGIN ",\"age_s\":9223372036.855}\n");
}
END_TEST

START_TEST(huge_numbers)
{
	struct conn_record *r = &run.records[2];

	r->bytes_known = r->http = true;
	r->rx_bytes = r->tx_bytes = r->requests = r->errors = r->inflight = UINT64_MAX;
	r->retrans = r->rtt_us = r->unread = r->unsent = UINT32_MAX;
	ck_assert_ptr_nonnull(strstr(print(2),
				     "\"rx_bytes\":18446744073709551615,\"tx_bytes\":1844674407370955"
				     "1615,\"rtt_us\":4294967295,\"retrans\":4294967295,"));
}
END_TEST

START_TEST(hostile_names)
{
	struct conn_record *r = &run.records[0];

	r->comm = r->container = r->pod = r->namespace_ = r->proto = "\x1b]0;\n\xff\"\\\xe2\x80\xae\x9b\x7f";
	r->group = bytes_of("\0\"}\n{", 5);
	ck_assert_ptr_nonnull(strstr(print(0), "\"group\":\"\\u0000\\\"}\\u000a{\""));
	ck_assert_ptr_nonnull(
		strstr(run.out.pending.p, "\"comm\":\"\\u001b]0;\\u000a\\ufffd\\\"\\\\\\u202e"));
}
END_TEST

START_TEST(one_line_each)
{
	const char *text = sample_interval(&run, conn_json_new(&run.options));
	size_t lines = 0;

	for (; *text; text++)
		lines += *text == '\n';
	ck_assert_uint_eq(lines, SAMPLE_RECORDS);
}
END_TEST

static void print_without_memory(void *ctx)
{
	output_release(&run.out);
	output_init(&run.out, -1, NULL);
	(void)ctx;
	sample_without_memory(&run, conn_json_new(&run.options));
}

START_TEST(each_allocation_may_fail)
{
	run.records[0].comm = "\x1b";
	fail_each_alloc(print_without_memory, NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("conn_json");
	TCase *tc = tcase_create("conn_json");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, begins_with_nothing);
	tcase_add_test(tc, complete_record);
	tcase_add_test(tc, shared_and_closed);
	tcase_add_test(tc, nothing_known);
	tcase_add_test(tc, group);
	tcase_add_test(tc, ages);
	tcase_add_test(tc, huge_numbers);
	tcase_add_test(tc, hostile_names);
	tcase_add_test(tc, one_line_each);
	tcase_add_test(tc, each_allocation_may_fail);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
