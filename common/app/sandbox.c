/* SPDX-License-Identifier: Apache-2.0 */
#include "app/sandbox.h"

#include <cap-ng.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "app/sandbox_calls.h"

/* Older kernel headers do not name it. */
#ifndef CAP_BPF
#define CAP_BPF 39
#endif
#define CAPABILITIES 64

/* ---- capabilities ---- */

static const struct {
	unsigned sets; /* any of them */
	unsigned capability;
} needs[] = {
	/* other users' /proc/PID/fd, a cgroup by its number (open_by_handle_at) */
	{SANDBOX_PROCESSES | SANDBOX_UPROBES, CAP_DAC_READ_SEARCH},
	/* where links of /proc/PID lead to, also of root's processes: they have more capabilities than we */
	{SANDBOX_OWNERS | SANDBOX_UPROBES, CAP_SYS_PTRACE},
	/* setns(); perf_event_open() of a uprobe, for which CAP_PERFMON is not enough (kernel/events/core.c,
	 * perf_uprobe_event_init()); /proc/PID/map_files */
	{SANDBOX_NAMESPACES | SANDBOX_UPROBES, CAP_SYS_ADMIN},
};

static bool has(unsigned capability)
{
	return capng_have_capability(CAPNG_PERMITTED, capability);
}

static uint64_t capabilities_for(unsigned sets)
{
	uint64_t wanted = 0;

	capng_get_caps_process();
	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++)
		if (needs[i].sets & sets && has(needs[i].capability))
			wanted |= 1ull << needs[i].capability;
	return wanted;
}

static int apply_capabilities(uint64_t effective, uint64_t permitted)
{
	/* taking them out of the bounding set needs one itself; no_new_privs is as good */
	bool bounds = capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP);

	capng_clear(CAPNG_SELECT_BOTH);
	for (unsigned i = 0; i < CAPABILITIES; i++) {
		if (effective >> i & 1)
			capng_update(CAPNG_ADD, CAPNG_EFFECTIVE, i);
		if (permitted >> i & 1)
			capng_update(CAPNG_ADD, CAPNG_PERMITTED, i);
	}
	return capng_apply(bounds ? CAPNG_SELECT_BOTH : CAPNG_SELECT_CAPS);
}

/* Before Linux 5.19 a host that keeps BPF from its users asks for CAP_BPF also of who reads a map.
 * No such map exists: EPERM comes first. */
static bool maps_need_capability(void)
{
	union bpf_attr none = {.map_fd = (uint32_t)-1};

	return syscall(SYS_bpf, BPF_MAP_LOOKUP_ELEM, &none, sizeof(none)) < 0 && errno == EPERM;
}

/* What is left; false: errno. */
static bool drop_capabilities(unsigned sets, uint64_t *left)
{
	uint64_t for_maps = 0;

	*left = capabilities_for(sets);
	/* who came without CAP_BPF has the other one, which includes it */
	if (sets & SANDBOX_EVENTS && has(CAP_BPF))
		for_maps = 1ull << CAP_BPF;
	else if (sets & SANDBOX_EVENTS && has(CAP_SYS_ADMIN))
		for_maps = 1ull << CAP_SYS_ADMIN;
	if (apply_capabilities(*left, *left | for_maps))
		return false;
	if (for_maps && maps_need_capability())
		*left |= for_maps;
	return apply_capabilities(*left, *left) == 0;
}

/* ---- words ---- */

static const char *const set_names[SANDBOX_SETS] = {"events",	  "processes", "owners",
						    "namespaces", "screen",    "uprobes"};

static void add(char text[SANDBOX_TEXT_MAX], const char *word)
{
	size_t n = strlen(text);

	snprintf(text + n, SANDBOX_TEXT_MAX - n, " %s", word);
}

static void add_capability(char text[SANDBOX_TEXT_MAX], unsigned capability)
{
	const char *known = capng_capability_to_name(capability);
	char name[32];
	size_t n = (size_t)snprintf(name, sizeof(name), "CAP_%s", known ? known : "?");

	for (size_t i = 0; i < n && i < sizeof(name); i++)
		name[i] = (char)toupper((unsigned char)name[i]);
	add(text, name);
}

static void say(unsigned sets, uint64_t capabilities, bool filter, char text[SANDBOX_TEXT_MAX])
{
	snprintf(text, SANDBOX_TEXT_MAX, "capabilities");
	for (unsigned i = 0; i < CAPABILITIES; i++)
		if (capabilities >> i & 1)
			add_capability(text, i);
	if (!capabilities)
		add(text, "none");
	if (!filter) {
		add(text, "(this kernel has no seccomp to filter system calls)");
		return;
	}
	strncat(text, ", system calls for", SANDBOX_TEXT_MAX - strlen(text) - 1);
	for (unsigned i = 0; i < SANDBOX_SETS; i++)
		if (sets >> i & 1)
			add(text, set_names[i]);
	if (!sets)
		add(text, "a recording");
}

/* ---- a call that is not allowed ---- */

static struct {
	const char *tool;
	struct sigaction before;
} violation;

static void write_number(char **at, unsigned n)
{
	if (n >= 10)
		write_number(at, n / 10);
	*(*at)++ = (char)('0' + n % 10);
}

static void append(char **at, const char *text)
{
	while (*text)
		*(*at)++ = *text++;
}

/* Only what a signal handler may call.  Who had the signal before gives back the
 * terminal: then standard error is still kept back (conn_terminal.h). */
static void on_violation(int number, siginfo_t *info, void *context)
{
	bool chained = violation.before.sa_handler != SIG_DFL && violation.before.sa_handler != SIG_IGN;
	char text[SANDBOX_TEXT_MAX], *at = text;
	ssize_t ignored;

	(void)context;
	if (chained)
		violation.before.sa_handler(number);
	append(&at, violation.tool);
	append(&at, ": the sandbox stopped system call number ");
	write_number(&at, (unsigned)info->si_syscall);
	append(&at, ", which is a bug; it runs with --no-sandbox\n");
	ignored = write(chained ? STDOUT_FILENO : STDERR_FILENO, text, (size_t)(at - text));
	(void)ignored;
	raise(number); /* SA_RESETHAND: this time it kills */
}

static void take_signal(const char *tool)
{
	struct sigaction action = {.sa_sigaction = on_violation, .sa_flags = SA_SIGINFO | SA_RESETHAND};

	violation.tool = tool;
	sigaction(SIGSYS, &action, &violation.before);
}

/* ---- the filter ---- */

static bool kernel_has_filters(void)
{
	/* EFAULT: it would have, had there been one (prctl(2), PR_GET_SECCOMP's caveats do not apply) */
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0) == -1 && errno == EFAULT;
}

/* 0, or -errno. */
static int load_filter(unsigned sets)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_TRAP);
	int error;

	if (!filter)
		return -ENOMEM;
	seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* a tree: only faster */
	error = sandbox_calls_allow(filter, sets);
	/* threads that libraries might have started are held by it, too */
	if (!error)
		error = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
	if (!error)
		error = seccomp_load(filter);
	seccomp_release(filter);
	return error;
}

/* ---- what the C library would otherwise open files for, later ---- */

static int compare_chars(const void *a, const void *b)
{
	return *(const char *)a - *(const char *)b;
}

static void prepare_libc(void)
{
	/* more than glibc sorts on the stack: it asks once how much memory there is */
	char unsorted[2048] = "";

	qsort(unsorted, sizeof(unsorted), 1, compare_chars);
	/* without it strftime() looks at /etc/localtime each time */
	setenv("TZ", ":/etc/localtime", 0);
	tzset();
}

/* ---- all of it ---- */

/* What is left of them is tried out by a child. */
static uint64_t capabilities_left(unsigned sets)
{
	uint64_t left = 0;
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		return capabilities_for(sets);
	pid = fork();
	if (pid == 0)
		_exit(!drop_capabilities(sets, &left) || write(ends[1], &left, sizeof(left)) < 0);
	close(ends[1]);
	if (pid < 0 || read(ends[0], &left, sizeof(left)) != sizeof(left))
		left = capabilities_for(sets);
	close(ends[0]);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	return left;
}

void sandbox_describe(unsigned sets, char text[SANDBOX_TEXT_MAX])
{
	say(sets, capabilities_left(sets), kernel_has_filters(), text);
}

bool sandbox_enter(const char *tool, unsigned sets, char text[SANDBOX_TEXT_MAX])
{
	bool filter = kernel_has_filters();
	uint64_t left;
	int error = 0;

	prepare_libc();
	if (!drop_capabilities(sets, &left) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		error = errno;
	if (!error && filter) {
		take_signal(tool);
		error = -load_filter(sets);
	}
	if (error) {
		snprintf(text, SANDBOX_TEXT_MAX,
			 "cannot give up privileges: %s; --no-sandbox runs with all of them",
			 strerror(error));
		return false;
	}
	say(sets, left, filter, text);
	return true;
}
