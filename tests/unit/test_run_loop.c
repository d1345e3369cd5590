/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop of every tool, on a clock and a source of the test's own: where
 * intervals begin and end, and what ends a run.
 */
#include <check.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/clock.h"
#include "app/run_loop.h"
#include "app/stop.h"
#include "harness.h"

#define SECOND 1000000000ull
#define MS     1000000ull
/* Anything; not 0, since the loop must not count from there. */
#define START (1234567 * MS + 89)

/* ---- what the loop sees of the world ---- */

static struct world {
	uint64_t now_ns;
	uint64_t stop_at_ns;	 /* 0: no signal */
	uint64_t stall_at_ns;	 /* one poll that comes back ... */
	uint64_t stall_until_ns; /* ... so late */
	bool fails, detached;
} world;

uint64_t clock_now_ns(void)
{
	return world.now_ns;
}

int64_t clock_wall_offset_ns(void)
{
	return 0;
}

uint64_t clock_process_start_ns(void)
{
	return 0;
}

/* A poll takes 200 us longer than asked for. */
const char *source_notice(struct source *s)
{
	(void)s;
	return NULL;
}

int source_poll(struct source *s, int timeout_ms, capture_event_fn *fn, void *ctx)
{
	(void)s;
	(void)fn;
	(void)ctx;
	if (timeout_ms)
		world.now_ns += (uint64_t)timeout_ms * MS + 200000;
	if (world.stop_at_ns && world.now_ns >= world.stop_at_ns) {
		world.now_ns = timeout_ms ? world.stop_at_ns : world.now_ns;
		stop_requested = 1;
	}
	if (world.stall_at_ns && world.now_ns >= world.stall_at_ns) {
		world.now_ns = world.stall_until_ns;
		world.stall_at_ns = 0;
	}
	return world.fails ? -1 : 0;
}

const char *source_error(const struct source *s)
{
	(void)s;
	return "it fails";
}

bool source_ended(const struct source *s)
{
	(void)s;
	return false;
}

void source_detach(struct source *s)
{
	(void)s;
	world.detached = true;
}

void source_counters(struct source *s, uint64_t counters[WIRE_COUNTERS])
{
	(void)s;
	memset(counters, 0, WIRE_COUNTERS * sizeof(counters[0]));
}

const char *source_description(const struct source *s)
{
	(void)s;
	return "";
}

size_t source_programs(struct source *s, struct capture_program list[CAPTURE_PROGRAMS_MAX])
{
	(void)s;
	(void)list;
	return 0;
}

struct source *source_open(const struct options *o, char *err, size_t err_size)
{
	(void)o;
	snprintf(err, err_size, "cannot be opened");
	return NULL;
}

bool source_close(struct source *s, char *err, size_t err_size)
{
	(void)s;
	(void)err;
	(void)err_size;
	return true;
}

/* ---- what the tool sees of the loop ---- */

#define REPORTS_MAX 64

static struct seen {
	uint64_t start[REPORTS_MAX], end[REPORTS_MAX];
	size_t n, limit; /* limit 0: none */
	size_t seconds;
	bool last_batch; /* what batch() answers */
} seen;

static bool on_batch(void *ctx)
{
	(void)ctx;
	return seen.last_batch;
}

static void on_second(void *ctx, uint64_t now_ns)
{
	(void)ctx;
	(void)now_ns;
	seen.seconds++;
}

static bool on_interval(void *ctx, uint64_t start_ns, uint64_t end_ns)
{
	(void)ctx;
	ck_assert_uint_lt(seen.n, REPORTS_MAX);
	seen.start[seen.n] = start_ns;
	seen.end[seen.n++] = end_ns;
	return seen.n != seen.limit;
}

static int loop(struct options *o)
{
	struct run run = {
		.tool = "test",
		.options = o,
		.batch = on_batch,
		.second = on_second,
		.interval = on_interval,
	};

	return run_loop(&run);
}

static void setup(void)
{
	stop_requested = 0;
	world = (struct world){.now_ns = START};
	seen = (struct seen){.last_batch = true};
}

/* Interval i was start to end, after START. */
static void check_interval(size_t i, uint64_t start_ns, uint64_t end_ns)
{
	ck_assert_uint_lt(i, seen.n);
	ck_assert_uint_eq(seen.start[i] - START, start_ns);
	ck_assert_uint_eq(seen.end[i] - START, end_ns);
}

START_TEST(boundaries_do_not_drift)
{
	struct options o = {.interval_ns = 333 * MS, .duration_ns = 60 * 333 * MS};

	ck_assert_int_eq(loop(&o), 0);
	ck_assert_uint_eq(seen.n, 60);
	for (size_t i = 0; i < 60; i++)
		check_interval(i, i * 333 * MS, (i + 1) * 333 * MS);
	ck_assert_uint_eq(seen.seconds, 20);
	ck_assert(world.detached);
}
END_TEST

START_TEST(reports_come_at_the_boundary)
{
	struct options o = {.interval_ns = 5 * SECOND};

	seen.limit = 1;
	ck_assert_int_eq(loop(&o), 0);
	ck_assert_uint_ge(world.now_ns - START, 5 * SECOND);
	ck_assert_uint_le(world.now_ns - START, 5 * SECOND + 2 * MS);
}
END_TEST

START_TEST(a_count_ends_the_run)
{
	struct options o = {.interval_ns = SECOND};

	seen.limit = 3;
	ck_assert_int_eq(loop(&o), 0);
	ck_assert_uint_eq(seen.n, 3);
	check_interval(2, 2 * SECOND, 3 * SECOND);
}
END_TEST

START_TEST(a_signal_cuts_the_last_one)
{
	struct options o = {.interval_ns = SECOND};

	world.stop_at_ns = START + 2 * SECOND + 345678901;
	ck_assert_int_eq(loop(&o), 0);
	ck_assert_uint_eq(seen.n, 3);
	check_interval(1, SECOND, 2 * SECOND);
	check_interval(2, 2 * SECOND, 2 * SECOND + 345678901);
}
END_TEST

START_TEST(a_duration_cuts_the_last_one)
{
	struct options o = {.interval_ns = SECOND, .duration_ns = 2500 * MS};

	ck_assert_int_eq(loop(&o), 0);
	ck_assert_uint_eq(seen.n, 3);
	check_interval(2, 2 * SECOND, 2500 * MS);
}
END_TEST

START_TEST(one_report_without_interval)
{
	struct options o = {0};

	world.stop_at_ns = START + 4321 * MS;
	ck_assert_int_eq(loop(&o), 0);
	ck_assert_uint_eq(seen.n, 1);
	check_interval(0, 0, 4321 * MS);
}
END_TEST

/* Of a machine that stood still nobody knows when it counted what. */
START_TEST(a_stall_makes_one_long_interval)
{
	struct options o = {.interval_ns = SECOND};

	seen.limit = 3;
	world.stall_at_ns = START + 1500 * MS;
	world.stall_until_ns = START + 4700 * MS;
	ck_assert_int_eq(loop(&o), 0);
	check_interval(0, 0, SECOND);
	check_interval(1, SECOND, 4 * SECOND);
	check_interval(2, 4 * SECOND, 5 * SECOND);
}
END_TEST

START_TEST(a_tool_may_end_the_run)
{
	struct options o = {.interval_ns = SECOND};

	seen.last_batch = false;
	ck_assert_int_eq(loop(&o), 0);
	ck_assert_uint_eq(seen.n, 0);
}
END_TEST

START_TEST(a_source_that_fails)
{
	struct options o = {0};

	world.fails = true;
	ck_assert_int_eq(loop(&o), 1);
	ck_assert_uint_eq(seen.n, 0);
}
END_TEST

static void *interrupt(void *main_thread)
{
	usleep(200000);
	pthread_kill(*(pthread_t *)main_thread, SIGINT);
	return NULL;
}

/* The test's clock stands still, so only the signal can end this. */
START_TEST(a_signal_ends_a_quiet_wait)
{
	struct options o = {.duration_ns = 3600 * SECOND};
	pthread_t self = pthread_self(), thread;
	struct run run = {
		.tool = "test",
		.options = &o,
		.batch = on_batch,
		.second = on_second,
		.quiet = true,
	};
	struct timespec begin, end;

	stop_install();
	clock_gettime(CLOCK_MONOTONIC, &begin);
	ck_assert_int_eq(pthread_create(&thread, NULL, interrupt, &self), 0);
	ck_assert_int_eq(run_loop(&run), 0);
	clock_gettime(CLOCK_MONOTONIC, &end);
	pthread_join(thread, NULL);
	ck_assert((end.tv_sec - begin.tv_sec) * 1000 + (end.tv_nsec - begin.tv_nsec) / 1000000 < 900);
}
END_TEST

static int never(const struct options *o, struct source *source, uint64_t started_ns)
{
	(void)o;
	(void)source;
	(void)started_ns;
	ck_abort();
}

START_TEST(a_source_that_cannot_be_opened)
{
	struct options o = {.ready_fd = -1};

	ck_assert_int_eq(run_source("test", &o, never, 0), 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("run_loop");
	TCase *tc = tcase_create("run_loop");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, boundaries_do_not_drift);
	tcase_add_test(tc, reports_come_at_the_boundary);
	tcase_add_test(tc, a_count_ends_the_run);
	tcase_add_test(tc, a_signal_cuts_the_last_one);
	tcase_add_test(tc, a_duration_cuts_the_last_one);
	tcase_add_test(tc, one_report_without_interval);
	tcase_add_test(tc, a_stall_makes_one_long_interval);
	tcase_add_test(tc, a_tool_may_end_the_run);
	tcase_add_test(tc, a_source_that_fails);
	tcase_add_test(tc, a_signal_ends_a_quiet_wait);
	tcase_add_test(tc, a_source_that_cannot_be_opened);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
