/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list_sockets - prints what sock_diag.h and socket_owners.h say, for test_sockets.
 *
 * For each line on standard input: one JSON object per socket, then one with what it cost.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "transport/sock_diag.h"
#include "transport/socket_owners.h"

struct listing {
	struct sock_diag_socket *sockets;
	size_t n, cap;
};

static uint64_t read_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void keep(void *ctx, const struct sock_diag_socket *socket)
{
	struct listing *l = ctx;

	if (l->n == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 1024;
		l->sockets = realloc(l->sockets, l->cap * sizeof(*l->sockets));
		if (!l->sockets)
			abort();
	}
	l->sockets[l->n++] = *socket;
}

static void print_owners(const struct socket_owners *owners, uint32_t inode)
{
	const struct socket_owner *found;
	size_t n = socket_owners_find(owners, inode, &found);

	printf("\"owners\":[");
	for (size_t i = 0; i < n && i < SOCKET_OWNERS_MAX; i++)
		printf("%s[%u,\"%s\",%llu]", i ? "," : "", found[i].pid, found[i].comm,
		       (unsigned long long)found[i].cgroup);
	printf("],\"n_owners\":%zu", n);
}

static void print_socket(const struct sock_diag_socket *s, const struct socket_owners *owners)
{
	char local[ENDPOINT_ADDR_LEN], remote[ENDPOINT_ADDR_LEN];

	printf("{\"laddr\":\"%s\",\"lport\":%u,\"raddr\":\"%s\",\"rport\":%u,\"netns\":%u,",
	       endpoint_addr(&s->local, local), s->local.port, endpoint_addr(&s->remote, remote),
	       s->remote.port, s->netns);
	printf("\"v4\":%s,\"cookie\":%llu,\"inode\":%u,\"uid\":%u,\"state\":%u,\"info\":%s,",
	       s->local.family == AF_INET ? "true" : "false", (unsigned long long)s->cookie, s->inode, s->uid,
	       s->state, s->has_info ? "true" : "false");
	printf("\"received\":%llu,\"acked\":%llu,\"rtt_us\":%u,\"retrans\":%u,\"unread\":%u,\"unsent\":%u,",
	       (unsigned long long)s->received, (unsigned long long)s->acked, s->rtt_us, s->retrans,
	       s->unread, s->unsent);
	print_owners(owners, s->inode);
	printf("}\n");
}

static void list(struct sock_diag *d, struct socket_owners *owners)
{
	uint64_t now = read_ns(CLOCK_MONOTONIC), start = read_ns(CLOCK_PROCESS_CPUTIME_ID), dumped, found;
	struct listing l = {0};
	struct sock_diag_stats stats;
	int n = sock_diag_dump(d, now, keep, &l);

	dumped = read_ns(CLOCK_PROCESS_CPUTIME_ID);
	for (size_t i = 0; i < l.n; i++)
		socket_owners_saw(owners, l.sockets[i].inode);
	socket_owners_refresh(owners, now);
	found = read_ns(CLOCK_PROCESS_CPUTIME_ID);
	for (size_t i = 0; i < l.n; i++)
		print_socket(&l.sockets[i], owners);
	stats = sock_diag_stats(d);
	printf("{\"n\":%d,\"namespaces\":%zu,\"incomplete\":%llu,\"dump_us\":%llu,\"owners_us\":%llu}\n", n,
	       stats.namespaces, (unsigned long long)stats.incomplete,
	       (unsigned long long)(dumped - start) / 1000, (unsigned long long)(found - dumped) / 1000);
	fflush(stdout);
	free(l.sockets);
}

int main(void)
{
	char err[256], line[16];
	struct sock_diag *d = sock_diag_new(err, sizeof(err));
	struct socket_owners *owners = socket_owners_new("/proc");
	int ret = 1;

	if (!d || !owners) {
		fprintf(stderr, "list_sockets: %s\n", d ? "out of memory" : err);
		goto cleanup;
	}
	while (fgets(line, sizeof(line), stdin))
		list(d, owners);
	ret = 0;
cleanup:
	socket_owners_free(owners);
	sock_diag_free(d);
	return ret;
}
