/* SPDX-License-Identifier: Apache-2.0 */
/* What cgroup paths and log names, as real machines have them, say about containers. */
#include "app/container_path.h"

#include <stdio.h>

#include "harness.h"

#define ID_A   "4a8b0c1d2e3f4a5b6c7d8e9f0a1b2c3d4e5f60718293a4b5c6d7e8f901234567"
#define ID_B   "b7c2d1e0f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a4b3c2"
#define UID_A  "2f1a9d3c-6b7e-4c58-9a0d-1e2f3a4b5c6d"
#define UID_A_ "2f1a9d3c_6b7e_4c58_9a0d_1e2f3a4b5c6d"
#define UID_B  "90c1e2d3-0000-4111-8222-333344445555"
#define HASH   "0f1e2d3c4b5a69788796a5b4c3d2e1f0" /* uid of a static pod */

struct path_case {
	const char *path;
	enum container_runtime runtime;
	const char *id, *pod_uid;
};

static const struct path_case path_cases[] = {
	/* nothing */
	{"", CONTAINER_NONE, "", ""},
	{"/", CONTAINER_NONE, "", ""},
	{"/init.scope", CONTAINER_NONE, "", ""},
	{"/user.slice/user-1000.slice/session-3.scope", CONTAINER_NONE, "", ""},
	{"/system.slice/run-r3c1f.scope", CONTAINER_NONE, "", ""},

	/* services of the host */
	{"/system.slice/nginx.service", CONTAINER_SYSTEMD_UNIT, "", ""},
	{"/system.slice/system-postgresql.slice/postgresql@15-main.service", CONTAINER_SYSTEMD_UNIT, "", ""},
	{"/system.slice/containerd.service", CONTAINER_SYSTEMD_UNIT, "", ""},
	{"/system.slice/" ID_A ".service", CONTAINER_SYSTEMD_UNIT, "", ""}, /* podman's health check */

	/* docker: cgroupfs driver, systemd driver, rootless, below a parent of the user's */
	{"/docker/" ID_A, CONTAINER_DOCKER, ID_A, ""},
	{"/system.slice/docker-" ID_A ".scope", CONTAINER_DOCKER, ID_A, ""},
	{"/user.slice/user-1000.slice/user@1000.service/user.slice/docker-" ID_A ".scope", CONTAINER_DOCKER,
	 ID_A, ""},
	{"/batch.slice/docker-" ID_A ".scope/init.scope", CONTAINER_DOCKER, ID_A, ""},
	{"/system.slice:docker:" ID_A, CONTAINER_DOCKER, ID_A, ""},
	{"/docker/buildkit/wq3ts7n1zkv0gmk2xv9dbq1ym", CONTAINER_NONE, "", ""},

	/* a service inside a container belongs to the container */
	{"/docker/" ID_A "/system.slice/nginx.service", CONTAINER_DOCKER, ID_A, ""},

	/* containerd */
	{"/system.slice/cri-containerd-" ID_A ".scope", CONTAINER_CONTAINERD, ID_A, ""},
	{"/system.slice/nerdctl-" ID_A ".scope", CONTAINER_CONTAINERD, ID_A, ""},
	{"/k8s.io/" ID_A, CONTAINER_CONTAINERD, ID_A, ""},
	{"/default/" ID_A, CONTAINER_OTHER, ID_A, ""},

	/* Kubernetes, cgroupfs driver: the path does not tell the runtime */
	{"/kubepods/burstable/pod" UID_A "/" ID_A, CONTAINER_OTHER, ID_A, UID_A},
	{"/kubepods/besteffort/pod" UID_A "/" ID_A, CONTAINER_OTHER, ID_A, UID_A},
	{"/kubepods/pod" UID_A "/" ID_A, CONTAINER_OTHER, ID_A, UID_A},
	{"/kubepods/burstable/pod" HASH "/" ID_A, CONTAINER_OTHER, ID_A, HASH},
	{"/kubepods/burstable/pod" UID_A "/crio-" ID_A, CONTAINER_CRIO, ID_A, UID_A},
	{"/kubepods/burstable/pod" UID_A "/crio-conmon-" ID_A, CONTAINER_NONE, "", UID_A},

	/* Kubernetes, systemd driver */
	{"/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" UID_A_
	 ".slice/cri-containerd-" ID_A ".scope",
	 CONTAINER_CONTAINERD, ID_A, UID_A},
	{"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" UID_A_ ".slice/docker-" ID_A
	 ".scope",
	 CONTAINER_DOCKER, ID_A, UID_A},
	{"/kubepods.slice/kubepods-pod" UID_A_ ".slice/crio-" ID_A ".scope", CONTAINER_CRIO, ID_A, UID_A},
	{"/kubepods.slice/kubepods-pod" UID_A_ ".slice/crio-" ID_A ".scope/container", CONTAINER_CRIO, ID_A,
	 UID_A},
	{"/kubepods.slice/kubepods-pod" UID_A_ ".slice/crio-conmon-" ID_A ".scope", CONTAINER_NONE, "",
	 UID_A},
	{"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" HASH ".slice/cri-containerd-" ID_A
	 ".scope",
	 CONTAINER_CONTAINERD, ID_A, HASH},
	/* containerd told to use systemd names without systemd */
	{"/system.slice/containerd.service/kubepods-besteffort-pod" UID_A_ ".slice:cri-containerd:" ID_A,
	 CONTAINER_CONTAINERD, ID_A, UID_A},
	/* the kubelet's own roots */
	{"/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-burstable.slice/"
	 "kubelet-kubepods-burstable-pod" UID_A_ ".slice/cri-containerd-" ID_A ".scope",
	 CONTAINER_CONTAINERD, ID_A, UID_A},
	{"/system.slice/kubelet.service/kubepods/burstable/pod" UID_A "/" ID_A, CONTAINER_OTHER, ID_A, UID_A},

	/* podman */
	{"/machine.slice/libpod-" ID_A ".scope", CONTAINER_PODMAN, ID_A, ""},
	{"/machine.slice/libpod-" ID_A ".scope/container", CONTAINER_PODMAN, ID_A, ""},
	{"/machine.slice/libpod-conmon-" ID_A ".scope", CONTAINER_NONE, "", ""},
	{"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID_A ".scope/container",
	 CONTAINER_PODMAN, ID_A, ""},
	{"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-conmon-" ID_A ".scope",
	 CONTAINER_SYSTEMD_UNIT, "", ""},
	{"/machine.slice/machine-libpod_pod_" ID_B ".slice/libpod-" ID_A ".scope", CONTAINER_PODMAN, ID_A,
	 ""},
	{"/libpod_parent/libpod-" ID_A, CONTAINER_PODMAN, ID_A, ""},
	{"/libpod_parent/" ID_B "/libpod-" ID_A, CONTAINER_PODMAN, ID_A, ""},

	/* LXC and LXD */
	{"/lxc/web", CONTAINER_LXC, "web", ""},
	{"/lxc/101/ns/system.slice/nginx.service", CONTAINER_LXC, "101", ""},
	{"/lxc.payload.web-2", CONTAINER_LXC, "web-2", ""},
	{"/lxc.payload.staging_web/system.slice/nginx.service", CONTAINER_LXC, "staging_web", ""},
	{"/lxc.payload/web", CONTAINER_LXC, "web", ""},
	{"/lxc.monitor.web", CONTAINER_NONE, "", ""},
	{"/lxc/outer/lxc/inner", CONTAINER_LXC, "inner", ""},
	{"/system.slice/lxc.service", CONTAINER_SYSTEMD_UNIT, "", ""},

	/* nested: the innermost counts */
	{"/docker/" ID_B "/kubelet/kubepods/burstable/pod" UID_A "/" ID_A, CONTAINER_OTHER, ID_A, UID_A},
	{"/system.slice/docker-" ID_B
	 ".scope/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice/"
	 "kubelet-kubepods-besteffort-pod" UID_A_ ".slice/cri-containerd-" ID_A ".scope",
	 CONTAINER_CONTAINERD, ID_A, UID_A},
	{"/docker/" ID_B "/docker/" ID_A, CONTAINER_DOCKER, ID_A, ""},
	{"/kubepods/burstable/pod" UID_A "/" ID_B "/docker/" ID_A, CONTAINER_DOCKER, ID_A, UID_A},
	{"/kubepods/burstable/pod" UID_B "/" ID_B "/kubepods/burstable/pod" UID_A "/" ID_A, CONTAINER_OTHER,
	 ID_A, UID_A},
	{"/docker/" ID_B "/kubepods/burstable/pod" UID_A, CONTAINER_NONE, "", UID_A},
	{"/lxc/web/docker/" ID_A, CONTAINER_DOCKER, ID_A, ""},

	/* seen from inside a cgroup namespace */
	{"/../" ID_A, CONTAINER_OTHER, ID_A, ""},
	{"/../../" ID_A, CONTAINER_OTHER, ID_A, ""},
	{"/../../pod" UID_A "/" ID_A, CONTAINER_OTHER, ID_A, UID_A},
	{"/../cri-containerd-" ID_A ".scope", CONTAINER_CONTAINERD, ID_A, ""},
	{"/..", CONTAINER_NONE, "", ""},

	/* systemd's escapes */
	{"/system.slice/docker\\x2d" ID_A ".scope", CONTAINER_DOCKER, ID_A, ""},
	{"/machine.slice/libpod\\x2d" ID_A ".scope", CONTAINER_PODMAN, ID_A, ""},
	{"/lxc.payload.my\\x2dweb", CONTAINER_LXC, "my-web", ""},
	{"/lxc/a\\x2", CONTAINER_LXC, "a\\x2", ""},
	{"/lxc/a\\xzz", CONTAINER_LXC, "a\\xzz", ""},

	/* a runtime we do not know */
	{"/system.slice/newthing-" ID_A ".scope", CONTAINER_OTHER, ID_A, ""},

	/* look-alikes */
	{"/docker/4a8b0c1d2e3f", CONTAINER_NONE, "", ""},
	{"/docker/" ID_A "0", CONTAINER_NONE, "", ""},
	{"/system.slice/docker-" ID_A, CONTAINER_NONE, "", ""},
	{"/system.slice/x" ID_A ".scope", CONTAINER_NONE, "", ""},
	{"/podcast/worker", CONTAINER_NONE, "", ""},
	{"/kubepods/burstable/pod2f1a9d3c-6b7e-4c58-9a0d-1e2f3a4b5c6/x", CONTAINER_NONE, "", ""},
	{"/my-pod.slice", CONTAINER_NONE, "", ""},
	{"/.slice", CONTAINER_NONE, "", ""},
};

START_TEST(path_is_understood)
{
	const struct path_case *c = &path_cases[_i];
	struct guarded g = guard_copy_str(c->path);
	struct container_path got = container_path_parse(g.bytes);

	ck_assert_msg(got.runtime == c->runtime, "%s: runtime %d, want %d", c->path, got.runtime, c->runtime);
	ck_assert_msg(strcmp(got.id, c->id) == 0, "%s: id '%s'", c->path, got.id);
	ck_assert_msg(strcmp(got.pod_uid, c->pod_uid) == 0, "%s: pod '%s'", c->path, got.pod_uid);
	guard_free(&g);
}
END_TEST

START_TEST(long_names_fit_nothing)
{
	char path[600] = "/lxc/";
	struct container_path got;

	memset(path + 5, 'a', CONTAINER_ID_LEN - 1);
	got = container_path_parse(bytes_of_str(path));
	ck_assert_uint_eq(strlen(got.id), CONTAINER_ID_LEN - 1);
	path[5 + CONTAINER_ID_LEN - 1] = 'a';
	got = container_path_parse(bytes_of_str(path));
	ck_assert_str_eq(got.id, "");
	memset(path + 5, 'a', 500);
	got = container_path_parse(bytes_of_str(path));
	ck_assert_str_eq(got.id, "");
}
END_TEST

struct file_case {
	const char *what, *file, *id, *pod_uid, *v2_path;
	enum container_runtime runtime;
	bool by_v2;
};

static const struct file_case file_cases[] = {
	{"empty", "", "", "", "", CONTAINER_NONE, false},
	{"garbage", "no colons at all\n:\n1:\n", "", "", "", CONTAINER_NONE, false},
	{"v2, root", "0::/\n", "", "", "/", CONTAINER_NONE, true},
	{"v2, service", "0::/system.slice/nginx.service\n", "", "", "/system.slice/nginx.service",
	 CONTAINER_SYSTEMD_UNIT, true},
	{"v2, docker", "0::/system.slice/docker-" ID_A ".scope\n", ID_A, "",
	 "/system.slice/docker-" ID_A ".scope", CONTAINER_DOCKER, true},
	{"v2, no newline", "0::/docker/" ID_A, ID_A, "", "/docker/" ID_A, CONTAINER_DOCKER, true},
	{"v2, cgroup gone", "0::/docker/" ID_A " (deleted)\n", ID_A, "", "/docker/" ID_A, CONTAINER_DOCKER,
	 true},
	{"v2, colons in the path", "0::/a.slice:cri-containerd:" ID_A "\n", ID_A, "",
	 "/a.slice:cri-containerd:" ID_A, CONTAINER_CONTAINERD, true},
	{"v1",
	 "12:cpu,cpuacct:/docker/" ID_A "\n11:memory:/docker/" ID_A "\n1:name=systemd:/docker/" ID_A "\n",
	 ID_A, "", "", CONTAINER_DOCKER, false},
	{"v1, not in all hierarchies",
	 "3:rdma:/\n2:memory:/kubepods/pod" UID_A "/" ID_A "\n1:name=systemd:/init.scope\n", ID_A, UID_A, "",
	 CONTAINER_OTHER, false},
	{"hybrid, v2 knows the container",
	 "2:memory:/system.slice/docker-" ID_A ".scope\n0::/system.slice/docker-" ID_A ".scope\n", ID_A, "",
	 "/system.slice/docker-" ID_A ".scope", CONTAINER_DOCKER, true},
	{"hybrid, v2 knows only the daemon",
	 "2:memory:/docker/" ID_A "\n0::/system.slice/containerd.service\n", ID_A, "",
	 "/system.slice/containerd.service", CONTAINER_DOCKER, false},
	{"hybrid, the daemon itself",
	 "2:memory:/system.slice/containerd.service\n0::/system.slice/containerd.service\n", "", "",
	 "/system.slice/containerd.service", CONTAINER_SYSTEMD_UNIT, false},
	{"hybrid, v2 unused", "9:name=systemd:/\n4:memory:/docker/" ID_A "\n0::/\n", ID_A, "", "/",
	 CONTAINER_DOCKER, false},
	{"hybrid, nothing used", "9:name=systemd:/\n4:memory:/\n0::/\n", "", "", "/", CONTAINER_NONE, false},
	{"hybrid, v1 unused", "9:name=systemd:/\n4:memory:/\n0::/docker/" ID_A "\n", ID_A, "",
	 "/docker/" ID_A, CONTAINER_DOCKER, true},
	{"a pod tells more",
	 "2:memory:/docker/" ID_B "/kubepods/pod" UID_A "/" ID_A "\n0::/docker/" ID_B "\n", ID_A, UID_A,
	 "/docker/" ID_B, CONTAINER_OTHER, false},
};

START_TEST(cgroup_file_is_understood)
{
	const struct file_case *c = &file_cases[_i];
	struct guarded g = guard_copy_str(c->file);
	struct container_cgroups got = container_cgroups_parse(g.bytes);

	ck_assert_msg(got.path.runtime == c->runtime, "%s: runtime %d", c->what, got.path.runtime);
	ck_assert_msg(strcmp(got.path.id, c->id) == 0, "%s: id '%s'", c->what, got.path.id);
	ck_assert_msg(strcmp(got.path.pod_uid, c->pod_uid) == 0, "%s: pod '%s'", c->what, got.path.pod_uid);
	ck_assert_msg(bytes_equal(got.v2_path, bytes_of_str(c->v2_path)), "%s: v2 path '%.*s'", c->what,
		      (int)got.v2_path.n, (const char *)got.v2_path.p);
	ck_assert_msg(got.by_v2 == c->by_v2, "%s: by_v2 %d", c->what, got.by_v2);
	guard_free(&g);
}
END_TEST

struct log_case {
	const char *name, *pod, *namespace_, *container, *key; /* pod NULL: refused */
};

static const struct log_case container_log_cases[] = {
	{"web-7d9f_shop_nginx-" ID_A ".log", "web-7d9f", "shop", "nginx", ID_A},
	{"a.b.c_ns_side-car-2-" ID_A ".log", "a.b.c", "ns", "side-car-2", ID_A},
	{"etcd-node1_kube-system_etcd-" ID_A ".log", "etcd-node1", "kube-system", "etcd", ID_A},
	{"web_shop_nginx-" ID_A, NULL, NULL, NULL, NULL},
	{"web_shop_nginx-4a8b0c1d2e3f.log", NULL, NULL, NULL, NULL},
	{"web_shop_nginx-" ID_A "0.log", NULL, NULL, NULL, NULL},
	{"web_shop_-" ID_A ".log", NULL, NULL, NULL, NULL},
	{"web_shop_" ID_A ".log", NULL, NULL, NULL, NULL},
	{"web_shop.log", NULL, NULL, NULL, NULL},
	{"_shop_nginx-" ID_A ".log", NULL, NULL, NULL, NULL},
	{"web__nginx-" ID_A ".log", NULL, NULL, NULL, NULL},
	{"a_b_.log", NULL, NULL, NULL, NULL},
	{".log", NULL, NULL, NULL, NULL},
	{"", NULL, NULL, NULL, NULL},
	{"..", NULL, NULL, NULL, NULL},
};

static const struct log_case pod_log_cases[] = {
	{"shop_web-7d9f_" UID_A, "web-7d9f", "shop", "", UID_A},
	{"kube-system_etcd-node1_" HASH, "etcd-node1", "kube-system", "", HASH},
	{"shop_web-7d9f_" UID_A_, NULL, NULL, NULL, NULL},
	{"shop_web-7d9f_", NULL, NULL, NULL, NULL},
	{"shop_web-7d9f", NULL, NULL, NULL, NULL},
	{"_web_" UID_A, NULL, NULL, NULL, NULL},
	{UID_A, NULL, NULL, NULL, NULL}, /* the layout before Kubernetes 1.14 */
	{"", NULL, NULL, NULL, NULL},
};

static void check_log_name(const struct log_case *c, bool (*parse)(struct bytes, struct container_log_name *))
{
	struct guarded g = guard_copy_str(c->name);
	struct container_log_name got;
	bool ok = parse(g.bytes, &got);

	ck_assert_msg(ok == (c->pod != NULL), "%s: %s", c->name, ok ? "accepted" : "refused");
	if (ok) {
		ck_assert_msg(bytes_equal(got.pod, bytes_of_str(c->pod)), "%s: pod", c->name);
		ck_assert_msg(bytes_equal(got.namespace_, bytes_of_str(c->namespace_)), "%s: namespace",
			      c->name);
		ck_assert_msg(bytes_equal(got.container, bytes_of_str(c->container)), "%s: container",
			      c->name);
		ck_assert_msg(bytes_equal(got.key, bytes_of_str(c->key)), "%s: key", c->name);
	}
	guard_free(&g);
}

START_TEST(container_log_name_is_understood)
{
	check_log_name(&container_log_cases[_i], container_log_name_parse);
}
END_TEST

START_TEST(pod_log_name_is_understood)
{
	check_log_name(&pod_log_cases[_i], pod_log_name_parse);
}
END_TEST

/* The kubelet cuts the name to 255 bytes, so a long pod name costs the id its end. */
START_TEST(cut_container_log_name)
{
	static const struct {
		int pod_length;
		size_t kept; /* digits of the id; 0: refused */
	} cases[] = {{181, 64}, {182, 63}, {200, 45}, {233, 12}, {234, 0}, {245, 0}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char name[400];
		struct container_log_name got;
		size_t n = (size_t)snprintf(name, sizeof(name), "%0*d_ns_c-%s", cases[i].pod_length, 0, ID_A);

		memcpy(name + (n < 251 ? n : 251), ".log", 5);
		ck_assert_msg(container_log_name_parse(bytes_of_str(name), &got) == (cases[i].kept > 0),
			      "pod name of %d", cases[i].pod_length);
		if (cases[i].kept)
			ck_assert_uint_eq(got.key.n, cases[i].kept);
	}
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof(*(a))))

int main(void)
{
	Suite *suite = suite_create("container_path");
	TCase *tc = tcase_create("container_path");

	tcase_add_loop_test(tc, path_is_understood, 0, COUNT(path_cases));
	tcase_add_test(tc, long_names_fit_nothing);
	tcase_add_loop_test(tc, cgroup_file_is_understood, 0, COUNT(file_cases));
	tcase_add_loop_test(tc, container_log_name_is_understood, 0, COUNT(container_log_cases));
	tcase_add_loop_test(tc, pod_log_name_is_understood, 0, COUNT(pod_log_cases));
	tcase_add_test(tc, cut_container_log_name);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
