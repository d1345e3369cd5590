/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workload.h - what the workload programs share: both ends of a connection
 * on loopback, messages, and the lines the tool must print.
 *
 * A workload prints one JSON object per record that the tool must print, with
 * the keys it knows; records.py tells how they are compared.
 */
#ifndef L7SCOPE_TESTS_WORKLOAD_H
#define L7SCOPE_TESTS_WORKLOAD_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

/* Enough for each pre-forking or threaded case here. */
#define WORKLOAD_BACKLOG 64

/* Where the connections of a run live. */
struct place {
	const char *name;
	int domain, protocol;
	const char *bind_to, *connect_to; /* as given to inet_pton */
	const char *shown;		  /* as the tool must print it */
};

static const struct place workload_places[] = {
	{"tcp4", AF_INET, 0, "127.0.0.1", "127.0.0.1", "127.0.0.1"},
	{"tcp6", AF_INET6, 0, "::1", "::1", "::1"},
	{"mapped", AF_INET6, 0, "::", "::ffff:127.0.0.1", "127.0.0.1"},
	{"mptcp", AF_INET, IPPROTO_MPTCP, "127.0.0.1", "127.0.0.1", "127.0.0.1"},
	{"mptcp6", AF_INET6, IPPROTO_MPTCP, "::1", "::1", "::1"},
};

/* Both ends of one connection, and the socket it was accepted from. */
struct pair {
	const struct place *place;
	int listener, client, server; /* -1: not open */
	uint16_t port, client_port;
};

/* What the tool must print of one exchange; zero: the key is left out. */
struct expected {
	const char *method, *path;
	int status; /* 0: none, and then `reason` says why */
	const char *reason;
	size_t req_bytes, resp_bytes;
	pid_t pid;	   /* 0: this process; -1: unknown */
	const char *extra; /* more keys, as JSON text, without a leading comma */
};

/* Bytes of one message: head, then body. */
struct message {
	char *bytes;
	size_t head, n;
};

static inline void workload_die(const char *what)
{
	perror(what);
	exit(1);
}

static inline const struct place *workload_place(const char *name)
{
	for (size_t i = 0; i < sizeof(workload_places) / sizeof(workload_places[0]); i++)
		if (strcmp(workload_places[i].name, name) == 0)
			return &workload_places[i];
	fprintf(stderr, "no place named %s\n", name);
	exit(2);
}

static inline socklen_t workload_address(const struct place *at, const char *text, uint16_t port,
					 struct sockaddr_storage *out)
{
	struct sockaddr_in6 *six = (void *)out;
	struct sockaddr_in *four = (void *)out;

	memset(out, 0, sizeof(*out));
	if (at->domain == AF_INET6) {
		six->sin6_family = AF_INET6;
		six->sin6_port = htons(port);
		inet_pton(AF_INET6, text, &six->sin6_addr);
		return sizeof(*six);
	}
	four->sin_family = AF_INET;
	four->sin_port = htons(port);
	inet_pton(AF_INET, text, &four->sin_addr);
	return sizeof(*four);
}

/* The local port of a socket. */
static inline uint16_t workload_port(int fd)
{
	struct sockaddr_storage at;
	socklen_t n = sizeof(at);

	if (getsockname(fd, (struct sockaddr *)&at, &n))
		workload_die("getsockname");
	/* Both families keep the port at the same place. */
	return ntohs(((struct sockaddr_in *)&at)->sin_port);
}

/* A port that no other listener and no client of the test has: the harness reserved some, from L7SCOPE_PORTS
 * on. */
static inline uint16_t workload_next_port(void)
{
	static uint16_t used;
	const char *first = getenv("L7SCOPE_PORTS");

	return first ? (uint16_t)(atoi(first) + used++) : 0;
}

static inline int workload_listen(const struct place *at, uint16_t *port)
{
	struct sockaddr_storage address;
	socklen_t n = workload_address(at, at->bind_to, workload_next_port(), &address);
	int fd = socket(at->domain, SOCK_STREAM, at->protocol);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, n) || listen(fd, WORKLOAD_BACKLOG))
		workload_die("listen");
	*port = workload_port(fd);
	return fd;
}

static inline int workload_connect(const struct place *at, uint16_t port)
{
	struct sockaddr_storage address;
	socklen_t n = workload_address(at, at->connect_to, port, &address);
	int fd = socket(at->domain, SOCK_STREAM, at->protocol);

	if (fd < 0 || connect(fd, (struct sockaddr *)&address, n))
		workload_die("connect");
	return fd;
}

/* Two short writes in a row would otherwise wait 40 ms for an acknowledgement. */
static inline void workload_no_delay(int fd)
{
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

/* One more connection to p's listener. */
static inline void pair_connect(struct pair *p)
{
	p->client = workload_connect(p->place, p->port);
	p->client_port = workload_port(p->client);
	p->server = accept(p->listener, NULL, NULL);
	if (p->server < 0)
		workload_die("accept");
	workload_no_delay(p->client);
	workload_no_delay(p->server);
}

static inline struct pair pair_open(const struct place *at)
{
	struct pair p = {.place = at, .client = -1, .server = -1};

	p.listener = workload_listen(at, &p.port);
	pair_connect(&p);
	return p;
}

static inline void pair_close(struct pair *p)
{
	int *fds[] = {&p->client, &p->server, &p->listener};

	for (size_t i = 0; i < 3; i++) {
		if (*fds[i] >= 0)
			close(*fds[i]);
		*fds[i] = -1;
	}
}

/* Writes all, in as few calls as the kernel lets it. */
static inline void say(int fd, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, bytes, n);

		if (done <= 0)
			workload_die("write");
		bytes += done;
		n -= (size_t)done;
	}
}

/* Reads exactly n bytes and forgets them. */
static inline void hear(int fd, size_t n)
{
	char buf[8192];

	while (n > 0) {
		ssize_t done = read(fd, buf, n < sizeof(buf) ? n : sizeof(buf));

		if (done <= 0)
			workload_die("read");
		n -= (size_t)done;
	}
}

/* A body that would be taken for HTTP by one who lost the place in the stream. */
static inline void message_fill(char *p, size_t n)
{
	static const char bait[] = "GET /body HTTP/1.1\r\nHost: wrong\r\n\r\nHTTP/1.1 500 Wrong\r\n\r\n";

	for (size_t i = 0; i < n; i++)
		p[i] = bait[i % (sizeof(bait) - 1)];
}

static inline struct message message_make(const char *head, size_t body)
{
	struct message m = {.head = strlen(head)};

	m.n = m.head + body;
	m.bytes = malloc(m.n + 1);
	if (!m.bytes)
		workload_die("malloc");
	memcpy(m.bytes, head, m.head);
	message_fill(m.bytes + m.head, body);
	return m;
}

/* POST with a body of that many bytes. */
static inline struct message message_request(const char *path, size_t body)
{
	char head[512];

	snprintf(head, sizeof(head),
		 "POST %s HTTP/1.1\r\nHost: workload.example\r\nContent-Length: %zu\r\n\r\n", path, body);
	return message_make(head, body);
}

static inline struct message message_response(int status, size_t body)
{
	char head[256];

	snprintf(head, sizeof(head), "HTTP/1.1 %d Said\r\nServer: workload\r\nContent-Length: %zu\r\n\r\n",
		 status, body);
	return message_make(head, body);
}

/* The line for one side.  One write per line, so that processes may share stdout. */
static inline void expect_side(const char *name, const struct pair *p, const char *role,
			       const struct expected *e)
{
	bool client = strcmp(role, "client") == 0;
	char line[1024];
	int n;

	n = snprintf(line, sizeof(line),
		     "{\"case\":\"%s\",\"port\":%u,\"role\":\"%s\",\"method\":\"%s\",\"path\":\"%s\","
		     "\"laddr\":\"%s\",\"raddr\":\"%s\",\"lport\":%u,\"rport\":%u",
		     name, p->port, role, e->method, e->path, p->place->shown, p->place->shown,
		     client ? p->client_port : p->port, client ? p->port : p->client_port);
	if (e->status)
		n += snprintf(line + n, sizeof(line) - (size_t)n, ",\"status\":%d,\"reason\":null",
			      e->status);
	else
		n += snprintf(line + n, sizeof(line) - (size_t)n, ",\"status\":null,\"reason\":\"%s\"",
			      e->reason);
	if (e->req_bytes)
		n += snprintf(line + n, sizeof(line) - (size_t)n, ",\"req_bytes\":%zu", e->req_bytes);
	if (e->resp_bytes)
		n += snprintf(line + n, sizeof(line) - (size_t)n, ",\"resp_bytes\":%zu", e->resp_bytes);
	if (e->pid >= 0)
		n += snprintf(line + n, sizeof(line) - (size_t)n, ",\"pid\":%d", e->pid ? e->pid : getpid());
	n += snprintf(line + n, sizeof(line) - (size_t)n, "%s%s}\n", e->extra ? "," : "",
		      e->extra ? e->extra : "");
	if (write(STDOUT_FILENO, line, (size_t)n) != n)
		workload_die("stdout");
}

static inline void expect_both(const char *name, const struct pair *p, const struct expected *e)
{
	expect_side(name, p, "client", e);
	expect_side(name, p, "server", e);
}

/* Says that the tool must print nothing more of this port than the case's other lines. */
static inline void expect_nothing(const char *name, const struct pair *p)
{
	char line[256];
	int n = snprintf(line, sizeof(line), "{\"case\":\"%s\",\"port\":%u,\"nothing\":true}\n", name,
			 p->port);

	if (write(STDOUT_FILENO, line, (size_t)n) != n)
		workload_die("stdout");
}

#endif
