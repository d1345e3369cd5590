/* SPDX-License-Identifier: Apache-2.0 */
/* conn_fixture.h - made sockets, ends and exchanges for tests of conn_table. */
#ifndef L7SCOPE_TESTS_CONN_FIXTURE_H
#define L7SCOPE_TESTS_CONN_FIXTURE_H

#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "app/conn_table.h"

#define SECOND 1000000000ull
#define NETNS  4026531840u

static inline struct endpoint ip(uint8_t last, uint16_t port)
{
	return (struct endpoint){.family = AF_INET, .addr = {10, 0, 0, last}, .port = port};
}

static inline struct endpoint loopback(uint16_t port)
{
	return (struct endpoint){.family = AF_INET, .addr = {127, 0, 0, 1}, .port = port};
}

/* From 10.0.0.1:port to 10.0.0.2:80; cookie as the port. */
static inline struct sock_diag_socket sample_socket(uint16_t port, uint64_t received, uint64_t acked)
{
	return (struct sock_diag_socket){
		.local = ip(1, port),
		.remote = ip(2, 80),
		.netns = NETNS,
		.cookie = port,
		.inode = port,
		.state = TCP_ESTABLISHED,
		.has_info = true,
		.received = received,
		.acked = acked,
		.rtt_us = 100,
	};
}

static inline struct conn_gone sample_gone(uint16_t port, uint64_t received, uint64_t acked)
{
	return (struct conn_gone){
		.local = ip(1, port),
		.remote = ip(2, 80),
		.netns = NETNS,
		.received = received,
		.acked = acked,
		.rtt_us = 200,
	};
}

static inline struct sock_diag_socket sample_listener(uint32_t netns, uint16_t port)
{
	return (struct sock_diag_socket){
		.local = {.family = AF_INET, .port = port},
		.remote.family = AF_INET,
		.netns = netns,
		.inode = 1,
		.state = TCP_LISTEN,
	};
}

/* The record of that local port; the closed one where there are two.  NULL: none. */
static inline const struct conn_record *record_of(const struct conn_table *t, uint16_t port)
{
	const struct conn_record *records, *found = NULL;
	size_t n;

	records = conn_table_records(t, &n);
	for (size_t i = 0; i < n; i++)
		if (records[i].local.port == port && (!found || records[i].closed))
			found = &records[i];
	return found;
}

static inline size_t count_records(const struct conn_table *t)
{
	size_t n;

	conn_table_records(t, &n);
	return n;
}

#endif
