/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workload_numbered.h - numbered exchanges, for workloads in which a connection
 * goes from hand to hand, and the runner of such cases.
 */
#ifndef L7SCOPE_TESTS_WORKLOAD_NUMBERED_H
#define L7SCOPE_TESTS_WORKLOAD_NUMBERED_H

#include "workload.h"

struct numbered_case {
	const char *name;
	void (*run)(const char *name, struct pair *p);
};

/* One exchange between two descriptors; prints what the tool must print when the processes are known. */
static inline void exchange(const char *name, const struct pair *p, int number, pid_t server)
{
	struct message request, response = message_response(200, (size_t)(number % 1000));
	struct expected e = {.method = "POST", .status = 200, .resp_bytes = response.n};
	char path[64];

	snprintf(path, sizeof(path), "/sharing/%d", number);
	request = message_request(path, 10);
	e.path = path;
	e.req_bytes = request.n;
	say(p->client, request.bytes, request.n);
	if (!server) {
		hear(p->server, request.n);
		say(p->server, response.bytes, response.n);
	}
	hear(p->client, response.n);
	expect_side(name, p, "client", &e);
	e.pid = server;
	expect_side(name, p, "server", &e);
	free(request.bytes);
	free(response.bytes);
}

/* The server's half, for a process of its own: the requests have numbers first, first + 1, ... */
static inline void serve(int fd, int first, int count)
{
	for (int i = first; i < first + count; i++) {
		struct message request, response = message_response(200, (size_t)(i % 1000));
		char path[64];

		snprintf(path, sizeof(path), "/sharing/%d", i);
		request = message_request(path, 10);
		hear(fd, request.n);
		say(fd, response.bytes, response.n);
		free(request.bytes);
		free(response.bytes);
	}
}

static inline void close_now(int *fd)
{
	close(*fd);
	*fd = -1;
}

/* Runs each case on a connection of its own. */
static inline void numbered_run(const struct numbered_case *cases, size_t n, const struct place *at)
{
	for (size_t i = 0; i < n; i++) {
		struct pair p = pair_open(at);

		cases[i].run(cases[i].name, &p);
		pair_close(&p);
	}
}

#endif
