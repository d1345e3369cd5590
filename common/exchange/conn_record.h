/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn_record.h - what conntop knows of one connection (seen from one of its
 * ends), or of several folded into one, in one interval.
 */
#ifndef L7SCOPE_CONN_RECORD_H
#define L7SCOPE_CONN_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/endpoint.h"
#include "base/histogram.h"

enum conn_role { CONN_ROLE_UNKNOWN, CONN_CLIENT, CONN_SERVER };

/* Connections by state, for the header: enum of <netinet/tcp.h>, TCP_ESTABLISHED is 1, TCP_LISTEN 10. */
#define CONN_STATES 13

struct conn_record {
	/* who: of a shared socket the first process; n_owners tells of more */
	uint32_t pid;	  /* 0: unknown */
	const char *comm; /* NULL: unknown */
	size_t n_owners;
	const uint32_t *owners; /* pids, as many as are known of n_owners: n_owner_pids */
	size_t n_owner_pids;
	const char *container, *pod, *namespace_; /* NULL: unknown */
	uint32_t uid;

	/* which; of a group the members that differ are unknown (family 0, state 0) */
	uint64_t id; /* unique while the tool runs */
	struct endpoint local, remote;
	uint32_t netns;
	enum conn_role role;
	const char *proto; /* "http/1", "http/2", "grpc"; NULL: unknown */
	uint8_t state;	   /* TCP_ESTABLISHED ...; 0: unknown */
	bool closed;	   /* ended in this interval: shown once */
	size_t n;	   /* connections in this record: 1, or those of a group */

	/* TCP's, in this interval; known is false when its counters could not be read */
	bool bytes_known;
	uint64_t rx_bytes, tx_bytes; /* read by this end, acknowledged to it */
	uint64_t rx_total, tx_total; /* since the connection exists */
	uint32_t rtt_us;	     /* 0: unknown; of a group the largest */
	uint32_t retrans;	     /* segments, in this interval */
	uint32_t unread, unsent;     /* bytes in queues now */
	int64_t age_ns;		     /* since it was opened; -1: it is older than the tool */
	int64_t seen_ns;	     /* since the tool knows it */

	/* HTTP's, in this interval; http is false where none was seen */
	bool http;
	uint64_t requests;		 /* exchanges that ended, with a response or without */
	uint64_t errors;		 /* of them: status 5xx, no response, or gRPC's status not OK */
	uint64_t inflight;		 /* now */
	const struct histogram *latency; /* NULL: none */

	/* what a group is called; p NULL for a single connection */
	struct bytes group;
};

/* The whole machine, in this interval. */
struct conn_summary {
	uint64_t start_ns, end_ns;    /* CLOCK_MONOTONIC */
	double load[3];		      /* 1, 5, 15 minutes; -1: unknown */
	uint64_t states[CONN_STATES]; /* connections by state */
	uint64_t opened, closed;      /* in this interval */
	uint64_t rx_bytes, tx_bytes;  /* sums over all records */
	uint64_t requests, errors, inflight;
	uint64_t ownerless; /* connections without a known process */
	uint64_t lost;	    /* events missed in this interval */
	size_t n_records;   /* before filters and --rows */
};

/* An edge of the topology: who calls whom.  Both ends on this machine are one edge. */
struct conn_edge {
	struct bytes from, to; /* "curl[123]", "web (c1)", "10.0.0.7", "fe80::1" */
	bool from_local, to_local;
	uint16_t port; /* the server's */
	uint64_t connections, requests, errors;
	uint64_t bytes;			 /* both ways */
	const struct histogram *latency; /* as the server saw it where it is local; NULL: none */
};

#endif
