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

struct kernel_member {
	const char *name;	 /* x of MEMBER_x */
	const char *struct_name; /* "sock" */
	const char *path;	 /* "__sk_common.skc_family": as in C, anonymous members left out */
};

/* Ends with a name of NULL. */
extern const struct kernel_member kernel_members[];

#define KERNEL_MEMBERS_MAX 64

/* What BTF tells of a kernel. */
struct kernel_types {
	uint32_t offsets[KERNEL_MEMBERS_MAX]; /* in bytes, in the order of kernel_members */
	bool socket_tracepoints;	      /* tcp_sendmsg_locked, sock_send_length, sock_recv_length */
};

/*
 * From the BTF at btf_path (NULL: of the running kernel).  Returns 0, or -1
 * with one sentence in err.
 */
int kernel_types_from_btf(const char *btf_path, struct kernel_types *types, char *err, size_t err_size);

#endif
