/* SPDX-License-Identifier: Apache-2.0 */
#include "app/sandbox_calls.h"

#include <asm/ioctls.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/membarrier.h>
#include <linux/netlink.h>
#include <linux/perf_event.h>
#include <linux/ioctl.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/sandbox_sets.h"

#define ARGS_MAX 2

struct call {
	unsigned sets; /* allowed with any of them */
	int number;    /* negative: this machine has no such call */
	unsigned n;
	struct scmp_arg_cmp args[ARGS_MAX];
};

#define ALWAYS (~0u)
#define CALL(sets, name)                                                                                     \
	{                                                                                                    \
		sets, SCMP_SYS(name), 0,                                                                     \
		{                                                                                            \
			{                                                                                    \
				0                                                                            \
			}                                                                                    \
		}                                                                                            \
	}
#define CALL_IF(sets, name, a)                                                                               \
	{                                                                                                    \
		sets, SCMP_SYS(name), 1,                                                                     \
		{                                                                                            \
			a                                                                                    \
		}                                                                                            \
	}
#define CALL_IF2(sets, name, a, b)                                                                           \
	{                                                                                                    \
		sets, SCMP_SYS(name), 2,                                                                     \
		{                                                                                            \
			a, b                                                                                 \
		}                                                                                            \
	}
/* of argument number `arg`, from 0 */
#define IS(arg, value)                                                                                       \
	{                                                                                                    \
		arg, SCMP_CMP_EQ, value, 0                                                                   \
	}
#define HAS_NO(arg, bits)                                                                                    \
	{                                                                                                    \
		arg, SCMP_CMP_MASKED_EQ, bits, 0                                                             \
	}

#define EVENTS	   SANDBOX_EVENTS
#define PROCESSES  SANDBOX_PROCESSES
#define NAMESPACES SANDBOX_NAMESPACES
#define SCREEN	   SANDBOX_SCREEN
#define UPROBES	   SANDBOX_UPROBES
/* Those who open files, for reading. */
#define FILES (PROCESSES | NAMESPACES | UPROBES)

/* Nothing is run that was written by the process itself. */
#define WITHOUT_CODE(arg) HAS_NO(arg, PROT_EXEC)
/* PROCMAP_QUERY of Linux 6.11, which older headers do not have: 104 bytes */
#define QUERY_MAPPING _IOC(_IOC_READ | _IOC_WRITE, 'f', 17, 104)
#define WRITING	      (O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND | (O_TMPFILE & ~O_DIRECTORY))
#define NEW_NAMESPACES                                                                                       \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |        \
	 CLONE_NEWNET)

static const struct call calls[] = {
	/* what is open */
	CALL(ALWAYS, read), CALL(ALWAYS, readv), CALL(ALWAYS, pread64), CALL(ALWAYS, write),
	CALL(ALWAYS, writev), CALL(ALWAYS, lseek), CALL(ALWAYS, fstat),
	CALL_IF(ALWAYS, newfstatat, IS(3, AT_EMPTY_PATH)), /* glibc's fstat() */
	CALL(ALWAYS, close), CALL_IF(ALWAYS, fcntl, IS(1, F_GETFL)), CALL_IF(ALWAYS, fcntl, IS(1, F_GETFD)),
	CALL_IF(ALWAYS, ioctl, IS(1, TCGETS)), /* isatty() */
	CALL_IF(ALWAYS, ioctl, IS(1, TIOCGWINSZ)), CALL(ALWAYS, poll), CALL(ALWAYS, ppoll),
	CALL(ALWAYS, epoll_wait), CALL(ALWAYS, epoll_pwait),

	/* memory */
	CALL(ALWAYS, brk), CALL_IF(ALWAYS, mmap, WITHOUT_CODE(2)), CALL_IF(ALWAYS, mprotect, WITHOUT_CODE(2)),
	CALL(ALWAYS, munmap), CALL(ALWAYS, mremap), CALL(ALWAYS, madvise),
	CALL(ALWAYS, sysinfo), /* qsort() */
	CALL(ALWAYS, getrandom),

	/* time, signals, the end */
	CALL(ALWAYS, clock_gettime), CALL(ALWAYS, clock_getres), CALL(ALWAYS, clock_nanosleep),
	CALL(ALWAYS, nanosleep), CALL(ALWAYS, gettimeofday), CALL(ALWAYS, time), CALL(ALWAYS, rt_sigaction),
	CALL(ALWAYS, rt_sigprocmask), CALL(ALWAYS, rt_sigreturn),
	CALL(ALWAYS, restart_syscall), /* a wait, after SIGSTOP and SIGCONT */
	CALL(ALWAYS, getpid), CALL(ALWAYS, gettid), CALL(ALWAYS, exit), CALL(ALWAYS, exit_group),
	CALL(ALWAYS, futex), CALL(ALWAYS, sched_yield),
	CALL(ALWAYS, sched_getaffinity), /* malloc(), by threads */
	CALL(ALWAYS, getrusage),	 /* own_cost.c */

	/* BPF maps that are open; none is made or found, no program loaded */
	CALL_IF(EVENTS, bpf, IS(0, BPF_MAP_LOOKUP_ELEM)), CALL_IF(EVENTS, bpf, IS(0, BPF_MAP_UPDATE_ELEM)),
	CALL_IF(EVENTS, bpf, IS(0, BPF_MAP_DELETE_ELEM)), CALL_IF(EVENTS, bpf, IS(0, BPF_MAP_GET_NEXT_KEY)),
	CALL_IF(EVENTS, bpf, IS(0, BPF_MAP_LOOKUP_AND_DELETE_ELEM)),
	CALL_IF(EVENTS, bpf, IS(0, BPF_MAP_LOOKUP_BATCH)),
	CALL_IF(EVENTS, bpf, IS(0, BPF_MAP_LOOKUP_AND_DELETE_BATCH)),
	CALL_IF(EVENTS, bpf, IS(0, BPF_MAP_UPDATE_BATCH)), CALL_IF(EVENTS, bpf, IS(0, BPF_MAP_DELETE_BATCH)),
	CALL_IF(EVENTS, bpf, IS(0, BPF_OBJ_GET_INFO_BY_FD)),	   /* what a program has missed */
	CALL_IF(EVENTS, membarrier, IS(0, MEMBARRIER_CMD_GLOBAL)), /* latency_rows.c */

	/* children that detach, threads that enter namespaces; clone3() hides its flags from filters */
	CALL_IF(EVENTS, clone, HAS_NO(0, NEW_NAMESPACES)), CALL(EVENTS, fork), CALL(EVENTS, wait4),
	CALL(EVENTS, set_robust_list), CALL(EVENTS, rseq),

	/* files, for reading */
	CALL_IF(FILES, openat, HAS_NO(2, WRITING)),
	CALL_IF2(FILES, fcntl, IS(1, F_SETFD), IS(2, FD_CLOEXEC)), /* fdopendir() */
	CALL(FILES, getdents64), CALL(FILES, readlinkat), CALL(FILES, readlink), CALL(FILES, newfstatat),
	CALL(FILES, stat), CALL(FILES, statx), CALL(FILES, access), CALL(FILES, faccessat),
	CALL(FILES, faccessat2), CALL(FILES, statfs), CALL(FILES, fstatfs), CALL(FILES, fadvise64),
	CALL_IF(PROCESSES, open_by_handle_at, HAS_NO(2, WRITING)),

	/* netlink, in other namespaces */
	CALL_IF(NAMESPACES, setns, IS(1, CLONE_NEWNET)),
	CALL_IF2(NAMESPACES, socket, IS(0, AF_NETLINK), IS(2, NETLINK_SOCK_DIAG)),
	CALL_IF2(NAMESPACES, setsockopt, IS(1, SOL_SOCKET), IS(2, SO_RCVTIMEO)), CALL(NAMESPACES, connect),
	CALL(NAMESPACES | SCREEN, sendto), CALL(NAMESPACES | SCREEN, recvfrom),

	/* a terminal; no characters are put into its input (TIOCSTI) */
	CALL_IF(SCREEN, ioctl, IS(1, TCSETS)), CALL_IF(SCREEN, ioctl, IS(1, TCSETSW)),
	CALL_IF(SCREEN, ioctl, IS(1, TCSETSF)), CALL_IF(SCREEN, ioctl, IS(1, TCFLSH)),
	CALL_IF(SCREEN, ioctl, IS(1, TIOCGPGRP)), CALL(SCREEN, getpgrp),
	CALL(SCREEN, dup2), /* standard error, which is kept meanwhile */
	CALL(SCREEN, dup3), CALL(SCREEN, ftruncate),

	/* programs that are loaded are put to functions of files */
	CALL(UPROBES, perf_event_open), CALL_IF(UPROBES, ioctl, IS(1, PERF_EVENT_IOC_SET_BPF)),
	CALL_IF(UPROBES, ioctl, IS(1, PERF_EVENT_IOC_ENABLE)),
	/* a library of the system's, as x86_returns.c loads one for Go programs */
	CALL_IF2(UPROBES, mmap, HAS_NO(2, PROT_WRITE), HAS_NO(3, MAP_ANONYMOUS)),
	CALL_IF(UPROBES, ioctl, IS(1, QUERY_MAPPING)), /* uprobe_scan.c */
};

static int allow(scmp_filter_ctx filter, const struct call *c)
{
	int error = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, c->number, c->n, c->args);

	/* EDOM: of another architecture */
	return error == -EDOM ? 0 : error;
}

/* To itself: raise(), and Ctrl-Z in ncurses. */
static int allow_own_signals(scmp_filter_ctx filter, unsigned sets)
{
	struct call raise = CALL_IF(ALWAYS, tgkill, IS(0, (scmp_datum_t)getpid()));
	struct call stop = CALL_IF(SCREEN, kill, IS(0, (scmp_datum_t)getpid()));
	int error = allow(filter, &raise);

	return error || !(stop.sets & sets) ? error : allow(filter, &stop);
}

int sandbox_calls_allow(void *filter, unsigned sets)
{
	int error;

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (calls[i].sets != ALWAYS && !(calls[i].sets & sets))
			continue;
		error = allow(filter, &calls[i]);
		if (error)
			return error;
	}
	error = allow_own_signals(filter, sets);
	/* the C library tries it first, and then clone() */
	return error ? error : seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
}
