/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sandbox from within: a child enters it and tries one thing.  What is not
 * allowed must kill it, before anything happened.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/membarrier.h>
#include <linux/netlink.h>
#include <linux/perf_event.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "app/sandbox.h"
#include "harness.h"

#define ALL	   ((1u << SANDBOX_SETS) - 1)
#define NOT_KILLED 77 /* exit status of a child that did its thing */

typedef void act_fn(void);

static pid_t self; /* who is not in the sandbox */

/* ASan gives each thread a stack for signals, by a call that no tool makes. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "use_sigaltstack=0";
}

/* Nor _exit(): before functions that do not return ASan makes that call, too. */
static void leave(int status)
{
	syscall(SYS_exit_group, status);
}

/* ---- a child in the sandbox ---- */

static void enter(unsigned sets)
{
	char text[SANDBOX_TEXT_MAX];

	if (!sandbox_enter("tool", sets, text))
		leave(1);
}

static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		ck_assert_int_eq(errno, EINTR);
	return status;
}

/* err: what it says on standard error; may be NULL. */
static int status_of(unsigned sets, act_fn *act, char *err, size_t err_size)
{
	const struct rlimit no_core = {0, 0};
	int ends[2];
	pid_t pid;
	ssize_t n;

	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &no_core);
		dup2(ends[1], STDERR_FILENO);
		signal(SIGSYS, SIG_DFL); /* the sanitizers' own */
		enter(sets);
		act();
		leave(NOT_KILLED);
	}
	close(ends[1]);
	n = err ? read(ends[0], err, err_size - 1) : 0;
	if (err)
		err[n > 0 ? n : 0] = '\0';
	close(ends[0]);
	return wait_for(pid);
}

static bool is_killed(int status)
{
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
}

/* By that call, and no other. */
static void must_be_killed(unsigned sets, act_fn *act, long call, const char *name)
{
	char said[256], expected[256];
	int status = status_of(sets, act, said, sizeof(said));

	snprintf(expected, sizeof(expected),
		 "tool: the sandbox stopped system call number %ld, which is a bug; it runs with "
		 "--no-sandbox\n",
		 call);
	ck_assert_msg(is_killed(status) && strcmp(said, expected) == 0, "%s with sets %#x: status %#x, %s",
		      name, sets, (unsigned)status, said);
}

#define KILLED(sets, act, call) must_be_killed(sets, act, SYS_##call, #act)
#define ALLOWED(sets, act)                                                                                   \
	do {                                                                                                 \
		char said[256];                                                                              \
		int status = status_of(sets, act, said, sizeof(said));                                       \
                                                                                                             \
		ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == NOT_KILLED,                        \
			      #act " with " #sets ": status %#x, %s", (unsigned)status, said);               \
	} while (0)

/* ---- what nobody may ---- */

static void try_open_write(void)
{
	open("/dev/null", O_WRONLY | O_CLOEXEC);
}

static void try_open_both(void)
{
	open("/dev/null", O_RDWR | O_CLOEXEC);
}

static void try_create(void)
{
	open("/tmp/l7scope-sandbox-test", O_RDONLY | O_CREAT | O_CLOEXEC, 0600);
}

static void try_truncate(void)
{
	open("/dev/null", O_RDONLY | O_TRUNC | O_CLOEXEC);
}

static void try_tmpfile(void)
{
	open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
}

static void try_unlink(void)
{
	unlink("/tmp/l7scope-no-such-file");
}

static void try_chmod(void)
{
	chmod("/tmp/l7scope-no-such-file", 0600);
}

static void try_socket_inet(void)
{
	socket(AF_INET, SOCK_STREAM, 0);
}

static void try_socket_inet6(void)
{
	socket(AF_INET6, SOCK_DGRAM, 0);
}

static void try_socket_unix(void)
{
	socket(AF_UNIX, SOCK_STREAM, 0);
}

static void try_socket_packet(void)
{
	socket(AF_PACKET, SOCK_RAW, 0);
}

static void try_socket_route(void)
{
	socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
}

static void try_exec(void)
{
	execl("/bin/true", "true", (char *)NULL);
}

static void try_ptrace(void)
{
	ptrace(PTRACE_ATTACH, self, NULL, NULL);
}

static void try_read_memory(void)
{
	char byte;
	struct iovec local = {&byte, 1}, remote = {&byte, 1};

	process_vm_readv(self, &local, 1, &remote, 1, 0);
}

static void try_kill(void)
{
	kill(self, 0);
}

static void try_code(void)
{
	mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void try_make_code(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	mprotect(p, 4096, PROT_READ | PROT_EXEC);
}

static void try_code_of_file(void)
{
	mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE, STDIN_FILENO, 0);
}

static long bpf(int command)
{
	union bpf_attr attr = {0};

	return syscall(SYS_bpf, command, &attr, sizeof(attr));
}

static void try_bpf_program(void)
{
	bpf(BPF_PROG_LOAD);
}

static void try_bpf_map(void)
{
	bpf(BPF_MAP_CREATE);
}

static void try_bpf_map_by_id(void)
{
	bpf(BPF_MAP_GET_FD_BY_ID);
}

static void try_bpf_link(void)
{
	bpf(BPF_LINK_CREATE);
}

static void try_mount(void)
{
	mount("none", "/nowhere", "tmpfs", 0, NULL);
}

static void try_unshare(void)
{
	unshare(CLONE_NEWUSER);
}

static void try_clone_namespace(void)
{
	if (syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0) == 0)
		leave(0);
}

static void try_setns_mounts(void)
{
	setns(-1, CLONE_NEWNS);
}

static void try_setuid(void)
{
	syscall(SYS_setuid, 65534);
}

static void try_type_ahead(void)
{
	ioctl(STDIN_FILENO, TIOCSTI, "x");
}

static void try_module(void)
{
	syscall(SYS_init_module, NULL, 0, "");
}

START_TEST(nobody_may)
{
	static const struct {
		const char *name;
		act_fn *act;
		long call;
	} acts[] = {
#define ACT(act, call) {#act, act, SYS_##call}
		ACT(try_open_write, openat),
		ACT(try_open_both, openat),
		ACT(try_create, openat),
		ACT(try_truncate, openat),
		ACT(try_tmpfile, openat),
		ACT(try_unlink, unlink),
		ACT(try_chmod, chmod),
		ACT(try_socket_inet, socket),
		ACT(try_socket_inet6, socket),
		ACT(try_socket_unix, socket),
		ACT(try_socket_packet, socket),
		ACT(try_socket_route, socket),
		ACT(try_exec, execve),
		ACT(try_ptrace, ptrace),
		ACT(try_read_memory, process_vm_readv),
		ACT(try_kill, kill),
		ACT(try_code, mmap),
		ACT(try_make_code, mprotect),
		ACT(try_code_of_file, mmap),
		ACT(try_bpf_program, bpf),
		ACT(try_bpf_map, bpf),
		ACT(try_bpf_map_by_id, bpf),
		ACT(try_bpf_link, bpf),
		ACT(try_mount, mount),
		ACT(try_unshare, unshare),
		ACT(try_clone_namespace, clone),
		ACT(try_setns_mounts, setns),
		ACT(try_setuid, setuid),
		ACT(try_type_ahead, ioctl),
		ACT(try_module, init_module),
#undef ACT
	};

	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		must_be_killed(ALL, acts[i].act, acts[i].call, acts[i].name);
		must_be_killed(0, acts[i].act, acts[i].call, acts[i].name);
	}
	ck_assert_int_lt(access("/tmp/l7scope-sandbox-test", F_OK), 0);
}
END_TEST

/* ---- what a set allows, and only it ---- */

static void do_open_read(void)
{
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		leave(2);
	close(fd);
}

static void do_read_link(void)
{
	if (readlink("/proc/self/exe", (char[64]){0}, 64) < 0)
		leave(2);
}

static void do_map_lookup(void)
{
	if (bpf(BPF_MAP_LOOKUP_ELEM) == 0)
		leave(2);
}

static void do_barrier(void)
{
	syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
}

static void do_fork(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		leave(5);
	if (waitpid(pid, &status, 0) != pid || WEXITSTATUS(status) != 5)
		leave(2);
}

static void *nothing(void *arg)
{
	return arg;
}

static void do_thread(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, nothing, NULL) || pthread_join(thread, NULL))
		leave(2);
}

static void do_sock_diag(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};

	if (fd < 0 || connect(fd, (const struct sockaddr *)&kernel, sizeof(kernel)) < 0)
		leave(2);
}

static void do_setns(void)
{
	if (setns(-1, CLONE_NEWNET) == 0)
		leave(2);
}

static void do_terminal(void)
{
	struct termios t;

	memset(&t, 0, sizeof(t));
	tcsetattr(STDERR_FILENO, TCSADRAIN, &t);
}

static void do_perf_event(void)
{
	struct perf_event_attr attr = {.size = sizeof(attr), .type = PERF_TYPE_MAX};

	syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
}

/* As the dynamic linker does. */
static void do_load(void)
{
	mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, STDIN_FILENO, 0);
}

START_TEST(events_reads_maps_and_forks)
{
	ALLOWED(SANDBOX_EVENTS, do_map_lookup);
	ALLOWED(SANDBOX_EVENTS, do_barrier);
	ALLOWED(SANDBOX_EVENTS, do_fork);
	KILLED(SANDBOX_EVENTS, do_open_read, openat);
	KILLED(0, do_map_lookup, bpf);
	KILLED(0, do_barrier, membarrier);
	KILLED(0, do_fork, clone);
}
END_TEST

START_TEST(processes_opens_for_reading)
{
	ALLOWED(SANDBOX_PROCESSES, do_open_read);
	ALLOWED(SANDBOX_PROCESSES, do_read_link);
	KILLED(SANDBOX_EVENTS | SANDBOX_SCREEN, do_open_read, openat);
	KILLED(SANDBOX_EVENTS | SANDBOX_SCREEN, do_read_link, readlink);
}
END_TEST

START_TEST(namespaces_asks_sock_diag)
{
	ALLOWED(SANDBOX_EVENTS | SANDBOX_NAMESPACES, do_sock_diag);
	ALLOWED(SANDBOX_EVENTS | SANDBOX_NAMESPACES, do_setns);
	ALLOWED(SANDBOX_EVENTS | SANDBOX_NAMESPACES, do_thread);
	KILLED(ALL & ~SANDBOX_NAMESPACES, do_sock_diag, socket);
	KILLED(ALL & ~SANDBOX_NAMESPACES, do_setns, setns);
}
END_TEST

START_TEST(screen_sets_the_terminal)
{
	ALLOWED(SANDBOX_SCREEN, do_terminal);
	KILLED(ALL & ~SANDBOX_SCREEN, do_terminal, ioctl);
}
END_TEST

START_TEST(uprobes_attaches)
{
	ALLOWED(SANDBOX_UPROBES, do_load);
	KILLED(ALL & ~SANDBOX_UPROBES, do_load, mmap);
	ALLOWED(SANDBOX_UPROBES, do_perf_event);
	ALLOWED(SANDBOX_UPROBES, do_open_read);
	KILLED(ALL & ~SANDBOX_UPROBES, do_perf_event, perf_event_open);
}
END_TEST

/* What tools do between events, in the smallest sandbox. */
static void do_what_all_do(void)
{
	struct timespec moment = {0, 1000};
	time_t now = time(NULL);
	char text[64];
	struct tm tm;
	void *large;

	nanosleep(&moment, NULL);
	localtime_r(&now, &tm);
	if (strftime(text, sizeof(text), "%H:%M:%S", &tm) == 0)
		leave(2);
	large = malloc(64 << 20);
	large = realloc(large, 96 << 20);
	free(large);
	isatty(STDERR_FILENO);
	fprintf(stderr, "%s", "");
}

START_TEST(all_may_sleep_and_print)
{
	ALLOWED(0, do_what_all_do);
}
END_TEST

/* ---- what else holds ---- */

static void print_status(void)
{
	char text[4096];
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, text, sizeof(text));

	if (n <= 0 || write(STDERR_FILENO, text, (size_t)n) != n)
		leave(2);
}

static uint64_t field(const char *status, const char *name, int base)
{
	const char *at = strstr(status, name);

	ck_assert_msg(at, "no %s in %s", name, status);
	return strtoull(at + strlen(name), NULL, base);
}

START_TEST(privileges_are_gone)
{
	const uint64_t kept = 1 << 2; /* CAP_DAC_READ_SEARCH */
	char status[4096];

	status_of(SANDBOX_PROCESSES, print_status, status, sizeof(status));
	ck_assert_uint_eq(field(status, "\nCapEff:", 16) & ~kept, 0);
	ck_assert_uint_eq(field(status, "\nCapPrm:", 16) & ~kept, 0);
	ck_assert_uint_eq(field(status, "\nCapInh:", 16), 0);
	ck_assert_uint_eq(field(status, "\nCapAmb:", 16), 0);
	ck_assert_uint_eq(field(status, "\nNoNewPrivs:", 10), 1);
	ck_assert_uint_eq(field(status, "\nSeccomp:", 10), 2);
	if (geteuid() == 0)
		ck_assert_uint_eq(field(status, "\nCapEff:", 16), kept);
}
END_TEST

static void give_back(int number)
{
	ssize_t ignored = write(STDERR_FILENO, "given back\n", 11);

	(void)ignored;
	raise(number);
}

/* conn_terminal.c's handler */
START_TEST(who_had_the_signal_before_is_called)
{
	char said[256] = "";
	int ends[2];
	pid_t pid;

	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		dup2(ends[1], STDERR_FILENO);
		dup2(ends[1], STDOUT_FILENO);
		prctl(PR_SET_DUMPABLE, 0);
		signal(SIGSYS, give_back);
		enter(0);
		try_ptrace();
		leave(NOT_KILLED);
	}
	ck_assert(is_killed(wait_for(pid)));
	ck_assert_int_gt(read(ends[0], said, sizeof(said) - 1), 0);
	ck_assert(strncmp(said, "given back\ntool: the sandbox stopped", 36) == 0);
	close(ends[0]);
	close(ends[1]);
}
END_TEST

START_TEST(words)
{
	char text[SANDBOX_TEXT_MAX];

	sandbox_describe(0, text);
	ck_assert_str_eq(text, "capabilities none, system calls for a recording");
	sandbox_describe(SANDBOX_EVENTS, text);
	ck_assert_str_eq(text, "capabilities none, system calls for events");
	if (geteuid() != 0)
		return;
	sandbox_describe(SANDBOX_EVENTS | SANDBOX_PROCESSES | SANDBOX_OWNERS | SANDBOX_NAMESPACES, text);
	ck_assert_str_eq(text, "capabilities CAP_DAC_READ_SEARCH CAP_SYS_PTRACE CAP_SYS_ADMIN, "
			       "system calls for events processes owners namespaces");
	sandbox_describe(SANDBOX_EVENTS | SANDBOX_UPROBES, text);
	ck_assert_str_eq(text, "capabilities CAP_DAC_READ_SEARCH CAP_SYS_PTRACE CAP_SYS_ADMIN, "
			       "system calls for events uprobes");
}
END_TEST

static Suite *sandbox_suite(void)
{
	Suite *s = suite_create("sandbox");
	TCase *c = tcase_create("sandbox");

	tcase_set_timeout(c, 60);
	tcase_add_test(c, nobody_may);
	tcase_add_test(c, events_reads_maps_and_forks);
	tcase_add_test(c, processes_opens_for_reading);
	tcase_add_test(c, namespaces_asks_sock_diag);
	tcase_add_test(c, screen_sets_the_terminal);
	tcase_add_test(c, uprobes_attaches);
	tcase_add_test(c, all_may_sleep_and_print);
	tcase_add_test(c, privileges_are_gone);
	tcase_add_test(c, who_had_the_signal_before_is_called);
	tcase_add_test(c, words);
	suite_add_tcase(s, c);
	return s;
}

int main(void)
{
	self = getpid();
	return run_suite(sandbox_suite());
}
