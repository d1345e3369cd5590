/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workload_ways.h - tries ways to move a message over a socket, one by one.
 *
 * Each way moves three requests and three responses on a connection of its
 * own, so that a position lost in one message shows in the next.
 */
#ifndef L7SCOPE_TESTS_WORKLOAD_WAYS_H
#define L7SCOPE_TESTS_WORKLOAD_WAYS_H

#include <errno.h>
#include <sys/uio.h>

#include "workload.h"

#define WAYS_ROUNDS 3
#define WAYS_BODY   3000
/* More than a head has bytes. */
#define SEGMENTS_MAX 400

/* A way moves all of m, or returns false when the kernel does not offer it here. */
typedef bool way_fn(int fd, const struct message *m);

static inline bool refused(ssize_t done)
{
	return done < 0 && (errno == EOPNOTSUPP || errno == ENOPROTOOPT || errno == EINVAL);
}

/* Cuts [p, p+n) into segments of `step` bytes, the last one takes the rest. */
static inline int segments(struct iovec *v, int max, char *p, size_t n, size_t step)
{
	int i = 0;

	for (; i < max - 1 && n > step; i++, p += step, n -= step)
		v[i] = (struct iovec){p, step};
	v[i++] = (struct iovec){p, n};
	return i;
}

struct way {
	const char *name;
	way_fn *run;
};

/* The other side's way. */
static inline bool ways_plain_send(int fd, const struct message *m)
{
	say(fd, m->bytes, m->n);
	return true;
}

static inline bool ways_plain_recv(int fd, const struct message *m)
{
	hear(fd, m->n);
	return true;
}

/* One exchange; false when a way is not offered. */
static inline bool ways_round(struct pair *p, const char *name, way_fn *send_way, way_fn *recv_way)
{
	struct message request = message_request("/calls", WAYS_BODY + 1);
	struct message response = message_response(203, WAYS_BODY);
	bool offered = send_way(p->client, &request) && recv_way(p->server, &request) &&
		       send_way(p->server, &response) && recv_way(p->client, &response);

	if (offered)
		expect_both(name, p,
			    &(struct expected){.method = "POST",
					       .path = "/calls",
					       .status = 203,
					       .req_bytes = request.n,
					       .resp_bytes = response.n});
	free(request.bytes);
	free(response.bytes);
	return offered;
}

/* Ways that the kernel refuses for this kind of socket are left out. */
static inline void ways_run(const struct place *at, const struct way *ways, size_t n, bool sending)
{
	for (size_t i = 0; i < n; i++) {
		struct pair p = pair_open(at);
		int left = WAYS_ROUNDS;

		while (left > 0 && ways_round(&p, ways[i].name, sending ? ways[i].run : ways_plain_send,
					      sending ? ways_plain_recv : ways[i].run))
			left--;
		pair_close(&p);
	}
}

#endif
