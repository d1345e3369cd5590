/* SPDX-License-Identifier: Apache-2.0 */
/*
 * grpc.h - gRPC over HTTP/2: paths, statuses, deadlines, and messages counted
 * across DATA frames (the "gRPC over HTTP2" protocol description).
 */
#ifndef L7SCOPE_GRPC_H
#define L7SCOPE_GRPC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

/* Is it a gRPC content-type ("application/grpc", "application/grpc+proto", ...;
 * not application/grpc-web)? */
bool grpc_content_type(struct bytes value);

/* "/package.Service/Method" -> service, method; false when it is no such path. */
bool grpc_split_path(struct bytes path, struct bytes *service, struct bytes *method);

/* "grpc-timeout: 5S" -> ns; -1: not a valid one (at most 8 digits and a unit of HMSmun). */
int64_t grpc_timeout_ns(struct bytes value);

/* Decimal, 0..16 or larger; -1: not a number. */
int grpc_status_parse(struct bytes value);
/* "OK", "CANCELLED", ...; NULL: no such code. */
const char *grpc_status_name(int status);
/* Without grpc-status: from the HTTP status, and from the code of RST_STREAM. */
int grpc_status_of_http(int http_status);
int grpc_status_of_rst(uint32_t error_code);

/* Percent-decodes grpc-message into to (at most size bytes); invalid escapes stay as they are. */
struct bytes grpc_message_decode(struct bytes value, char *to, size_t size);

/* Messages of one direction of one stream: a flag byte, a length of 4 bytes, that many bytes. */
struct grpc_counter {
	uint64_t messages; /* begun */
	uint64_t bytes;	   /* of complete and incomplete ones, without the prefixes */
	uint8_t prefix[5];
	uint8_t prefix_len;
	uint64_t remaining; /* of the message under way */
	bool lost;	    /* a prefix was not seen: messages is a lower bound, counting has stopped */
};

/* All zero is the start of a stream.  n payload bytes at p, or not shown (p NULL). */
void grpc_counter_take(struct grpc_counter *c, const uint8_t *p, uint64_t n);

#endif
