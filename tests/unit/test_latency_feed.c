/* SPDX-License-Identifier: Apache-2.0 */
/* Histograms from the kernel's rows and from exchanges: both must mean the same. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "latency_fixture.h"
#include "sample_exchange.h"

/* ---- the kernel's rows ---- */

START_TEST(rows_of_all_cpus_are_added)
{
	struct wire_latency fast = wire_row(3, 100), slow = wire_row(2, 900), failed = {.errors = 5};
	struct fixture t = {0};

	begin(&t, NULL, NULL);
	latency_feed_row(&t.feed, &(struct wire_latency_key){.cpu = 0}, &fast);
	latency_feed_row(&t.feed, &(struct wire_latency_key){.cpu = 1}, &slow);
	latency_feed_row(&t.feed, &(struct wire_latency_key){.cpu = 1}, &failed);
	ck_assert_uint_eq(whole(&t)->count, 5);
	ck_assert_uint_eq(whole(&t)->sum_ns, 2100 * US);
	ck_assert_uint_eq(whole(&t)->min_ns, 100 * US);
	ck_assert_uint_eq(whole(&t)->max_ns, 900 * US);
	ck_assert_uint_eq(whole(&t)->buckets[histogram_bucket(100)], 3);
	ck_assert_uint_eq(whole(&t)->errors, 5);
	ck_assert_uint_eq(t.feed.counted, 5);
	ck_assert_uint_eq(t.feed.errors, 5);
	end(&t);
}
END_TEST

START_TEST(keys_become_values)
{
	struct wire_latency_key key = {
		.pid = 181, .comm = "0123456789abcde", .role = 1, .family = AF_INET, .status = 404};
	struct wire_latency row = wire_row(1, 100);
	const struct latency_row *r;
	struct fixture t = {0};

	inet_pton(AF_INET, "10.0.0.2", key.peer);
	begin(&t, "status,peer,role,comm,pid", NULL);
	latency_feed_row(&t.feed, &key, &row);
	r = rows(&t, 1);
	check_value(r, 0, "404");
	check_value(r, 1, "10.0.0.2");
	check_value(r, 2, "client");
	check_value(r, 3, "0123456789abcde");
	check_value(r, 4, "181");
	end(&t);
}
END_TEST

/* The last byte of a name need not be NUL when it comes from elsewhere. */
START_TEST(a_whole_comm_ends)
{
	struct wire_latency_key key = {.status = 0};
	struct wire_latency row = wire_row(1, 100);
	struct fixture t = {0};

	memset(key.comm, 'x', sizeof(key.comm));
	begin(&t, "comm,status", NULL);
	latency_feed_row(&t.feed, &key, &row);
	check_value(rows(&t, 1), 0, "xxxxxxxxxxxxxxxx");
	check_value(rows(&t, 1), 1, NULL);
	end(&t);
}
END_TEST

START_TEST(keys_without_room_are_other)
{
	struct wire_latency row = wire_row(4, 100);
	struct fixture t = {0};

	begin(&t, "pid", NULL);
	latency_feed_row(&t.feed, &(struct wire_latency_key){.pid = 1}, &row);
	latency_feed_row(&t.feed, &(struct wire_latency_key){.other = 1}, &row);
	latency_feed_row(&t.feed, &(struct wire_latency_key){.other = 1, .cpu = 1}, &row);
	ck_assert(!rows(&t, 2)[0].other);
	ck_assert(rows(&t, 2)[1].other);
	ck_assert_uint_eq(rows(&t, 2)[1].parts->count, 8);
	ck_assert_uint_eq(t.feed.counted, 12);
	end(&t);
}
END_TEST

START_TEST(parts_go_to_their_places)
{
	struct wire_latency total = wire_row(2, 500), service = wire_row(2, 400);
	struct fixture t = {.options.latency.breakdown = true};

	begin(&t, NULL, NULL);
	latency_feed_row(&t.feed, &(struct wire_latency_key){.part = WIRE_PART_TOTAL}, &total);
	latency_feed_row(&t.feed, &(struct wire_latency_key){.part = WIRE_PART_SERVICE}, &service);
	ck_assert_uint_eq(whole(&t)[WIRE_PART_TOTAL].count, 2);
	ck_assert_uint_eq(whole(&t)[WIRE_PART_SERVICE].sum_ns, 800 * US);
	ck_assert_uint_eq(whole(&t)[WIRE_PART_READ].count, 0);
	ck_assert_uint_eq(t.feed.counted, 2);
	end(&t);
}
END_TEST

START_TEST(unknown_cgroups_have_no_name)
{
	struct wire_latency row = wire_row(1, 100);
	struct fixture t = {0};

	begin(&t, "container,pod", NULL);
	ck_assert_ptr_nonnull(t.feed.containers);
	latency_feed_row(&t.feed, &(struct wire_latency_key){.cgroup = 1ull << 60}, &row);
	latency_feed_row(&t.feed, &(struct wire_latency_key){.cgroup = 1ull << 61}, &row);
	check_value(rows(&t, 1), 0, NULL);
	check_value(rows(&t, 1), 1, NULL);
	ck_assert_uint_eq(rows(&t, 1)->parts->count, 2);
	end(&t);
}
END_TEST

/* ---- exchanges ---- */

/* The sample: request 0 to 0.1 ms, response 1 to 1.5 ms. */
START_TEST(exchanges_count_up_to_the_last_byte)
{
	struct fixture t = {.options.latency.slo_ns = 1500 * US};
	struct exchange x = sample_exchange(), slower = x;

	slower.resp.last_ns += 1;
	begin(&t, "path", NULL);
	ck_assert(!t.options.latency.in_kernel);
	latency_feed_exchange(&t.feed, &x);
	latency_feed_exchange(&t.feed, &slower);
	check_value(rows(&t, 1), 0, "/index.html");
	ck_assert_uint_eq(rows(&t, 1)->parts->count, 2);
	ck_assert_uint_eq(rows(&t, 1)->parts->min_ns, 1500 * US);
	ck_assert_uint_eq(rows(&t, 1)->parts->within, 1);
	ck_assert_uint_eq(t.feed.counted, 2);
	end(&t);
}
END_TEST

START_TEST(ttfb_counts_up_to_the_first_byte)
{
	struct fixture t = {.options.latency.ttfb = true};
	struct exchange x = sample_exchange();

	begin(&t, NULL, NULL);
	latency_feed_exchange(&t.feed, &x);
	ck_assert_uint_eq(whole(&t)->max_ns, 1 * MS);
	end(&t);
}
END_TEST

static const struct failure {
	int status;
	enum no_status no_status;
	unsigned missing;
} failures[] = {
	{0, NO_STATUS_CLOSED, 0},
	{0, NO_STATUS_RESET, 0},
	{0, NO_STATUS_TIMEOUT, MISSING_JOINED},
	{200, NO_STATUS_NONE, MISSING_TRUNCATED},
};

START_TEST(errors_are_no_latencies)
{
	const struct failure *failure = &failures[_i];
	struct exchange x = sample_exchange();
	struct fixture t = {0};

	x.status = failure->status;
	x.no_status = failure->no_status;
	x.missing = failure->missing;
	begin(&t, "method,status", NULL);
	latency_feed_exchange(&t.feed, &x);
	check_value(rows(&t, 1), 0, "GET");
	check_value(rows(&t, 1), 1, NULL);
	ck_assert_uint_eq(rows(&t, 1)->parts->errors, 1);
	ck_assert_uint_eq(rows(&t, 1)->parts->count, 0);
	ck_assert_uint_eq(t.feed.errors, 1);
	ck_assert_uint_eq(t.feed.counted + t.feed.untimed, 0);
	end(&t);
}
END_TEST

/* 413 to an upload, then the connection was closed: the answer was complete. */
START_TEST(an_early_answer_is_complete)
{
	struct exchange x = sample_exchange();
	struct fixture t = {.options.latency.breakdown = true};

	x.status = 413;
	x.missing = MISSING_TRUNCATED;
	x.req.last_ns = x.resp.last_ns + 1 * MS;
	begin(&t, NULL, NULL);
	latency_feed_exchange(&t.feed, &x);
	ck_assert_uint_eq(whole(&t)[WIRE_PART_TOTAL].sum_ns, 1500 * US);
	ck_assert_uint_eq(whole(&t)[WIRE_PART_READ].sum_ns, 1000 * US);
	ck_assert_uint_eq(whole(&t)[WIRE_PART_SERVICE].sum_ns, 0);
	ck_assert_uint_eq(whole(&t)[WIRE_PART_WRITE].sum_ns, 500 * US);
	ck_assert_uint_eq(t.feed.errors, 0);
	end(&t);
}
END_TEST

START_TEST(what_was_lost_is_not_counted)
{
	struct exchange gap = sample_unanswered(NO_STATUS_GAP), unseen = sample_unanswered(NO_STATUS_UNSEEN);
	struct exchange end_lost = sample_exchange(), begin_lost = sample_exchange();
	struct fixture t = {0};

	gap.missing = end_lost.missing = begin_lost.missing = MISSING_GAP;
	end_lost.resp.last_ns = 0;
	begin_lost.req.first_ns = 0;
	begin(&t, "method", "none,2xx");
	latency_feed_exchange(&t.feed, &gap);
	latency_feed_exchange(&t.feed, &unseen);
	latency_feed_exchange(&t.feed, &end_lost);
	latency_feed_exchange(&t.feed, &begin_lost);
	ck_assert_uint_eq(t.feed.untimed, 4);
	ck_assert_uint_eq(t.feed.counted + t.feed.errors, 0);
	rows(&t, 0);
	end(&t);
}
END_TEST

/* A hole in a body costs nothing: both ends were seen. */
START_TEST(a_gap_inside_does_not_matter)
{
	struct exchange x = sample_exchange();
	struct fixture t = {0};

	x.missing = MISSING_GAP;
	begin(&t, "method", NULL);
	latency_feed_exchange(&t.feed, &x);
	ck_assert_uint_eq(t.feed.counted, 1);
	end(&t);
}
END_TEST

START_TEST(requests_older_than_the_tool_do_not_count)
{
	struct exchange x = sample_exchange();
	struct fixture t = {0};

	x.missing = MISSING_JOINED;
	x.req.first_ns = 0;
	begin(&t, "method", NULL);
	latency_feed_exchange(&t.feed, &x);
	ck_assert_uint_eq(t.feed.counted + t.feed.errors + t.feed.untimed, 0);
	end(&t);
}
END_TEST

static void check_parts(const struct exchange *x, const uint64_t us[WIRE_PARTS])
{
	struct fixture t = {.options.latency.breakdown = true};
	uint64_t sum = 0;

	begin(&t, NULL, NULL);
	latency_feed_exchange(&t.feed, x);
	for (int part = 0; part < WIRE_PARTS; part++) {
		ck_assert_msg(whole(&t)[part].sum_ns == us[part] * US, "part %d", part);
		sum += part == WIRE_PART_TOTAL ? 0 : us[part];
	}
	ck_assert_uint_eq(sum, us[WIRE_PART_TOTAL]);
	end(&t);
}

START_TEST(parts_add_up)
{
	struct exchange x = sample_exchange();

	check_parts(&x, (uint64_t[WIRE_PARTS]){[WIRE_PART_TOTAL] = 1500,
					       [WIRE_PART_READ] = 100,
					       [WIRE_PART_SERVICE] = 900,
					       [WIRE_PART_WRITE] = 500});
	x.queue_ns = 70 * US;
	check_parts(&x, (uint64_t[WIRE_PARTS]){[WIRE_PART_TOTAL] = 1570,
					       [WIRE_PART_QUEUE] = 70,
					       [WIRE_PART_READ] = 100,
					       [WIRE_PART_SERVICE] = 900,
					       [WIRE_PART_WRITE] = 500});
	x.queue_ns = -1;
	x.role = ROLE_CLIENT;
	check_parts(&x, (uint64_t[WIRE_PARTS]){[WIRE_PART_TOTAL] = 1500,
					       [WIRE_PART_SEND] = 100,
					       [WIRE_PART_WAIT] = 900,
					       [WIRE_PART_RECEIVE] = 500});
}
END_TEST

/* Clocks of two CPUs: the response seems to begin before the request. */
START_TEST(parts_are_never_negative)
{
	struct exchange x = sample_exchange();

	x.resp.first_ns = x.req.first_ns - 500;
	check_parts(&x, (uint64_t[WIRE_PARTS]){[WIRE_PART_TOTAL] = 1500, [WIRE_PART_WRITE] = 1500});
	x.resp.last_ns = x.req.first_ns - 200;
	check_parts(&x, (uint64_t[WIRE_PARTS]){0});
}
END_TEST

START_TEST(parts_need_all_times)
{
	struct fixture t = {.options.latency.breakdown = true};
	struct exchange x = sample_exchange();

	x.req.last_ns = 0;
	begin(&t, NULL, NULL);
	latency_feed_exchange(&t.feed, &x);
	ck_assert_uint_eq(t.feed.untimed, 1);
	ck_assert_uint_eq(t.feed.counted, 0);
	end(&t);
}
END_TEST

START_TEST(statuses_are_filtered)
{
	struct exchange good = sample_exchange(), bad = good, cut = good;
	struct exchange closed = sample_unanswered(NO_STATUS_CLOSED);
	struct fixture t = {0};

	bad.status = 503;
	cut.missing = MISSING_TRUNCATED;
	begin(&t, "method", "5xx,none");
	latency_feed_exchange(&t.feed, &good);
	latency_feed_exchange(&t.feed, &bad);
	latency_feed_exchange(&t.feed, &cut);
	latency_feed_exchange(&t.feed, &closed);
	ck_assert_uint_eq(t.feed.counted, 1);
	ck_assert_uint_eq(t.feed.errors, 2);
	end(&t);
}
END_TEST

START_TEST(only_some_statuses_leave_errors_out)
{
	struct exchange cut = sample_exchange();
	struct fixture t = {0};

	cut.missing = MISSING_TRUNCATED;
	begin(&t, "method", "2xx");
	latency_feed_exchange(&t.feed, &cut);
	ck_assert_uint_eq(t.feed.counted + t.feed.errors, 0);
	end(&t);
}
END_TEST

static void feed_without_memory(void *ctx)
{
	struct exchange x = sample_exchange();
	struct fixture t = {0};
	char err[256];

	latency_by_parse(&t.options.latency.by, ctx, err, sizeof(err));
	latency_options_apply(&t.options);
	if (latency_feed_init(&t.feed, &t.options))
		latency_feed_exchange(&t.feed, &x);
	end(&t);
}

START_TEST(each_allocation_may_fail)
{
	fail_each_alloc(feed_without_memory, "container,pid");
	fail_each_alloc(feed_without_memory, "path");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("latency_feed");
	TCase *tc = tcase_create("latency_feed");

	tcase_add_test(tc, rows_of_all_cpus_are_added);
	tcase_add_test(tc, keys_become_values);
	tcase_add_test(tc, a_whole_comm_ends);
	tcase_add_test(tc, keys_without_room_are_other);
	tcase_add_test(tc, parts_go_to_their_places);
	tcase_add_test(tc, unknown_cgroups_have_no_name);
	tcase_add_test(tc, exchanges_count_up_to_the_last_byte);
	tcase_add_test(tc, ttfb_counts_up_to_the_first_byte);
	tcase_add_loop_test(tc, errors_are_no_latencies, 0, sizeof(failures) / sizeof(failures[0]));
	tcase_add_test(tc, an_early_answer_is_complete);
	tcase_add_test(tc, what_was_lost_is_not_counted);
	tcase_add_test(tc, a_gap_inside_does_not_matter);
	tcase_add_test(tc, requests_older_than_the_tool_do_not_count);
	tcase_add_test(tc, parts_add_up);
	tcase_add_test(tc, parts_are_never_negative);
	tcase_add_test(tc, parts_need_all_times);
	tcase_add_test(tc, statuses_are_filtered);
	tcase_add_test(tc, only_some_statuses_leave_errors_out);
	tcase_add_test(tc, each_allocation_may_fail);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
