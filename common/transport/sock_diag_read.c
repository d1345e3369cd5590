/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/sock_diag_read.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/bpf.h> /* BPF_TCP_*: <netinet/tcp.h> cannot be had together with <linux/tcp.h> */
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#define HAS_MEMBER(len, type, member) ((len) >= offsetof(type, member) + sizeof(((type *)0)->member))

#define STATE(name) (1u << BPF_TCP_##name)
/* The peer's FIN has come; the kernel counts it as a byte received, and one to be read. */
#define FIN_RECEIVED (STATE(CLOSE_WAIT) | STATE(LAST_ACK) | STATE(CLOSING))
/* A SYN or FIN of ours is not acknowledged yet; the kernel counts it as a byte in the queue. */
#define FLAG_UNACKED (STATE(SYN_SENT) | STATE(SYN_RECV) | STATE(FIN_WAIT1) | STATE(CLOSING) | STATE(LAST_ACK))

static bool in(uint8_t state, uint32_t states)
{
	return state < 32 && (states >> state & 1);
}

/* ---- addresses ---- */

static bool is_mapped(const uint8_t addr[16])
{
	static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};

	return memcmp(addr, prefix, sizeof(prefix)) == 0;
}

static bool is_unspecified(const uint8_t addr[16])
{
	static const uint8_t none[16];

	return memcmp(addr, none, sizeof(none)) == 0;
}

static void make_ipv4(struct endpoint *e)
{
	e->family = AF_INET;
	memmove(e->addr, e->addr + 12, 4);
	memset(e->addr + 4, 0, 12);
}

/* A socket of IPv6 that talks IPv4 has both its addresses mapped, or one and the other
 * unspecified (a listener).  "::" alone says nothing: it serves both families. */
static void unmap(struct endpoint *a, struct endpoint *b)
{
	bool a_mapped = is_mapped(a->addr), b_mapped = is_mapped(b->addr);

	if (!a_mapped && !b_mapped)
		return;
	if ((a_mapped || is_unspecified(a->addr)) && (b_mapped || is_unspecified(b->addr))) {
		make_ipv4(a);
		make_ipv4(b);
	}
}

static void put_addr(struct endpoint *e, uint8_t family, const void *addr, uint16_t port)
{
	e->family = family;
	e->port = ntohs(port);
	memcpy(e->addr, addr, family == AF_INET ? 4 : 16);
}

static void read_endpoints(struct sock_diag_socket *s, const struct inet_diag_msg *m)
{
	put_addr(&s->local, m->idiag_family, m->id.idiag_src, m->id.idiag_sport);
	put_addr(&s->remote, m->idiag_family, m->id.idiag_dst, m->id.idiag_dport);
	if (m->idiag_family == AF_INET6)
		unmap(&s->local, &s->remote);
}

/* ---- counters ---- */

/* Linux counts SYN and FIN as a byte each (of a client that sent nothing 1 is acknowledged), but
 * not as bytes sent: what was sent more than once taken off, no more data can be acknowledged. */
static uint64_t acked_data(const struct tcp_info *info, size_t len)
{
	uint64_t acked = info->tcpi_bytes_acked;

	if (HAS_MEMBER(len, struct tcp_info, tcpi_bytes_retrans)) { /* since Linux 4.19 */
		uint64_t sent = info->tcpi_bytes_sent - info->tcpi_bytes_retrans;

		if (sent < acked)
			acked = sent;
	}
	return acked;
}

/* Each kernel's struct tcp_info has a length of its own. */
static void read_info(struct sock_diag_socket *s, struct bytes from)
{
	struct tcp_info info = {0};

	if (!HAS_MEMBER(from.n, struct tcp_info, tcpi_bytes_received))
		return;
	memcpy(&info, from.p, from.n < sizeof(info) ? from.n : sizeof(info));
	/* it ended while it was told of, and whether its peer's FIN is in the bytes nobody knows */
	if (info.tcpi_state == BPF_TCP_CLOSE)
		return;
	s->has_info = true;
	s->received = info.tcpi_bytes_received;
	/* the message's own state was read earlier: the FIN may have come since then */
	if (s->received && in(info.tcpi_state ? info.tcpi_state : s->state, FIN_RECEIVED))
		s->received--;
	s->acked = acked_data(&info, from.n);
	s->rtt_us = info.tcpi_rtt;
	s->retrans = info.tcpi_total_retrans;
}

static void read_queues(struct sock_diag_socket *s, const struct inet_diag_msg *m)
{
	s->unread = m->idiag_rqueue;
	if (s->unread && in(s->state, FIN_RECEIVED))
		s->unread--;
	s->unsent = m->idiag_wqueue;
	if (s->unsent && in(s->state, FLAG_UNACKED))
		s->unsent--;
}

/* ---- messages ---- */

static void read_attributes(struct sock_diag_socket *s, struct bytes rest)
{
	struct rtattr_head {
		uint16_t len, type;
	} head;

	while (rest.n >= sizeof(head)) {
		memcpy(&head, rest.p, sizeof(head));
		if (head.len < sizeof(head) || head.len > rest.n)
			return;
		if ((head.type & NLA_TYPE_MASK) == INET_DIAG_INFO)
			read_info(s, bytes_of(rest.p + sizeof(head), head.len - sizeof(head)));
		rest = bytes_from(rest, NLA_ALIGN(head.len));
	}
}

static void read_socket(struct sock_diag_reader *r, struct bytes body)
{
	struct sock_diag_socket s = {.netns = r->netns};
	struct inet_diag_msg m;

	if (body.n < sizeof(m))
		return;
	memcpy(&m, body.p, sizeof(m));
	if (m.idiag_family != AF_INET && m.idiag_family != AF_INET6)
		return;
	s.state = m.idiag_state;
	s.cookie = (uint64_t)m.id.idiag_cookie[1] << 32 | m.id.idiag_cookie[0];
	s.inode = m.idiag_inode;
	s.uid = m.idiag_uid;
	read_endpoints(&s, &m);
	read_queues(&s, &m);
	read_attributes(&s, bytes_from(body, NLMSG_ALIGN(sizeof(m))));
	r->fn(r->ctx, &s);
}

/* Both kinds of end begin with a negative errno, or 0; older kernels leave it away. */
static enum sock_diag_reply read_end(struct sock_diag_reader *r, struct bytes body)
{
	int32_t code = 0;

	if (body.n >= sizeof(code))
		memcpy(&code, body.p, sizeof(code));
	if (code >= 0)
		return SOCK_DIAG_DONE;
	r->error = code == INT32_MIN ? EBADMSG : -code;
	return SOCK_DIAG_FAILED;
}

static enum sock_diag_reply read_message(struct sock_diag_reader *r, const struct nlmsghdr *head,
					 struct bytes body)
{
	if (head->nlmsg_seq != r->seq)
		return SOCK_DIAG_MORE;
	if (head->nlmsg_flags & NLM_F_DUMP_INTR)
		r->interrupted = true;
	switch (head->nlmsg_type) {
	case NLMSG_DONE:
	case NLMSG_ERROR:
		return read_end(r, body);
	case TCPDIAG_GETSOCK:
	case SOCK_DIAG_BY_FAMILY:
		read_socket(r, body);
		return SOCK_DIAG_MORE;
	default:
		return SOCK_DIAG_MORE;
	}
}

enum sock_diag_reply sock_diag_read(struct sock_diag_reader *r, struct bytes datagram)
{
	enum sock_diag_reply reply = SOCK_DIAG_MORE;
	struct nlmsghdr head;

	while (datagram.n && reply == SOCK_DIAG_MORE) {
		if (datagram.n < sizeof(head))
			goto broken;
		memcpy(&head, datagram.p, sizeof(head));
		if (head.nlmsg_len < sizeof(head) || head.nlmsg_len > datagram.n)
			goto broken;
		reply = read_message(r, &head,
				     bytes_of(datagram.p + sizeof(head), head.nlmsg_len - sizeof(head)));
		datagram = bytes_from(datagram, NLMSG_ALIGN((size_t)head.nlmsg_len));
	}
	return reply;
broken:
	r->error = EBADMSG;
	return SOCK_DIAG_FAILED;
}
