/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/kernel_members.h"

#include <bpf/btf.h>
#include <errno.h>
#include <linux/version.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"

const struct kernel_member kernel_members[] = {
	{"task_struct_files", "task_struct", "files"},
	{"task_struct_flags", "task_struct", "flags"},
	{"files_struct_fdt", "files_struct", "fdt"},
	{"fdtable_max_fds", "fdtable", "max_fds"},
	{"fdtable_fd", "fdtable", "fd"},
	{"file_private_data", "file", "private_data"},
	{"socket_type", "socket", "type"},
	{"socket_file", "socket", "file"},
	{"socket_sk", "socket", "sk"},
	{"sock_skc_family", "sock", "__sk_common.skc_family"},
	{"sock_skc_state", "sock", "__sk_common.skc_state"},
	{"sock_skc_num", "sock", "__sk_common.skc_num"},
	{"sock_skc_dport", "sock", "__sk_common.skc_dport"},
	{"sock_skc_rcv_saddr", "sock", "__sk_common.skc_rcv_saddr"},
	{"sock_skc_daddr", "sock", "__sk_common.skc_daddr"},
	{"sock_skc_v6_rcv_saddr", "sock", "__sk_common.skc_v6_rcv_saddr"},
	{"sock_skc_v6_daddr", "sock", "__sk_common.skc_v6_daddr"},
	{"sock_skc_net", "sock", "__sk_common.skc_net.net"},
	{"sock_sk_protocol", "sock", "sk_protocol"},
	{"sock_sk_flags", "sock", "__sk_common.skc_flags"},
	{"sock_sk_shutdown", "sock", "sk_shutdown"},
	{"sock_sk_err", "sock", "sk_err"},
	{"net_ns_inum", "net", "ns.inum"},
	{"tcp_sock_copied_seq", "tcp_sock", "copied_seq"},
	{"tcp_sock_rcv_nxt", "tcp_sock", "rcv_nxt"},
	{"tcp_sock_bytes_received", "tcp_sock", "bytes_received"},
	{"tcp_sock_write_seq", "tcp_sock", "write_seq"},
	{"tcp_sock_snd_una", "tcp_sock", "snd_una"},
	{"tcp_sock_bytes_acked", "tcp_sock", "bytes_acked"},
	{"tcp_sock_bytes_sent", "tcp_sock", "bytes_sent"},
	{"tcp_sock_bytes_retrans", "tcp_sock", "bytes_retrans"},
	{"tcp_sock_total_retrans", "tcp_sock", "total_retrans"},
	{"tcp_sock_srtt_us", "tcp_sock", "srtt_us"},
	{"inet_sock_inet_sport", "inet_sock", "inet_sport"},
	{"inet_connection_sock_icsk_ulp_ops", "inet_connection_sock", "icsk_ulp_ops"},
#ifdef __x86_64__
	{"pt_regs_orig_ax", "pt_regs", "orig_ax"},
	{"pt_regs_di", "pt_regs", "di"},
	{"pt_regs_si", "pt_regs", "si"},
	{"pt_regs_dx", "pt_regs", "dx"},
	{"pt_regs_r10", "pt_regs", "r10"},
	{"pt_regs_cs", "pt_regs", "cs"},
	{"pt_regs_cx", "pt_regs", "cx"},
	{"pt_regs_r8", "pt_regs", "r8"},
	{"pt_regs_r9", "pt_regs", "r9"},
	{"pt_regs_ax", "pt_regs", "ax"},
	{"pt_regs_bx", "pt_regs", "bx"},
	{"pt_regs_r14", "pt_regs", "r14"},
	{"pt_regs_sp", "pt_regs", "sp"},
#endif
	{"msghdr_msg_iter", "msghdr", "msg_iter"},
	{"iov_iter_type", "iov_iter", "iter_type|5.14|type"},
	{"iov_iter_iov_offset", "iov_iter", "iov_offset"},
	{"iov_iter_iov", "iov_iter", "__iov|6.4|iov"},
	{"iov_iter_nr_segs", "iov_iter", "nr_segs"},
	{NULL, NULL, NULL},
};

/* Anonymous structs nest a few deep in the kernel; a loop in broken BTF must end. */
#define DEPTH_MAX 16

static const struct btf_type *resolve(const struct btf *btf, uint32_t id)
{
	const struct btf_type *t = btf__type_by_id(btf, id);

	while (t && (btf_is_mod(t) || btf_is_typedef(t)))
		t = btf__type_by_id(btf, t->type);
	return t;
}

/* The named member of t, also inside anonymous members.  Returns its type id
 * and adds its offset to *bits; 0 when there is none. */
static uint32_t find_member(const struct btf *btf, const struct btf_type *t, struct bytes name,
			    uint32_t *bits, int depth)
{
	const struct btf_member *m = btf_members(t);

	for (int i = 0; depth < DEPTH_MAX && i < btf_vlen(t); i++, m++) {
		const char *is = btf__name_by_offset(btf, m->name_off);
		uint32_t at = btf_member_bit_offset(t, i);

		if (is && *is) {
			if (!bytes_equal(bytes_of_str(is), name))
				continue;
			*bits += at;
			return m->type;
		}
		const struct btf_type *inner = resolve(btf, m->type);
		uint32_t inner_bits = 0, found = 0;

		if (inner && btf_is_composite(inner))
			found = find_member(btf, inner, name, &inner_bits, depth + 1);
		if (found) {
			*bits += at + inner_bits;
			return found;
		}
	}
	return 0;
}

struct bytes kernel_member_path(const struct kernel_member *m, unsigned *since, const char **older)
{
	const char *bar = strchr(m->path, '|');
	unsigned major = 0, minor = 0;

	*older = bar ? strrchr(m->path, '|') + 1 : NULL;
	*since = bar && sscanf(bar, "|%u.%u|", &major, &minor) == 2 ? KERNEL_VERSION(major, minor, 0) : 0;
	return bytes_of(m->path, bar ? (size_t)(bar - m->path) : strlen(m->path));
}

/* Offset in bytes of a path like "a.b.c"; -1 when it is not there. */
static long path_offset(const struct btf *btf, const struct btf_type *t, struct bytes path)
{
	uint32_t bits = 0;

	while (path.n) {
		const uint8_t *dot = memchr(path.p, '.', path.n);
		size_t n = dot ? (size_t)(dot - path.p) : path.n;
		uint32_t id =
			t && btf_is_composite(t) ? find_member(btf, t, bytes_of(path.p, n), &bits, 0) : 0;

		if (!id)
			return -1;
		t = resolve(btf, id);
		path = bytes_from(path, n + (dot != NULL));
	}
	return bits % 8 ? -1 : (long)(bits / 8);
}

static long member_offset(const struct btf *btf, const struct btf_type *t, const struct kernel_member *m)
{
	const char *older;
	unsigned since;
	long offset = path_offset(btf, t, kernel_member_path(m, &since, &older));

	return offset < 0 && older ? path_offset(btf, t, bytes_of_str(older)) : offset;
}

/* The members wanted of one struct; the list has those of one struct together. */
static void fill_struct(const struct btf *btf, const struct btf_type *t, int first, long *offsets)
{
	const char *name = kernel_members[first].struct_name;

	for (int i = first; kernel_members[i].name && strcmp(kernel_members[i].struct_name, name) == 0; i++) {
		if (offsets[i] < 0)
			offsets[i] = member_offset(btf, t, &kernel_members[i]);
	}
}

/* BTF has a typedef "btf_trace_NAME" for each tracepoint.  lengths: how many of those two were found. */
static void fill_tracepoint(const char *name, struct kernel_tracepoints *t, int *lengths)
{
	static const char prefix[] = "btf_trace_";

	if (!name || strncmp(name, prefix, sizeof(prefix) - 1) != 0)
		return;
	name += sizeof(prefix) - 1;
	if (strcmp(name, "tcp_sendmsg_locked") == 0)
		t->send_begin = true;
	else if (strcmp(name, "sock_send_length") == 0 || strcmp(name, "sock_recv_length") == 0)
		t->lengths = ++*lengths == 2;
}

/* Only the enumerators of the two kinds of memory that a caller's own data is in. */
static void fill_iter_types(const struct btf *btf, const struct btf_type *t, struct kernel_types *types)
{
	const struct btf_enum *e = btf_enum(t);

	for (int i = 0; i < btf_vlen(t); i++) {
		const char *name = btf__name_by_offset(btf, e[i].name_off);

		if (name && strcmp(name, "ITER_IOVEC") == 0)
			types->iter_iovec = e[i].val;
		else if (name && strcmp(name, "ITER_UBUF") == 0)
			types->iter_ubuf = e[i].val;
	}
}

static int flags_arg(const struct btf *btf, const struct btf_type *function)
{
	const struct btf_type *proto = btf__type_by_id(btf, function->type);
	const struct btf_param *p = proto && btf_is_func_proto(proto) ? btf_params(proto) : NULL;

	for (int i = 0; p && i < btf_vlen(proto); i++) {
		const char *name = btf__name_by_offset(btf, p[i].name_off);

		if (name && strcmp(name, "flags") == 0)
			return i;
	}
	return -1;
}

static bool has_member(const struct btf *btf, const struct btf_type *t, const char *member)
{
	const struct btf_member *m = btf_members(t);

	for (int i = 0; i < btf_vlen(t); i++) {
		const char *name = btf__name_by_offset(btf, m[i].name_off);

		if (name && strcmp(name, member) == 0)
			return true;
	}
	return false;
}

/* What is no struct's member, or asked of no member's place. */
static void fill_others(const struct btf *btf, const struct btf_type *t, struct kernel_types *types)
{
	const char *name;

	if (!btf_is_enum(t) && !btf_is_func(t))
		return;
	name = btf__name_by_offset(btf, t->name_off);
	if (btf_is_enum(t) && name && strcmp(name, "iter_type") == 0)
		fill_iter_types(btf, t, types);
	else if (btf_is_func(t) && name && strcmp(name, "tcp_recvmsg") == 0)
		types->recv_flags_arg = flags_arg(btf, t);
	/* kernel/events/core.c: only there when those of system calls are */
	else if (btf_is_func(t) && name && strcmp(name, "trace_call_bpf_faultable") == 0)
		types->tracepoints.preemptible = true;
}

/* All structs we want by one pass over the types (a look-up by name is a pass
 * each).  A name is compared once per struct wanted, not per member. */
static void fill_offsets(const struct btf *btf, long offsets[KERNEL_MEMBERS_MAX], struct kernel_types *types)
{
	uint32_t n = btf__type_cnt(btf);
	int lengths = 0;

	for (uint32_t id = 1; id < n; id++) {
		const struct btf_type *t = btf__type_by_id(btf, id);
		const char *name =
			btf_is_struct(t) && btf_vlen(t) ? btf__name_by_offset(btf, t->name_off) : NULL;
		const char *last = "";

		if (btf_is_typedef(t))
			fill_tracepoint(btf__name_by_offset(btf, t->name_off), &types->tracepoints, &lengths);
		fill_others(btf, t, types);
		/* include/linux/bpf_verifier.h */
		if (name && strcmp(name, "bpf_verifier_state") == 0)
			types->tracepoints.may_goto = has_member(btf, t, "may_goto_depth");
		for (int i = 0; name && kernel_members[i].name; i++) {
			const char *wanted = kernel_members[i].struct_name;

			if (wanted != last && *wanted == *name && strcmp(name, wanted) == 0)
				fill_struct(btf, t, i, offsets);
			last = wanted;
		}
	}
}

int kernel_types_from_btf(const char *btf_path, struct kernel_types *types, char *err, size_t err_size)
{
	const char *path = btf_path ? btf_path : "/sys/kernel/btf/vmlinux";
	struct btf *btf = btf__parse(path, NULL);
	long found[KERNEL_MEMBERS_MAX];
	int ret = -1;

	if (!btf) {
		snprintf(err, err_size, "cannot read the kernel's types (BTF) from %s: %s", path,
			 strerror(errno));
		return -1;
	}
	for (int i = 0; i < KERNEL_MEMBERS_MAX; i++)
		found[i] = -1;
	types->tracepoints = (struct kernel_tracepoints){
		.kprobes = access("/sys/bus/event_source/devices/kprobe/type", R_OK) == 0};
	types->iter_iovec = types->iter_ubuf = types->recv_flags_arg = -1;
	fill_offsets(btf, found, types);
	for (int i = 0; kernel_members[i].name; i++) {
		if (found[i] < 0) {
			snprintf(err, err_size,
				 "this kernel's struct %s has no member %s: it is newer or older than this "
				 "tool knows",
				 kernel_members[i].struct_name, kernel_members[i].path);
			goto cleanup;
		}
		types->offsets[i] = found[i];
	}
	ret = 0;
cleanup:
	btf__free(btf);
	return ret;
}
