/* SPDX-License-Identifier: Apache-2.0 */
#include "app/common_options.h"

#include "app/option_setters.h"
#include "app/options.h"

#define FLAG(member) .kind = OPTION_FLAG, .flag = offsetof(struct options, member)

const struct option_spec options_process[] = {
	{"pid", 'p', .arg = "PID[,PID]", .set = option_set_pid,
	 .help = "only these processes (filtered in-kernel)"},
	{"comm", 'c', .arg = "COMM", .set = option_set_comm,
	 .help = "only processes of exactly this name, at most 15\nbytes; may be repeated (filtered "
		 "in-kernel)"},
	{0},
};

#define UID_HELP "only these users, by number or name\n(filtered in-kernel)"

const struct option_spec options_user[] = {
	{"uid", 'u', .arg = "UID[,UID]", .set = option_set_uid, .help = UID_HELP},
	{0},
};

const struct option_spec options_user_no_letter[] = {
	{"uid", .arg = "UID[,UID]", .set = option_set_uid, .help = UID_HELP},
	{0},
};

const struct option_spec options_container[] = {
	{"container", .arg = "ID", .set = option_set_container,
	 .help = "only this container; the beginning of the id\nwill do (filtered in-kernel)"},
	{"pod", .arg = "NS/NAME", .set = option_set_pod,
	 .help = "only this Kubernetes pod (filtered in-kernel)"},
	{0},
};

const struct option_spec options_connection[] = {
	{"localport", 'L', .arg = "PORT[,PORT]", .set = option_set_lport,
	 .help = "only these local ports (filtered in-kernel)"},
	{"remoteport", 'D', .arg = "PORT[,PORT]", .set = option_set_rport,
	 .help = "only these remote ports (filtered in-kernel)"},
	{"ipv4", '4', FLAG(capture.filter.only_ipv4), .help = "only IPv4 (filtered in-kernel)"},
	{"ipv6", '6', FLAG(capture.filter.only_ipv6), .help = "only IPv6 (filtered in-kernel)"},
	{"peer", .arg = "CIDR[,CIDR]", .set = option_set_peer,
	 .help = "only peers in these networks, as 10.1.0.0/16\nor ::1 (filtered in-kernel)"},
	{"role", 'r', .arg = "client|server", .set = option_set_role,
	 .help = "only what traced processes ask (client) or\nanswer (server) (filtered in-kernel)"},
	{0},
};

#define ROW_METHOD                                                                                           \
	{                                                                                                    \
		"method", .arg = "METHOD[,METHOD]", .set = option_set_method, .help = "only these methods"   \
	}
#define ROW_HOST                                                                                             \
	{                                                                                                    \
		"host", .arg = "HOST[,HOST]", .set = option_set_host,                                        \
			.help = "only requests to these hosts; without a port\nany port fits"                \
	}
#define ROW_PATH                                                                                             \
	{                                                                                                    \
		"path", .arg = "PREFIX|~REGEX", .set = option_set_path,                                      \
			.help = "only paths that begin with PREFIX or match the\nregular expression; may "   \
				"be repeated"                                                                \
	}

const struct option_spec options_request[] = {
	ROW_METHOD,
	ROW_HOST,
	ROW_PATH,
	{0},
};

const struct option_spec options_exchange[] = {
	ROW_METHOD,
	ROW_HOST,
	ROW_PATH,
	{"status", .arg = "5xx,404,!2xx", .set = option_set_status,
	 .help = "only these statuses; ! takes away; none is an\nexchange without one"},
	{"grpc-status", .arg = "LIST", .set = option_set_grpc_status,
	 .help = "only gRPC calls with these statuses: numbers,\nranges, names, as 1-16 or "
		 "UNAVAILABLE,14;\n! takes away; none is a call without one"},
	{0},
};

const struct option_spec options_record[] = {
	{"timestamp", 't', FLAG(time_seconds), .help = "column TIME(s): seconds since start"},
	{"time", 'T', FLAG(time_clock), .help = "column TIME: HH:MM:SS"},
	{"wide", 'w', FLAG(wide), .help = "both addresses, nothing shortened"},
	{"extended", 'x', FLAG(extended), .help = "more columns: sizes, times, flags, container"},
	{"show-headers", 'H', FLAG(show_headers), .help = "header lists, below each line"},
	{"header", .arg = "NAME", .set = option_set_header,
	 .help = "this header field as a column; may be repeated"},
	{"json", 'j', FLAG(json), .help = "one JSON object per line, see l7scope(7)"},
	{"show-secrets", FLAG(show_secrets), .help = "do not mask credentials and cookies"},
	{0},
};

const struct option_spec options_open[] = {
	{"open", .arg = "SECONDS", .set = option_set_open,
	 .help = "tell HTTP/2 streams that stay open each time so\nlong has passed (30); 0: only when they "
		 "end"},
	{0},
};

const struct option_spec options_duration[] = {
	{"duration", 'd', .arg = "SECONDS", .set = option_set_duration, .help = "stop after this time"},
	{0},
};

const struct option_spec options_count[] = {
	{"count", 'n', .arg = "COUNT", .set = option_set_count, .help = "stop after this many records"},
	{0},
};

const struct option_spec options_attach[] = {
	{"headers", .arg = "auto|btf|kernel|DIR", .set = option_set_headers,
	 .help = "where the kernel's types come from"},
	{"probes", .arg = "auto|tracepoint|socket|fentry|kprobe", .set = option_set_probes,
	 .help = "how to attach"},
	{"no-tls", FLAG(capture.no_tls), .help = "leave out the plain text of TLS connections"},
	{"transport", .arg = "auto|ring|perf", .set = option_set_transport,
	 .help = "how events leave the kernel"},
	{0},
};

const struct option_spec options_file[] = {
	{"record", .arg = "FILE", .set = option_set_record,
	 .help = "also write the raw events, secrets included, to\nthis new file (mode 0600)"},
	{"replay", .arg = "FILE", .set = option_set_replay,
	 .help = "read events from such a file; needs no root"},
	{0},
};

const struct option_spec options_about[] = {
	{"check", FLAG(check), .help = "say what this kernel offers and what would be\nattached, and exit"},
	{"ebpf", FLAG(ebpf), .help = "print the BPF program text and exit"},
	{"stats", FLAG(capture.times),
	 .help = "say at the end what the BPF programs and the tool\nitself have cost"},
	{"no-sandbox", FLAG(no_sandbox), .help = "keep all privileges while running (to debug)"},
	{"ready-fd", .arg = "N", .set = option_set_ready_fd,
	 .help = "write a newline to descriptor N when attached"},
	{"verbose", 'v', FLAG(verbose), .help = "say on stderr how it attached and when it was\nready"},
	{"help", 'h', .kind = OPTION_HELP, .help = "this text"},
	{"version", .kind = OPTION_VERSION, .help = "print the version"},
	{0},
};

const struct option_group option_groups_snoop[] = {
	{"whose traffic", options_process},
	{"", options_user},
	{"", options_container},
	{"which connections", options_connection},
	{"which exchanges", options_exchange},
	{"what is printed", options_record},
	{"", options_open},
	{"when it ends", options_duration},
	{"", options_count},
	{"how it attaches", options_attach},
	{"recordings", options_file},
	{"about", options_about},
	{0},
};
