/* SPDX-License-Identifier: Apache-2.0 */
/* The small parts of exchange/: durations, names, the list and pool of pairs. */
#include "exchange/exchange.h"

#include <stdlib.h>

#include "exchange/pair.h"
#include "harness.h"

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

static const struct {
	uint64_t from, to;
	int64_t span;
} spans[] = {
	{1000, 1000, 0},
	{1000, 2500, 1500},
	{0, 2500, -1},
	{1000, 0, -1},
	{0, 0, -1},
	/* two CPUs that differ by a tick */
	{1000, 999, 0},
	{2000, 1000, 0},
	{2001, 1000, -1},
	/* nonsense */
	{1, UINT64_MAX, -1},
	{UINT64_MAX, 1, -1},
	{1, (uint64_t)INT64_MAX + 1, INT64_MAX},
	{1, (uint64_t)INT64_MAX + 2, -1},
};

START_TEST(durations)
{
	struct exchange x = {0};

	x.req.first_ns = spans[_i].from;
	x.resp.first_ns = spans[_i].to;
	x.resp.last_ns = spans[_i].to;
	ck_assert_int_eq(exchange_ttfb_ns(&x), spans[_i].span);
	ck_assert_int_eq(exchange_latency_ns(&x), spans[_i].span);
}
END_TEST

START_TEST(names)
{
	ck_assert_ptr_null(no_status_name(NO_STATUS_NONE));
	ck_assert_str_eq(no_status_name(NO_STATUS_CLOSED), "closed");
	ck_assert_str_eq(no_status_name(NO_STATUS_RESET), "reset");
	ck_assert_str_eq(no_status_name(NO_STATUS_TIMEOUT), "timeout");
	ck_assert_str_eq(no_status_name(NO_STATUS_GAP), "gap");
	ck_assert_str_eq(no_status_name(NO_STATUS_UNSEEN), "unseen");
	ck_assert_str_eq(no_status_name(NO_STATUS_UNKNOWN), "unknown");
	ck_assert_ptr_null(no_status_name((enum no_status)99));
}
END_TEST

static struct pair_pool pool;
static struct pair_list list;

static void insert(uint32_t number)
{
	struct pair *p = pair_new(&pool, number);

	ck_assert_ptr_nonnull(p);
	pair_list_insert(&list, p);
}

static void remove_number(uint32_t number)
{
	struct pair *p = pair_list_find(&list, number);

	ck_assert_ptr_nonnull(p);
	pair_list_remove(&list, p);
	pair_free(&pool, p);
	ck_assert_ptr_null(pair_list_find(&list, number));
}

static void expect_numbers(const uint32_t *numbers, size_t n)
{
	struct pair *p = list.first, *last = NULL;

	ck_assert_uint_eq(list.n, n);
	for (size_t i = 0; i < n; i++, last = p, p = p->next) {
		ck_assert_ptr_nonnull(p);
		ck_assert_uint_eq(p->number, numbers[i]);
	}
	ck_assert_ptr_null(p);
	ck_assert_ptr_eq(list.last, last);
}

#define EXPECT_NUMBERS(...)                                                                                  \
	expect_numbers((const uint32_t[]){__VA_ARGS__}, sizeof((uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

/* Numbers wrap around; the order holds. */
START_TEST(list_keeps_order)
{
	insert(1);
	insert(UINT32_MAX);
	insert(3);
	insert(0);
	insert(2);
	EXPECT_NUMBERS(UINT32_MAX, 0, 1, 2, 3);
	remove_number(1);
	remove_number(3);
	remove_number(UINT32_MAX);
	EXPECT_NUMBERS(0, 2);
	insert(5);
	EXPECT_NUMBERS(0, 2, 5);
	remove_number(0);
	remove_number(2);
	remove_number(5);
	expect_numbers(NULL, 0);
	ck_assert_uint_eq(pool.held, 0);
	pair_pool_release(&pool);
}
END_TEST

static void keep(struct pair *p, size_t size)
{
	struct http1_head *head = calloc(1, sizeof(*head));
	char *text = malloc(size);

	ck_assert(head && text);
	memset(text, 'v', size);
	head->method = bytes_of(text, 4);
	head->n_fields = 2;
	head->fields[0].name = bytes_of(text + 4, 2);
	head->fields[1].value = bytes_of(text + 6, size - 6);
	ck_assert(pair_keep_head(&pool, p, head));
	memset(text, 'x', size);
	free(text);
	free(head);
	ck_assert_uint_eq(p->message[HTTP1_REQUEST].head.fields.fields[1].value.n, size - 6);
	ck_assert_int_eq(p->message[HTTP1_REQUEST].head.fields.fields[1].value.p[size - 7], 'v');
	ck_assert_uint_eq(p->message[HTTP1_REQUEST].head.fields.fields[0].value.n, 0);
}

START_TEST(pool_counts_and_keeps_little)
{
	struct pair *p = pair_new(&pool, 1), *again;

	keep(p, 100);
	ck_assert_uint_ge(pool.held, sizeof(*p) + 100);
	keep(p, 3000);
	ck_assert_uint_ge(pool.held, sizeof(*p) + 3000);
	pair_free(&pool, p);
	ck_assert_uint_eq(pool.held, 0);
	ck_assert_uint_eq(pool.n_idle, 1);
	again = pair_new(&pool, 2);
	ck_assert_ptr_eq(again, p);
	ck_assert_uint_eq(again->message[HTTP1_REQUEST].head.method.n, 0);
	ck_assert_uint_eq(again->message[HTTP1_REQUEST].head.fields.n, 0);
	keep(again, 60000);
	pair_free(&pool, again);
	ck_assert_uint_eq(pool.n_idle, 0); /* too much to hold on to */
	for (int i = 0; i < 1000; i++)
		insert(i);
	for (int i = 999; i >= 0; i--)
		remove_number(i);
	ck_assert_uint_lt(pool.n_idle, 1000);
	ck_assert_uint_eq(pool.held, 0);
	pair_pool_release(&pool);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("exchange");
	TCase *c = tcase_create("parts");

	tcase_add_loop_test(c, durations, 0, COUNT(spans));
	tcase_add_test(c, names);
	tcase_add_test(c, list_keeps_order);
	tcase_add_test(c, pool_counts_and_keeps_little);
	suite_add_tcase(suite, c);
	return run_suite(suite);
}
