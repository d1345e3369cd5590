/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/probe_groups.h"

#include <string.h>

#include "transport/kernel_offer.h"

/* The second part is the one large program; it takes as long as all the rest. */
const struct piece_use probe_pieces[] = {
	{"wire.h", PART_BOTH, 0},
	{"maps.bpf.c", PART_BOTH, 0},
	{"socket.bpf.c", PART_BOTH, 0},
	{"filter.bpf.c", PART_FIRST, 0},
	{"tls_threads.bpf.c", PART_FIRST, USE_TLS},
	{"no_tls.bpf.c", PART_FIRST, USE_NO_TLS},
	{"positions.bpf.c", PART_BOTH, USE_SOCKETS},
	{"positions.bpf.c", PART_BOTH, USE_FUNCTIONS},
	{"no_positions.bpf.c", PART_BOTH, USE_SYSCALLS},
	{"ring_events.bpf.c", PART_BOTH, USE_RING},
	{"perf_events.bpf.c", PART_BOTH, USE_PERF},
	{"ship.bpf.c", PART_BOTH, 0},
	{"emit.bpf.c", PART_BOTH, USE_EVENTS},
	{"latency_rows.bpf.c", PART_BOTH, USE_LATENCY},
	{"latency.bpf.c", PART_BOTH, USE_LATENCY},
	{"window.bpf.c", PART_BOTH, 0},
	{"http1_lines.bpf.c", PART_BOTH, 0},
	{"http1_framing.bpf.c", PART_BOTH, 0},
	{"http1_follow.bpf.c", PART_SECOND, 0},
	{"http2_frames.bpf.c", PART_FIRST, 0},
	{"http2_detect.bpf.c", PART_FIRST, 0},
	{"last_reads.bpf.c", PART_FIRST, USE_HEADERS},
	{"http2_follow.bpf.c", PART_FIRST, 0},
	{"follow_call.bpf.c", PART_FIRST, 0},
	{"calls.bpf.c", PART_FIRST, USE_SYSCALLS},
	{"calls.bpf.c", PART_FIRST, USE_FUNCTIONS},
	{"syscall_enter.bpf.c", PART_FIRST, USE_SYSCALLS},
	{"syscall_exit.bpf.c", PART_FIRST, USE_SYSCALLS},
	{"socket_calls.bpf.c", PART_FIRST, USE_SOCKETS},
	{"socket_functions.bpf.c", PART_FIRST, USE_FUNCTIONS},
	{"socket_lengths.bpf.c", PART_FIRST, USE_LENGTHS},
	{"socket_returns.bpf.c", PART_FIRST, USE_RETURNS},
	{"tls_calls.bpf.c", PART_FIRST, USE_TLS},
	{"header_lists.bpf.c", PART_FIRST, USE_HEADERS},
	{"go_conns.bpf.c", PART_FIRST, USE_HEADERS},
	{"go_headers.bpf.c", PART_FIRST, USE_HEADERS},
	{"nghttp2_headers.bpf.c", PART_FIRST, USE_HEADERS},
	{"follow_step.bpf.c", PART_SECOND, 0},
	{"sock_close.bpf.c", PART_FIRST, 0},
	{"conn_gone.bpf.c", PART_FIRST, USE_CONNS},
	{"latency_parts.bpf.c", PART_FIRST, USE_LATENCY | USE_BREAKDOWN},
	{NULL, PART_BOTH, 0},
};

#define CALL(name, enter)                                                                                    \
	{ATTACH_TRACEPOINT, "syscalls", "sys_enter_" #name, enter, USE_SYSCALLS, false},                     \
	{                                                                                                    \
		ATTACH_TRACEPOINT, "syscalls", "sys_exit_" #name, "on_exit", USE_SYSCALLS, false             \
	}
#define RAW(event, program, uses)                                                                            \
	{                                                                                                    \
		ATTACH_RAW_TRACEPOINT, NULL, event, program, uses, false                                     \
	}
/* optional: not in every kernel, or its module is not loaded */
#define FUNCTION(name, enter, uses, optional)                                                                \
	{ATTACH_KPROBE, NULL, name, enter, (uses) | USE_KPROBES, optional},                                  \
		{ATTACH_KRETPROBE, NULL, name, "on_return", USE_RETURNS | USE_KPROBES, optional},            \
		{ATTACH_FENTRY, NULL, name, enter, (uses) | USE_FENTRY, optional},                           \
	{                                                                                                    \
		ATTACH_FEXIT, NULL, name, "on_return", USE_RETURNS | USE_FENTRY, optional                    \
	}
#define HEADERS(program)                                                                                     \
	{                                                                                                    \
		ATTACH_UPROBE, NULL, "functions of HTTP/2 in programs", program, USE_HEADERS, false          \
	}
#define STEP(index, program, uses)                                                                           \
	{                                                                                                    \
		ATTACH_TAIL_CALL, "steps", index, program, uses, false                                       \
	}

/* Connections first: none may close unseen once calls are followed. */
const struct attach_point probe_points[] = {
	STEP("0", "on_step", 0),
	STEP("1", "on_ended", 0),
	STEP("2", "on_enter", USE_SYSCALLS),
	STEP("3", "on_enter_dataless", USE_SYSCALLS),
	STEP("4", "on_rare", 0),
	STEP("5", "on_http2", 0),
	STEP("6", "on_upgraded", 0),
	{ATTACH_RAW_TAIL_CALL, "closers", "0", "on_closed", 0, false},
	RAW("inet_sock_set_state", "on_sock_state", 0),
	RAW("tcp_destroy_sock", "on_sock_destroy", 0),
	RAW("inet_sock_set_state", "on_life", USE_CONNS),
	RAW("inet_sock_set_state", "on_opening", USE_LATENCY | USE_BREAKDOWN),
	{ATTACH_RAW_TRACEPOINT, NULL, "sk_data_ready", "on_data_ready", USE_LATENCY | USE_BREAKDOWN, true},
	RAW("tcp_sendmsg_locked", "on_send_begin", USE_SOCKETS),
	RAW("sock_send_length", "on_sent", USE_SOCKETS),
	RAW("sock_recv_length", "on_received", USE_SOCKETS),
	RAW("sched_process_exit", "on_thread_exit", USE_SYSCALLS),
	RAW("sched_process_exit", "on_thread_exit", USE_FUNCTIONS),
	RAW("sched_process_exit", "on_tls_thread_exit", USE_TLS),
	{ATTACH_UPROBE, NULL, "functions of TLS libraries", "on_tls_enter", USE_TLS, false},
	{ATTACH_UPROBE, NULL, "functions of TLS libraries", "on_tls_return", USE_TLS, false},
	{ATTACH_UPROBE, NULL, "functions of TLS libraries", "on_tls_object", USE_TLS, false},
	HEADERS("on_headers"),
	HEADERS("on_headers_begin"),
	HEADERS("on_headers_field"),
	HEADERS("on_headers_end"),
	HEADERS("on_nghttp2_read"),
	HEADERS("on_nghttp2_gone"),
	HEADERS("on_nghttp2_submit"),
	HEADERS("on_nghttp2_submitted"),
	{ATTACH_TRACEPOINT, "sock", "sock_send_length", "on_length", USE_LENGTHS, false},
	{ATTACH_TRACEPOINT, "sock", "sock_recv_length", "on_length", USE_LENGTHS, false},
	FUNCTION("tcp_sendmsg", "on_sendmsg", USE_FUNCTIONS, false),
	FUNCTION("tcp_recvmsg", "on_recvmsg", USE_FUNCTIONS, false),
	FUNCTION("tcp_splice_read", "on_splice_read", USE_RETURNS, true),
	/* until 6.5, when sendfile() became a tcp_sendmsg() */
	FUNCTION("tcp_sendpage", "on_sendpage", USE_RETURNS, true),
	FUNCTION("mptcp_sendmsg", "on_sendmsg", USE_FUNCTIONS, true),
	FUNCTION("mptcp_recvmsg", "on_recvmsg", USE_FUNCTIONS, true),
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
	{0, NULL, NULL, NULL, 0, false},
};

static const struct {
	const char *name;
	unsigned uses;
} groups[] = {
	{"plain_http", USE_EVENTS},
	{"http_latency", USE_LATENCY},
	{"conn_stats", USE_LATENCY | USE_CONNS},
	{"http2", USE_EVENTS | USE_ONLY_HTTP2},
};

static unsigned group_uses(const char *name)
{
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		if (strcmp(groups[i].name, name) == 0)
			return groups[i].uses;
	}
	return 0;
}

const char *probe_words(unsigned uses)
{
	if (uses & USE_FENTRY)
		return "fentry of TCP's functions, and socket tracepoints";
	if (uses & USE_FUNCTIONS)
		return "kprobes on TCP's functions, and socket tracepoints";
	return uses & USE_SOCKETS ? "socket tracepoints" : "syscall and socket tracepoints";
}

static bool through_perf(enum transport_kind wanted)
{
	return wanted == TRANSPORT_PERF ||
	       (wanted == TRANSPORT_AUTO && kernel_offer_ring_buffer() == OFFER_NO);
}

bool probe_offers_sockets(const struct kernel_tracepoints *have)
{
	return have->lengths && have->send_begin;
}

unsigned probe_uses(const struct capture_options *options, const struct kernel_tracepoints *have)
{
	unsigned uses = 0;
	enum probes_from probes = options->probes;
	bool sockets;

	for (size_t g = 0; options->groups[g]; g++) {
		unsigned group = group_uses(options->groups[g]);

		if (!group)
			return 0;
		uses |= group;
	}
	if (uses & USE_LATENCY && options->latency.breakdown)
		uses |= USE_BREAKDOWN;
	uses |= options->no_tls ? USE_NO_TLS : USE_TLS;
	/* Who is not told of headers needs none.  Older verifiers keep each path through header_lists.bpf.c
	 * apart (since 6.2 they forget which numbers had to be precise): 5.10 takes seconds, and then refuses
	 * it. */
	if (uses & USE_EVENTS && uses & USE_TLS && have->lengths)
		uses |= USE_HEADERS;
	if (have->may_goto)
		uses |= USE_MAY_GOTO;
	uses |= through_perf(options->transport) ? USE_PERF : USE_RING;
	/* where the kernel leaves out runs of tracepoints' programs, it runs those of kprobes */
	if (probes == PROBES_AUTO && have->preemptible && have->kprobes)
		probes = PROBES_KPROBE;
	if (probes == PROBES_KPROBE || probes == PROBES_FENTRY)
		return uses | USE_FUNCTIONS | (have->lengths ? USE_LENGTHS : USE_RETURNS) |
		       (probes == PROBES_FENTRY ? USE_FENTRY : USE_KPROBES);
	/* they cost half or less, but do not see every way of calling: events are for who wants all */
	sockets = probes == PROBES_SOCKET ||
		  (probes == PROBES_AUTO && probe_offers_sockets(have) && !(uses & USE_EVENTS));
	return uses | (sockets ? USE_SOCKETS : USE_SYSCALLS);
}
