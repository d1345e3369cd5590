/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/sock_diag_ask.h"

#include <errno.h>
#include <linux/bpf.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "transport/sock_diag_read.h"

/* TCP_ESTABLISHED to BPF_TCP_NEW_SYN_RECV.  Sockets that are only bound (Linux 6.8) are no connections. */
#define ALL_STATES ((1u << (BPF_TCP_NEW_SYN_RECV + 1)) - (1u << BPF_TCP_ESTABLISHED))

int sock_diag_open(void)
{
	const struct timeval patience = {.tv_sec = SOCK_DIAG_PATIENCE_S};
	/* connected: answers of others than the kernel are refused */
	const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

	if (fd < 0)
		return -1;
	if (connect(fd, (const struct sockaddr *)&kernel, sizeof(kernel)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0) {
		int error = errno;

		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

/* ---- which sockets were told: only needed when it must be asked twice ---- */

static int compare_cookies(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void remember(struct sock_diag_asker *a, uint64_t cookie)
{
	if (a->n_told == a->cap_told) {
		size_t cap = a->cap_told ? a->cap_told * 2 : 1024;
		uint64_t *more = realloc(a->told, cap * sizeof(*more));

		if (!more) {
			a->no_memory = true;
			return;
		}
		a->told = more;
		a->cap_told = cap;
	}
	a->told[a->n_told++] = cookie;
}

static void tell(void *ctx, const struct sock_diag_socket *socket)
{
	struct sock_diag_asker *a = ctx;

	if (a->n_sorted && bsearch(&socket->cookie, a->told, a->n_sorted, sizeof(*a->told), compare_cookies))
		return;
	remember(a, socket->cookie);
	a->n++;
	a->fn(a->ctx, socket);
}

/* ---- asking ---- */

/* The old request, because it means both families: one walk through the kernel's hash table, not two
 * (which is the same one for all namespaces, and of half a million buckets on large machines). */
static int send_request(int fd, uint32_t seq, uint32_t states)
{
	const struct {
		struct nlmsghdr head;
		struct inet_diag_req request;
	} message = {
		.head = {.nlmsg_len = sizeof(message),
			 .nlmsg_type = TCPDIAG_GETSOCK,
			 .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
			 .nlmsg_seq = seq},
		.request = {.idiag_family = AF_INET,
			    .idiag_ext = 1 << (INET_DIAG_INFO - 1),
			    .idiag_states = states},
	};

	return send(fd, &message, sizeof(message), 0) < 0 ? errno : 0;
}

static int receive(struct sock_diag_asker *a, int fd, struct sock_diag_reader *reader)
{
	for (;;) {
		ssize_t n = recv(fd, a->datagram, sizeof(a->datagram), MSG_TRUNC);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? errno : ECONNRESET;
		if ((size_t)n > sizeof(a->datagram))
			return EMSGSIZE;
		switch (sock_diag_read(reader, bytes_of(a->datagram, (size_t)n))) {
		case SOCK_DIAG_MORE:
			break;
		case SOCK_DIAG_DONE:
			return 0;
		case SOCK_DIAG_FAILED:
			return reader->error;
		}
	}
}

static int ask_once(struct sock_diag_asker *a, int fd, struct sock_diag_reader *reader)
{
	int error;

	reader->seq = ++a->seq;
	reader->interrupted = false;
	error = send_request(fd, reader->seq, ALL_STATES);
	return error ? error : receive(a, fd, reader);
}

int sock_diag_ask(struct sock_diag_asker *a, int fd, uint32_t netns)
{
	struct sock_diag_reader reader = {.netns = netns, .fn = tell, .ctx = a};
	int error;

	a->n = 0;
	a->incomplete = a->no_memory = false;
	a->n_told = a->n_sorted = 0;
	error = ask_once(a, fd, &reader);
	if (error || !reader.interrupted)
		return error;
	if (!a->no_memory) {
		a->n_sorted = a->n_told;
		qsort(a->told, a->n_sorted, sizeof(*a->told), compare_cookies);
		error = ask_once(a, fd, &reader);
	}
	a->incomplete = reader.interrupted;
	return error;
}

static void tell_nobody(void *ctx, const struct sock_diag_socket *socket)
{
	(void)ctx, (void)socket;
}

int sock_diag_probe(struct sock_diag_asker *a, int fd)
{
	struct sock_diag_reader reader = {.seq = ++a->seq, .fn = tell_nobody};
	int error = send_request(fd, reader.seq, 0); /* sockets of no state: an empty answer */

	return error ? error : receive(a, fd, &reader);
}

void sock_diag_asker_release(struct sock_diag_asker *a)
{
	free(a->told);
	a->told = NULL;
	a->n_told = a->cap_told = a->n_sorted = 0;
}
