/* SPDX-License-Identifier: Apache-2.0 */
/* Buckets and their bounds, counts, and percentiles against sorted lists. */
#include "harness.h"

#include <stdlib.h>

#include "base/histogram.h"
#include "wire.h"

#define US  1000ull
#define MS  1000000ull
#define TOP (1ull << HISTOGRAM_TOP_BITS)

static struct histogram h; /* all zero at the start of each test: Check forks */

/* ---- buckets ---- */

START_TEST(bounds_are_contiguous)
{
	uint64_t next = 0;

	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		uint64_t low = histogram_low(i), high = histogram_high(i);

		ck_assert_uint_eq(low, next);
		ck_assert_uint_ge(high, low);
		ck_assert_uint_eq(histogram_bucket(low), i);
		ck_assert_uint_eq(histogram_bucket(low + (high - low) / 2), i);
		ck_assert_uint_eq(histogram_bucket(high), i);
		if (i >= 1u << HISTOGRAM_SUB_BITS)
			ck_assert_uint_le((high - low + 1) * 16, low);
		else
			ck_assert_uint_eq(high, low);
		next = high + 1;
	}
	ck_assert_uint_eq(next, TOP);
}
END_TEST

START_TEST(known_bounds)
{
	ck_assert_uint_eq(histogram_bucket(31), 31);
	ck_assert_uint_eq(histogram_low(32), 32);
	ck_assert_uint_eq(histogram_high(32), 33);
	ck_assert_uint_eq(histogram_low(histogram_bucket(1000)), 992);
	ck_assert_uint_eq(histogram_high(histogram_bucket(1000)), 1023);
	ck_assert_uint_eq(histogram_low(histogram_bucket(1000000)), 983040);
	ck_assert_uint_eq(histogram_high(histogram_bucket(1000000)), 1015807);
}
END_TEST

START_TEST(the_last_bucket_takes_the_rest)
{
	ck_assert_uint_eq(histogram_bucket(TOP - 1), HISTOGRAM_BUCKETS - 1);
	ck_assert_uint_eq(histogram_bucket(TOP), HISTOGRAM_BUCKETS - 1);
	ck_assert_uint_eq(histogram_bucket(UINT64_MAX), HISTOGRAM_BUCKETS - 1);
	ck_assert_uint_eq(histogram_high(HISTOGRAM_BUCKETS - 1), TOP - 1);
}
END_TEST

START_TEST(the_kernel_has_the_same_buckets)
{
	ck_assert_int_eq(WIRE_LATENCY_SUB_BITS, HISTOGRAM_SUB_BITS);
	ck_assert_int_eq(WIRE_LATENCY_TOP_BITS, HISTOGRAM_TOP_BITS);
	ck_assert_int_eq(WIRE_LATENCY_BUCKETS, HISTOGRAM_BUCKETS);
	ck_assert_int_eq(WIRE_LATENCY_MS_SLOTS, HISTOGRAM_MS_SLOTS);
}
END_TEST

/* ---- counting ---- */

START_TEST(an_empty_one)
{
	ck_assert_uint_eq(histogram_percentile_ns(&h, 50000), 0);
	ck_assert_uint_eq(histogram_mean_ns(&h), 0);
	h.errors = 3;
	ck_assert_uint_eq(histogram_percentile_ns(&h, 99900), 0);
	ck_assert_uint_eq(histogram_mean_ns(&h), 0);
}
END_TEST

START_TEST(one_duration_is_all_its_percentiles)
{
	static const unsigned points[] = {0, 1, 50000, 99999, 100000};

	histogram_add(&h, 1234567, 0);
	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++)
		ck_assert_uint_eq(histogram_percentile_ns(&h, points[i]), 1234567);
	ck_assert_uint_eq(histogram_mean_ns(&h), 1234567);
	ck_assert_uint_eq(h.min_ns, 1234567);
	ck_assert_uint_eq(h.max_ns, 1234567);
	ck_assert_uint_eq(h.buckets[histogram_bucket(1234)], 1);
}
END_TEST

START_TEST(sums_and_ends)
{
	histogram_add(&h, 10 * US, 0);
	histogram_add(&h, 999, 0); /* 0 us */
	histogram_add(&h, 20 * US + 2, 0);
	ck_assert_uint_eq(h.count, 3);
	ck_assert_uint_eq(h.sum_ns, 31001);
	ck_assert_uint_eq(histogram_mean_ns(&h), 10333);
	ck_assert_uint_eq(h.min_ns, 999);
	ck_assert_uint_eq(h.max_ns, 20 * US + 2);
	ck_assert_uint_eq(h.buckets[0], 1);
	ck_assert_uint_eq(h.buckets[10], 1);
	ck_assert_uint_eq(h.buckets[20], 1);
}
END_TEST

START_TEST(the_limit_is_within)
{
	histogram_add(&h, 250 * MS - 1, 250 * MS);
	histogram_add(&h, 250 * MS, 250 * MS);
	histogram_add(&h, 250 * MS + 1, 250 * MS);
	ck_assert_uint_eq(h.within, 2);
}
END_TEST

START_TEST(milliseconds)
{
	static const struct {
		uint64_t ns;
		unsigned slot;
	} cases[] = {
		{0, 0},		 {MS - 1, 0},	 {2 * MS - 1, 0},  {2 * MS, 1},
		{4 * MS - 1, 1}, {4 * MS, 2},	 {1500 * MS, 10},  {(MS << 20) - 1, 19},
		{MS << 20, 20},	 {MS << 21, 20}, {UINT64_MAX, 20},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct histogram one = {0};

		histogram_add(&one, cases[i].ns, 0);
		ck_assert_msg(one.ms[cases[i].slot] == 1, "case %zu", i);
	}
}
END_TEST

/* ---- random durations ---- */

#define DURATIONS 5003

static uint64_t state;

/* xorshift64*: the same numbers in each run */
static uint64_t next_random(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * 0x2545f4914f6cdd1d;
}

static uint64_t uniform(void)
{
	return next_random() % (100 * MS);
}

static uint64_t narrow(void)
{
	return 5 * MS + next_random() % (3 * US);
}

static uint64_t tiny(void)
{
	return next_random() % (20 * US);
}

static uint64_t all_magnitudes(void)
{
	return next_random() >> (24 + next_random() % 40);
}

static uint64_t long_tail(void)
{
	return 3000 * MS / (1 + next_random() % 10000);
}

static uint64_t two_modes(void)
{
	return next_random() % 10 ? 300 * US + next_random() % (50 * US) : 1500 * MS + next_random() % MS;
}

static uint64_t steps(void)
{
	return (1 + next_random() % 4) * MS;
}

static uint64_t beyond_the_top(void)
{
	return (TOP - 1000 + next_random() % (1u << (next_random() % 30))) * US;
}

static uint64_t (*const distributions[])(void) = {uniform,   narrow,	tiny,  all_magnitudes,
						  long_tail, two_modes, steps, beyond_the_top};
#define DISTRIBUTIONS ((int)(sizeof(distributions) / sizeof(distributions[0])))

static int compare_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void fill(struct histogram *to, uint64_t (*distribution)(void), uint64_t *sorted, size_t n)
{
	state = 0x1234567 + n;
	for (size_t i = 0; i < n; i++) {
		sorted[i] = distribution();
		histogram_add(to, sorted[i], 10 * MS);
	}
	qsort(sorted, n, sizeof(*sorted), compare_u64);
}

START_TEST(counts_are_exact)
{
	static uint64_t sorted[DURATIONS], buckets[HISTOGRAM_BUCKETS];
	uint64_t sum = 0, within = 0, ms = 0;

	fill(&h, distributions[_i], sorted, DURATIONS);
	for (size_t i = 0; i < DURATIONS; i++) {
		unsigned b = 0;

		while (b < HISTOGRAM_BUCKETS - 1 && sorted[i] / US > histogram_high(b))
			b++;
		buckets[b]++;
		sum += sorted[i];
		within += sorted[i] <= 10 * MS;
	}
	ck_assert_mem_eq(h.buckets, buckets, sizeof(buckets));
	for (size_t i = 0; i < HISTOGRAM_MS_SLOTS; i++)
		ms += h.ms[i];
	ck_assert_uint_eq(ms, DURATIONS);
	ck_assert_uint_eq(h.count, DURATIONS);
	ck_assert_uint_eq(h.sum_ns, sum);
	ck_assert_uint_eq(h.within, within);
	ck_assert_uint_eq(h.min_ns, sorted[0]);
	ck_assert_uint_eq(h.max_ns, sorted[DURATIONS - 1]);
}
END_TEST

/* In the exact one's bucket, so off by 1/16 at most; above the last bucket's
 * bound there is no such promise. */
static void check_percentile(const uint64_t *sorted, size_t n, unsigned p)
{
	size_t rank = (n * p + 99999) / 100000;
	uint64_t exact = sorted[rank ? rank - 1 : 0], found = histogram_percentile_ns(&h, p);

	ck_assert_msg(histogram_bucket(found / US) == histogram_bucket(exact / US),
		      "%zu durations, p %u: %llu, exactly %llu", n, p, (unsigned long long)found,
		      (unsigned long long)exact);
	ck_assert_uint_ge(found, h.min_ns);
	ck_assert_uint_le(found, h.max_ns);
	if (exact >= 16 * US && exact < histogram_low(HISTOGRAM_BUCKETS - 1) * US) {
		ck_assert_uint_le(found, exact + exact / 16);
		ck_assert_uint_ge(found, exact - exact / 16);
	}
}

START_TEST(percentiles_are_in_the_right_bucket)
{
	static const size_t sizes[] = {1, 2, 3, 10, 99, 100, 101, 1000, DURATIONS};
	static uint64_t sorted[DURATIONS];

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		uint64_t before = 0;

		h = (struct histogram){0};
		fill(&h, distributions[_i], sorted, sizes[i]);
		for (unsigned p = 0; p <= 100000; p += 50) {
			uint64_t found = histogram_percentile_ns(&h, p);

			check_percentile(sorted, sizes[i], p);
			ck_assert_uint_ge(found, before);
			before = found;
		}
		ck_assert_uint_eq(before, h.max_ns);
	}
}
END_TEST

START_TEST(merging_is_as_adding)
{
	static uint64_t sorted[DURATIONS];
	struct histogram all = {0}, odd = {.errors = 5}, even = {.errors = 7}, none = {0};

	fill(&all, distributions[_i], sorted, DURATIONS);
	all.errors = 12;
	for (size_t i = 0; i < DURATIONS; i++)
		histogram_add(i % 2 ? &odd : &even, sorted[i], 10 * MS);
	histogram_merge(&h, &none);
	histogram_merge(&h, &odd);
	histogram_merge(&h, &none);
	histogram_merge(&h, &even);
	ck_assert_mem_eq(&h, &all, sizeof(h));
}
END_TEST

START_TEST(an_empty_one_has_no_ends)
{
	struct histogram failed = {.errors = 2, .min_ns = 1, .max_ns = 99 * MS};

	histogram_add(&h, 5 * MS, 0);
	histogram_merge(&h, &failed);
	ck_assert_uint_eq(h.errors, 2);
	ck_assert_uint_eq(h.min_ns, 5 * MS);
	ck_assert_uint_eq(h.max_ns, 5 * MS);
	histogram_merge(&failed, &h);
	ck_assert_uint_eq(failed.min_ns, 5 * MS);
	ck_assert_uint_eq(failed.max_ns, 5 * MS);
	ck_assert_uint_eq(failed.errors, 4);
}
END_TEST

/* ---- interpolation ---- */

/* 992 ... 1023 us is one bucket; spread evenly over it, ranks are nearly exact. */
START_TEST(ranks_divide_a_bucket)
{
	histogram_add(&h, 10 * US, 0);
	histogram_add(&h, 9999 * US, 0);
	for (uint64_t i = 0; i < 32000; i++)
		histogram_add(&h, 992 * US + i, 0);
	ck_assert_uint_eq(histogram_percentile_ns(&h, 50000), 992 * US + 15999);
	ck_assert_uint_eq(histogram_percentile_ns(&h, 25000), 992 * US + 7999);
}
END_TEST

/* Whatever is in the last bucket lies between its low bound and the maximum. */
START_TEST(the_last_bucket_ends_at_the_maximum)
{
	uint64_t low = histogram_low(HISTOGRAM_BUCKETS - 1) * US;

	histogram_add(&h, US, 0);
	for (uint64_t i = 1; i <= 1000; i++)
		histogram_add(&h, low + i * TOP, 0);
	ck_assert_uint_gt(h.max_ns, TOP * US);
	for (unsigned p = 10000; p <= 90000; p += 10000) {
		uint64_t exact = low + p / 100 * TOP, found = histogram_percentile_ns(&h, p);

		ck_assert_uint_ge(found, exact - 2 * TOP);
		ck_assert_uint_le(found, exact + 2 * TOP);
	}
}
END_TEST

START_TEST(the_longest_of_all)
{
	histogram_add(&h, 0, 0);
	histogram_add(&h, UINT64_MAX - 1, 0);
	histogram_add(&h, UINT64_MAX, 0);
	ck_assert_uint_ge(histogram_percentile_ns(&h, 50000), histogram_low(HISTOGRAM_BUCKETS - 1) * US);
	ck_assert_uint_eq(histogram_percentile_ns(&h, 100000), UINT64_MAX);
	ck_assert_uint_eq(histogram_percentile_ns(&h, 0), 0);
}
END_TEST

/* Ranks where count * p does not fit into 64 bits. */
START_TEST(huge_counts)
{
	uint64_t n = 1ull << 62;

	h = (struct histogram){.count = 3 * n, .min_ns = 3 * US, .max_ns = 5 * US + 999};
	h.buckets[3] = h.buckets[4] = h.buckets[5] = n;
	ck_assert_uint_eq(histogram_percentile_ns(&h, 50000), 4499);
	ck_assert_uint_eq(histogram_percentile_ns(&h, 33333) / US, 3);
	ck_assert_uint_eq(histogram_percentile_ns(&h, 33334) / US, 4);
	ck_assert_uint_eq(histogram_percentile_ns(&h, 99999) / US, 5);
	ck_assert_uint_eq(histogram_percentile_ns(&h, 100000), 5999);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("histogram");
	TCase *tc = tcase_create("histogram");

	tcase_add_test(tc, bounds_are_contiguous);
	tcase_add_test(tc, known_bounds);
	tcase_add_test(tc, the_last_bucket_takes_the_rest);
	tcase_add_test(tc, the_kernel_has_the_same_buckets);
	tcase_add_test(tc, an_empty_one);
	tcase_add_test(tc, one_duration_is_all_its_percentiles);
	tcase_add_test(tc, sums_and_ends);
	tcase_add_test(tc, the_limit_is_within);
	tcase_add_test(tc, milliseconds);
	tcase_add_loop_test(tc, counts_are_exact, 0, DISTRIBUTIONS);
	tcase_add_loop_test(tc, percentiles_are_in_the_right_bucket, 0, DISTRIBUTIONS);
	tcase_add_loop_test(tc, merging_is_as_adding, 0, DISTRIBUTIONS);
	tcase_add_test(tc, an_empty_one_has_no_ends);
	tcase_add_test(tc, ranks_divide_a_bucket);
	tcase_add_test(tc, the_last_bucket_ends_at_the_maximum);
	tcase_add_test(tc, the_longest_of_all);
	tcase_add_test(tc, huge_counts);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
