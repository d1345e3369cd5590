/* SPDX-License-Identifier: Apache-2.0 */
/* Records that outlive the table's, with all they point to. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "app/conn_snapshot.h"
#include "harness.h"

#define MANY 3000

static struct histogram latency;
static const uint32_t owners[] = {7, 8, 9};

static struct conn_record sample(char comm[16], unsigned i)
{
	snprintf(comm, 16, "comm%u", i);
	return (struct conn_record){
		.id = i,
		.pid = 100 + i,
		.comm = comm,
		.owners = owners,
		.n_owners = 5,
		.n_owner_pids = 3,
		.container = "0123456789ab",
		.proto = "http/1",
		.latency = i % 2 ? &latency : NULL,
		.group = i % 3 ? bytes_of_str("some group") : (struct bytes){0},
	};
}

static void check_record(const struct conn_record *r, unsigned i)
{
	char comm[16];

	snprintf(comm, sizeof(comm), "comm%u", i);
	ck_assert_uint_eq(r->id, i);
	ck_assert_str_eq(r->comm, comm);
	ck_assert(r->owners != owners);
	ck_assert_uint_eq(r->owners[2], 9);
	ck_assert_str_eq(r->container, "0123456789ab");
	ck_assert_ptr_eq(r->pod, NULL);
	ck_assert_str_eq(r->proto, "http/1");
	ck_assert((r->latency != NULL) == (i % 2 == 1));
	if (r->latency)
		ck_assert_uint_eq(r->latency->count, 23);
	if (i % 3)
		ck_assert(bytes_equal(r->group, bytes_of_str("some group")));
	else
		ck_assert_ptr_eq(r->group.p, NULL);
}

START_TEST(copies_all)
{
	static struct conn_record records[MANY];
	static char comms[MANY][16];
	const struct conn_summary summary = {.opened = 4};
	struct conn_snapshot s = {0};

	latency.count = 23;
	for (unsigned n = 1; n <= MANY; n = n * 7 + 5 > MANY && n < MANY ? MANY : n * 7 + 5) {
		for (unsigned i = 0; i < n; i++)
			records[i] = sample(comms[i], i);
		ck_assert(conn_snapshot_take(&s, records, n, &summary));
		memset(records, 0xff, sizeof(records));
		memset(comms, 'x', sizeof(comms));
		ck_assert_uint_eq(s.n, n);
		ck_assert_uint_eq(s.summary.opened, 4);
		for (unsigned i = 0; i < n; i++)
			check_record(&s.records[i], i);
	}
	ck_assert(conn_snapshot_take(&s, NULL, 0, &summary));
	ck_assert_uint_eq(s.n, 0);
	conn_snapshot_release(&s);
	conn_snapshot_release(&s);
}
END_TEST

static void take_twice(void *ctx)
{
	const struct conn_summary summary = {0};
	struct conn_snapshot s = {0};
	struct conn_record record;
	char comm[16];

	(void)ctx;
	record = sample(comm, 1);
	for (int i = 0; i < 2; i++) {
		if (conn_snapshot_take(&s, &record, 1, &summary))
			check_record(&s.records[0], 1);
		else
			ck_assert_uint_eq(s.n, 0);
	}
	conn_snapshot_release(&s);
}

START_TEST(each_allocation_may_fail)
{
	latency.count = 23;
	fail_each_alloc(take_twice, NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("conn_snapshot");
	TCase *tc = tcase_create("conn_snapshot");

	tcase_add_test(tc, copies_all);
	tcase_add_test(tc, each_allocation_may_fail);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
