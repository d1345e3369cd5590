/* SPDX-License-Identifier: Apache-2.0 */
/* test_grpc.c - gRPC's paths, statuses, deadlines, and messages counted. */
#include "harness.h"

#include <limits.h>
#include <stdlib.h>

#include "http/grpc.h"

#define N(array) (int)(sizeof(array) / sizeof((array)[0]))

START_TEST(content_types)
{
	static const char *const yes[] = {"application/grpc", "application/grpc+proto", "Application/GRPC",
					  "application/grpc;charset=utf-8", "application/grpc ; x"};
	static const char *const no[] = {"",
					 "application/grp",
					 "application/grpc-web",
					 "application/grpc-web+proto",
					 "application/grpcs",
					 "text/plain",
					 " application/grpc"};

	for (int i = 0; i < N(yes); i++)
		ck_assert_msg(grpc_content_type(bytes_of_str(yes[i])), "%s", yes[i]);
	for (int i = 0; i < N(no); i++)
		ck_assert_msg(!grpc_content_type(bytes_of_str(no[i])), "%s", no[i]);
	ck_assert(!grpc_content_type(bytes_of(NULL, 0)));
}
END_TEST

static const struct {
	const char *path, *service, *method; /* service NULL: no such path */
} paths[] = {
	{"/helloworld.Greeter/SayHello", "helloworld.Greeter", "SayHello"},
	{"/a/b", "a", "b"},
	{"/prefix/a.B/c", "prefix/a.B", "c"},
	{"", NULL, NULL},
	{"/", NULL, NULL},
	{"/a", NULL, NULL},
	{"/a/", NULL, NULL},
	{"//b", NULL, NULL},
	{"a/b", NULL, NULL},
	{"*", NULL, NULL},
};

START_TEST(split_path)
{
	struct guarded path = guard_copy_str(paths[_i].path);
	struct bytes service, method;

	ck_assert_int_eq(grpc_split_path(path.bytes, &service, &method), paths[_i].service != NULL);
	if (paths[_i].service) {
		ck_assert(bytes_equal(service, bytes_of_str(paths[_i].service)));
		ck_assert(bytes_equal(method, bytes_of_str(paths[_i].method)));
	}
	guard_free(&path);
}
END_TEST

static const struct {
	const char *text;
	int64_t ns;
} timeouts[] = {
	{"1H", 3600000000000},
	{"2M", 120000000000},
	{"5S", 5000000000},
	{"250m", 250000000},
	{"7u", 7000},
	{"9n", 9},
	{"0S", 0},
	{"00000001S", 1000000000},
	{"99999999n", 99999999},
	{"99999999M", 5999999940000000000},
	{"99999999H", INT64_MAX},
	{"100000000n", -1},
	{"", -1},
	{"S", -1},
	{"5", -1},
	{"5s", -1},
	{"5SS", -1},
	{"-5S", -1},
	{"+5S", -1},
	{" 5S", -1},
	{"5 S", -1},
	{"1.5S", -1},
};

START_TEST(timeout)
{
	struct guarded text = guard_copy_str(timeouts[_i].text);

	ck_assert_msg(grpc_timeout_ns(text.bytes) == timeouts[_i].ns, "%s", timeouts[_i].text);
	guard_free(&text);
}
END_TEST

/* ---- statuses ---- */

static const char *const status_names[] = {
	"OK",	     "CANCELLED",	"UNKNOWN",	     "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
	"NOT_FOUND", "ALREADY_EXISTS",	"PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
	"ABORTED",   "OUT_OF_RANGE",	"UNIMPLEMENTED",     "INTERNAL",	   "UNAVAILABLE",
	"DATA_LOSS", "UNAUTHENTICATED",
};

START_TEST(names)
{
	for (int i = 0; i < N(status_names); i++)
		ck_assert_str_eq(grpc_status_name(i), status_names[i]);
	ck_assert_ptr_null(grpc_status_name(-1));
	ck_assert_ptr_null(grpc_status_name(17));
	ck_assert_ptr_null(grpc_status_name(INT_MAX));
}
END_TEST

START_TEST(parse)
{
	static const struct {
		const char *text;
		int status;
	} texts[] = {
		{"0", 0},	    {"16", 16},	 {"017", 17}, {"2147483647", INT_MAX},
		{"2147483648", -1}, {"", -1},	 {"-1", -1},  {" 1", -1},
		{"1 ", -1},	    {"0x1", -1}, {"OK", -1},  {"99999999999999999999999999", -1},
	};

	for (int i = 0; i < N(texts); i++)
		ck_assert_msg(grpc_status_parse(bytes_of_str(texts[i].text)) == texts[i].status, "%s",
			      texts[i].text);
}
END_TEST

START_TEST(of_http)
{
	static const int table[][2] = {{400, 13}, {401, 16}, {403, 7}, {404, 12}, {429, 14}, {502, 14},
				       {503, 14}, {504, 14}, {200, 2}, {302, 2},  {402, 2},  {405, 2},
				       {500, 2},  {501, 2},  {505, 2}, {0, 2},	  {999, 2}};

	for (int i = 0; i < N(table); i++)
		ck_assert_msg(grpc_status_of_http(table[i][0]) == table[i][1], "%d", table[i][0]);
}
END_TEST

START_TEST(of_rst)
{
	/* NO_ERROR to HTTP_1_1_REQUIRED, and two that are not known */
	static const int table[] = {13, 13, 13, 13, 13, 13, 13, 14, 1, 13, 13, 8, 7, 13, 13, 13};

	for (int i = 0; i < N(table); i++)
		ck_assert_msg(grpc_status_of_rst(i) == table[i], "%d", i);
	ck_assert_int_eq(grpc_status_of_rst(UINT32_MAX), 13);
}
END_TEST

/* ---- messages of statuses ---- */

static const struct {
	const char *text, *decoded;
} messages[] = {
	{"", ""},
	{"plain text", "plain text"},
	{"a%20b", "a b"},
	{"%e2%82%AC", "\xe2\x82\xac"},
	{"100%", "100%"},
	{"%", "%"},
	{"%2", "%2"},
	{"%zz%20", "%zz "},
	{"%2g", "%2g"},
	{"%%20", "% "},
	{"%25%32%30", "%20"},
	{"%0a", "\n"},
};

START_TEST(message)
{
	struct guarded text = guard_copy_str(messages[_i].text);
	struct bytes want = bytes_of_str(messages[_i].decoded);

	for (size_t size = 0; size < 20; size++) {
		char *to = malloc(size);
		struct bytes got = grpc_message_decode(text.bytes, to, size);

		ck_assert_msg(bytes_equal(got, bytes_of(want.p, want.n < size ? want.n : size)), "%s",
			      messages[_i].text);
		free(to);
	}
	guard_free(&text);
}
END_TEST

/* ---- counting ---- */

#define COUNTED 64 /* bytes of `stream` */
/* 3 bytes, none, 40 (compressed), and 1 of 9 */
static const uint8_t stream[COUNTED] = {
	0, 0, 0, 0, 3, 'a', 'b', 'c', 0, 0, 0, 0, 0, 1, 0, 0, 0, 40, [58] = 0, 0, 0, 0, 9, 'x',
};

static void check_counts(const struct grpc_counter *c)
{
	ck_assert(!c->lost);
	ck_assert_uint_eq(c->messages, 4);
	ck_assert_uint_eq(c->bytes, 3 + 0 + 40 + 1);
	ck_assert_uint_eq(c->remaining, 8);
}

static void count_start(void *ctx)
{
	*(struct grpc_counter *)ctx = (struct grpc_counter){0};
}

static void count_feed(void *ctx, struct bytes piece)
{
	grpc_counter_take(ctx, piece.p, piece.n);
}

static void count_finish(void *ctx, const char *how)
{
	(void)how;
	check_counts(ctx);
}

START_TEST(any_split)
{
	static const struct feeder feeder = {count_start, count_feed, count_finish};
	struct grpc_counter c;

	feed_all_ways(bytes_of(stream, COUNTED), &feeder, &c);
	for (unsigned seed = 0; seed < 200; seed++) {
		count_start(&c);
		srandom(seed);
		for (size_t at = 0, n; at < COUNTED; at += n) {
			n = random() % 9;
			n = n < COUNTED - at ? n : COUNTED - at;
			grpc_counter_take(&c, stream + at, n);
		}
		check_counts(&c);
	}
}
END_TEST

/* Which bytes of the stream are of prefixes. */
static bool in_prefix(size_t at)
{
	return at < 5 || (at >= 8 && at < 18) || (at >= 58 && at < 63);
}

/* Each stretch [from, to) not shown: without a prefix the same counts; with one, lost. */
START_TEST(any_skip)
{
	for (size_t from = 0; from < COUNTED; from++) {
		bool hides = false;

		for (size_t to = from + 1; to <= COUNTED; to++) {
			struct grpc_counter c = {0};

			hides |= in_prefix(to - 1);
			grpc_counter_take(&c, stream, from);
			grpc_counter_take(&c, NULL, to - from);
			grpc_counter_take(&c, stream + to, COUNTED - to);
			ck_assert_int_eq(c.lost, hides);
			if (hides && (c.messages > 4 || c.bytes > 44))
				ck_abort_msg("more than there was: %zu to %zu", from, to);
			if (!hides)
				check_counts(&c);
		}
	}
}
END_TEST

START_TEST(counting_stops)
{
	struct grpc_counter c = {0};

	grpc_counter_take(&c, NULL, 0);
	ck_assert(!c.lost);
	grpc_counter_take(&c, (const uint8_t *)"\0\0\0\0\0", 5);
	grpc_counter_take(&c, NULL, 1);
	ck_assert(c.lost);
	grpc_counter_take(&c, (const uint8_t *)"\0\0\0\0\0", 5);
	ck_assert_uint_eq(c.messages, 1);
}
END_TEST

START_TEST(not_messages)
{
	struct grpc_counter c = {0};

	grpc_counter_take(&c, (const uint8_t *)"{\"a\":1}", 7);
	ck_assert(c.lost);
	ck_assert_uint_eq(c.messages, 0);
}
END_TEST

START_TEST(largest_message)
{
	struct grpc_counter c = {0};

	grpc_counter_take(&c, (const uint8_t *)"\0\xff\xff\xff\xff", 5);
	grpc_counter_take(&c, NULL, UINT32_MAX);
	ck_assert(!c.lost);
	ck_assert_uint_eq(c.bytes, UINT32_MAX);
	ck_assert_uint_eq(c.remaining, 0);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("grpc");
	TCase *t = tcase_create("all");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, content_types);
	tcase_add_loop_test(t, split_path, 0, N(paths));
	tcase_add_loop_test(t, timeout, 0, N(timeouts));
	tcase_add_test(t, names);
	tcase_add_test(t, parse);
	tcase_add_test(t, of_http);
	tcase_add_test(t, of_rst);
	tcase_add_loop_test(t, message, 0, N(messages));
	tcase_add_test(t, any_split);
	tcase_add_test(t, any_skip);
	tcase_add_test(t, counting_stops);
	tcase_add_test(t, not_messages);
	tcase_add_test(t, largest_message);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	return run_suite(suite());
}
