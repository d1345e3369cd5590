/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of sock_diag, sound and broken, read from memory that ends where they end. */
#include "transport/sock_diag_read.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/tcp.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "transport/sock_diag_ask.h"

#define SEQ 77

/* ---- making answers ---- */

struct answer {
	uint8_t bytes[4096];
	size_t n;
};

static void put(struct answer *a, const void *from, size_t n)
{
	ck_assert_uint_le(a->n + n, sizeof(a->bytes));
	memcpy(a->bytes + a->n, from, n);
	a->n = NLMSG_ALIGN(a->n + n);
}

static void put_head(struct answer *a, uint16_t type, uint32_t seq, size_t body)
{
	const struct nlmsghdr head = {
		.nlmsg_len = (uint32_t)(sizeof(head) + body), .nlmsg_type = type, .nlmsg_seq = seq};

	put(a, &head, sizeof(head));
}

static void put_socket(struct answer *a, const struct inet_diag_msg *m, const struct tcp_info *info,
		       size_t len)
{
	const struct nlattr other = {.nla_len = sizeof(other) + 1, .nla_type = INET_DIAG_SHUTDOWN};
	const struct nlattr attribute = {.nla_len = (uint16_t)(sizeof(attribute) + len),
					 .nla_type = INET_DIAG_INFO};

	put_head(a, TCPDIAG_GETSOCK, SEQ, sizeof(*m) + 8 + (info ? sizeof(attribute) + len : 0));
	put(a, m, sizeof(*m));
	put(a, &other, sizeof(other));
	put(a, "", 1);
	if (info) {
		put(a, &attribute, sizeof(attribute));
		put(a, info, len);
	}
}

static void put_done(struct answer *a, uint16_t type, int32_t code, uint32_t seq)
{
	put_head(a, type, seq, sizeof(code));
	put(a, &code, sizeof(code));
}

static struct inet_diag_msg message(uint8_t family, const char *local, const char *remote, uint8_t state)
{
	struct inet_diag_msg m = {.idiag_family = family,
				  .idiag_state = state,
				  .idiag_rqueue = 5,
				  .idiag_wqueue = 9,
				  .idiag_uid = 33,
				  .idiag_inode = 4711};

	m.id.idiag_sport = htons(80);
	m.id.idiag_dport = htons(40000);
	m.id.idiag_cookie[0] = 0x11;
	m.id.idiag_cookie[1] = 0x22;
	ck_assert_int_eq(inet_pton(family, local, m.id.idiag_src), 1);
	ck_assert_int_eq(inet_pton(family, remote, m.id.idiag_dst), 1);
	return m;
}

static const struct tcp_info sample = {.tcpi_rtt = 250,
				       .tcpi_total_retrans = 3,
				       .tcpi_bytes_acked = 1001,
				       .tcpi_bytes_received = 2001,
				       .tcpi_bytes_sent = 1100,
				       .tcpi_bytes_retrans = 100};

/* ---- reading them ---- */

#define SEEN_MAX 8

struct seen {
	size_t n;
	struct sock_diag_socket sockets[SEEN_MAX];
};

static void see(void *ctx, const struct sock_diag_socket *socket)
{
	struct seen *seen = ctx;

	ck_assert_uint_lt(seen->n, SEEN_MAX);
	seen->sockets[seen->n++] = *socket;
}

static enum sock_diag_reply read_bytes(struct bytes from, struct seen *seen, struct sock_diag_reader *r)
{
	struct guarded g = guard_copy(from);
	enum sock_diag_reply reply;

	*seen = (struct seen){0};
	*r = (struct sock_diag_reader){.seq = SEQ, .netns = 99, .fn = see, .ctx = seen};
	reply = sock_diag_read(r, g.bytes);
	guard_free(&g);
	return reply;
}

static enum sock_diag_reply read_answer(const struct answer *a, struct seen *seen)
{
	struct sock_diag_reader r;

	return read_bytes(bytes_of(a->bytes, a->n), seen, &r);
}

static struct sock_diag_socket read_one(const struct inet_diag_msg *m, const struct tcp_info *info,
					size_t len)
{
	struct answer a = {0};
	struct seen seen;

	put_socket(&a, m, info, len);
	ck_assert_int_eq(read_answer(&a, &seen), SOCK_DIAG_MORE);
	ck_assert_uint_eq(seen.n, 1);
	return seen.sockets[0];
}

static void check_endpoints(const struct sock_diag_socket *s, const char *local, const char *remote)
{
	char text[ENDPOINT_TEXT_LEN];

	ck_assert_str_eq(endpoint_text(&s->local, text), local);
	ck_assert_str_eq(endpoint_text(&s->remote, text), remote);
}

START_TEST(each_member)
{
	struct inet_diag_msg m = message(AF_INET, "10.0.0.1", "10.0.0.2", BPF_TCP_ESTABLISHED);
	struct sock_diag_socket s = read_one(&m, &sample, sizeof(sample));

	check_endpoints(&s, "10.0.0.1:80", "10.0.0.2:40000");
	ck_assert_uint_eq(s.netns, 99);
	ck_assert_uint_eq(s.cookie, 0x2200000011);
	ck_assert_uint_eq(s.inode, 4711);
	ck_assert_uint_eq(s.uid, 33);
	ck_assert_uint_eq(s.state, BPF_TCP_ESTABLISHED);
	ck_assert(s.has_info);
	ck_assert_uint_eq(s.received, 2001);
	ck_assert_uint_eq(s.acked, 1000);
	ck_assert_uint_eq(s.rtt_us, 250);
	ck_assert_uint_eq(s.retrans, 3);
	ck_assert_uint_eq(s.unread, 5);
	ck_assert_uint_eq(s.unsent, 9);
}
END_TEST

START_TEST(addresses)
{
	static const struct {
		const char *local, *remote, *want_local, *want_remote;
	} cases[] = {
		{"fd77::1", "fd77::2", "[fd77::1]:80", "[fd77::2]:40000"},
		{"::ffff:10.0.0.1", "::ffff:10.0.0.2", "10.0.0.1:80", "10.0.0.2:40000"},
		{"::ffff:10.0.0.1", "::", "10.0.0.1:80", "0.0.0.0:40000"},
		{"::", "::", "[::]:80", "[::]:40000"},
		{"::1", "::", "[::1]:80", "[::]:40000"},
		/* makes no sense: stays what it is */
		{"::ffff:10.0.0.1", "fd77::2", "[::ffff:10.0.0.1]:80", "[fd77::2]:40000"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct inet_diag_msg m = message(AF_INET6, cases[i].local, cases[i].remote, BPF_TCP_LISTEN);
		struct sock_diag_socket s = read_one(&m, NULL, 0);

		check_endpoints(&s, cases[i].want_local, cases[i].want_remote);
		ck_assert(!s.has_info);
	}
}
END_TEST

/* SYN and FIN are no data, though the kernel counts them. */
START_TEST(flags_are_not_counted)
{
	static const struct {
		uint8_t state;
		unsigned received, unread, unsent;
	} cases[] = {
		{BPF_TCP_ESTABLISHED, 2001, 5, 9},
		{BPF_TCP_SYN_SENT, 2001, 5, 8},
		{BPF_TCP_SYN_RECV, 2001, 5, 8},
		{BPF_TCP_FIN_WAIT1, 2001, 5, 8},
		{BPF_TCP_FIN_WAIT2, 2001, 5, 9},
		{BPF_TCP_CLOSE_WAIT, 2000, 4, 9},
		{BPF_TCP_LAST_ACK, 2000, 4, 8},
		{BPF_TCP_CLOSING, 2000, 4, 8},
		{255, 2001, 5, 9},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct inet_diag_msg m = message(AF_INET, "10.0.0.1", "10.0.0.2", cases[i].state);
		struct sock_diag_socket s = read_one(&m, &sample, sizeof(sample));

		ck_assert_uint_eq(s.received, cases[i].received);
		ck_assert_uint_eq(s.unread, cases[i].unread);
		ck_assert_uint_eq(s.unsent, cases[i].unsent);
	}
}
END_TEST

/* Each kernel has a tcp_info of its own length; what lies past ours is not known yet. */
START_TEST(tcp_info_of_every_length)
{
	struct inet_diag_msg m = message(AF_INET, "10.0.0.1", "10.0.0.2", BPF_TCP_ESTABLISHED);
	const size_t bytes_end = offsetof(struct tcp_info, tcpi_bytes_received) + 8;
	const size_t sent_end = offsetof(struct tcp_info, tcpi_bytes_retrans) + 8;
	uint8_t info[sizeof(sample) + 64] = {0};

	memcpy(info, &sample, sizeof(sample));
	for (size_t len = 0; len <= sizeof(info); len++) {
		struct sock_diag_socket s = read_one(&m, (const struct tcp_info *)(void *)info, len);

		ck_assert_int_eq(s.has_info, len >= bytes_end);
		ck_assert_uint_eq(s.received, len >= bytes_end ? 2001 : 0);
		ck_assert_uint_eq(s.acked, len >= sent_end ? 1000 : len >= bytes_end ? 1001 : 0);
	}
}
END_TEST

START_TEST(ends)
{
	static const struct {
		uint16_t type;
		int32_t code;
		enum sock_diag_reply want;
		int error;
	} cases[] = {
		{NLMSG_DONE, 0, SOCK_DIAG_DONE, 0},
		{NLMSG_ERROR, 0, SOCK_DIAG_DONE, 0},
		{NLMSG_ERROR, -ENOENT, SOCK_DIAG_FAILED, ENOENT},
		{NLMSG_DONE, -EINVAL, SOCK_DIAG_FAILED, EINVAL},
		{NLMSG_ERROR, INT32_MIN, SOCK_DIAG_FAILED, EBADMSG},
		{NLMSG_NOOP, -1, SOCK_DIAG_MORE, 0},
		{0x4242, -1, SOCK_DIAG_MORE, 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct answer a = {0};
		struct sock_diag_reader r;
		struct seen seen;

		put_done(&a, cases[i].type, cases[i].code, SEQ);
		ck_assert_int_eq(read_bytes(bytes_of(a.bytes, a.n), &seen, &r), cases[i].want);
		ck_assert_int_eq(r.error, cases[i].error);
	}
}
END_TEST

START_TEST(answers_to_others_are_skipped)
{
	struct inet_diag_msg m = message(AF_INET, "10.0.0.1", "10.0.0.2", BPF_TCP_ESTABLISHED);
	struct answer a = {0};
	struct seen seen;

	put_done(&a, NLMSG_DONE, 0, SEQ - 1);
	put_socket(&a, &m, NULL, 0);
	put_done(&a, NLMSG_ERROR, -EINVAL, SEQ + 1);
	put_done(&a, NLMSG_DONE, 0, SEQ);
	ck_assert_int_eq(read_answer(&a, &seen), SOCK_DIAG_DONE);
	ck_assert_uint_eq(seen.n, 1);
}
END_TEST

/* ---- broken ones ---- */

static struct answer sound_answer(void)
{
	struct inet_diag_msg m = message(AF_INET, "10.0.0.1", "10.0.0.2", BPF_TCP_ESTABLISHED);
	struct answer a = {0};

	put_socket(&a, &m, &sample, sizeof(sample));
	put_socket(&a, &m, NULL, 0);
	put_done(&a, NLMSG_DONE, 0, SEQ);
	return a;
}

START_TEST(cut_short_anywhere)
{
	struct answer a = sound_answer();
	struct sock_diag_reader r;
	struct seen seen;

	for (size_t n = 0; n < a.n; n++) {
		enum sock_diag_reply reply = read_bytes(bytes_of(a.bytes, n), &seen, &r);

		ck_assert_int_ne(reply, SOCK_DIAG_DONE);
		if (reply == SOCK_DIAG_FAILED)
			ck_assert_int_eq(r.error, EBADMSG);
	}
	ck_assert_int_eq(read_bytes(bytes_of(a.bytes, a.n), &seen, &r), SOCK_DIAG_DONE);
	ck_assert_uint_eq(seen.n, 2);
}
END_TEST

/* Lengths of messages and attributes, and all else: whatever stands there, only what is there is read. */
START_TEST(any_16_bits_wrong)
{
	static const uint16_t wrong[] = {0, 1, 3, 4, 15, 16, 17, 0x7fff, 0x8000, 0xffff};
	struct answer sound = sound_answer();
	struct sock_diag_reader r;
	struct seen seen;

	for (size_t at = 0; at + 2 <= sound.n; at++) {
		for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
			struct answer a = sound;

			memcpy(a.bytes + at, &wrong[i], sizeof(wrong[i]));
			read_bytes(bytes_of(a.bytes, a.n), &seen, &r);
			ck_assert_uint_le(seen.n, 2);
		}
	}
}
END_TEST

START_TEST(wrong_lengths)
{
	static const uint32_t lengths[] = {0, 1, 15, 0x7fffffff, 0x80000000, 0xfffffffd, 0xffffffff};

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct answer a = sound_answer();
		struct sock_diag_reader r;
		struct seen seen;

		memcpy(a.bytes, &lengths[i], sizeof(lengths[i]));
		ck_assert_int_eq(read_bytes(bytes_of(a.bytes, a.n), &seen, &r), SOCK_DIAG_FAILED);
		ck_assert_int_eq(r.error, EBADMSG);
		ck_assert_uint_eq(seen.n, 0);
	}
}
END_TEST

/* ---- asking: the kernel is played by what lies ready in a socket ---- */

static int sides[2];
static struct sock_diag_asker asker;
static struct seen told;

static void set_up(void)
{
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sides), 0);
	told = (struct seen){0};
	asker = (struct sock_diag_asker){.fn = see, .ctx = &told};
}

static void tear_down(void)
{
	sock_diag_asker_release(&asker);
	close(sides[0]);
	close(sides[1]);
}

/* The nth answer, from 1, with sockets of these cookies. */
static void lay_ready(uint32_t seq, uint16_t flags, const char *cookies)
{
	struct answer a = {0};

	for (; *cookies; cookies++) {
		struct inet_diag_msg m = message(AF_INET, "10.0.0.1", "10.0.0.2", BPF_TCP_ESTABLISHED);
		struct nlmsghdr head = {.nlmsg_len = sizeof(head) + sizeof(m),
					.nlmsg_type = TCPDIAG_GETSOCK,
					.nlmsg_flags = NLM_F_MULTI | flags,
					.nlmsg_seq = seq};

		m.id.idiag_cookie[0] = (uint32_t)*cookies;
		m.id.idiag_cookie[1] = 0;
		put(&a, &head, sizeof(head));
		put(&a, &m, sizeof(m));
	}
	put_done(&a, NLMSG_DONE, 0, seq);
	ck_assert_int_eq(send(sides[1], a.bytes, a.n, 0), (ssize_t)a.n);
}

static void check_told(const char *cookies)
{
	ck_assert_uint_eq(told.n, strlen(cookies));
	ck_assert_int_eq(asker.n, (int)told.n);
	for (size_t i = 0; i < told.n; i++)
		ck_assert_uint_eq(told.sockets[i].cookie, (uint64_t)cookies[i]);
}

static int requests(void)
{
	uint8_t bytes[256];
	int n = 0;

	while (recv(sides[1], bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		n++;
	return n;
}

START_TEST(asked_once)
{
	lay_ready(1, 0, "abc");
	ck_assert_int_eq(sock_diag_ask(&asker, sides[0], 5), 0);
	check_told("abc");
	ck_assert_int_eq(requests(), 1);
	ck_assert(!asker.incomplete);
}
END_TEST

START_TEST(interrupted_is_asked_again)
{
	lay_ready(1, NLM_F_DUMP_INTR, "cab");
	lay_ready(2, 0, "badc");
	ck_assert_int_eq(sock_diag_ask(&asker, sides[0], 5), 0);
	check_told("cabd");
	ck_assert_int_eq(requests(), 2);
	ck_assert(!asker.incomplete);
}
END_TEST

START_TEST(interrupted_twice_is_incomplete)
{
	lay_ready(1, NLM_F_DUMP_INTR, "a");
	lay_ready(2, NLM_F_DUMP_INTR, "b");
	lay_ready(3, 0, "ab");
	ck_assert_int_eq(sock_diag_ask(&asker, sides[0], 5), 0);
	check_told("ab");
	ck_assert(asker.incomplete);
	told.n = 0;
	ck_assert_int_eq(sock_diag_ask(&asker, sides[0], 5), 0);
	check_told("ab");
	ck_assert(!asker.incomplete);
}
END_TEST

START_TEST(no_memory_for_cookies)
{
	if (!harness_alloc_hooked())
		return;
	lay_ready(1, NLM_F_DUMP_INTR, "abc");
	harness_fail_alloc(0);
	ck_assert_int_eq(sock_diag_ask(&asker, sides[0], 5), 0);
	harness_fail_alloc(-1);
	check_told("abc");
	ck_assert(asker.incomplete && asker.no_memory);
	ck_assert_int_eq(requests(), 1);
}
END_TEST

START_TEST(failures)
{
	struct answer a = {0};

	put_done(&a, NLMSG_ERROR, -ENOENT, 1);
	ck_assert_int_eq(send(sides[1], a.bytes, a.n, 0), (ssize_t)a.n);
	ck_assert_int_eq(sock_diag_ask(&asker, sides[0], 5), ENOENT);
	ck_assert_int_eq(send(sides[1], "short", 5, 0), 5);
	ck_assert_int_eq(sock_diag_ask(&asker, sides[0], 5), EBADMSG);
	shutdown(sides[1], SHUT_WR);
	ck_assert_int_eq(sock_diag_ask(&asker, sides[0], 5), ECONNRESET);
}
END_TEST

/* ---- the kernel itself, as far as a unit test can rely on it ---- */

static void count(void *ctx, const struct sock_diag_socket *socket)
{
	*(int *)ctx += socket->state > 0 && socket->state < 14;
}

static void open_and_dump(void *ctx)
{
	char err[256] = "";
	struct sock_diag *d = sock_diag_new(err, sizeof(err));
	int n = 0;

	(void)ctx;
	if (!d) {
		ck_assert_str_ne(err, "");
		return;
	}
	ck_assert_int_eq(sock_diag_dump(d, 1, count, &n), n);
	ck_assert_uint_ge(sock_diag_stats(d).namespaces, 1);
	sock_diag_free(d);
}

START_TEST(every_allocation_fails)
{
	open_and_dump(NULL);
	fail_each_alloc(open_and_dump, NULL);
}
END_TEST

START_TEST(free_takes_null)
{
	sock_diag_free(NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sock_diag");
	TCase *answers = tcase_create("answers"), *asking = tcase_create("asking");

	tcase_add_test(answers, each_member);
	tcase_add_test(answers, addresses);
	tcase_add_test(answers, flags_are_not_counted);
	tcase_add_test(answers, tcp_info_of_every_length);
	tcase_add_test(answers, ends);
	tcase_add_test(answers, answers_to_others_are_skipped);
	tcase_add_test(answers, cut_short_anywhere);
	tcase_add_test(answers, any_16_bits_wrong);
	tcase_add_test(answers, wrong_lengths);
	suite_add_tcase(suite, answers);
	/* asks the kernel for all sockets of the machine each time, which a busy one has many of */
	tcase_set_timeout(asking, 60);
	tcase_add_checked_fixture(asking, set_up, tear_down);
	tcase_add_test(asking, asked_once);
	tcase_add_test(asking, interrupted_is_asked_again);
	tcase_add_test(asking, interrupted_twice_is_incomplete);
	tcase_add_test(asking, no_memory_for_cookies);
	tcase_add_test(asking, failures);
	tcase_add_test(asking, every_allocation_fails);
	tcase_add_test(asking, free_takes_null);
	suite_add_tcase(suite, asking);
	return run_suite(suite);
}
