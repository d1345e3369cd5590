/* SPDX-License-Identifier: Apache-2.0 */
/* Events lost now and then, as by a ring that is full again and again: what is told is true. */
#include <stdio.h>
#include <stdlib.h>

#include "harness.h"
#include "tracker_fixture.h"

#define ROUNDS	  200
#define EXCHANGES 1000

static struct tracker_fixture f;
static uint64_t whole;

static void check_true(struct tracker_fixture *unused, const struct exchange *x)
{
	char path[32];
	unsigned n;

	(void)unused;
	snprintf(path, sizeof(path), "%.*s", (int)x->path.n, (const char *)x->path.p);
	if (!x->status || sscanf(path, "/%u", &n) != 1)
		return;
	whole += !x->missing;
	ck_assert_msg(x->status == (int)(200 + n % 7), "%s: %d", path, x->status);
}

/* The ring is full for a time, then not. */
static bool lost(void)
{
	static int left, full;

	if (left-- <= 0) {
		full = rand() % 2;
		left = rand() % (rand() % 10 ? 6 : 200);
	}
	return full;
}

static void exchange(unsigned n)
{
	char request[96], response[96];

	snprintf(request, sizeof(request), "GET /%u HTTP/1.1\r\nHost: a.example\r\n\r\n", n);
	snprintf(response, sizeof(response), "HTTP/1.1 %u Said\r\nContent-Length: 5\r\n\r\n%05u", 200 + n % 7,
		 n);
	if (lost())
		rx_lost(&f, request, 1);
	else
		rx(&f, request);
	if (lost())
		tx_lost(&f, response, 1);
	else
		tx(&f, response);
}

START_TEST(one_after_the_other)
{
	srand(7);
	for (unsigned round = 0; round < ROUNDS; round++) {
		fixture_init(&f, true, 0);
		f.bulk = true;
		f.also = check_true;
		for (unsigned n = 0; n < EXCHANGES; n++)
			exchange(n);
		closed(&f, WIRE_CLOSE_LOCAL);
		fixture_release(&f);
	}
	ck_assert_uint_gt(whole, ROUNDS * EXCHANGES / 10);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tracker, flicker");
	TCase *c = tcase_create("flicker");

	tcase_add_test(c, one_after_the_other);
	suite_add_tcase(suite, c);
	return run_suite(suite);
}
