/* SPDX-License-Identifier: Apache-2.0 */
/* columns.h - the cells of a table row: one function per column. */
#ifndef L7SCOPE_COLUMNS_H
#define L7SCOPE_COLUMNS_H

#include "exchange/exchange.h"
#include "sink/mask.h"
#include "sink/text.h"
#include "sink/wall_time.h"

/* "255.255.255.255:65535" */
#define COLUMN_PEER_WIDTH 21
/* As tcplife; a whole comm is 15. */
#define COLUMN_COMM_WIDTH 10
#define COLUMN_COMM_WIDE  15
/* What docker ps shows of a container id; a whole one is 64. */
#define COLUMN_CONTAINER_WIDTH 12

struct cell {
	struct text *out; /* the function appends the cell's text, escaped, without padding */
	struct masker *masker;
	struct wall_time *time;
	bool wide;	    /* nothing is shortened */
	const char *header; /* column_header() */
};

/* For columns of other tables: escaped and, unless wide, cut to `columns`. */
void column_put_clipped(const struct cell *c, struct bytes value, size_t columns);
/* Nothing when the family is not known; unless wide, in COLUMN_PEER_WIDTH. */
void column_put_endpoint(const struct cell *c, const struct endpoint *e);

/* Appending nothing means unknown: the table shows "-". */
typedef void column_fn(const struct cell *c, const struct exchange *x);

column_fn column_seconds, column_clock, column_pid, column_comm, column_role, column_local, column_peer,
	column_status, column_method, column_latency, column_ttfb, column_queue, column_req_bytes,
	column_resp_bytes, column_version, column_tls, column_conn, column_flags, column_container,
	column_pod, column_host, column_header, column_path;

#endif
