/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http1_stream.h - one direction of an HTTP/1 connection, cut into messages.
 *
 * Input is any split of the byte stream, with holes stated: bytes skipped on
 * purpose by the kernel side (bodies), bytes lost (gaps), and the end.  Each
 * call returns at most one thing; the caller calls again with what is left
 * until HTTP1_MORE.  What comes out, and in which order, does not depend on
 * how the bytes were split.  Chunk data and bodies are never copied; only a
 * head or a trailer section that is split over calls is collected (at most
 * HTTP1_HEAD_MAX bytes).
 *
 * A message is HTTP1_BEGIN, HTTP1_HEAD, perhaps HTTP1_TRAILERS, and HTTP1_END;
 * from HTTP1_BEGIN on it may be HTTP1_CUT instead.  1xx responses are messages
 * of their own.
 *
 * HTTP1_LOST comes between messages (an open one is cut first) and once per
 * loss.  The stream has then lost its place: it swallows input until a whole
 * head, from its start line to its empty line, shows up (searched backwards
 * from the empty line, so that a look-alike inside a body does not match), or
 * until http1_stream_boundary().  A message found that way begins late: its
 * HTTP1_BEGIN comes when its head is complete.
 */
#ifndef L7SCOPE_HTTP1_STREAM_H
#define L7SCOPE_HTTP1_STREAM_H

#include "http/http1_head.h"

enum http1_input_kind {
	HTTP1_DATA,
	HTTP1_SKIP, /* n bytes present on the wire, deliberately not shown: body bytes (for
		       chunked bodies whole chunks, ending at a chunk boundary or inside the
		       chunk whose size was shown) */
	HTTP1_GAP,  /* n bytes lost; n == 0: an unknown number.  A gap that was taken in is
		       left as empty HTTP1_DATA, so that calling again does not repeat it. */
	HTTP1_EOF,  /* no more bytes in this direction */
};

struct http1_input {
	enum http1_input_kind kind;
	struct bytes data; /* HTTP1_DATA */
	uint64_t n;	   /* HTTP1_SKIP, HTTP1_GAP */
};

enum http1_output_kind {
	HTTP1_MORE,	/* input used up */
	HTTP1_BEGIN,	/* the first byte of a message is here */
	HTTP1_HEAD,	/* out->head; for responses call http1_stream_answer_to() before going on */
	HTTP1_TRAILERS, /* out->head->fields are the trailer fields, at least one; the rest is stale */
	HTTP1_END,	/* message complete; out->bytes */
	HTTP1_CUT,  /* message ended early: EOF, gap or bad bytes before its framing said so; out->bytes */
	HTTP1_LOST, /* lost its place; out->bytes: swallowed so far, in no message */
};

struct http1_output {
	enum http1_output_kind kind;
	const struct http1_head *head; /* valid until the next call for any stream of this thread */
	uint64_t bytes;		       /* whole message on the wire so far, headers and known gaps included;
					  HTTP1_MORE in a tunnel: its bytes so far */
};

/* What a response answers, where that changes its framing (RFC 9112 6.3). */
enum http1_answer_to { HTTP1_TO_OTHER, HTTP1_TO_HEAD, HTTP1_TO_CONNECT };

struct http1_stream; /* opaque; about 250 bytes plus the collected head */

/* NULL: out of memory. */
struct http1_stream *http1_stream_new(enum http1_kind kind);
void http1_stream_free(struct http1_stream *s); /* takes NULL */

/*
 * Consumes from the front of *in (in->data and in->n shrink) and returns what
 * was found.  Out of memory shows as HTTP1_LOST.
 *
 * A gap inside a body of known length, or inside a chunk of known size, does
 * not cut the message: its bytes count, and the caller flags them.  One that
 * reaches the end of such a body does.  A skip where no body is expected is a gap.
 */
struct http1_output http1_stream_next(struct http1_stream *s, struct http1_input *in);

/* After HTTP1_HEAD of a response and before the next input.  1xx, 204 and 304
 * need no help.  101, and 2xx to CONNECT, end the message and turn the
 * stream into a tunnel: all further input is only counted. */
void http1_stream_answer_to(struct http1_stream *s, enum http1_answer_to what);

/* The peer direction turned into a tunnel (101, CONNECT): count only from now on. */
void http1_stream_tunnel(struct http1_stream *s);

/* The next byte fed is the first of a message, whatever the state says; a
 * message still open must have been reported as HTTP1_CUT by the caller. */
void http1_stream_boundary(struct http1_stream *s);

/* true when between two messages (nothing open). */
bool http1_stream_idle(const struct http1_stream *s);

#endif
