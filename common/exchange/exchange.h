/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exchange.h - one request and its response, as the sinks see it.
 *
 * A record owns nothing: every pointer is valid only during the callback that
 * receives it.  A sink that needs it longer copies it.
 */
#ifndef L7SCOPE_EXCHANGE_H
#define L7SCOPE_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/endpoint.h"

/* Who sent the request, seen from the traced process. */
enum role { ROLE_CLIENT, ROLE_SERVER };

/* Why an exchange has no status. */
enum no_status {
	NO_STATUS_NONE,	   /* it has one */
	NO_STATUS_CLOSED,  /* connection closed before a response */
	NO_STATUS_RESET,   /* reset by the peer */
	NO_STATUS_TIMEOUT, /* TCP gave up */
	NO_STATUS_GAP,	   /* bytes were lost where the response should have been */
	NO_STATUS_UNSEEN,  /* forgotten before it was seen (table full, aged out) */
	NO_STATUS_UNKNOWN, /* there was a response: its head's :status is not known (HPACK, joined late) */
};

/* What is missing or special about a record; shown as the list `flags`. */
#define MISSING_JOINED		0x01u /* the connection was older than the tool */
#define MISSING_GAP		0x02u /* bytes were lost within this exchange */
#define MISSING_TRUNCATED	0x04u /* ended before its framing said so (peer closed mid-message) */
#define MISSING_PARTIAL_HEADERS 0x08u /* some header fields are not known or did not fit */
#define MISSING_OVERLAP		0x10u /* two calls in one direction at once: byte order uncertain */
#define MISSING_UPROBE		0x20u /* headers come from a uprobe: "source:uprobe" */
#define MISSING_OPEN		0x40u /* a stream that has not ended yet: told again when it has */

struct header_field {
	struct bytes name, value;
	bool sensitive; /* never-indexed in HPACK: masked by default */
};

struct header_list {
	const struct header_field *fields;
	size_t n;
};

/* One direction of an exchange. */
struct message_times {
	uint64_t first_ns; /* first byte, CLOCK_MONOTONIC; 0 when unknown */
	uint64_t last_ns;  /* last byte */
};

enum grpc_mode { GRPC_MODE_UNKNOWN, GRPC_UNARY, GRPC_CLIENT_STREAM, GRPC_SERVER_STREAM, GRPC_BIDI_STREAM };

/* What is seen of a gRPC call.  The mode is observed: by how many messages passed each way. */
struct grpc_call {
	struct bytes service, method; /* n == 0 when unknown */
	int status;		      /* -1: unknown */
	bool status_derived;  /* from the HTTP status or the code of RST_STREAM: there was no grpc-status */
	struct bytes message; /* grpc-message, decoded */
	enum grpc_mode mode;
	int64_t sent, received; /* messages, seen from the traced process; -1: not known exactly */
	uint64_t sent_bytes, received_bytes;
	int64_t timeout_ns; /* grpc-timeout; -1: none */
};

struct exchange {
	uint64_t conn; /* small number, counted up by the connection table */
	uint32_t pid, tid, uid;
	const char *comm; /* NUL-terminated */
	enum role role;
	struct endpoint local, remote;
	uint32_t netns;
	uint64_t cgroup;
	bool tls;

	uint8_t version_major, version_minor; /* 1.0, 1.1, 2.0 */
	int32_t stream;			      /* HTTP/2; -1 for HTTP/1 */
	struct bytes method, target;	      /* as on the wire; n == 0 when unknown */
	struct bytes scheme, host, path;      /* host: authority of an absolute target, else Host */
	int status;			      /* 0 when there is none: see no_status */
	enum no_status no_status;
	uint64_t req_bytes, resp_bytes; /* whole messages on the wire, headers included */
	struct message_times req, resp;
	int64_t queue_ns; /* -1 when not measured */
	struct header_list req_headers, resp_headers, trailers;
	unsigned missing;	      /* MISSING_* */
	const struct grpc_call *grpc; /* NULL: no gRPC call */

	/* filled by app/, NULL when unknown */
	const char *container, *pod, *namespace_;
};

/* MISSING_TRUNCATED is of either message: a server may answer an upload before its end and close (413);
 * then the response ended before the request was cut, and is complete. */
bool exchange_has_complete_response(const struct exchange *x);
/* Request's first byte to response's last; -1 when either is unknown. */
int64_t exchange_latency_ns(const struct exchange *x);
/* Request's first byte to response's first; -1 when either is unknown. */
int64_t exchange_ttfb_ns(const struct exchange *x);
/* "closed", "reset", "timeout", "gap", "unseen", "unknown"; NULL for NO_STATUS_NONE. */
const char *no_status_name(enum no_status reason);

#endif
