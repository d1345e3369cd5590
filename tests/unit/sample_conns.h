/* SPDX-License-Identifier: Apache-2.0 */
/* sample_conns.h - an interval of connections for the tests of conntop's sinks. */
#ifndef L7SCOPE_TESTS_SAMPLE_CONNS_H
#define L7SCOPE_TESTS_SAMPLE_CONNS_H

#include <arpa/inet.h>
#include <check.h>
#include <netinet/tcp.h>
#include <stdlib.h>

#include "sink/conn_sink.h"

#define SECOND 1000000000ull

/* 2026-01-02T03:04:05.123456Z is where the interval begins. */
#define SAMPLE_START_NS	 5000000000ull
#define SAMPLE_OFFSET_NS (1767323045123456000ll - (int64_t)SAMPLE_START_NS)

#define SAMPLE_RECORDS 3
#define SAMPLE_EDGES   3

/* Two seconds: a client of HTTP, a closed server's connection, one of which nothing is known. */
struct conn_run {
	struct output out;
	struct wall_time time;
	struct conn_sink_options options;
	struct conn_summary summary;
	struct conn_record records[SAMPLE_RECORDS];
	struct conn_edge edges[SAMPLE_EDGES];
	struct conn_interval interval;
	struct histogram fast, slow;
};

static const uint32_t sample_pids[] = {9, 10, 11};

static inline struct endpoint sample_end(const char *addr, uint16_t port)
{
	struct endpoint e = {.family = strchr(addr, ':') ? AF_INET6 : AF_INET, .port = port};

	ck_assert_int_eq(inet_pton(e.family, addr, e.addr), 1);
	return e;
}

static inline void sample_latency(struct histogram *h, uint64_t n, uint64_t us)
{
	for (uint64_t i = 0; i < n; i++)
		histogram_add(h, us * 1000, 0);
}

static inline void sample_records(struct conn_run *r)
{
	r->records[0] = (struct conn_record){
		.pid = 1234,
		.comm = "curl",
		.n_owners = 1,
		.n = 1,
		.local = sample_end("10.0.0.5", 43210),
		.remote = sample_end("10.0.0.9", 80),
		.netns = 4026531840,
		.role = CONN_CLIENT,
		.proto = "http/1",
		.state = TCP_ESTABLISHED,
		.bytes_known = true,
		.rx_bytes = 2 * 1258291, /* 1.2M/s */
		.tx_bytes = 2 * 900,
		.rtt_us = 42,
		.retrans = 3,
		.unread = 7,
		.unsent = 8,
		.age_ns = 185 * SECOND,
		.seen_ns = 185 * SECOND,
		.http = true,
		.requests = 24,
		.errors = 3,
		.inflight = 1,
		.latency = &r->fast,
	};
	r->records[1] = (struct conn_record){
		.pid = 9,
		.comm = "nginx",
		.n_owners = 5,
		.owners = sample_pids,
		.n_owner_pids = 3,
		.n = 1,
		.local = sample_end("2001:db8:1:2:3:4:5:6", 443),
		.remote = sample_end("2001:db8::7", 50000),
		.role = CONN_SERVER,
		.state = TCP_FIN_WAIT2,
		.closed = true,
		.bytes_known = true,
		.age_ns = -1,
		.seen_ns = 12 * SECOND,
		.http = true,
		.container = "0123456789abcdef0123456789abcdef",
		.pod = "web-1",
		.namespace_ = "shop",
	};
	r->records[2] = (struct conn_record){.n = 1, .age_ns = -1};
}

static inline void sample_edges(struct conn_run *r)
{
	r->edges[0] = (struct conn_edge){
		.from = bytes_of_str("curl[123]"),
		.to = bytes_of_str("nginx[9]"),
		.port = 80,
		.from_local = true,
		.to_local = true,
		.connections = 1,
		.requests = 24,
		.bytes = 2 * 1024 * 1024,
		.latency = &r->fast,
	};
	r->edges[1] = (struct conn_edge){
		.from = bytes_of_str("10.0.0.7"),
		.to = bytes_of_str("nginx[9]"),
		.port = 80,
		.to_local = true,
		.connections = 12,
		.requests = 4000,
		.errors = 1,
		.bytes = 200,
		.latency = &r->slow,
	};
	r->edges[2] = (struct conn_edge){
		.from = bytes_of_str("ssh[7]"),
		.to = bytes_of_str("10.0.0.9"),
		.port = 22,
		.from_local = true,
		.connections = 1,
		.bytes = 2 * 50,
	};
}

static inline void run_init(struct conn_run *r)
{
	setenv("TZ", "UTC-2", 1); /* two hours east */
	*r = (struct conn_run){0};
	output_init(&r->out, -1, NULL);
	wall_time_init(&r->time, SAMPLE_OFFSET_NS, 0);
	sample_latency(&r->fast, 24, 1200);
	sample_latency(&r->slow, 10, 1500000);
	sample_records(r);
	sample_edges(r);
	r->summary = (struct conn_summary){
		.start_ns = SAMPLE_START_NS,
		.end_ns = SAMPLE_START_NS + 2 * SECOND,
		.load = {0.12, 1.5, -1},
		.states = {[TCP_ESTABLISHED] = 2, [TCP_TIME_WAIT] = 40, [TCP_LISTEN] = 3},
		.opened = 5,
		.closed = 1,
		.rx_bytes = 2 * 1258291,
		.tx_bytes = 2 * 900,
		.requests = 24,
		.errors = 3,
		.inflight = 1,
		.n_records = SAMPLE_RECORDS,
	};
	r->options = (struct conn_sink_options){.out = &r->out, .time = &r->time};
	r->interval = (struct conn_interval){&r->summary, r->records, SAMPLE_RECORDS, r->edges, SAMPLE_EDGES};
}

static inline void run_release(struct conn_run *r)
{
	output_release(&r->out);
}

/* What the sink writes, NUL-terminated; frees the sink; valid until the next call. */
static inline const char *sample_begin(struct conn_run *r, struct conn_sink *sink)
{
	ck_assert_ptr_nonnull(sink);
	text_clear(&r->out.pending);
	sink->begin(sink);
	sink->free(sink);
	text_put_char(&r->out.pending, '\0');
	return r->out.pending.p;
}

static inline const char *sample_interval(struct conn_run *r, struct conn_sink *sink)
{
	ck_assert_ptr_nonnull(sink);
	text_clear(&r->out.pending);
	sink->interval(sink, &r->interval);
	sink->free(sink);
	text_put_char(&r->out.pending, '\0');
	return r->out.pending.p;
}

/* For fail_each_alloc(), with a sink that may be NULL. */
static inline void sample_without_memory(struct conn_run *r, struct conn_sink *sink)
{
	if (!sink)
		return;
	sink->begin(sink);
	sink->interval(sink, &r->interval);
	sink->free(sink);
}

#endif
