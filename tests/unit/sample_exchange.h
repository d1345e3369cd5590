/* SPDX-License-Identifier: Apache-2.0 */
/* sample_exchange.h - a complete exchange for tests of filters and sinks. */
#ifndef L7SCOPE_TESTS_SAMPLE_EXCHANGE_H
#define L7SCOPE_TESTS_SAMPLE_EXCHANGE_H

#include <arpa/inet.h>
#include <string.h>

#include "exchange/exchange.h"

/* 2026-01-02T03:04:05.123456Z */
#define SAMPLE_WALL_NS 1767323045123456000ll
/* Where the sample's request begins, CLOCK_MONOTONIC. */
#define SAMPLE_FIRST_NS	 5000000000ull
#define SAMPLE_OFFSET_NS (SAMPLE_WALL_NS - (int64_t)SAMPLE_FIRST_NS)

static inline struct endpoint sample_endpoint(const char *addr, uint16_t port)
{
	struct endpoint e = {.family = strchr(addr, ':') ? AF_INET6 : AF_INET, .port = port};

	inet_pton(e.family, addr, e.addr);
	return e;
}

/* GET http://example.com/index.html -> 200 in 1.5 ms, seen by nginx as server. */
static inline struct exchange sample_exchange(void)
{
	return (struct exchange){
		.conn = 7,
		.pid = 181,
		.tid = 181,
		.uid = 33,
		.comm = "nginx",
		.role = ROLE_SERVER,
		.local = sample_endpoint("10.0.0.1", 80),
		.remote = sample_endpoint("10.0.0.2", 40000),
		.version_major = 1,
		.version_minor = 1,
		.stream = -1,
		.method = bytes_of_str("GET"),
		.target = bytes_of_str("/index.html"),
		.path = bytes_of_str("/index.html"),
		.host = bytes_of_str("example.com"),
		.status = 200,
		.req_bytes = 80,
		.resp_bytes = 1234,
		.req = {SAMPLE_FIRST_NS, SAMPLE_FIRST_NS + 100000},
		.resp = {SAMPLE_FIRST_NS + 1000000, SAMPLE_FIRST_NS + 1500000},
		.queue_ns = -1,
	};
}

/* The same, without a response. */
static inline struct exchange sample_unanswered(enum no_status why)
{
	struct exchange x = sample_exchange();

	x.status = 0;
	x.no_status = why;
	x.resp_bytes = 0;
	x.resp = (struct message_times){0};
	return x;
}

#endif
