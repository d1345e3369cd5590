/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/kernel_members.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"

const struct kernel_member kernel_members[] = {
	{"task_struct_files", "task_struct", "files"},
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
#endif
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

/* Offset in bytes of a path like "a.b.c"; -1 when it is not there. */
static long path_offset(const struct btf *btf, const struct btf_type *t, const char *path)
{
	uint32_t bits = 0;

	for (const char *p = path; *p;) {
		size_t n = strcspn(p, ".");
		uint32_t id = t && btf_is_composite(t) ? find_member(btf, t, bytes_of(p, n), &bits, 0) : 0;

		if (!id)
			return -1;
		t = resolve(btf, id);
		p += n + (p[n] == '.');
	}
	return bits % 8 ? -1 : (long)(bits / 8);
}

/* The members wanted of one struct; the list has those of one struct together. */
static void fill_struct(const struct btf *btf, const struct btf_type *t, int first, long *offsets)
{
	const char *name = kernel_members[first].struct_name;

	for (int i = first; kernel_members[i].name && strcmp(kernel_members[i].struct_name, name) == 0; i++) {
		if (offsets[i] < 0)
			offsets[i] = path_offset(btf, t, kernel_members[i].path);
	}
}

/* BTF has a typedef "btf_trace_NAME" for each tracepoint. */
static bool is_socket_tracepoint(const struct btf *btf, const struct btf_type *t)
{
	static const char prefix[] = "btf_trace_";
	static const char *const names[] = {"tcp_sendmsg_locked", "sock_send_length", "sock_recv_length"};
	const char *name = btf_is_typedef(t) ? btf__name_by_offset(btf, t->name_off) : NULL;

	if (!name || strncmp(name, prefix, sizeof(prefix) - 1) != 0)
		return false;
	name += sizeof(prefix) - 1;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(name, names[i]) == 0)
			return true;
	}
	return false;
}

/* All structs we want by one pass over the types (a look-up by name is a pass
 * each).  A name is compared once per struct wanted, not per member. */
static void fill_offsets(const struct btf *btf, long offsets[KERNEL_MEMBERS_MAX], int *socket_tracepoints)
{
	uint32_t n = btf__type_cnt(btf);

	*socket_tracepoints = 0;

	for (uint32_t id = 1; id < n; id++) {
		const struct btf_type *t = btf__type_by_id(btf, id);
		const char *name =
			btf_is_struct(t) && btf_vlen(t) ? btf__name_by_offset(btf, t->name_off) : NULL;
		const char *last = "";

		*socket_tracepoints += is_socket_tracepoint(btf, t);

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
	int ret = -1, socket_tracepoints;

	if (!btf) {
		snprintf(err, err_size, "cannot read the kernel's types (BTF) from %s: %s", path,
			 strerror(errno));
		return -1;
	}
	for (int i = 0; i < KERNEL_MEMBERS_MAX; i++)
		found[i] = -1;
	fill_offsets(btf, found, &socket_tracepoints);
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
	types->socket_tracepoints = socket_tracepoints == 3;
	ret = 0;
cleanup:
	btf__free(btf);
	return ret;
}
