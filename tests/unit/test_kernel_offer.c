/* SPDX-License-Identifier: Apache-2.0 */
/* What a kernel offers, read from a /proc, /sys and /lib/modules made of files. */
#include "transport/kernel_offer.h"

#include <linux/capability.h>

#include "harness.h"
#include "unit/fake_tree.h"

#define RELEASE "6.1.0-56-amd64"
#define BUILD	"modules/" RELEASE "/build/"
#define SOCK	"sys/kernel/tracing/events/sock/inet_sock_set_state/"

#define COMMON_FIELDS                                                                                        \
	"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"                               \
	"\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"                               \
	"\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"                       \
	"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"

static const char sock_format[] = "name: inet_sock_set_state\nID: 1387\nformat:\n" COMMON_FIELDS
				  "\tfield:const void * skaddr;\toffset:8;\tsize:8;\tsigned:0;\n"
				  "\tfield:int oldstate;\toffset:16;\tsize:4;\tsigned:1;\n"
				  "\tfield:int newstate;\toffset:20;\tsize:4;\tsigned:1;\n"
				  "\tfield:__u16 sport;\toffset:24;\tsize:2;\tsigned:0;\n"
				  "\tfield:__u8 saddr[4];\toffset:32;\tsize:4;\tsigned:0;\n"
				  "\tfield:__u8 saddr_v6[16];\toffset:40;\tsize:16;\tsigned:0;\n"
				  "\nprint fmt: \"sport=%hu field:nothing;\", REC->sport\n";

/* Of a kernel whose records have a longer head. */
static const char shifted_format[] =
	"name: sys_enter_read\nID: 700\nformat:\n" COMMON_FIELDS
	"\tfield:unsigned char common_preempt_lazy_count;\toffset:8;\tsize:1;\tsigned:0;\n\n"
	"\tfield:int __syscall_nr;\toffset:12;\tsize:4;\tsigned:1;\n"
	"\tfield:unsigned int fd;\toffset:24;\tsize:8;\tsigned:0;\n"
	"\tfield:__data_loc char[] name;\toffset:32;\tsize:4;\tsigned:0;\n"
	"\nprint fmt: \"fd: 0x%08lx\", ((unsigned long)(REC->fd))\n";

static struct fake_tree tree;
static struct kernel_offer offer;

static void set_up(void)
{
	tree_init(&tree);
}

static void tear_down(void)
{
	tree_release(&tree);
}

static void read_offer(void)
{
	const struct kernel_offer_roots roots = {
		.proc = tree_path(&tree, "proc"),
		.sys = tree_path(&tree, "sys"),
		.modules = tree_path(&tree, "modules"),
		.release = RELEASE,
	};

	kernel_offer_read(&offer, &roots);
}

START_TEST(bare_kernel)
{
	read_offer();
	ck_assert_str_eq(offer.release, RELEASE);
	ck_assert_uint_eq(offer.btf_size, 0);
	ck_assert_int_eq(offer.headers, OFFER_HEADERS_NONE);
	ck_assert_str_eq(offer.headers_dir, "");
	ck_assert_int_eq(offer.kheaders, OFFER_KHEADERS_NONE);
	ck_assert_int_eq(offer.tracefs, OFFER_TRACEFS_NOT_MOUNTED);
	ck_assert_str_eq(offer.tracefs_dir, "");
	ck_assert_int_eq(offer.kprobe_type, -1);
	ck_assert_int_eq(offer.uprobe_type, -1);
	ck_assert_int_eq(offer.fentry, OFFER_NO);
	ck_assert_int_eq(offer.lockdown, OFFER_LOCKDOWN_UNKNOWN);
	ck_assert_uint_eq(offer.capabilities, 0);
	ck_assert_int_eq(offer.unprivileged_bpf_disabled, -1);
	ck_assert(!offer.initial_pid_ns);
	ck_assert(!kernel_offer_may_trace(&offer));
	ck_assert(!tracepoint_exists(&offer, "sock", "inet_sock_set_state"));
	ck_assert_int_eq(tracepoint_field_offset(&offer, "sock", "inet_sock_set_state", "skaddr"), -1);
}
END_TEST

START_TEST(rich_kernel)
{
	tree_write(&tree, "sys/kernel/btf/vmlinux", "twelve bytes");
	tree_write(&tree, "sys/bus/event_source/devices/kprobe/type", "6\n");
	tree_write(&tree, "sys/bus/event_source/devices/uprobe/type", "7\n");
	tree_write(&tree, "sys/kernel/kheaders.tar.xz", "x");
	tree_write(&tree, "proc/sys/kernel/unprivileged_bpf_disabled", "2\n");
	tree_symlink(&tree, "proc/self/ns/pid", "pid:[4026531836]");
	read_offer();
	ck_assert_uint_eq(offer.btf_size, 12);
	ck_assert_int_eq(offer.fentry, OFFER_TRY);
	ck_assert_int_eq(offer.kprobe_type, 6);
	ck_assert_int_eq(offer.uprobe_type, 7);
	ck_assert_int_eq(offer.kheaders, OFFER_KHEADERS_READY);
	ck_assert_int_eq(offer.unprivileged_bpf_disabled, 2);
	ck_assert(offer.initial_pid_ns);
}
END_TEST

START_TEST(other_pid_namespace)
{
	tree_symlink(&tree, "proc/self/ns/pid", "pid:[4026532201]");
	read_offer();
	ck_assert(!offer.initial_pid_ns);
}
END_TEST

START_TEST(headers_are_told_from_a_leftover)
{
	tree_mkdir(&tree, BUILD "scripts");
	read_offer();
	ck_assert_int_eq(offer.headers, OFFER_HEADERS_NONE);
	tree_write(&tree, BUILD "include/linux/kconfig.h", "");
	read_offer();
	ck_assert_int_eq(offer.headers, OFFER_HEADERS_EXACT);
	ck_assert_str_eq(offer.headers_dir, tree_path(&tree, "modules/" RELEASE "/build"));
	tree_write(&tree, BUILD "include/generated/utsrelease.h", "#define UTS_RELEASE \"" RELEASE "\"\n");
	read_offer();
	ck_assert_int_eq(offer.headers, OFFER_HEADERS_EXACT);
	tree_write(&tree, BUILD "include/generated/utsrelease.h", "#define UTS_RELEASE \"6.1.0-55-amd64\"\n");
	read_offer();
	ck_assert_int_eq(offer.headers, OFFER_HEADERS_OTHER);
}
END_TEST

START_TEST(headers_through_a_link)
{
	tree_write(&tree, "src/include/generated/autoconf.h", "");
	tree_mkdir(&tree, "modules/" RELEASE);
	tree_symlink(&tree, "modules/" RELEASE "/build", "../../src");
	read_offer();
	ck_assert_int_eq(offer.headers, OFFER_HEADERS_EXACT);
	tree_remove(&tree, "src");
	read_offer();
	ck_assert_int_eq(offer.headers, OFFER_HEADERS_NONE);
}
END_TEST

START_TEST(kheaders_as_module)
{
	tree_write(&tree, "modules/" RELEASE "/kernel/kernel/kheaders.ko.xz", "");
	read_offer();
	ck_assert_int_eq(offer.kheaders, OFFER_KHEADERS_MODULE);
}
END_TEST

START_TEST(tracefs_is_found_where_it_is_mounted)
{
	tree_mkdir(&tree, "sys/kernel/tracing");
	read_offer();
	ck_assert_int_eq(offer.tracefs, OFFER_TRACEFS_NOT_MOUNTED);
	tree_mkdir(&tree, "sys/kernel/debug/tracing/events");
	read_offer();
	ck_assert_int_eq(offer.tracefs, OFFER_TRACEFS_READY);
	ck_assert_str_eq(offer.tracefs_dir, tree_path(&tree, "sys/kernel/debug/tracing"));
	tree_mkdir(&tree, "sys/kernel/tracing/events");
	read_offer();
	ck_assert_str_eq(offer.tracefs_dir, tree_path(&tree, "sys/kernel/tracing"));
}
END_TEST

/* In a process of its own (Check forks), which may give up its rights. */
START_TEST(tracefs_may_be_closed_to_us)
{
	if (geteuid() != 0)
		return;
	tree_mkdir(&tree, "sys/kernel/tracing/events");
	ck_assert_int_eq(chmod(tree.root, 0755), 0);
	ck_assert_int_eq(chmod(tree_path(&tree, "sys/kernel/tracing"), 0700), 0);
	ck_assert_int_eq(seteuid(65534), 0);
	read_offer();
	ck_assert_int_eq(seteuid(0), 0);
	ck_assert_int_eq(offer.tracefs, OFFER_TRACEFS_DENIED);
	ck_assert(!tracepoint_exists(&offer, "sock", "inet_sock_set_state"));
}
END_TEST

START_TEST(tracepoints_are_looked_up)
{
	struct tracepoint_query queries[] = {
		{.category = "sock", .name = "inet_sock_set_state"},
		{.category = "sock", .name = "no_such_thing"},
		{.category = "syscalls", .name = "sys_enter_read"},
	};

	tree_write(&tree, SOCK "id", "1387\n");
	tree_write(&tree, SOCK "format", sock_format);
	tree_write(&tree, "sys/kernel/tracing/events/syscalls/sys_enter_read/id", "700\n");
	tree_write(&tree, "sys/kernel/tracing/events/syscalls/sys_enter_read/format", shifted_format);
	read_offer();
	ck_assert_uint_eq(kernel_offer_tracepoints(&offer, queries, 3), 1);
	ck_assert(queries[0].present && !queries[1].present && queries[2].present);
	ck_assert_int_eq(tracepoint_field_offset(&offer, "sock", "inet_sock_set_state", "skaddr"), 8);
	ck_assert_int_eq(tracepoint_field_offset(&offer, "sock", "inet_sock_set_state", "addr"), -1);
	ck_assert_int_eq(tracepoint_field_offset(&offer, "sock", "no_such_thing", "skaddr"), -1);
	ck_assert_int_eq(tracepoint_field_offset(&offer, "syscalls", "sys_enter_read", "fd"), 24);
}
END_TEST

static void check_field(const char *format, const char *name, struct tracepoint_field want)
{
	struct tracepoint_field got;

	ck_assert_msg(tracepoint_field_parse(format, name, &got), "%s is not found", name);
	ck_assert_int_eq(got.offset, want.offset);
	ck_assert_int_eq(got.size, want.size);
	ck_assert(got.is_signed == want.is_signed);
}

START_TEST(fields_of_a_format)
{
	static const char *const absent[] = {"void", "addr", "4", "", "nothing", "saddr[4]", "common"};
	struct tracepoint_field got;

	check_field(sock_format, "common_type", (struct tracepoint_field){0, 2, false});
	check_field(sock_format, "skaddr", (struct tracepoint_field){8, 8, false});
	check_field(sock_format, "newstate", (struct tracepoint_field){20, 4, true});
	check_field(sock_format, "saddr", (struct tracepoint_field){32, 4, false});
	check_field(sock_format, "saddr_v6", (struct tracepoint_field){40, 16, false});
	check_field(shifted_format, "__syscall_nr", (struct tracepoint_field){12, 4, true});
	check_field(shifted_format, "name", (struct tracepoint_field){32, 4, false});
	for (size_t i = 0; i < sizeof(absent) / sizeof(*absent); i++)
		ck_assert_msg(!tracepoint_field_parse(sock_format, absent[i], &got), "'%s' is found",
			      absent[i]);
	ck_assert(!tracepoint_field_parse("", "fd", &got));
	ck_assert(!tracepoint_field_parse("\n\tfield:int fd", "fd", &got));
	ck_assert(!tracepoint_field_parse("\n\tfield:int fd;\toffset:", "fd", &got));
	ck_assert(!tracepoint_field_parse("\n\tfield:];\toffset:1;\tsize:1;\tsigned:0;", "fd", &got));
}
END_TEST

START_TEST(lockdown_is_the_mode_in_brackets)
{
	static const char *const texts[] = {
		"[none] integrity confidentiality\n",
		"none [integrity] confidentiality\n",
		"none integrity [confidentiality]\n",
		"something else\n",
	};
	static const char *const names[] = {"none", "integrity", "confidentiality", "unknown"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		tree_write(&tree, "sys/kernel/security/lockdown", texts[i]);
		read_offer();
		ck_assert_str_eq(offer_lockdown_name(offer.lockdown), names[i]);
	}
}
END_TEST

START_TEST(capabilities_are_the_effective_ones)
{
	static const struct {
		const char *status;
		bool may_trace;
	} cases[] = {
		{"Name:\tx\nCapPrm:\t000001ffffffffff\nCapEff:\t0000000000000000\n", false},
		{"Name:\tx\nCapEff:\t0000000000200000\n", true},  /* SYS_ADMIN */
		{"Name:\tx\nCapEff:\t000000c000000000\n", true},  /* BPF and PERFMON */
		{"Name:\tx\nCapEff:\t0000008000000000\n", false}, /* BPF */
		{"Name:\tx\nCapEff:\t0000004000000000\n", false}, /* PERFMON */
		{"Name:\tCapEff:\tffff\n", false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		tree_write(&tree, "proc/self/status", cases[i].status);
		read_offer();
		ck_assert_msg(kernel_offer_may_trace(&offer) == cases[i].may_trace, "%s", cases[i].status);
	}
	tree_write(&tree, "proc/self/status", cases[1].status);
	read_offer();
	ck_assert(kernel_offer_has_capability(&offer, CAP_SYS_ADMIN));
	ck_assert(!kernel_offer_has_capability(&offer, CAP_SYS_PTRACE));
	ck_assert(!kernel_offer_has_capability(&offer, -1));
	ck_assert(!kernel_offer_has_capability(&offer, 64));
}
END_TEST

START_TEST(this_kernel_can_be_read)
{
	kernel_offer_read(&offer, NULL);
	ck_assert_str_ne(offer.release, "");
	if (tracepoint_exists(&offer, "sock", "inet_sock_set_state"))
		ck_assert_int_ge(tracepoint_field_offset(&offer, "sock", "inet_sock_set_state", "skaddr"), 8);
	/* Linux 5.8, and the right to make maps */
	if (kernel_offer_may_trace(&offer) && offer.btf_size)
		ck_assert_int_ne(offer.ring_buffer, OFFER_NO);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("kernel_offer");
	TCase *tc = tcase_create("kernel_offer");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, bare_kernel);
	tcase_add_test(tc, rich_kernel);
	tcase_add_test(tc, other_pid_namespace);
	tcase_add_test(tc, headers_are_told_from_a_leftover);
	tcase_add_test(tc, headers_through_a_link);
	tcase_add_test(tc, kheaders_as_module);
	tcase_add_test(tc, tracefs_is_found_where_it_is_mounted);
	tcase_add_test(tc, tracefs_may_be_closed_to_us);
	tcase_add_test(tc, tracepoints_are_looked_up);
	tcase_add_test(tc, fields_of_a_format);
	tcase_add_test(tc, lockdown_is_the_mode_in_brackets);
	tcase_add_test(tc, capabilities_are_the_effective_ones);
	tcase_add_test(tc, this_kernel_can_be_read);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
