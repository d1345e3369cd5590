/* SPDX-License-Identifier: Apache-2.0 */
/* Exchanges of HTTP/2 in the histograms: beside the kernel's, of unknown status, still open. */
#include <check.h>

#include "harness.h"
#include "latency_fixture.h"
#include "sample_exchange.h"

/* A response of HTTP/2 whose :status was in the table before tracing began. */
static struct exchange status_unknown(void)
{
	struct exchange x = sample_exchange();

	x.status = 0;
	x.no_status = NO_STATUS_UNKNOWN;
	x.missing = MISSING_JOINED | MISSING_PARTIAL_HEADERS;
	return x;
}

/* Whatever it was, it was a response, and its times are known. */
START_TEST(an_unknown_status_is_a_latency)
{
	struct exchange x = status_unknown();
	struct fixture t = {0};

	begin(&t, "method,status", NULL);
	latency_feed_exchange(&t.feed, &x);
	check_value(rows(&t, 1), 0, "GET");
	check_value(rows(&t, 1), 1, NULL);
	ck_assert_uint_eq(rows(&t, 1)->parts->count, 1);
	ck_assert_uint_eq(rows(&t, 1)->parts->sum_ns, 1500 * US);
	ck_assert_uint_eq(t.feed.counted, 1);
	ck_assert_uint_eq(t.feed.errors + t.feed.untimed, 0);
	end(&t);
}
END_TEST

static const char *const status_lists[] = {"2xx", "!2xx", "none", "!none", "2xx,none"};

START_TEST(an_unknown_status_is_none_of_those_asked_for)
{
	struct exchange x = status_unknown();
	struct fixture t = {0};

	begin(&t, "method", status_lists[_i]);
	latency_feed_exchange(&t.feed, &x);
	ck_assert_uint_eq(t.feed.counted + t.feed.errors + t.feed.untimed, 0);
	rows(&t, 0);
	end(&t);
}
END_TEST

/* Cut short it is an error as any other, with or without a status. */
START_TEST(an_unknown_status_may_be_cut)
{
	struct exchange x = status_unknown();
	struct fixture t = {0};

	x.missing |= MISSING_TRUNCATED;
	begin(&t, "method", NULL);
	latency_feed_exchange(&t.feed, &x);
	ck_assert_uint_eq(t.feed.errors, 1);
	ck_assert_uint_eq(t.feed.counted + t.feed.untimed, 0);
	end(&t);
}
END_TEST

/* HTTP/2 comes as exchanges also where the kernel counts HTTP/1: one row for both. */
START_TEST(exchanges_join_the_kernels_rows)
{
	struct exchange x = sample_exchange(), unknown = status_unknown();
	struct wire_latency row = wire_row(3, 100);
	struct fixture t = {0};

	begin(&t, NULL, NULL);
	ck_assert(t.options.latency.in_kernel);
	latency_feed_row(&t.feed, &(struct wire_latency_key){.cpu = 0}, &row);
	latency_feed_exchange(&t.feed, &x);
	latency_feed_exchange(&t.feed, &unknown);
	ck_assert_uint_eq(whole(&t)->count, 5);
	ck_assert_uint_eq(whole(&t)->sum_ns, 3300 * US);
	ck_assert_uint_eq(t.feed.counted, 5);
	end(&t);
}
END_TEST

/* It is told again when it has ended. */
START_TEST(open_streams_do_not_count)
{
	struct exchange x = sample_exchange(), waiting = sample_unanswered(NO_STATUS_NONE);
	struct fixture t = {0};

	x.missing = waiting.missing = MISSING_OPEN;
	begin(&t, "method", NULL);
	latency_feed_exchange(&t.feed, &x);
	latency_feed_exchange(&t.feed, &waiting);
	ck_assert_uint_eq(t.feed.counted + t.feed.errors + t.feed.untimed, 0);
	rows(&t, 0);
	end(&t);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("latency_feed_http2");
	TCase *tc = tcase_create("latency_feed_http2");

	tcase_add_test(tc, an_unknown_status_is_a_latency);
	tcase_add_loop_test(tc, an_unknown_status_is_none_of_those_asked_for, 0,
			    sizeof(status_lists) / sizeof(status_lists[0]));
	tcase_add_test(tc, an_unknown_status_may_be_cut);
	tcase_add_test(tc, exchanges_join_the_kernels_rows);
	tcase_add_test(tc, open_streams_do_not_count);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
