/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers in few columns: every border between two ways to write them. */
#include <check.h>
#include <string.h>

#include "harness.h"
#include "sink/conn_figures.h"

#define SECOND 1000000000ull

typedef void put_fn(struct text *t, uint64_t a, uint64_t b);

static void put_count(struct text *t, uint64_t count, uint64_t unused)
{
	(void)unused;
	figure_put_count(t, count);
}

static void put_duration(struct text *t, uint64_t us, uint64_t unused)
{
	(void)unused;
	figure_put_duration(t, us, "");
}

static void put_age(struct text *t, uint64_t seconds, uint64_t unused)
{
	(void)unused;
	figure_put_age(t, (int64_t)(seconds * SECOND));
}

struct sample {
	uint64_t a, b;
	const char *want;
};

static void check_figures(put_fn *put, const struct sample *samples, size_t n, size_t width)
{
	struct text text;

	text_init(&text);
	for (size_t i = 0; i < n; i++) {
		text_clear(&text);
		put(&text, samples[i].a, samples[i].b);
		text_put_char(&text, '\0');
		ck_assert_str_eq(text.p, samples[i].want);
		ck_assert_uint_le(strlen(text.p), width);
	}
	text_release(&text);
}

#define CHECK_FIGURES(put, width, ...)                                                                       \
	do {                                                                                                 \
		static const struct sample list[] = {__VA_ARGS__};                                           \
		check_figures(put, list, sizeof(list) / sizeof(list[0]), width);                             \
	} while (0)

START_TEST(rates_of_bytes)
{
	CHECK_FIGURES(figure_put_byte_rate, 4, {0, SECOND, "0"}, {1, 10 * SECOND, "<1"}, {1, 2 * SECOND, "1"},
		      {999, SECOND, "999"}, {1000, SECOND, "1.0K"}, {10137, SECOND, "9.9K"},
		      {10240, SECOND, "10K"}, {1023000, SECOND, "999K"}, {1048576, SECOND, "1.0M"},
		      {125829120, SECOND, "120M"}, {UINT64_MAX, SECOND, "16E"}, {1, 0, ""});
}
END_TEST

START_TEST(rates_of_requests)
{
	CHECK_FIGURES(figure_put_rate, 5, {0, SECOND, "0.0"}, {1, 100 * SECOND, "<0.1"},
		      {1, 2 * SECOND, "0.5"}, {9994, 100 * SECOND, "99.9"}, {9995, 100 * SECOND, "100"},
		      {99999, SECOND, "99999"}, {100000, SECOND, "100K"}, {1234567, SECOND, "1.2M"},
		      {1, 0, ""});
	CHECK_FIGURES(put_count, 4, {0, 0, "0"}, {999, 0, "999"}, {1000, 0, "1.0K"}, {999499, 0, "999K"},
		      {999999, 0, "1.0M"}, {UINT32_MAX, 0, "4.3G"});
}
END_TEST

START_TEST(shares)
{
	CHECK_FIGURES(figure_put_share, 4, {0, 0, ""}, {0, 5, "0.0"}, {1, 1000000, "<0.1"}, {1, 8, "12.5"},
		      {999999, 1000000, "99.9"}, {8, 8, "100"}, {9, 8, "100"},
		      {UINT64_MAX - 1, UINT64_MAX, "99.9"});
}
END_TEST

START_TEST(durations)
{
	CHECK_FIGURES(put_duration, 6, {0, 0, "0us"}, {999, 0, "999us"}, {1000, 0, "1.0ms"},
		      {99949, 0, "99.9ms"}, {99950, 0, "100ms"}, {999499, 0, "999ms"}, {999500, 0, "1.0s"},
		      {12300000, 0, "12.3s"}, {1073000000, 0, "1073s"}, {UINT32_MAX, 0, "4295s"});
	CHECK_FIGURES(put_age, 6, {0, 0, "0s"}, {59, 0, "59s"}, {60, 0, "1m00s"}, {3599, 0, "59m59s"},
		      {3600, 0, "1h00m"}, {86399, 0, "23h59m"}, {86400, 0, "1d00h"}, {8639999, 0, "99d23h"},
		      {8640000, 0, "100d"}, {863999999, 0, "9999d"});
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("conn_figures");
	TCase *tc = tcase_create("conn_figures");

	tcase_add_test(tc, rates_of_bytes);
	tcase_add_test(tc, rates_of_requests);
	tcase_add_test(tc, shares);
	tcase_add_test(tc, durations);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
