/* SPDX-License-Identifier: Apache-2.0 */
/* Whole records, errors that stick, and readers that do not read; times and closing lines. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/loss.h"
#include "harness.h"
#include "sample_exchange.h"
#include "sink/output.h"
#include "sink/wall_time.h"

START_TEST(bytes_wait_for_the_flush)
{
	struct output o;
	char buf[16];
	int fds[2];

	ck_assert_int_eq(pipe2(fds, O_NONBLOCK), 0);
	output_init(&o, fds[1], NULL);
	text_put_str(&o.pending, "one\n");
	output_end_record(&o);
	ck_assert_int_eq(read(fds[0], buf, sizeof(buf)), -1);
	ck_assert(output_flush(&o));
	ck_assert_int_eq(read(fds[0], buf, sizeof(buf)), 4);
	ck_assert_mem_eq(buf, "one\n", 4);
	output_check_reader(&o);
	ck_assert_int_eq(o.error, 0);
	close(fds[0]);
	output_check_reader(&o);
	ck_assert_int_eq(o.error, EPIPE);
	output_release(&o);
	close(fds[1]);
}
END_TEST

START_TEST(much_goes_out_by_itself)
{
	static char record[1000];
	struct output o;
	FILE *f = tmpfile();

	ck_assert_ptr_nonnull(f);
	output_init(&o, fileno(f), NULL);
	for (int i = 0; i < 100; i++) {
		text_put(&o.pending, record, sizeof(record));
		output_end_record(&o);
		ck_assert_uint_lt(o.pending.n, OUTPUT_FLUSH_AT);
	}
	ck_assert(output_flush(&o));
	ck_assert_int_eq(lseek(fileno(f), 0, SEEK_END), 100 * 1000);
	output_release(&o);
	fclose(f);
}
END_TEST

START_TEST(errors_stick)
{
	struct output o;
	int fds[2];

	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(pipe(fds), 0);
	close(fds[0]);
	output_init(&o, fds[1], NULL);
	text_put_str(&o.pending, "x");
	ck_assert(!output_flush(&o));
	ck_assert_int_eq(o.error, EPIPE);
	text_put_str(&o.pending, "y");
	ck_assert(!output_flush(&o));
	ck_assert_uint_eq(o.pending.n, 0);
	output_release(&o);
	close(fds[1]);
}
END_TEST

START_TEST(full_disk_is_an_error)
{
	int fd = open("/dev/full", O_WRONLY);
	struct output o;

	ck_assert_int_ge(fd, 0);
	output_init(&o, fd, NULL);
	text_put_str(&o.pending, "x");
	ck_assert(!output_flush(&o));
	ck_assert_int_eq(o.error, ENOSPC);
	output_release(&o);
	close(fd);
}
END_TEST

static volatile sig_atomic_t stopping;

static void stop(int number)
{
	(void)number;
	stopping = 1;
}

/* The pipe is full and nobody reads; a signal still ends it. */
START_TEST(a_reader_that_does_not_read)
{
	struct sigaction action = {.sa_handler = stop};
	static char much[256 * 1024];
	struct output o;
	int fds[2];

	sigaction(SIGALRM, &action, NULL);
	ck_assert_int_eq(pipe(fds), 0);
	output_init(&o, fds[1], &stopping);
	text_put(&o.pending, much, sizeof(much));
	alarm(1);
	ck_assert(!output_flush(&o));
	ck_assert_int_eq(o.error, ETIMEDOUT);
	output_release(&o);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

/* It says that there is room, and there is: less than is written. */
START_TEST(a_terminal_that_is_not_read)
{
	struct sigaction action = {.sa_handler = stop};
	static char much[256 * 1024];
	int master = posix_openpt(O_RDWR | O_NOCTTY), slave;
	struct output o;

	if (master < 0)
		return;
	ck_assert(grantpt(master) == 0 && unlockpt(master) == 0);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	ck_assert_int_ge(slave, 0);
	sigaction(SIGALRM, &action, NULL);
	output_init(&o, slave, &stopping);
	memset(much, 'x', sizeof(much));
	text_put(&o.pending, much, sizeof(much));
	alarm(1);
	ck_assert(!output_flush(&o));
	ck_assert_int_eq(o.error, ETIMEDOUT);
	ck_assert(!(fcntl(slave, F_GETFL) & O_NONBLOCK));
	output_release(&o);
	close(slave);
	close(master);
}
END_TEST

START_TEST(wall_times)
{
	struct wall_time w;

	setenv("TZ", "UTC+1", 1);
	wall_time_init(&w, SAMPLE_OFFSET_NS, 0);
	ck_assert_str_eq(wall_time_rfc3339(&w, SAMPLE_FIRST_NS), "2026-01-02T03:04:05.123456Z");
	ck_assert_str_eq(wall_time_rfc3339(&w, SAMPLE_FIRST_NS + 544000), "2026-01-02T03:04:05.124000Z");
	ck_assert_str_eq(wall_time_rfc3339(&w, SAMPLE_FIRST_NS + 876544000), "2026-01-02T03:04:06.000000Z");
	/* the last time that there is */
	ck_assert_str_eq(wall_time_rfc3339(&w, INT64_MAX), "2262-04-11T23:47:16.854775Z");
	ck_assert_str_eq(wall_time_rfc3339(&w, UINT64_MAX), "2262-04-11T23:47:16.854775Z");
	ck_assert_str_eq(wall_time_clock(&w, SAMPLE_FIRST_NS), "02:04:05");
	ck_assert_str_eq(wall_time_clock(&w, SAMPLE_FIRST_NS + 60000000000ull), "02:05:05");
	w.offset_ns += 3600ll * 1000000000;
	ck_assert_str_eq(wall_time_rfc3339(&w, SAMPLE_FIRST_NS), "2026-01-02T04:04:05.123456Z");
	w.offset_ns = -(int64_t)SAMPLE_FIRST_NS - 1000;
	ck_assert_str_eq(wall_time_rfc3339(&w, SAMPLE_FIRST_NS), "1969-12-31T23:59:59.999999Z");
}
END_TEST

static void check_closing(const struct closing *c, const char *want)
{
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	loss_print_closing(c, f);
	fclose(f);
	ck_assert_str_eq(text, want);
	free(text);
}

START_TEST(closing_line)
{
	struct closing c = {.tool = "httpsnoop",
			    .printed = 20,
			    .stats = {.exchanges = 23, .gaps = 1, .orphans = 2, .in_flight = 3}};

	check_closing(&c, "httpsnoop: exchanges 23, printed 20, lost 0, gaps 1, orphans 2, in flight 3\n");
	c.counters[WIRE_LOST_RING_FULL] = 10;
	c.counters[WIRE_LOST_CONNS_FULL] = 1;
	c.counters[WIRE_STAT_CONNS_MADE] = 1000; /* is no loss */
	c.stats.no_memory = 2;
	c.stats.evicted = 4;
	c.paths_given_up = 5;
	check_closing(&c, "httpsnoop: exchanges 23, printed 20, lost 13 (events: ring buffer full 10, "
			  "connections: too many at once 1, events: out of memory 2), gaps 1, orphans 2, "
			  "in flight 3, connections forgotten 4, paths too costly for --path 5\n");
}
END_TEST

START_TEST(losses_are_told_once)
{
	uint64_t counters[WIRE_COUNTERS] = {[WIRE_LOST_RING_FULL] = 12};
	struct loss loss = {0};
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	loss_report(&loss, "httpsnoop", counters, f);
	loss_report(&loss, "httpsnoop", counters, f);
	counters[WIRE_LOST_RING_FULL] = 13;
	loss_report(&loss, "httpsnoop", counters, f);
	fclose(f);
	ck_assert_str_eq(text, "httpsnoop: lost 12 events (ring buffer full)\n"
			       "httpsnoop: lost 1 events (ring buffer full)\n");
	free(text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("output");
	TCase *tc = tcase_create("output");

	tcase_set_timeout(tc, 20);
	tcase_add_test(tc, bytes_wait_for_the_flush);
	tcase_add_test(tc, much_goes_out_by_itself);
	tcase_add_test(tc, errors_stick);
	tcase_add_test(tc, full_disk_is_an_error);
	tcase_add_test(tc, a_reader_that_does_not_read);
	tcase_add_test(tc, a_terminal_that_is_not_read);
	tcase_add_test(tc, wall_times);
	tcase_add_test(tc, closing_line);
	tcase_add_test(tc, losses_are_told_once);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
