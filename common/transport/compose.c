/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/compose.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "transport/bpf_pieces.h"

/* 4 MiB: at 100,000 events a second of 500 bytes, 80 ms of delay in the reader.
 * Its pages count twice in the reader's resident set (they are mapped twice). */
#define RING_PAGES 1024
/* Keys times CPUs, 3.7 KB each, of which only what is used exists; two halves. */
#define LATENCY_ROWS 16384
/* 1 MiB of close events: 4,000 of HTTP. */
#define CONTROL_PAGES 256
/* Where all of TCP are told: 8,000 within 20 ms, as when a process with many of them is killed. */
#define CONTROL_PAGES_CONNS 512

static const struct {
	const char *name;
	long nr;
} syscalls[] = {
	{"read", SYS_read},	    {"readv", SYS_readv},	{"writev", SYS_writev},
	{"preadv2", SYS_preadv2},   {"pwritev2", SYS_pwritev2}, {"recvmsg", SYS_recvmsg},
	{"sendmsg", SYS_sendmsg},   {"sendmmsg", SYS_sendmmsg}, {"recvmmsg", SYS_recvmmsg},
	{"recvfrom", SYS_recvfrom}, {"splice", SYS_splice},	{"write", SYS_write},
	{"sendto", SYS_sendto},
};

/* Kernel 6.10 and later need types that libbcc's own copy of uapi/linux/bpf.h
 * (force-included, and older) lacks. */
static const char newer_kernel_types[] = "#include <linux/version.h>\n"
					 "#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)\n"
					 "struct bpf_wq { __u64 o[2]; } __attribute__((aligned(8)));\n"
					 "struct bpf_rb_root { __u64 o[2]; } __attribute__((aligned(8)));\n"
					 "struct bpf_rb_node { __u64 o[4]; } __attribute__((aligned(8)));\n"
					 "struct bpf_refcount { __u32 o[1]; };\n"
					 "struct bpf_task_work { __u64 o; } __attribute__((aligned(8)));\n"
					 "#define BPF_TRACE_FSESSION 58\n"
					 "#define BPF_TRACE_FENTRY_MULTI 59\n"
					 "#define BPF_TRACE_FEXIT_MULTI 60\n"
					 "#define BPF_TRACE_FSESSION_MULTI 61\n"
					 "#define BPF_F_CPU 8\n"
					 "#define BPF_F_ALL_CPUS 16\n"
					 "#endif\n";

static void write_types(FILE *f, const struct kernel_types *types)
{
	for (int i = 0; kernel_members[i].name; i++)
		fprintf(f, "#define MEMBER_%s %u\n", kernel_members[i].name, types->offsets[i]);
	fprintf(f, "#define L7_ITER_IOVEC %d\n#define L7_ITER_UBUF %d\n#define L7_RECV_FLAGS_ARG %d\n",
		types->iter_iovec, types->iter_ubuf, types->recv_flags_arg);
}

static const char headers_includes[] = "#include <linux/sched.h>\n#include <linux/fdtable.h>\n"
				       "#include <linux/fs.h>\n#include <linux/net.h>\n"
				       "#include <linux/tcp.h>\n#include <linux/uio.h>\n"
				       "#include <net/sock.h>\n#include <net/net_namespace.h>\n"
				       "#include <asm/ptrace.h>\n";

/* See struct kernel_types. */
static const char headers_others[] = "#define L7_ITER_IOVEC ITER_IOVEC\n"
				     "#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 0, 0)\n"
				     "#define L7_ITER_UBUF ITER_UBUF\n"
				     "#else\n"
				     "#define L7_ITER_UBUF -1\n"
				     "#endif\n"
				     "#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 19, 0)\n"
				     "#define L7_RECV_FLAGS_ARG 3\n"
				     "#else\n"
				     "#define L7_RECV_FLAGS_ARG 4\n"
				     "#endif\n";

static void write_types_of_headers(FILE *f)
{
	fputs(newer_kernel_types, f);
	fputs(headers_includes, f);
	for (const struct kernel_member *m = kernel_members; m->name; m++) {
		const char *older;
		unsigned since;
		struct bytes path = kernel_member_path(m, &since, &older);

		if (older)
			fprintf(f,
				"#if LINUX_VERSION_CODE < %u\n#define MEMBER_%s offsetof(struct %s, "
				"%s)\n#else\n",
				since, m->name, m->struct_name, older);
		fprintf(f, "#define MEMBER_%s offsetof(struct %s, %.*s)\n", m->name, m->struct_name,
			(int)path.n, (const char *)path.p);
		if (older)
			fputs("#endif\n", f);
	}
	fputs(headers_others, f);
}

/* "#define NAME(v) ((v)==1||(v)==2)"; `always`: what to write for an empty list, NULL for nothing. */
static void write_u64_list(FILE *f, const char *name, const uint64_t *values, size_t n, bool always)
{
	if (!n && !always)
		return;
	fprintf(f, "#define %s(v) (", name);
	for (size_t i = 0; i < n; i++)
		fprintf(f, "%s(v) == %lluULL", i ? " || " : "", (unsigned long long)values[i]);
	fputs(n ? ")\n" : "1)\n", f);
}

static void write_u32_list(FILE *f, const char *name, const uint32_t *values, size_t n, bool always)
{
	uint64_t wide[CAPTURE_LIST_MAX];

	for (size_t i = 0; i < n; i++)
		wide[i] = values[i];
	write_u64_list(f, name, wide, n, always);
}

static void write_u16_list(FILE *f, const char *name, const uint16_t *values, size_t n)
{
	uint64_t wide[CAPTURE_LIST_MAX];

	for (size_t i = 0; i < n; i++)
		wide[i] = values[i];
	write_u64_list(f, name, wide, n, true);
}

static void write_comms(FILE *f, const struct capture_filter *filter)
{
	if (!filter->n_comms)
		return;
	fputs("#define FILTER_COMM(a, b) (", f);
	for (size_t i = 0; i < filter->n_comms; i++) {
		char padded[WIRE_COMM_LEN] = {0};
		uint64_t words[2];

		strncpy(padded, filter->comms[i], sizeof(padded) - 1);
		memcpy(words, padded, sizeof(words));
		fprintf(f, "%s((a) == %lluULL && (b) == %lluULL)", i ? " || " : "",
			(unsigned long long)words[0], (unsigned long long)words[1]);
	}
	fputs(")\n", f);
}

/* The bits of one address word (in memory order) that a prefix fixes. */
static uint32_t prefix_mask(unsigned prefix, int word)
{
	unsigned from = word * 32;
	unsigned bits = prefix <= from ? 0 : prefix - from >= 32 ? 32 : prefix - from;

	return bits ? htonl(~0U << (32 - bits)) : 0;
}

static void write_peers(FILE *f, const struct capture_filter *filter)
{
	if (!filter->n_peers)
		return;
	fputs("#define FILTER_PEER(family, a, b, c, d) (", f);
	for (size_t i = 0; i < filter->n_peers; i++) {
		const struct capture_cidr *p = &filter->peers[i];
		static const char *const names[] = {"a", "b", "c", "d"};
		int words = p->family == AF_INET ? 1 : 4;

		fprintf(f, "%s((family) == %u", i ? " || " : "", p->family);
		for (int w = 0; w < words; w++) {
			uint32_t mask = prefix_mask(p->prefix, w), word;

			memcpy(&word, p->addr + w * 4, sizeof(word));
			fprintf(f, " && ((%s) & %uU) == %uU", names[w], mask, word & mask);
		}
		fputs(")", f);
	}
	fputs(")\n", f);
}

/* Their values are put in when the program is loaded: see loader_build.h. */
static void write_pids(FILE *f, size_t n)
{
	fputs("#define FILTER_PID(v) (", f);
	for (size_t i = 0; i < n; i++)
		fprintf(f, "%s(v) == NUMBER(%zu)", i ? " || " : "", i + 1);
	fputs(n ? ")\n" : "1)\n", f);
}

static void write_filters(FILE *f, const struct capture_filter *filter)
{
	write_pids(f, filter->n_pids);
	write_u32_list(f, "FILTER_UID", filter->uids, filter->n_uids, false);
	write_u64_list(f, "FILTER_CGROUP", filter->cgroups, filter->n_cgroups, false);
	write_u16_list(f, "FILTER_LPORT", filter->lports, filter->n_lports);
	write_u16_list(f, "FILTER_RPORT", filter->rports, filter->n_rports);
	write_comms(f, filter);
	write_peers(f, filter);
	fprintf(f, "#define FILTER_FAMILY(v) (%s)\n",
		filter->only_ipv4   ? "(v) == L7_AF_INET"
		: filter->only_ipv6 ? "(v) == L7_AF_INET6"
				    : "1");
	fprintf(f, "#define FILTER_SERVER(v) (%s)\n",
		filter->only_server   ? "(v)"
		: filter->only_client ? "!(v)"
				      : "1");
}

/* "#define FILTER_STATUS(v) (...)" of what --status says. */
static void write_statuses(FILE *f, const struct capture_latency *l)
{
	const char *separator = "";

	fputs("#define FILTER_STATUS(v) ((", f);
	for (size_t i = 0; i < l->n_statuses; i++) {
		const struct capture_status *s = &l->statuses[i];

		if (s->negated)
			continue;
		fprintf(f, "%s((v) >= %u && (v) <= %u)", separator, s->low, s->high);
		separator = " || ";
	}
	fputs(*separator ? ")" : "1)", f);
	for (size_t i = 0; i < l->n_statuses; i++) {
		if (l->statuses[i].negated)
			fprintf(f, " && !((v) >= %u && (v) <= %u)", l->statuses[i].low, l->statuses[i].high);
	}
	fputs(")\n", f);
}

static void write_latency(FILE *f, const struct capture_latency *l)
{
	fprintf(f,
		"#define LATENCY 1\n#define LATENCY_ROWS %d\n#define LATENCY_BY %u\n#define LATENCY_TTFB "
		"%d\n",
		LATENCY_ROWS, l->by, l->ttfb);
	if (l->breakdown)
		fputs("#define LATENCY_BREAKDOWN 1\n", f);
	if (l->slo_ns)
		fprintf(f, "#define LATENCY_SLO_NS %lluULL\n", (unsigned long long)l->slo_ns);
	write_statuses(f, l);
}

static void write_prologue(FILE *f, const struct compose_input *in)
{
	fputs("#line 1 \"prologue\"\n", f);
	if (in->types)
		write_types(f, in->types);
	else
		write_types_of_headers(f);
	fprintf(f, "#define LENGTH_SK %d\n#define LENGTH_RET %d\n", in->layout.length_sk,
		in->layout.length_ret);
	fprintf(f, "#define TP_NR %d\n#define TP_ARGS %d\n#define TP_RET %d\n", in->layout.nr,
		in->layout.args, in->layout.ret);
	fprintf(f, "#define RING_PAGES %d\n#define CONTROL_PAGES %d\n", RING_PAGES,
		in->uses & USE_CONNS ? CONTROL_PAGES_CONNS : CONTROL_PAGES);
	for (size_t i = 0; i < sizeof(syscalls) / sizeof(syscalls[0]); i++)
		fprintf(f, "#define NR_%s %ld\n", syscalls[i].name, syscalls[i].nr);
	write_filters(f, &in->options->filter);
	if (in->uses & USE_FUNCTIONS)
		fputs("#define FUNCTIONS 1\n", f);
	if (in->uses & USE_MAY_GOTO)
		fputs("#define MAY_GOTO 1\n", f);
	if (in->uses & USE_RETURNS)
		fputs("#define RETURNS 1\n", f);
	if (in->uses & USE_FENTRY)
		fputs("#define FENTRY 1\n", f);
	if (in->uses & USE_ONLY_HTTP2)
		fputs("#define ONLY_HTTP2 1\n", f);
	if (in->uses & USE_HEADERS)
		fputs("#define HEADERS 1\n", f);
	if (in->uses & USE_LATENCY)
		write_latency(f, &in->options->latency);
}

static const struct bpf_piece *piece_find(const char *name)
{
	for (const struct bpf_piece *p = bpf_pieces; p->path; p++) {
		const char *base = strrchr(p->path, '/');

		if (strcmp(base ? base + 1 : p->path, name) == 0)
			return p;
	}
	return NULL;
}

static int write_pieces(FILE *f, const struct compose_input *in)
{
	for (const struct piece_use *use = probe_pieces; use->file; use++) {
		const struct bpf_piece *p = piece_find(use->file);

		if (!p)
			return -1;
		if ((use->parts & in->parts) && probe_applies(in->uses, use->uses))
			fprintf(f, "#line 1 \"%s\"\n%s", p->path, p->text);
	}
	return 0;
}

char *compose_text(const struct compose_input *in)
{
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);
	int bad;

	if (!f)
		return NULL;
	write_prologue(f, in);
	bad = write_pieces(f, in);
	if (fclose(f) != 0 || bad) {
		free(text);
		return NULL;
	}
	return text;
}

int compose_find_types(const struct capture_options *o, struct kernel_types *types, bool *from_btf, char *err,
		       size_t err_size)
{
	*from_btf = false;
	*types = (struct kernel_types){0};
	if (o->headers == HEADERS_KERNEL || o->headers == HEADERS_DIR)
		return 0;
	if (kernel_types_from_btf(NULL, types, err, err_size) == 0) {
		*from_btf = true;
		return 0;
	}
	return o->headers == HEADERS_BTF ? -1 : 0;
}
