/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workload_sharing - sockets that change hands: descriptors duplicated, replaced,
 * reused, passed to another process.
 *
 *     workload_sharing [PLACE]
 */
#include <fcntl.h>
#include <sys/wait.h>

#include "workload_numbered.h"

#define REUSES	     200
#define LEFT_WAITING 3

/* The first descriptor is closed in the middle; the connection lives on in the second. */
static void duplicated(const char *name, struct pair *p)
{
	int client, server;

	exchange(name, p, 0, 0);
	client = dup(p->client);
	server = dup3(p->server, 900, O_CLOEXEC);
	if (client < 0 || server < 0)
		workload_die("dup");
	close(p->client);
	close(p->server);
	p->client = client;
	p->server = server;
	exchange(name, p, 1, 0);
	exchange(name, p, 2, 0);
}

/* dup2 onto the descriptor of a live connection ends that connection and puts another in its place. */
static void replaced(const char *name, struct pair *p)
{
	struct pair old = *p;

	exchange(name, p, 0, 0);
	pair_connect(p);
	if (dup2(p->client, old.client) < 0 || dup2(p->server, old.server) < 0)
		workload_die("dup2");
	close(p->client);
	close(p->server);
	p->client = old.client;
	p->server = old.server;
	exchange(name, p, 1, 0);
}

/* Each connection gets the descriptors of the one before. */
static void reused(const char *name, struct pair *p)
{
	int client = p->client, server = p->server;

	for (int i = 0; i < REUSES; i++) {
		exchange(name, p, i, 0);
		close(p->client);
		close(p->server);
		pair_connect(p);
		if (p->client != client || p->server != server)
			workload_die("descriptors differ");
	}
}

/* Closed while a request waits, and reused at once. */
static void reused_while_waiting(const char *name, struct pair *p)
{
	for (int i = 0; i < LEFT_WAITING; i++) {
		struct message request = message_request("/sharing/left", 0);
		struct expected e = {.method = "POST",
				     .path = "/sharing/left",
				     .reason = "closed",
				     .req_bytes = request.n};

		say(p->client, request.bytes, request.n);
		hear(p->server, request.n);
		close(p->server);
		close(p->client);
		expect_both(name, p, &e);
		pair_connect(p);
		exchange(name, p, i, 0);
		free(request.bytes);
	}
}

static void pass(int channel, int fd)
{
	char byte = 0, control[CMSG_SPACE(sizeof(int))] = {0};
	struct iovec v = {&byte, 1};
	struct msghdr msg = {
		.msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
	struct cmsghdr *header = CMSG_FIRSTHDR(&msg);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(int));
	if (sendmsg(channel, &msg, 0) != 1)
		workload_die("SCM_RIGHTS");
}

static int receive_passed(int channel)
{
	char byte, control[CMSG_SPACE(sizeof(int))];
	struct iovec v = {&byte, 1};
	struct msghdr msg = {
		.msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
	int fd;

	if (recvmsg(channel, &msg, 0) != 1 || !CMSG_FIRSTHDR(&msg))
		workload_die("SCM_RIGHTS");
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(int));
	return fd;
}

/* Used here first, then passed to another process over a unix socket. */
static void passed(const char *name, struct pair *p)
{
	int channel[2];
	pid_t child;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, channel))
		workload_die("socketpair");
	child = fork();
	if (child == 0) {
		close(p->client);
		close(p->server);
		serve(receive_passed(channel[1]), 1, 2);
		_exit(0);
	}
	exchange(name, p, 0, 0);
	pass(channel[0], p->server);
	close_now(&p->server);
	exchange(name, p, 1, child);
	exchange(name, p, 2, child);
	waitpid(child, NULL, 0);
	close(channel[0]);
	close(channel[1]);
}

static const struct numbered_case cases[] = {
	{"duplicated descriptor", duplicated}, {"descriptor replaced by dup2", replaced},
	{"descriptor reused", reused},	       {"descriptor reused, request waiting", reused_while_waiting},
	{"passed over a unix socket", passed},
};

int main(int argc, char **argv)
{
	numbered_run(cases, sizeof(cases) / sizeof(cases[0]), workload_place(argc > 1 ? argv[1] : "tcp4"));
	return 0;
}
