/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http2_records.h - what of an HTTP/2 connection is told besides exchanges:
 * header blocks and frames, each as it passes.
 *
 * As with exchanges, a record owns nothing and is valid only during the
 * callback.
 */
#ifndef L7SCOPE_HTTP2_RECORDS_H
#define L7SCOPE_HTTP2_RECORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/endpoint.h"
#include "exchange/exchange.h"
#include "http/http2_frames.h"

/* The connection and who reads or writes on it. */
struct http2_where {
	uint64_t conn; /* as struct exchange's */
	uint32_t pid, tid, uid;
	const char *comm; /* NUL-terminated */
	enum role role;
	bool sent; /* written by the traced process; else read */
	struct endpoint local, remote;
	uint32_t netns;
	uint64_t cgroup;
	bool tls;
	uint64_t ns; /* when its last byte passed, CLOCK_MONOTONIC */
};

enum http2_block_kind { HTTP2_REQUEST, HTTP2_RESPONSE, HTTP2_INFORMATIONAL, HTTP2_TRAILERS, HTTP2_PUSH };

struct http2_block_field {
	struct bytes name, value; /* p NULL: unknown */
	bool never_indexed, from_dynamic;
};

struct http2_block {
	struct http2_where where;
	uint32_t stream, promised; /* promised: HTTP2_PUSH */
	enum http2_block_kind kind;
	const struct http2_block_field *fields;
	size_t n_fields;
	size_t unknown; /* fields not fully known */
	size_t dynamic; /* fields that came from the dynamic table */
	uint32_t wire;	/* bytes, all its frames with their headers */
	bool end_stream;
	bool after_loss;  /* blocks before it may have been lost */
	bool bad;	  /* could not be decoded (to its end): fields are those before the fault */
	bool from_uprobe; /* what the wire did not tell of the fields, the program did */
};

struct http2_frame_record {
	struct http2_where where;
	struct http2_frame frame;
	/* of frames that are neither DATA nor header blocks, as far as captured */
	struct bytes payload;
};

#endif
