/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kernel_members.h - where the kernel keeps what the BPF pieces read.
 *
 * Pieces never name a kernel struct: they read MEMBER_x bytes behind a
 * pointer, and the composer defines MEMBER_x, from BTF as a number or from
 * kernel headers as offsetof().  That keeps the compile short (no kernel
 * types are parsed with BTF) and out of reach of libbcc's wrong layout of
 * types written from BTF (iovisor/bcc#4890), where offsetof() is right but
 * accesses are not.
 */
#ifndef L7SCOPE_KERNEL_MEMBERS_H
#define L7SCOPE_KERNEL_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

struct kernel_member {
	const char *name;	 /* x of MEMBER_x */
	const char *struct_name; /* "sock" */
	/* "__sk_common.skc_family": as in C, anonymous members left out.  "new|6.4|old": where it
	 * was called otherwise before that version. */
	const char *path;
};

/* Ends with a name of NULL. */
extern const struct kernel_member kernel_members[];

#define KERNEL_MEMBERS_MAX 64

/* Tracepoints of the socket layer that not every kernel has. */
struct kernel_tracepoints {
	bool lengths;	  /* sock_send_length and sock_recv_length, since Linux 6.3 */
	bool send_begin;  /* tcp_sendmsg_locked, since 6.16 */
	bool preemptible; /* programs of tracepoints may be preempted, since 7.2, and others be left out then
			   */
	bool kprobes;	  /* of the running kernel: no tracepoint, but what there is instead */
	bool may_goto;	  /* nor this: the verifier knows that instruction, since 6.9 */
};

/* What BTF tells of a kernel. */
struct kernel_types {
	uint32_t offsets[KERNEL_MEMBERS_MAX]; /* in bytes, in the order of kernel_members */
	struct kernel_tracepoints tracepoints;
	/* enum iter_type (include/linux/uio.h): the numbers moved in 5.14 and 6.4; -1: there is none */
	int iter_iovec, iter_ubuf;
	int recv_flags_arg; /* of tcp_recvmsg(), from 0: the "nonblock" before it went in 5.19; -1: unknown */
};

/* The first alternative of a path, without the rest; *since and *older: "6.4" and the other one, or NULL. */
struct bytes kernel_member_path(const struct kernel_member *m, unsigned *since, const char **older);

/*
 * From the BTF at btf_path (NULL: of the running kernel).  Returns 0, or -1
 * with one sentence in err.
 */
int kernel_types_from_btf(const char *btf_path, struct kernel_types *types, char *err, size_t err_size);

#endif
