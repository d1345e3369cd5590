/* SPDX-License-Identifier: Apache-2.0 */
/* http2_grpc.h - what a stream tells of a gRPC call. */
#ifndef L7SCOPE_HTTP2_GRPC_H
#define L7SCOPE_HTTP2_GRPC_H

#include <stdbool.h>

#include "exchange/exchange.h"
#include "exchange/http2_streams.h"

/* Of grpc-message, decoded.  Libraries put one sentence there; 4 KiB are a
 * stack trace. */
#define HTTP2_GRPC_MESSAGE_MAX 4096

struct http2_grpc_text {
	char message[HTTP2_GRPC_MESSAGE_MAX];
	bool cut; /* it is longer */
};

/* What these fields of a request, or of a response, say. */
void http2_grpc_detect(struct http2_stream *s, enum http1_kind kind, const struct http2_fields *fields);

/* All views in *g belong to the stream or to *text. */
void http2_grpc_fill(struct grpc_call *g, const struct http2_stream *s, struct http2_grpc_text *text);

#endif
