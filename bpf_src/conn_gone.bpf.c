/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * conn_gone.bpf.c - connections that end, with what they carried in all.
 *
 * Whoever looks at the machine once a second does not see those that open and
 * close in between, nor the last bytes of the others.
 */

#define L7_TCP_SYN_SENT 2
#define L7_TCP_LISTEN	10

/* When a connection was opened, and by whom: of one that was accepted, nobody
 * knows before its process closes it. */
struct birth {
	u64 opened_ns, cgroup;
	u32 pid, uid;
	u8 is_server;
	u8 pad[7];
	char comm[WIRE_COMM_LEN];
};
BPF_F_TABLE("hash", u64, struct birth, births, 65536, BPF_F_NO_PREALLOC);

INLINE void name_process(struct birth *b)
{
	b->pid = bpf_get_current_pid_tgid() >> 32;
	b->uid = bpf_get_current_uid_gid();
	b->cgroup = bpf_get_current_cgroup_id();
	bpf_get_current_comm(b->comm, sizeof(b->comm));
}

/* Bytes of data that TCP carried: its counters have one for each SYN and FIN. */
INLINE void tell_totals(struct wire_event *e, u64 sock)
{
	u64 flags = 0, sent = 0, again = 0, acked = 0, received = 0;
	u32 retrans = 0, srtt_us = 0;

	READ_MEMBER(flags, sock, sock_sk_flags);
	READ_MEMBER(received, sock, tcp_sock_bytes_received);
	READ_MEMBER(sent, sock, tcp_sock_bytes_sent);
	READ_MEMBER(again, sock, tcp_sock_bytes_retrans);
	READ_MEMBER(acked, sock, tcp_sock_bytes_acked);
	READ_MEMBER(retrans, sock, tcp_sock_total_retrans);
	READ_MEMBER(srtt_us, sock, tcp_sock_srtt_us);
	e->total_rx = received - (received && flags >> L7_SOCK_DONE & 1);
	e->total_tx = acked < sent - again ? acked : sent - again;
	e->pos = retrans;
	e->pre_skip = srtt_us >> 3; /* in eighths */
}

INLINE void tell_gone(void *ctx, u64 sock, struct birth *b)
{
	struct wire_event e = {};
	struct wire_conn c = {};
	u16 port = 0;

	if (describe_sock(sock, &c) != L7_IPPROTO_TCP)
		return;
	READ_MEMBER(port, sock, inet_sock_inet_sport); /* its other copy is cleared by now */
	c.lport = bpf_ntohs(port);
	if (!c.rport || !conn_wanted(&c))
		return;
	e.kind = WIRE_GONE;
	e.family = c.family;
	e.netns = c.netns;
	e.lport = c.lport;
	e.rport = c.rport;
	__builtin_memcpy(e.laddr, c.laddr, 16);
	__builtin_memcpy(e.raddr, c.raddr, 16);
	e.sock = sock;
	e.exit_ns = bpf_ktime_get_ns();
	if (b) {
		e.entry_ns = b->opened_ns;
		e.flags = b->is_server ? WIRE_F_SERVER : 0;
		e.pid = b->pid;
		e.uid = b->uid;
		e.cgroup = b->cgroup;
		__builtin_memcpy(e.comm, b->comm, sizeof(e.comm));
	} else {
		e.flags = WIRE_F_JOINED;
	}
	tell_totals(&e, sock);
	if (put_control(ctx, &e, sizeof(e)))
		count(WIRE_LOST_CONTROL_FULL);
}

/*
 * raw_tracepoint:inet_sock_set_state(sk, oldstate, newstate).  connect() and
 * close() run in their process; what the network brings about runs in anyone's.
 */
int on_life(struct bpf_raw_tracepoint_args *ctx)
{
	u64 sock = ctx->args[0];
	int before = ctx->args[1], now = ctx->args[2];
	struct birth *known = births.lookup(&sock), born = {};

	if (now == L7_TCP_SYN_SENT || (now == L7_TCP_ESTABLISHED && !known)) {
		born.opened_ns = bpf_ktime_get_ns();
		born.is_server = now == L7_TCP_ESTABLISHED;
		if (!born.is_server)
			name_process(&born);
		births.update(&sock, &born);
	} else if (known && !known->pid && (now == L7_TCP_FIN_WAIT1 || now == L7_TCP_LAST_ACK)) {
		name_process(known);
	} else if (now == L7_TCP_CLOSE && before != L7_TCP_LISTEN) {
		tell_gone(ctx, sock, known);
		births.delete(&sock);
	}
	return 0;
}
