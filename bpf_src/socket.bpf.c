/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * socket.bpf.c - from a file descriptor to the struct sock, and what it says.
 *
 * A connection is known by its struct sock, so dup, fork and descriptors
 * passed to other processes need no probes of their own.
 */

/* MEMBER_x is the offset of a kernel struct's member, from BTF or headers
 * (common/transport/kernel_members.c has the list). */
#define READ_MEMBER(to, base, member)                                                                        \
	bpf_probe_read_kernel(&(to), sizeof(to), (void *)((u64)(base) + MEMBER_##member))

#define L7_AF_INET	   2
#define L7_AF_INET6	   10
#define L7_SOCK_STREAM	   1
#define L7_IPPROTO_TCP	   6
#define L7_IPPROTO_MPTCP   262
#define L7_TCP_ESTABLISHED 1
#define L7_TCP_FIN_WAIT1   4
#define L7_TCP_CLOSE	   7
#define L7_TCP_CLOSE_WAIT  8
#define L7_TCP_LAST_ACK	   9
#define L7_SOCK_DONE	   1 /* enum sock_flags (include/net/sock.h): the peer's FIN was received */

/* Members that lie close together are read at once: a helper call costs more
 * than the bytes between. */
#define SOCKET_PART_AT		      (MEMBER_socket_type & ~7)
#define SOCKET_PART		      (MEMBER_socket_sk + 8 - SOCKET_PART_AT)
#define IN_SOCKET(part, type, member) (*(type *)((part) + MEMBER_socket_##member - SOCKET_PART_AT))

/* The stream socket behind a descriptor of the current task; 0 when it is
 * something else.  `socket->file == file` is the proof that private_data is a
 * struct socket at all. */
INLINE u64 sock_of_fd(u32 fd)
{
	u64 task = bpf_get_current_task(), files = 0, table = 0, file = 0, socket = 0;
	u8 fds[MEMBER_fdtable_fd + 8] __attribute__((aligned(8))),
		part[SOCKET_PART] __attribute__((aligned(8)));

	READ_MEMBER(files, task, task_struct_files);
	READ_MEMBER(table, files, files_struct_fdt);
	if (bpf_probe_read_kernel(fds, sizeof(fds), (void *)table))
		return 0;
	if (fd >= *(u32 *)(fds + MEMBER_fdtable_max_fds))
		return 0;
	bpf_probe_read_kernel(&file, sizeof(file), (void *)(*(u64 *)(fds + MEMBER_fdtable_fd) + (u64)fd * 8));
	if (!file)
		return 0;
	READ_MEMBER(socket, file, file_private_data);
	if (!socket || bpf_probe_read_kernel(part, sizeof(part), (void *)(socket + SOCKET_PART_AT)))
		return 0;
	if (IN_SOCKET(part, u64, file) != file || IN_SOCKET(part, s16, type) != L7_SOCK_STREAM)
		return 0;
	return IN_SOCKET(part, u64, sk);
}

INLINE int is_v4_mapped(const u32 *addr)
{
	return !addr[0] && !addr[1] && addr[2] == bpf_htonl(0xffff);
}

/* Family, addresses, ports, network namespace.  0 when this is no TCP
 * connection. */
INLINE int describe_sock(u64 sock, struct wire_conn *c)
{
	u16 family = 0, protocol = 0, lport = 0, rport = 0;
	u64 net = 0;
	u8 state = 0;
	u32 *laddr = (u32 *)c->laddr, *raddr = (u32 *)c->raddr;

	READ_MEMBER(family, sock, sock_skc_family);
	READ_MEMBER(protocol, sock, sock_sk_protocol);
	READ_MEMBER(state, sock, sock_skc_state);
	if ((family != L7_AF_INET && family != L7_AF_INET6) || state == L7_TCP_CLOSE)
		return 0;
	if (protocol != L7_IPPROTO_TCP && protocol != L7_IPPROTO_MPTCP)
		return 0;
	READ_MEMBER(lport, sock, sock_skc_num);
	READ_MEMBER(rport, sock, sock_skc_dport);
	READ_MEMBER(net, sock, sock_skc_net);
	READ_MEMBER(c->netns, net, net_ns_inum);
	c->lport = lport;
	c->rport = bpf_ntohs(rport);
	if (family == L7_AF_INET6) {
		bpf_probe_read_kernel(c->laddr, 16, (void *)(sock + MEMBER_sock_skc_v6_rcv_saddr));
		bpf_probe_read_kernel(c->raddr, 16, (void *)(sock + MEMBER_sock_skc_v6_daddr));
		if (is_v4_mapped(raddr)) {
			family = L7_AF_INET;
			laddr[0] = laddr[3];
			raddr[0] = raddr[3];
			laddr[1] = laddr[2] = laddr[3] = raddr[1] = raddr[2] = raddr[3] = 0;
		}
	} else {
		READ_MEMBER(laddr[0], sock, sock_skc_rcv_saddr);
		READ_MEMBER(raddr[0], sock, sock_skc_daddr);
	}
	c->family = family;
	return protocol;
}

/* Has the connection carried bytes before this call's `n`?  TCP's own
 * counters tell: what was read so far is copied_seq less the first sequence
 * number, which is rcv_nxt less the bytes received; what was written is
 * write_seq less (snd_una less the bytes acknowledged).  One more is no proof:
 * a FIN that was read with the data counts as one, an active opener's SYN, too. */
INLINE int carried_before(u64 sock, u32 dir, u64 n)
{
	u32 now = 0, edge = 0;
	u64 done = 0;

	if (dir == WIRE_RX) {
		READ_MEMBER(now, sock, tcp_sock_copied_seq);
		READ_MEMBER(edge, sock, tcp_sock_rcv_nxt);
		READ_MEMBER(done, sock, tcp_sock_bytes_received);
		return (s32)(now - (edge - (u32)done) - (u32)n) > 1;
	}
	READ_MEMBER(now, sock, tcp_sock_write_seq);
	READ_MEMBER(edge, sock, tcp_sock_snd_una);
	READ_MEMBER(done, sock, tcp_sock_bytes_acked);
	return (s32)(now - (edge - (u32)done) - (u32)n) > 1;
}
