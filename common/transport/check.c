/* SPDX-License-Identifier: Apache-2.0 */
/* check.c - --check: what this kernel offers, in words. */
#include <bpf/btf.h>
#include <stdio.h>
#include <string.h>

#include "transport/capture.h"
#include "transport/compose.h"
#include "transport/kernel_offer.h"
#include "transport/probe_groups.h"
#include "transport/sock_diag.h"
#include "transport/uprobes.h"

static const char *yes_no(bool yes)
{
	return yes ? "yes" : "no";
}

static const char *state_name(enum offer_state s)
{
	return s == OFFER_YES ? "yes" : s == OFFER_NO ? "no" : "unknown until tried";
}

static const char *headers_name(const struct kernel_offer *o)
{
	if (o->headers == OFFER_HEADERS_EXACT)
		return o->headers_dir;
	return o->headers == OFFER_HEADERS_OTHER ? "of another release" : "none";
}

static const char *kheaders_name(enum offer_kheaders k)
{
	return k == OFFER_KHEADERS_READY    ? "yes"
	       : k == OFFER_KHEADERS_MODULE ? "after modprobe kheaders"
					    : "no";
}

static const char *tracefs_name(const struct kernel_offer *o)
{
	if (o->tracefs == OFFER_TRACEFS_NOT_MOUNTED)
		return "not mounted (the tool mounts it for itself while it starts)";
	return o->tracefs == OFFER_TRACEFS_DENIED ? "not readable by this user" : o->tracefs_dir;
}

static void print_offer(const struct kernel_offer *o)
{
	printf("kernel            %s\n", o->release);
	printf("privileges        %s\n",
	       kernel_offer_may_trace(o) ? "enough to trace" : "not enough: run as root");
	printf("lockdown          %s\n", offer_lockdown_name(o->lockdown));
	printf("pid namespace     %s\n",
	       o->initial_pid_ns ? "initial" : "not the initial one: -p takes pids of the host");
	printf("types: BTF        %s\n", yes_no(o->btf_size > 0));
	printf("types: headers    %s\n", headers_name(o));
	printf("types: kheaders   %s\n", kheaders_name(o->kheaders));
	printf("tracefs           %s\n", tracefs_name(o));
	printf("ring buffer       %s\n", state_name(o->ring_buffer));
	printf("uprobes           %s\n", yes_no(o->uprobe_type >= 0));
	printf("kprobes           %s (used with --probes=kprobe)\n", yes_no(o->kprobe_type >= 0));
	printf("fentry            %s (used with --probes=fentry)\n", state_name(o->fentry));
}

/* BTF has a typedef "btf_trace_NAME" for each tracepoint; raw ones are listed nowhere else. */
static bool type_exists(const struct btf *btf, const char *prefix, const char *name, uint32_t kind)
{
	char full[128];

	snprintf(full, sizeof(full), "%s%s", prefix, name);
	return btf__find_by_name_kind(btf, full, kind) > 0;
}

/* Without BTF, what cannot be known is taken to exist: attaching tells. */
static bool point_exists(const struct kernel_offer *o, const struct btf *btf, const struct attach_point *p)
{
	switch (p->kind) {
	case ATTACH_KPROBE:
	case ATTACH_KRETPROBE:
		return o->kprobe_type >= 0 && (!btf || type_exists(btf, "", p->event, BTF_KIND_FUNC));
	case ATTACH_FENTRY:
	case ATTACH_FEXIT:
		return o->fentry != OFFER_NO && (!btf || type_exists(btf, "", p->event, BTF_KIND_FUNC));
	case ATTACH_RAW_TRACEPOINT:
		return !btf || type_exists(btf, "btf_trace_", p->event, BTF_KIND_TYPEDEF);
	default:
		return o->tracefs != OFFER_TRACEFS_READY || tracepoint_exists(o, p->category, p->event);
	}
}

static const char *point_family(const struct attach_point *p)
{
	switch (p->kind) {
	case ATTACH_KPROBE:
		return "kprobe";
	case ATTACH_KRETPROBE:
		return "kretprobe";
	case ATTACH_FENTRY:
	case ATTACH_FEXIT:
		return "fentry";
	case ATTACH_RAW_TRACEPOINT:
		return "raw_tracepoint";
	default:
		return p->category;
	}
}

/* Prints what would be attached.  Returns how many mandatory points are missing. */
static int print_points(const struct kernel_offer *o, unsigned uses)
{
	struct btf *btf = o->btf_size ? btf__load_vmlinux_btf() : NULL;
	int found = 0, missing = 0;

	for (const struct attach_point *p = probe_points; p->program; p++) {
		if (!probe_applies(uses, p->uses) || p->kind == ATTACH_TAIL_CALL ||
		    p->kind == ATTACH_RAW_TAIL_CALL || p->kind == ATTACH_UPROBE)
			continue;
		if (point_exists(o, btf, p)) {
			found++;
			continue;
		}
		printf("missing           %s:%s%s\n", point_family(p), p->event,
		       p->optional ? " (optional)" : "");
		missing += !p->optional;
	}
	btf__free(btf);
	printf("probes            %s: %d to attach, %d missing\n", probe_words(uses), found, missing);
	return missing;
}

static bool types_possible(const struct kernel_offer *o, const struct capture_options *options)
{
	switch (options->headers) {
	case HEADERS_BTF:
		return o->btf_size > 0;
	case HEADERS_KERNEL:
		return o->headers == OFFER_HEADERS_EXACT || o->kheaders != OFFER_KHEADERS_NONE;
	case HEADERS_DIR:
		return true;
	default:
		return o->btf_size > 0 || o->headers == OFFER_HEADERS_EXACT ||
		       o->kheaders != OFFER_KHEADERS_NONE;
	}
}

/* Where the list of connections comes from. */
static bool print_sock_diag(void)
{
	char err[256];
	struct sock_diag *d = sock_diag_new(err, sizeof(err));

	printf("sock_diag         %s\n", d ? "yes" : err);
	sock_diag_free(d);
	return d != NULL;
}

static void print_tls(const struct kernel_offer *o, const struct capture_options *options, unsigned uses)
{
	if (options->no_tls || o->uprobe_type < 0) {
		printf("TLS               not traced: %s\n",
		       options->no_tls ? "--no-tls" : "this kernel has no uprobes");
		return;
	}
	printf("TLS               by uprobes on OpenSSL, BoringSSL, GnuTLS, NSS, Go\n");
	if (uses & USE_HEADERS)
		printf("header lists      by uprobes on Go's gRPC and net/http, nghttp2, for connections "
		       "joined "
		       "late\n");
	else if (uses & USE_EVENTS)
		printf("header lists      not taken from programs: that needs Linux 6.3, and BTF\n");
	for (size_t i = 0; i < options->filter.n_pids; i++)
		uprobes_print_check(options->filter.pids[i], uses & USE_HEADERS);
}

int capture_check(const struct capture_options *options)
{
	struct kernel_offer o;
	struct kernel_types types;
	char ignored[256];
	bool works, from_btf, sockets;
	unsigned uses;
	int missing;

	kernel_offer_read(&o, NULL);
	print_offer(&o);
	compose_find_types(options, &types, &from_btf, ignored, sizeof(ignored));
	uses = probe_uses(options, &types.tracepoints);
	printf("events come by    %s\n", uses & USE_PERF ? "perf buffers" : "ring buffers");
	missing = print_points(&o, uses);
	sockets = !(uses & USE_CONNS) || print_sock_diag();
	print_tls(&o, options, uses);
	printf("not covered       %ssockets other than TCP and MPTCP\n",
	       uses & USE_FUNCTIONS ? "" : "io_uring, 32-bit programs, ");
	if (uses & USE_SOCKETS)
		printf("partly covered    recvmmsg and sendmmsg of several messages, splice from sockets, "
		       "MPTCP\n"
		       "                  (entirely with --probes=tracepoint, at about twice the cost)\n");
	works = !missing && sockets && kernel_offer_may_trace(&o) && types_possible(&o, options) &&
		o.lockdown != OFFER_LOCKDOWN_CONFIDENTIALITY &&
		(uses & USE_PERF || o.ring_buffer != OFFER_NO);
	printf("result            %s\n", works ? "can trace" : "cannot trace");
	return works ? 0 : 1;
}
