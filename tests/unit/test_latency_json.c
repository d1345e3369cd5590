/* SPDX-License-Identifier: Apache-2.0 */
/* httplat's JSON: keys and their types, bucket bounds, unknown values, hostile strings. */
#include <check.h>
#include <yajl/yajl_parse.h>

#include "harness.h"
#include "sample_latency.h"
#include "sink/utf8.h"

static struct latency_run run;

static void setup(void)
{
	run_init(&run, latency_json_new);
}

static void teardown(void)
{
	run_release(&run);
}

/* One well-formed JSON value and nothing that a terminal could act on. */
static bool is_sound(struct bytes line)
{
	yajl_handle parser = yajl_alloc(NULL, NULL, NULL);
	bool good = yajl_parse(parser, line.p, line.n) == yajl_status_ok &&
		    yajl_complete_parse(parser) == yajl_status_ok;

	yajl_free(parser);
	while (good && line.n) {
		uint32_t code = 0;
		size_t length = utf8_decode(line, &code);

		good = length && utf8_is_shown(code);
		line = bytes_from(line, length);
	}
	return good;
}

/* All lines are sound; how many there are. */
static size_t check_lines(const char *text)
{
	size_t lines = 0;

	for (; *text; lines++) {
		size_t n = strcspn(text, "\n");

		ck_assert_msg(text[n] == '\n' && is_sound(bytes_of(text, n)), "%s", text);
		text += n + 1;
	}
	return lines;
}

static void check_has(const char *want)
{
	const char *text = print_interval(&run);

	check_lines(text);
	ck_assert_msg(strstr(text, want) != NULL, "no %s in %s", want, text);
}

START_TEST(begins_with_nothing)
{
	ck_assert_str_eq(print_begin(&run), "");
}
END_TEST

START_TEST(complete_record)
{
	add(&run.parts[0][0], 3, 5 * US + 999, 0);
	add(&run.parts[0][0], 2, 40 * US, 0);
	add(&run.parts[0][0], 1, 41 * US, 0);
	run.parts[0][0].errors = 2;
	run.interval.lost = 9;
	ck_assert_str_eq(
		print_interval(&run),
		"{\"ts\":\"2026-01-02T03:04:05.123456Z\",\"interval_s\":5.000,\"key\":{},\"unit\":\"us\","
		"\"count\":6,\"avg\":23,\"min\":5,\"max\":41,\"p50\":5,\"p90\":41,\"p99\":41,\"p99_9\":41,"
		"\"buckets\":[[5,5,3],[40,41,3]],\"errors\":2,\"lost\":9}\n");
	ck_assert_uint_eq(check_lines(run.out.pending.p), 1);
}
END_TEST

START_TEST(nothing_happened)
{
	run.parts[0][0].min_ns = run.parts[0][0].max_ns = 77 * US; /* meaningless */
	ck_assert_str_eq(
		print_interval(&run),
		"{\"ts\":\"2026-01-02T03:04:05.123456Z\",\"interval_s\":5.000,\"key\":{},\"unit\":\"us\","
		"\"count\":0,\"avg\":null,\"min\":null,\"max\":null,\"p50\":null,\"p90\":null,\"p99\":null,"
		"\"p99_9\":null,\"buckets\":[],\"errors\":0,\"lost\":0}\n");
}
END_TEST

/* A silent interval is a record, too. */
START_TEST(no_rows)
{
	use_keys(&run, "path", NULL);
	run.interval.n_rows = 0;
	run.interval.lost = 3;
	run.layout.slo_ns = 10 * MS;
	ck_assert_str_eq(
		print_interval(&run),
		"{\"ts\":\"2026-01-02T03:04:05.123456Z\",\"interval_s\":5.000,\"key\":{},\"unit\":\"us\","
		"\"count\":0,\"avg\":null,\"min\":null,\"max\":null,\"p50\":null,\"p90\":null,\"p99\":null,"
		"\"p99_9\":null,\"buckets\":[],\"errors\":0,\"lost\":3,\"slo_us\":10000,\"within\":0}\n");
	use_parts(&run);
	check_has("\"parts\":{\"queue\":null,\"read\":{\"count\":0,");
	ck_assert_uint_eq(check_lines(run.out.pending.p), 1);
}
END_TEST

START_TEST(real_length)
{
	run.interval.end_ns = run.interval.start_ns + 1234567891;
	check_has("\"interval_s\":1.235,");
	run.interval.end_ns = run.interval.start_ns + 50 * MS;
	check_has("\"interval_s\":0.050,");
	run.interval.end_ns = run.interval.start_ns;
	check_has("\"interval_s\":0.000,");
}
END_TEST

/* ---- keys ---- */

START_TEST(types_of_keys)
{
	use_keys(&run, "pid", "status");
	run.rows[0].values[0] = bytes_of_str("4194304");
	run.rows[0].values[1] = bytes_of_str("200");
	check_has("\"key\":{\"pid\":4194304,\"status\":200},\"unit\"");
	run.rows[0].values[1] = bytes_of(NULL, 0);
	check_has("\"key\":{\"pid\":4194304,\"status\":null},");
	/* no number: never passed on as one */
	run.rows[0].values[0] = bytes_of_str("1e5");
	run.rows[0].values[1] = bytes_of_str("12345678901234567890");
	check_has("\"key\":{\"pid\":\"1e5\",\"status\":\"12345678901234567890\"},");
	run.rows[0].values[0] = bytes_of("", 0);
	check_has("\"key\":{\"pid\":\"\",");
	use_keys(&run, "comm", "path");
	run.rows[0].values[0] = bytes_of_str("123");
	run.rows[0].values[1] = bytes_of_str("/");
	check_has("\"key\":{\"comm\":\"123\",\"path\":\"/\"},");
}
END_TEST

START_TEST(other_row)
{
	const char *text;

	use_keys(&run, "pid", "path");
	run.rows[0].values[0] = bytes_of_str("181");
	run.rows[0].values[1] = bytes_of_str("other");
	run.rows[1].other = true;
	run.interval.n_rows = 2;
	run.interval.lost = 1;
	text = print_interval(&run);
	ck_assert_uint_eq(check_lines(text), 2);
	ck_assert_ptr_nonnull(strstr(text, "\"key\":{\"pid\":181,\"path\":\"other\"},\"unit\""));
	text = strchr(text, '\n');
	ck_assert_ptr_nonnull(
		strstr(text, "\"key\":{\"pid\":\"other\",\"path\":\"other\"},\"other\":true,\"unit\""));
	ck_assert_ptr_nonnull(strstr(text, "\"lost\":1}")); /* the interval's, in each row */
}
END_TEST

START_TEST(hostile_values)
{
	use_keys(&run, "host", "path");
	run.rows[0].values[0] = bytes_of("a\x1b]0;x\x07\"\n\0", 10);
	run.rows[0].values[1] = bytes_of_str("/\\\xff\xc2\x9b\xe2\x80\xae");
	check_has("\"key\":{\"host\":\"a\\u001b]0;x\\u0007\\\"\\u000a\\u0000\",\"path\":\"/"
		  "\\\\\\ufffd\\u009b\\u202e\"}");
}
END_TEST

START_TEST(random_values_are_sound)
{
	unsigned seed = 7;
	uint8_t in[200];

	use_keys(&run, "pid", "path");
	for (int i = 0; i < 1000; i++) {
		for (size_t j = 0; j < sizeof(in); j++)
			in[j] = (uint8_t)(rand_r(&seed) >> 7);
		run.rows[0].values[0] = bytes_of(in, 20);
		run.rows[0].values[1] = bytes_of(in + 20, sizeof(in) - 20);
		ck_assert_uint_eq(check_lines(print_interval(&run)), 1);
	}
}
END_TEST

/* ---- figures ---- */

START_TEST(within_the_limit)
{
	run.layout.slo_ns = 800 * US;
	add(&run.parts[0][0], 3, 800 * US, run.layout.slo_ns);
	add(&run.parts[0][0], 4, 801 * US, run.layout.slo_ns);
	check_has(",\"lost\":0,\"slo_us\":800,\"within\":3}");
}
END_TEST

/* Its own bound is 2^30 us, but what is slower is counted there, too. */
START_TEST(last_bucket)
{
	add(&run.parts[0][0], 1, 1073741000 * US, 0);
	check_has("\"buckets\":[[1040187392,1073741823,1]]");
	add(&run.parts[0][0], 2, 2000000000 * US, 0);
	check_has("\"max\":2000000000,");
	check_has("\"buckets\":[[1040187392,2000000000,3]]");
}
END_TEST

START_TEST(huge_counts)
{
	add(&run.parts[0][0], 1ull << 40, 3 * US, 0);
	run.parts[0][0].errors = 1ull << 41;
	run.interval.lost = UINT64_MAX;
	check_has("\"count\":1099511627776,\"avg\":3,\"min\":3,\"max\":3,");
	check_has(
		"\"buckets\":[[3,3,1099511627776]],\"errors\":2199023255552,\"lost\":18446744073709551615}");
}
END_TEST

START_TEST(parts)
{
	use_parts(&run);
	run.layout.slo_ns = 1 * MS;
	add(&run.parts[0][0], 2, 15 * US, 0);
	add(&run.parts[0][2], 2, 12 * US, 0);
	check_has("\"buckets\":[[15,15,2]],\"errors\":0,\"lost\":0,\"slo_us\":1000,\"within\":0,"
		  "\"parts\":{\"queue\":null,"
		  "\"read\":{\"count\":2,\"avg\":12,\"min\":12,\"max\":12,\"p50\":12,\"p90\":12,\"p99\":12,"
		  "\"p99_9\":12},"
		  "\"service\":{\"count\":0,\"avg\":null,\"min\":null,\"max\":null,\"p50\":null,\"p90\":null,"
		  "\"p99\":null,\"p99_9\":null}}}\n");
}
END_TEST

START_TEST(each_allocation_may_fail)
{
	use_keys(&run, "host", "path");
	run.rows[0].values[0] = bytes_of_str("\x1b");
	run.rows[1].other = true;
	run.interval.n_rows = 2;
	fail_each_alloc(print_without_memory, &run);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("latency_json");
	TCase *tc = tcase_create("latency_json");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, begins_with_nothing);
	tcase_add_test(tc, complete_record);
	tcase_add_test(tc, nothing_happened);
	tcase_add_test(tc, no_rows);
	tcase_add_test(tc, real_length);
	tcase_add_test(tc, types_of_keys);
	tcase_add_test(tc, other_row);
	tcase_add_test(tc, hostile_values);
	tcase_add_test(tc, random_values_are_sound);
	tcase_add_test(tc, within_the_limit);
	tcase_add_test(tc, last_bucket);
	tcase_add_test(tc, huge_counts);
	tcase_add_test(tc, parts);
	tcase_add_test(tc, each_allocation_may_fail);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
