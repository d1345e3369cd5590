/* SPDX-License-Identifier: Apache-2.0 */
/* Containers and pods of processes, on machines made of files in a temporary directory. */
#include "app/container.h"

#include <inttypes.h>

#include "harness.h"
#include "unit/fake_tree.h"

#define ID_A  "4a8b0c1d2e3f4a5b6c7d8e9f0a1b2c3d4e5f60718293a4b5c6d7e8f901234567"
#define ID_B  "b7c2d1e0f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a4b3c2"
#define ID_A2 "4a8b0c1d2e3fffffffffffffffffffffffffffffffffffffffffffffffffffff"
#define UID_A "2f1a9d3c-6b7e-4c58-9a0d-1e2f3a4b5c6d"

#define POD_CGROUP  "/kubepods/burstable/pod" UID_A
#define LINK_A	    "log/containers/web-7d9f_shop_nginx-" ID_A ".log"
#define POD_LOG_DIR "log/pods/shop_web-7d9f_" UID_A

#define SECOND 1000000000ull

static struct fake_tree tree;
static struct containers *cs;
static uint64_t now;

static uint64_t fake_now(void)
{
	return now;
}

static struct containers *open_tree(void)
{
	static char proc[64], cgroup[64], log_containers[64], log_pods[64];
	const struct container_roots roots = {proc, cgroup, log_containers, log_pods, fake_now};

	snprintf(proc, sizeof(proc), "%s", tree_path(&tree, "proc"));
	snprintf(cgroup, sizeof(cgroup), "%s", tree_path(&tree, "cgroup"));
	snprintf(log_containers, sizeof(log_containers), "%s", tree_path(&tree, "log/containers"));
	snprintf(log_pods, sizeof(log_pods), "%s", tree_path(&tree, "log/pods"));
	return containers_new(&roots);
}

enum machine { PURE_V2, HYBRID, V1 };

static void boot(enum machine machine)
{
	tree_mkdir(&tree, "proc/sys");
	if (machine == PURE_V2)
		tree_write(&tree, "cgroup/cgroup.controllers", "cpu memory\n");
	else if (machine == HYBRID)
		tree_write(&tree, "cgroup/unified/cgroup.controllers", "");
	cs = open_tree();
	ck_assert_ptr_nonnull(cs);
}

static void set_up(void)
{
	now = 100 * SECOND;
	tree_init(&tree);
}

static void tear_down(void)
{
	containers_free(cs);
	cs = NULL;
	tree_release(&tree);
}

static void run_process(unsigned pid, unsigned start, const char *cgroups)
{
	char path[64], stat[256];

	snprintf(path, sizeof(path), "proc/%u/cgroup", pid);
	tree_write(&tree, path, cgroups);
	snprintf(stat, sizeof(stat), "%u (a ) b) S 1 1 1 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 %u 0 0\n", pid,
		 start);
	snprintf(path, sizeof(path), "proc/%u/stat", pid);
	tree_write(&tree, path, stat);
}

static void end_process(unsigned pid)
{
	char path[64];

	snprintf(path, sizeof(path), "proc/%u", pid);
	tree_remove(&tree, path);
}

/* Makes the directory; its id is its inode number, as in a real cgroup2. */
static uint64_t make_cgroup(const char *path)
{
	char dir[400];

	snprintf(dir, sizeof(dir), "cgroup%s", path);
	tree_mkdir(&tree, dir);
	return tree_inode(&tree, dir);
}

static void check_text(const char *got, const char *want, const char *what)
{
	if (!got || !want)
		ck_assert_msg(got == want, "%s: %s, want %s", what, got ? got : "NULL", want ? want : "NULL");
	else
		ck_assert_msg(strcmp(got, want) == 0, "%s: %s, want %s", what, got, want);
}

static void check_info(const struct container_info *got, const char *id, const char *pod, const char *name)
{
	check_text(got->id, id, "id");
	check_text(got->pod, pod, "pod");
	check_text(got->namespace_, pod ? "shop" : NULL, "namespace");
	check_text(got->name, name, "name");
}

/* ---- lookup ---- */

START_TEST(names_of_a_pods_container)
{
	uint64_t id;

	boot(PURE_V2);
	id = make_cgroup(POD_CGROUP "/" ID_A);
	run_process(7, 1, "0::" POD_CGROUP "/" ID_A "\n");
	tree_symlink(&tree, LINK_A, "/nowhere");
	tree_mkdir(&tree, POD_LOG_DIR);
	check_info(containers_lookup(cs, 7, id), ID_A, "web-7d9f", "nginx");
	check_info(containers_lookup(cs, 7, 0), ID_A, "web-7d9f", "nginx");
}
END_TEST

START_TEST(exited_process_resolves_by_cgroup)
{
	uint64_t id;

	boot(PURE_V2);
	id = make_cgroup(POD_CGROUP "/" ID_A);
	run_process(7, 1, "0::" POD_CGROUP "/" ID_A "\n");
	tree_symlink(&tree, LINK_A, "/nowhere");
	check_info(containers_lookup(cs, 7, id), ID_A, "web-7d9f", "nginx");
	end_process(7);
	tree_remove(&tree, "log");
	now += 3600 * SECOND;
	check_info(containers_lookup(cs, 7, id), ID_A, "web-7d9f", "nginx");
	check_info(containers_lookup(cs, 8, id), ID_A, "web-7d9f", "nginx");
}
END_TEST

START_TEST(exited_process_resolves_by_pid)
{
	boot(V1);
	run_process(7, 1, "3:cpu:/docker/" ID_A "\n");
	check_info(containers_lookup(cs, 7, 1), ID_A, NULL, NULL);
	end_process(7);
	now += 3600 * SECOND;
	check_info(containers_lookup(cs, 7, 1), ID_A, NULL, NULL);
}
END_TEST

START_TEST(unknown_is_kept_for_a_second)
{
	boot(PURE_V2);
	check_info(containers_lookup(cs, 7, 0), NULL, NULL, NULL);
	run_process(7, 1, "0::/docker/" ID_A "\n");
	now += SECOND - 1;
	check_info(containers_lookup(cs, 7, 0), NULL, NULL, NULL);
	now += 1;
	check_info(containers_lookup(cs, 7, 0), ID_A, NULL, NULL);
}
END_TEST

START_TEST(used_again_pid_is_noticed)
{
	boot(V1);
	run_process(7, 1, "3:cpu:/docker/" ID_A "\n");
	check_info(containers_lookup(cs, 7, 0), ID_A, NULL, NULL);
	run_process(7, 2, "3:cpu:/docker/" ID_B "\n");
	now += SECOND;
	check_info(containers_lookup(cs, 7, 0), ID_B, NULL, NULL);
}
END_TEST

START_TEST(process_that_moves_into_its_container_is_noticed)
{
	boot(V1);
	run_process(7, 1, "3:cpu:/\n");
	check_info(containers_lookup(cs, 7, 0), NULL, NULL, NULL);
	run_process(7, 1, "3:cpu:/docker/" ID_A "\n");
	now += SECOND;
	check_info(containers_lookup(cs, 7, 0), ID_A, NULL, NULL);
}
END_TEST

/* An event tells of a cgroup that its process has left since. */
START_TEST(other_cgroup_than_the_events_is_not_taken)
{
	uint64_t left, entered;

	boot(PURE_V2);
	left = make_cgroup("/system.slice/starter.service");
	entered = make_cgroup("/docker/" ID_A);
	run_process(7, 1, "0::/docker/" ID_A "\n");
	check_info(containers_lookup(cs, 7, left), NULL, NULL, NULL);
	check_info(containers_lookup(cs, 7, entered), ID_A, NULL, NULL);
	check_info(containers_lookup(cs, 7, 0), ID_A, NULL, NULL);
	now += SECOND;
	check_info(containers_lookup(cs, 7, left), NULL, NULL, NULL);
}
END_TEST

START_TEST(unknown_process_does_not_hide_its_cgroup)
{
	uint64_t id;

	boot(PURE_V2);
	id = make_cgroup("/docker/" ID_A);
	check_info(containers_lookup(cs, 7, 0), NULL, NULL, NULL);
	run_process(7, 1, "0::/docker/" ID_A "\n");
	check_info(containers_lookup(cs, 7, id), ID_A, NULL, NULL);
}
END_TEST

/* Runtimes with their own v1 cgroups may leave all containers in the daemon's v2 cgroup. */
START_TEST(shared_v2_cgroup_does_not_mix_containers)
{
	uint64_t shared;

	boot(HYBRID);
	shared = make_cgroup("/unified/system.slice/containerd.service");
	run_process(7, 1, "3:cpu:/docker/" ID_A "\n0::/system.slice/containerd.service\n");
	run_process(8, 1, "3:cpu:/docker/" ID_B "\n0::/system.slice/containerd.service\n");
	run_process(9, 1, "3:cpu:/system.slice/containerd.service\n0::/system.slice/containerd.service\n");
	for (int round = 0; round < 2; round++, now += 2 * SECOND) {
		check_info(containers_lookup(cs, 9, shared), NULL, NULL, NULL);
		check_info(containers_lookup(cs, 7, shared), ID_A, NULL, NULL);
		check_info(containers_lookup(cs, 8, shared), ID_B, NULL, NULL);
	}
}
END_TEST

START_TEST(unused_v2_root_does_not_hide_containers)
{
	uint64_t root;

	boot(HYBRID);
	root = make_cgroup("/unified");
	run_process(7, 1, "3:cpu:/\n0::/\n");
	run_process(8, 1, "3:cpu:/docker/" ID_A "\n0::/\n");
	check_info(containers_lookup(cs, 7, root), NULL, NULL, NULL);
	check_info(containers_lookup(cs, 8, root), ID_A, NULL, NULL);
}
END_TEST

START_TEST(hybrid_v2_cgroup_that_names_the_container_is_enough)
{
	uint64_t id;

	boot(HYBRID);
	id = make_cgroup("/unified/system.slice/docker-" ID_A ".scope");
	run_process(7, 1,
		    "3:cpu:/system.slice/docker-" ID_A ".scope\n0::/system.slice/docker-" ID_A ".scope\n");
	check_info(containers_lookup(cs, 7, id), ID_A, NULL, NULL);
	end_process(7);
	check_info(containers_lookup(cs, 8, id), ID_A, NULL, NULL);
}
END_TEST

/* Seen from a cgroup namespace the path cannot be checked against the id. */
START_TEST(path_outside_of_our_mount_is_believed)
{
	boot(PURE_V2);
	tree_mkdir(&tree, "cri-containerd-" ID_A ".scope"); /* beside the mount, not in it */
	run_process(7, 1, "0::/../cri-containerd-" ID_A ".scope\n");
	check_info(containers_lookup(cs, 7, 4711), ID_A, NULL, NULL);
	end_process(7);
	check_info(containers_lookup(cs, 8, 4711), ID_A, NULL, NULL);
}
END_TEST

START_TEST(runtime_is_told)
{
	boot(PURE_V2);
	run_process(7, 1, "0::/system.slice/nginx.service\n");
	run_process(8, 1, "0::/machine.slice/libpod-" ID_A ".scope/container\n");
	ck_assert_int_eq(containers_lookup(cs, 7, 0)->runtime, CONTAINER_SYSTEMD_UNIT);
	check_info(containers_lookup(cs, 7, 0), NULL, NULL, NULL);
	ck_assert_int_eq(containers_lookup(cs, 8, 0)->runtime, CONTAINER_PODMAN);
	ck_assert_str_eq(container_runtime_name(CONTAINER_PODMAN), "podman");
	ck_assert_ptr_null(container_runtime_name(CONTAINER_NONE));
}
END_TEST

/* ---- names ---- */

START_TEST(names_that_come_late_are_found)
{
	uint64_t id;

	boot(PURE_V2);
	id = make_cgroup(POD_CGROUP "/" ID_A);
	run_process(7, 1, "0::" POD_CGROUP "/" ID_A "\n");
	check_info(containers_lookup(cs, 7, id), ID_A, NULL, NULL);
	tree_mkdir(&tree, POD_LOG_DIR);
	check_info(containers_lookup(cs, 7, id), ID_A, NULL, NULL);
	now += SECOND;
	check_info(containers_lookup(cs, 7, id), ID_A, "web-7d9f", NULL);
	tree_symlink(&tree, LINK_A, "/nowhere");
	now += SECOND;
	check_info(containers_lookup(cs, 7, id), ID_A, "web-7d9f", "nginx");
}
END_TEST

START_TEST(directories_are_read_once_a_second)
{
	uint64_t a, b;

	boot(PURE_V2);
	a = make_cgroup(POD_CGROUP "/" ID_A);
	b = make_cgroup(POD_CGROUP "/" ID_B);
	run_process(7, 1, "0::" POD_CGROUP "/" ID_A "\n");
	run_process(8, 1, "0::" POD_CGROUP "/" ID_B "\n");
	tree_symlink(&tree, LINK_A, "/nowhere");
	check_info(containers_lookup(cs, 7, a), ID_A, "web-7d9f", "nginx");
	tree_symlink(&tree, "log/containers/web-7d9f_shop_proxy-" ID_B ".log", "/nowhere");
	now += SECOND - 1;
	check_info(containers_lookup(cs, 8, b), ID_B, NULL, NULL);
	now += SECOND;
	check_info(containers_lookup(cs, 8, b), ID_B, "web-7d9f", "proxy");
}
END_TEST

START_TEST(cut_id_is_recognised)
{
	char name[300], path[320];

	boot(PURE_V2);
	run_process(7, 1, "0::/docker/" ID_A "\n");
	run_process(8, 1, "0::/docker/" ID_A2 "\n");
	snprintf(name, sizeof(name), "%0*d_shop_c-%s", 210, 0, ID_A);
	snprintf(path, sizeof(path), "log/containers/%.251s.log", name);
	tree_symlink(&tree, path, "/nowhere");
	check_text(containers_lookup(cs, 7, 0)->name, "c", "name");
	check_text(containers_lookup(cs, 8, 0)->name, NULL, "name");
}
END_TEST

START_TEST(names_are_bounded_and_counted)
{
	char path[160];

	boot(PURE_V2);
	run_process(7, 1, "0::/docker/" ID_A "\n");
	for (int i = 0; i < CONTAINER_NAMES_MAX + 3; i++) {
		snprintf(path, sizeof(path), "log/containers/p_n_c-%064x.log", i);
		tree_write(&tree, path, "");
	}
	check_info(containers_lookup(cs, 7, 0), ID_A, NULL, NULL);
	ck_assert_uint_eq(containers_names_dropped(cs), 3);
}
END_TEST

START_TEST(cache_is_bounded)
{
	boot(PURE_V2);
	for (uint32_t pid = 10; pid < 10 + 3 * CONTAINERS_CACHE_MAX; pid++)
		check_info(containers_lookup(cs, pid, 0), NULL, NULL, NULL);
	run_process(7, 1, "0::/docker/" ID_A "\n");
	check_info(containers_lookup(cs, 7, 0), ID_A, NULL, NULL);
}
END_TEST

/* ---- what to filter by ---- */

static struct container_targets targets;
static char err[400];

static int resolve(const char *choice)
{
	return containers_resolve(cs, choice, &targets, err, sizeof(err));
}

static void check_refused(const char *choice, const char *why)
{
	ck_assert_int_eq(resolve(choice), -1);
	ck_assert_msg(strstr(err, why) != NULL, "%s", err);
}

START_TEST(container_is_found_by_its_id)
{
	uint64_t id, inner;

	boot(PURE_V2);
	id = make_cgroup("/docker/" ID_A);
	inner = make_cgroup("/docker/" ID_A "/init.scope");
	make_cgroup("/docker/" ID_B);
	run_process(7, 1, "0::/docker/" ID_A "\n");
	run_process(8, 1, "0::/docker/" ID_A "\n");
	run_process(9, 1, "0::/docker/" ID_A "/init.scope\n");
	run_process(10, 1, "0::/docker/" ID_B "\n");
	run_process(11, 1, "0::/system.slice/nginx.service\n");
	ck_assert_msg(resolve("4a8b") == 0, "%s", err);
	ck_assert_uint_eq(targets.n_pids, 3);
	ck_assert_uint_eq(targets.n_cgroups, 2);
	ck_assert((targets.cgroups[0] == id && targets.cgroups[1] == inner) ||
		  (targets.cgroups[0] == inner && targets.cgroups[1] == id));
	ck_assert_int_eq(resolve(ID_B), 0);
	ck_assert_uint_eq(targets.n_cgroups, 1);
	ck_assert_uint_eq(targets.n_pids, 1);
	ck_assert_uint_eq(targets.pids[0], 10);
}
END_TEST

START_TEST(choice_must_fit_one_container)
{
	boot(PURE_V2);
	run_process(7, 1, "0::/docker/" ID_A "\n");
	run_process(8, 1, "0::/docker/" ID_A2 "\n");
	check_refused("", "needs an id");
	check_refused("ffff", "no process on this machine");
	check_refused("4a8b", "give more of it");
	check_refused(ID_A "0", "no process on this machine");
	ck_assert_int_eq(resolve("4a8b0c1d2e3f4"), 0);
}
END_TEST

START_TEST(whole_name_wins_over_beginning)
{
	boot(PURE_V2);
	make_cgroup("/lxc.payload.web");
	make_cgroup("/lxc.payload.web2");
	for (unsigned pid = 7; pid < 27; pid++)
		run_process(pid, 1, pid % 2 ? "0::/lxc.payload.web2\n" : "0::/lxc.payload.web\n");
	ck_assert_msg(resolve("web") == 0, "%s", err);
	ck_assert_uint_eq(targets.n_pids, 10);
	ck_assert_uint_eq(targets.n_cgroups, 1);
	ck_assert_uint_eq(targets.cgroups[0], tree_inode(&tree, "cgroup/lxc.payload.web"));
	check_refused("we", "give more of it");
}
END_TEST

START_TEST(pod_is_found_by_its_name)
{
	boot(PURE_V2);
	make_cgroup(POD_CGROUP "/" ID_A);
	make_cgroup(POD_CGROUP "/" ID_B);
	make_cgroup("/docker/" ID_A2);
	run_process(7, 1, "0::" POD_CGROUP "/" ID_A "\n");
	run_process(8, 1, "0::" POD_CGROUP "/" ID_B "\n");
	run_process(9, 1, "0::/docker/" ID_A2 "\n");
	tree_symlink(&tree, LINK_A, "/nowhere");
	tree_mkdir(&tree, POD_LOG_DIR);
	ck_assert_msg(resolve("shop/web-7d9f") == 0, "%s", err);
	ck_assert_uint_eq(targets.n_cgroups, 2);
	ck_assert_uint_eq(targets.n_pids, 2);
	check_refused("shop/web-7d9", "no process on this machine belongs to pod");
	check_refused("other/web-7d9f", "no process on this machine belongs to pod");
	check_refused("shop/", "NAMESPACE/NAME");
	check_refused("/web-7d9f", "NAMESPACE/NAME");
	check_refused("a/b/c", "NAMESPACE/NAME");
}
END_TEST

START_TEST(pids_serve_where_v2_cannot_tell)
{
	boot(HYBRID);
	make_cgroup("/unified/system.slice/containerd.service");
	run_process(7, 1, "3:cpu:/docker/" ID_A "\n0::/system.slice/containerd.service\n");
	run_process(8, 1, "3:cpu:/docker/" ID_B "\n0::/system.slice/containerd.service\n");
	ck_assert_msg(resolve(ID_A) == 0, "%s", err);
	ck_assert_uint_eq(targets.n_cgroups, 0);
	ck_assert_uint_eq(targets.n_pids, 1);
	ck_assert_uint_eq(targets.pids[0], 7);
}
END_TEST

START_TEST(too_many_to_filter_by)
{
	char path[200], cgroups[210];

	boot(PURE_V2);
	for (unsigned i = 0; i <= CAPTURE_LIST_MAX; i++) {
		snprintf(path, sizeof(path), "/docker/%s/%u", ID_A, i);
		make_cgroup(path);
		snprintf(cgroups, sizeof(cgroups), "0::%s\n", path);
		run_process(100 + i, 1, cgroups);
		run_process(1000 + i, 1, "0::/../docker-" ID_B ".scope\n");
	}
	check_refused(ID_A, "more than 64 cgroups");
	check_refused(ID_B, "more than 64 processes");
	end_process(100);
	end_process(1000);
	ck_assert_int_eq(resolve(ID_A), 0);
	ck_assert_uint_eq(targets.n_cgroups, CAPTURE_LIST_MAX);
	ck_assert_int_eq(resolve(ID_B), 0);
	ck_assert_uint_eq(targets.n_cgroups, 0);
	ck_assert_uint_eq(targets.n_pids, CAPTURE_LIST_MAX);
}
END_TEST

START_TEST(no_proc_is_said)
{
	boot(PURE_V2);
	tree_remove(&tree, "proc");
	check_refused(ID_A, "cannot be read");
}
END_TEST

/* ---- the rest ---- */

static void lookup_and_free(void *ctx)
{
	struct containers *c = open_tree();

	(void)ctx;
	if (!c)
		return;
	check_text(containers_lookup(c, 7, 0)->id, ID_A, "id");
	containers_free(c);
}

START_TEST(survives_failing_allocations)
{
	boot(PURE_V2);
	run_process(7, 1, "0::" POD_CGROUP "/" ID_A "\n");
	tree_symlink(&tree, LINK_A, "/nowhere");
	tree_mkdir(&tree, POD_LOG_DIR);
	fail_each_alloc(lookup_and_free, NULL);
	containers_free(NULL);
}
END_TEST

/* Where this process may make a real cgroup: nobody was ever in it, yet its id resolves. */
START_TEST(cgroup_without_process_resolves)
{
	static const char *const mounts[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"};
	struct containers *real = containers_new(NULL);
	char dir[200] = "", controllers[64];
	struct stat st;

	for (int i = 0; i < 2; i++) {
		snprintf(controllers, sizeof(controllers), "%s/cgroup.controllers", mounts[i]);
		if (access(controllers, F_OK) == 0)
			snprintf(dir, sizeof(dir), "%s/docker-%s.scope", mounts[i], ID_A);
	}
	if (dir[0] && mkdir(dir, 0755) == 0) {
		ck_assert_int_eq(stat(dir, &st), 0);
		check_text(containers_lookup(real, UINT32_MAX, st.st_ino)->id, ID_A, "id");
		rmdir(dir);
		check_text(containers_lookup(real, UINT32_MAX, st.st_ino)->id, ID_A, "id");
	}
	containers_free(real);
}
END_TEST

static TCase *lookup_case(void)
{
	TCase *tc = tcase_create("lookup");

	tcase_add_test(tc, names_of_a_pods_container);
	tcase_add_test(tc, exited_process_resolves_by_cgroup);
	tcase_add_test(tc, exited_process_resolves_by_pid);
	tcase_add_test(tc, unknown_is_kept_for_a_second);
	tcase_add_test(tc, used_again_pid_is_noticed);
	tcase_add_test(tc, process_that_moves_into_its_container_is_noticed);
	tcase_add_test(tc, other_cgroup_than_the_events_is_not_taken);
	tcase_add_test(tc, unknown_process_does_not_hide_its_cgroup);
	tcase_add_test(tc, shared_v2_cgroup_does_not_mix_containers);
	tcase_add_test(tc, unused_v2_root_does_not_hide_containers);
	tcase_add_test(tc, hybrid_v2_cgroup_that_names_the_container_is_enough);
	tcase_add_test(tc, path_outside_of_our_mount_is_believed);
	tcase_add_test(tc, runtime_is_told);
	tcase_add_test(tc, names_that_come_late_are_found);
	tcase_add_test(tc, directories_are_read_once_a_second);
	tcase_add_test(tc, cut_id_is_recognised);
	tcase_add_test(tc, names_are_bounded_and_counted);
	tcase_add_test(tc, cache_is_bounded);
	tcase_add_test(tc, survives_failing_allocations);
	tcase_add_test(tc, cgroup_without_process_resolves);
	return tc;
}

static TCase *targets_case(void)
{
	TCase *tc = tcase_create("targets");

	tcase_add_test(tc, container_is_found_by_its_id);
	tcase_add_test(tc, choice_must_fit_one_container);
	tcase_add_test(tc, whole_name_wins_over_beginning);
	tcase_add_test(tc, pod_is_found_by_its_name);
	tcase_add_test(tc, pids_serve_where_v2_cannot_tell);
	tcase_add_test(tc, too_many_to_filter_by);
	tcase_add_test(tc, no_proc_is_said);
	return tc;
}

static void add_case(Suite *suite, TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_set_timeout(tc, 30); /* thousands of files, perhaps on a busy disk */
	suite_add_tcase(suite, tc);
}

int main(void)
{
	Suite *suite = suite_create("container");

	add_case(suite, lookup_case());
	add_case(suite, targets_case());
	return run_suite(suite);
}
