/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tracker.h - raw events in, exchanges out.
 *
 * Keeps one entry per live connection (by wire_event.conn), two message
 * streams in it, and the exchanges whose response is not complete.  Requests
 * and responses pair by their number within the direction (HTTP/1 answers in
 * order), so pipelining works and a lost event costs only its own exchange.
 *
 * An exchange is reported when its response is complete and its request has
 * ended; a response that comes before the end of its request (413 to an upload)
 * waits for that end or for the close.  1xx responses are not reported: their
 * bytes count into resp_bytes, but resp.first_ns is the final response's.  What
 * passed before an evicted connection came back counts as a gap.
 *
 * HTTP/2 has streams in the place of numbers (http2_exchanges.h).  A connection
 * speaks it from its first event with WIRE_F_HTTP2 on, or from the 101 that
 * accepts h2c; the request before that 101 is then the one of stream 1.
 */
#ifndef L7SCOPE_TRACKER_H
#define L7SCOPE_TRACKER_H

#include "exchange/exchange.h"
#include "exchange/http2_records.h"
#include "wire.h"

/* Connections kept; the idlest goes when one more comes.  The kernel's map
 * has the same bound. */
#define TRACKER_CONNS_MAX 65536
/* Requests of one connection waiting for their responses (pipelining depth);
 * the oldest is given up as NO_STATUS_UNSEEN when one more comes. */
#define TRACKER_PENDING_MAX 64

/* Memory for what waits: heads of requests without response, heads not yet
 * complete.  A busy proxy with 10,000 requests in flight of 4 KiB each stays
 * below; when it is not enough, the idlest connections go. */
#define TRACKER_HELD_MAX ((size_t)64 << 20)

/* The exchange and all it points to are valid only during the call, in which
 * the tracker must not be called. */
typedef void tracker_exchange_fn(void *ctx, const struct exchange *x);
/* So for these. */
typedef void tracker_block_fn(void *ctx, const struct http2_block *block);
typedef void tracker_frame_fn(void *ctx, const struct http2_frame_record *frame);

struct tracker_options {
	/* NULL: not wanted, and then nothing is kept for it */
	tracker_exchange_fn *on_exchange;
	tracker_block_fn *on_block; /* each header block, before the exchange it completes */
	tracker_frame_fn *on_frame; /* each frame that is complete, of any kind */
	void *ctx;
	size_t max_conns; /* 0: TRACKER_CONNS_MAX */
	/* A stream that stays open is told (MISSING_OPEN) each time so long has passed; 0: only
	 * at its end. */
	uint64_t open_interval_ns;
	/* Programs tell header lists (WIRE_HEADERS): blocks that are not fully known wait a moment for
	 * theirs. */
	bool wait_for_lists;
};

struct tracker_stats {
	uint64_t exchanges; /* handed to on_exchange */
	uint64_t orphans;   /* responses whose request was never seen */
	uint64_t gaps;	    /* holes in the byte streams */
	uint64_t gap_bytes; /* bytes in them (unknown lengths count 0) */
	uint64_t not_http;  /* connections given up as not HTTP */
	uint64_t evicted;   /* connections forgotten: table full, or TRACKER_HELD_MAX */
	uint64_t no_memory; /* events dropped for want of memory */
	uint64_t conns;	    /* in the table now */
	uint64_t in_flight; /* requests waiting for their response now */

	uint64_t http2_blocks;	   /* header blocks */
	uint64_t http2_unknown;	   /* fields in them that are not fully known */
	uint64_t http2_bad_blocks; /* of them, those that could not be decoded to their end */
	uint64_t http2_lost;	   /* times the place among the frames was lost */
	uint64_t http2_given_up;   /* streams forgotten: too many, or too much memory, on one connection */
	uint64_t http2_open;	   /* times a stream was told that was still open */
};

struct tracker;

struct tracker *tracker_new(const struct tracker_options *options); /* NULL: out of memory */
void tracker_free(struct tracker *t);				    /* takes NULL; reports nothing */

/* One event, in the order it happened. */
void tracker_event(struct tracker *t, const struct wire_event *event, const uint8_t *data);

/* Is the kernel still holding this connection?  See capture_conn_alive(). */
typedef bool tracker_alive_fn(void *ctx, uint64_t sock, uint64_t conn);

/* Forgets connections whose close event was lost: those idle for idle_ns
 * before now_ns that `alive` denies.  Their waiting requests are reported as
 * NO_STATUS_UNSEEN.  Looks at a bounded part of the table per call. */
void tracker_collect(struct tracker *t, uint64_t now_ns, uint64_t idle_ns, tracker_alive_fn *alive,
		     void *ctx);

/* Tells what only waits for a header list: none will come. */
void tracker_settle(struct tracker *t);

struct tracker_stats tracker_stats(const struct tracker *t);

#endif
