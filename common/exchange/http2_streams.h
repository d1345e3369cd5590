/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http2_streams.h - the streams of one connection that are not yet reported,
 * by number and by idleness.
 *
 * As with pairs, those that are done go back to a pool with their memory, so
 * that the usual stream costs no allocation.  Finding, adding, removing and
 * naming the idlest take constant time.
 */
#ifndef L7SCOPE_HTTP2_STREAMS_H
#define L7SCOPE_HTTP2_STREAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exchange/http2_fields.h"
#include "exchange/pair.h"
#include "http/grpc.h"

struct connection;

/* Streams of one connection.  Servers allow 100 to 250 at a time (nginx 128,
 * nghttp2 100), a few load generators thousands. */
#define HTTP2_STREAMS_MAX 4096
/* Memory for one connection's streams and their heads: 4096 of 4 KiB each.  When
 * it is not enough the connection's own idlest streams go, no others. */
#define HTTP2_STREAMS_HELD_MAX ((size_t)16 << 20)

/* From the content-types. */
enum http2_grpc { HTTP2_GRPC_UNKNOWN, HTTP2_GRPC_YES, HTTP2_GRPC_NO };

struct http2_stream {
	struct http2_stream *hash_next, *newer, *older; /* http2_streams */
	struct http2_stream *due_next, *due_before;	/* of http2_pool, when told_ns is set */
	struct connection *c;
	uint64_t told_ns;   /* since when it is open, or was last told to be */
	uint64_t active_ns; /* when its last frame passed */
	uint32_t id;
	uint32_t rst_code; /* `reset`: by RST_STREAM with this code */
	enum http2_grpc grpc;
	bool reset;
	bool upgraded;	   /* the request came as HTTP/1 (RFC 7540 3.2) */
	bool resp_unknown; /* the response's fields, or its trailers, are not all known */
	bool lost[2];	   /* by enum http1_kind: that message's end may be in a gap */
	unsigned waits;	   /* blocks of it whose header lists are to come (http2_late.h) */
	struct pair pair;  /* message numbers: unused */
	struct grpc_counter messages[2];
};

/* What all connections of one tracker share. */
struct http2_pool {
	struct http2_stream *idle;
	size_t n_idle;
	size_t held;				   /* bytes of streams in use, and of their tables */
	struct http2_stream *due_first, *due_last; /* open streams in the order of told_ns */
};

/* All zero is a valid empty pool.  Streams in use must have been freed. */
void http2_pool_release(struct http2_pool *pool);

/* Puts s behind all others of the list of open streams. */
void http2_pool_told(struct http2_pool *pool, struct http2_stream *s, uint64_t ns);

struct http2_streams {
	struct http2_stream **buckets; /* 1 << bits chains; NULL until first needed */
	unsigned bits;
	size_t n;
	size_t held; /* bytes of the streams */
	struct http2_stream *newest, *idlest;
};

struct http2_stream *http2_streams_find(const struct http2_streams *t, uint32_t id);
/* id must be new; the stream becomes the one used last.  NULL: out of memory. */
struct http2_stream *http2_streams_add(struct http2_streams *t, struct http2_pool *pool, uint32_t id);
/* s was used now. */
void http2_streams_touch(struct http2_streams *t, struct http2_stream *s);
/* Removes and frees s.  The last one takes a large table's memory with it. */
void http2_streams_drop(struct http2_streams *t, struct http2_pool *pool, struct http2_stream *s);

/* Keep a copy in one of the stream's heads; false: not all of it, for want of
 * memory or because it is too long. */
bool http2_streams_keep(struct http2_streams *t, struct http2_pool *pool, struct head_copy *copy,
			const struct http2_fields *fields);
/* Takes the HTTP/1 request's head out of p, which gets another. */
void http2_streams_adopt(struct http2_streams *t, struct http2_pool *pool, struct http2_stream *s,
			 struct pair *p);

#endif
