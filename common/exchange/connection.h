/* SPDX-License-Identifier: Apache-2.0 */
/* connection.h - what is kept of one live connection. */
#ifndef L7SCOPE_CONNECTION_H
#define L7SCOPE_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exchange/exchange.h"
#include "exchange/pair.h"
#include "http/http1_stream.h"
#include "stream/byte_stream.h"
#include "wire.h"

/*
 * One direction.  Messages are numbered here as the kernel side does, by
 * counting; its numbers are needed only where counting cannot go on, after
 * bytes were lost.
 */
struct half {
	struct byte_stream bytes;
	struct http1_stream *stream; /* NULL until first needed */
	struct pair *open;	     /* whose message is under way; NULL: none, or no memory for it */
	size_t collecting;	     /* bytes of an unfinished head that the stream holds, at most */
	uint32_t next;		     /* number of the message under way, or else of the next one */
	uint32_t offset;	     /* our numbers less the kernel's */
	enum http1_body body;	     /* of the message under way, once its head was seen */
	bool under_way;
	bool interim;	 /* the response under way is a 1xx */
	bool waiting;	 /* its request's head decides how this response goes on, and is not there yet */
	bool lost;	 /* the stream searches for a head */
	bool late;	 /* it found one: its number and time come with HTTP1_HEAD */
	bool unnumbered; /* `next` is not known */
	bool hole;	 /* since the kernel's numbers were last compared */
	bool ended;	 /* EOF */
};

struct connection {
	struct connection *hash_next, *newer, *older; /* connection_table */
	uint64_t id;				      /* wire_event.conn */
	uint64_t sock;
	uint64_t number;
	uint64_t last_ns; /* of the last event */
	struct endpoint local, remote;
	uint32_t netns;
	enum role role;
	bool tls;
	bool joined;
	bool reported;	     /* an exchange was */
	bool gapped;	     /* bytes were lost */
	bool seen_head;	     /* it is HTTP */
	bool not_http;	     /* counted as such */
	bool tunnel;	     /* after 101, or 2xx to CONNECT: of no further interest */
	bool unpaired;	     /* which response answers which request will not be known any more */
	struct half half[2]; /* by enum http1_kind */
	struct pair_list pairs;
	struct pair *upgrade;		/* its 101 turns the connection into HTTP/2 (follow.c) */
	struct http2_connection *http2; /* NULL: it speaks HTTP/1 */
};

/* From the first event seen of it.  NULL: out of memory. */
struct connection *connection_new(const struct wire_event *event, uint64_t number);
/* Its pairs must be gone (pairing_flush), and its streams (follow_release). */
void connection_free(struct connection *c);

/* Which messages travel in this direction (enum wire_dir). */
static inline enum http1_kind connection_kind(const struct connection *c, unsigned dir)
{
	return (dir == WIRE_RX) == (c->role == ROLE_SERVER) ? HTTP1_REQUEST : HTTP1_RESPONSE;
}

#endif
