/* SPDX-License-Identifier: Apache-2.0 */
/* Containers of many processes, on a machine made of files; and histograms that last for one interval. */
#include "app/conn_places.h"

#include "app/conn_pool.h"
#include "harness.h"
#include "unit/fake_tree.h"

#define ID	  "4a8b0c1d2e3f4a5b6c7d8e9f0a1b2c3d4e5f60718293a4b5c6d7e8f901234567"
#define PROCESSES 200

static struct fake_tree tree;
static struct containers *containers;

static void run_process(unsigned pid)
{
	char path[64], text[160];

	snprintf(path, sizeof(path), "proc/%u/cgroup", pid);
	snprintf(text, sizeof(text), "0::%s\n", pid % 2 ? "/docker/" ID : "/user.slice");
	tree_write(&tree, path, text);
	snprintf(path, sizeof(path), "proc/%u/stat", pid);
	snprintf(text, sizeof(text), "%u (a) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 %u 0 0\n", pid, pid);
	tree_write(&tree, path, text);
}

static void set_up(void)
{
	static char proc[64], cgroup[64], log_containers[64], log_pods[64];
	const struct container_roots roots = {proc, cgroup, log_containers, log_pods, NULL};

	tree_init(&tree);
	snprintf(proc, sizeof(proc), "%s", tree_path(&tree, "proc"));
	snprintf(cgroup, sizeof(cgroup), "%s", tree_path(&tree, "cgroup"));
	snprintf(log_containers, sizeof(log_containers), "%s", tree_path(&tree, "log/containers"));
	snprintf(log_pods, sizeof(log_pods), "%s", tree_path(&tree, "log/pods"));
	tree_write(&tree, "cgroup/cgroup.controllers", "cpu memory\n");
	for (unsigned pid = 1; pid <= PROCESSES; pid++)
		run_process(pid);
	containers = containers_new(&roots);
	ck_assert_ptr_nonnull(containers);
}

static void tear_down(void)
{
	containers_free(containers);
	tree_release(&tree);
}

static void find_all(struct conn_places *p)
{
	for (unsigned pid = 1; pid <= PROCESSES; pid++) {
		const struct conn_place *place = conn_places_find(p, pid, 0);

		if (pid % 2)
			ck_assert_str_eq(place->container, ID);
		else
			ck_assert_ptr_null(place->container);
		ck_assert_ptr_null(place->pod);
	}
}

START_TEST(many_processes)
{
	struct conn_places p;

	conn_places_init(&p, containers);
	for (int i = 0; i < 3; i++) {
		find_all(&p);
		ck_assert_uint_eq(p.n, PROCESSES);
		find_all(&p);
		ck_assert_uint_eq(p.n, PROCESSES);
		conn_places_clear(&p);
		ck_assert_uint_eq(p.n, 0);
	}
	ck_assert_ptr_null(conn_places_find(&p, 0, 0)->container);
	conn_places_release(&p);
	conn_places_init(&p, NULL);
	ck_assert_ptr_null(conn_places_find(&p, 1, 0)->container);
	conn_places_release(&p);
}
END_TEST

static void without_memory(void *ctx)
{
	struct conn_places p;
	size_t found = 0;

	(void)ctx;
	conn_places_init(&p, containers);
	for (unsigned pid = 1; pid <= PROCESSES; pid++)
		found += conn_places_find(&p, pid, 0)->container != NULL;
	ck_assert_uint_le(found, PROCESSES / 2);
	conn_places_release(&p);
}

START_TEST(each_allocation_may_fail)
{
	ck_assert(harness_alloc_hooked());
	ck_assert_int_ge(fail_each_alloc(without_memory, NULL), PROCESSES / 2);
}
END_TEST

START_TEST(histograms_of_an_interval)
{
	struct conn_pool pool = {0};
	struct histogram *first = conn_pool_take(&pool);

	ck_assert_ptr_nonnull(first);
	histogram_add(first, 1, 0);
	for (size_t i = 1; i < CONN_POOL_MAX; i++)
		ck_assert_ptr_nonnull(conn_pool_take(&pool));
	ck_assert_ptr_null(conn_pool_take(&pool));
	conn_pool_reset(&pool);
	ck_assert_ptr_eq(conn_pool_take(&pool), first);
	ck_assert_uint_eq(first->count, 0);
	conn_pool_reset(&pool); /* one chunk was needed */
	ck_assert_ptr_nonnull(pool.chunks[0]);
	ck_assert_ptr_null(pool.chunks[1]);
	conn_pool_reset(&pool);
	ck_assert_ptr_null(pool.chunks[0]);
	harness_fail_alloc(0);
	ck_assert_ptr_null(conn_pool_take(&pool));
	harness_fail_alloc(-1);
	ck_assert_ptr_nonnull(conn_pool_take(&pool));
	conn_pool_release(&pool);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("conn_places");
	TCase *tc = tcase_create("conn_places");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, many_processes);
	tcase_add_test(tc, each_allocation_may_fail);
	tcase_add_test(tc, histograms_of_an_interval);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
