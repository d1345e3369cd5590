/* SPDX-License-Identifier: Apache-2.0 */
/* sample_http2.h - header blocks and frames for tests of what http2hdr prints. */
#ifndef L7SCOPE_TESTS_SAMPLE_HTTP2_H
#define L7SCOPE_TESTS_SAMPLE_HTTP2_H

#include "exchange/http2_records.h"
#include "sample_exchange.h"

#define KNOWN(text)                                                                                          \
	{                                                                                                    \
		(const uint8_t *)(text), sizeof(text) - 1                                                    \
	}
#define UNKNOWN                                                                                              \
	{                                                                                                    \
		NULL, 0                                                                                      \
	}

static const struct http2_block_field sample_request[] = {
	{KNOWN(":method"), KNOWN("GET"), false, false},
	{KNOWN(":path"), KNOWN("/x?token=s3cret"), false, true},
	{KNOWN(":authority"), KNOWN("example.com"), false, true},
	{KNOWN("cookie"), KNOWN("sid=s3cret"), false, false},
	{KNOWN("x-pin"), KNOWN("s3cret"), true, false},
	{KNOWN("x-old"), UNKNOWN, false, true},
	{UNKNOWN, UNKNOWN, false, true},
	{UNKNOWN, KNOWN("s3cret"), false, true},
	{KNOWN("x-empty"), KNOWN(""), false, false},
};

static inline struct http2_where sample_where(void)
{
	return (struct http2_where){
		.conn = 7,
		.pid = 181,
		.tid = 181,
		.uid = 33,
		.comm = "nginx",
		.role = ROLE_SERVER,
		.local = sample_endpoint("10.0.0.1", 80),
		.remote = sample_endpoint("10.0.0.2", 40000),
		.ns = SAMPLE_FIRST_NS,
	};
}

static inline struct http2_block sample_block(enum http2_block_kind kind,
					      const struct http2_block_field *fields, size_t n)
{
	return (struct http2_block){
		.where = sample_where(),
		.stream = 5,
		.kind = kind,
		.fields = fields,
		.n_fields = n,
		.wire = 42,
	};
}

/* payload may be NULL: nothing of it was captured. */
static inline struct http2_frame_record sample_frame(uint8_t type, uint8_t flags, uint32_t length,
						     const void *payload)
{
	return (struct http2_frame_record){
		.where = sample_where(),
		.frame = {.length = length, .type = type, .flags = flags, .stream = 5},
		.payload = bytes_of(payload, payload ? length : 0),
	};
}

#endif
