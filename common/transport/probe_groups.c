/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/probe_groups.h"

#include <string.h>

/* The second part is the one large program; it takes as long as all the rest. */
static const struct piece_use syscall_pieces[] = {
	{"wire.h", PART_BOTH},
	{"maps.bpf.c", PART_BOTH},
	{"socket.bpf.c", PART_FIRST},
	{"filter.bpf.c", PART_FIRST},
	{"window.bpf.c", PART_BOTH},
	{"http1_lines.bpf.c", PART_BOTH},
	{"http1_framing.bpf.c", PART_BOTH},
	{"http1_follow.bpf.c", PART_SECOND},
	{"emit.bpf.c", PART_BOTH},
	{"syscall_enter.bpf.c", PART_FIRST},
	{"syscall_exit.bpf.c", PART_FIRST},
	{"follow_step.bpf.c", PART_SECOND},
	{"sock_close.bpf.c", PART_FIRST},
	{NULL, PART_BOTH},
};

#define CALL(name, enter)                                                                                    \
	{ATTACH_TRACEPOINT, "syscalls", "sys_enter_" #name, enter, false},                                   \
	{                                                                                                    \
		ATTACH_TRACEPOINT, "syscalls", "sys_exit_" #name, "on_exit", false                           \
	}

/* Connections first: none may close unseen once calls are followed. */
static const struct attach_point syscall_points[] = {
	{ATTACH_TAIL_CALL, "steps", "0", "on_step", false},
	{ATTACH_TAIL_CALL, "steps", "1", "on_ended", false},
	{ATTACH_TAIL_CALL, "steps", "2", "on_enter", false},
	{ATTACH_TAIL_CALL, "steps", "3", "on_enter_dataless", false},
	{ATTACH_RAW_TRACEPOINT, NULL, "inet_sock_set_state", "on_sock_state", false},
	{ATTACH_RAW_TRACEPOINT, NULL, "tcp_destroy_sock", "on_sock_destroy", false},
	{ATTACH_RAW_TRACEPOINT, NULL, "sched_process_exit", "on_thread_exit", false},
	CALL(read, "on_enter"),
	CALL(write, "on_enter"),
	CALL(readv, "on_enter"),
	CALL(writev, "on_enter"),
	/* preadv and pwritev always fail on sockets; with offset -1 these two do not */
	CALL(preadv2, "on_enter"),
	CALL(pwritev2, "on_enter"),
	CALL(sendto, "on_enter"),
	CALL(sendmsg, "on_enter"),
	CALL(recvmsg, "on_enter"),
	CALL(sendmmsg, "on_enter"),
	CALL(sendfile64, "on_enter_dataless"),
	CALL(recvfrom, "on_enter_flags"),
	CALL(recvmmsg, "on_enter_flags"),
	CALL(splice, "on_enter_dataless"),
	{0, NULL, NULL, NULL, false},
};

static const struct probe_group groups[] = {
	{"plain_http", syscall_pieces, syscall_points},
};

const struct probe_group *probe_group_find(const char *name)
{
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		if (strcmp(groups[i].name, name) == 0)
			return &groups[i];
	}
	return NULL;
}
