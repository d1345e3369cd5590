/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http2_frames.h - one direction of an HTTP/2 connection (RFC 9113), cut into
 * frames and header blocks.
 *
 * Input is any split of the byte stream with holes stated, as for
 * http1_stream.h.  Each call returns at most one thing; the caller calls again
 * with what is left until HTTP2_MORE.  What comes out does not depend on how
 * the bytes were split.  Payloads of DATA are handed through, never copied;
 * all other payloads are small and are collected when they are split (at most
 * HTTP2_BLOCK_MAX bytes).  Padding and priority fields are removed, HEADERS or
 * PUSH_PROMISE and their CONTINUATIONs are one block.
 */
#ifndef L7SCOPE_HTTP2_FRAMES_H
#define L7SCOPE_HTTP2_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

#define HTTP2_FRAME_HEADER 9
/* A header block on the wire, all its frames together; as for HTTP/1 heads.  A
 * longer one is passed over and said to be HTTP2_BLOCK with block.p NULL. */
#define HTTP2_BLOCK_MAX (64 * 1024)
/* Frames whose headers must be plausible, one after the other, to join midway
 * where nothing else proves it. */
#define HTTP2_PROOF_FRAMES 3

enum http2_frame_type { /* RFC 9113 6 */
			HTTP2_DATA_FRAME = 0,
			HTTP2_HEADERS = 1,
			HTTP2_PRIORITY = 2,
			HTTP2_RST_STREAM = 3,
			HTTP2_SETTINGS = 4,
			HTTP2_PUSH_PROMISE = 5,
			HTTP2_PING = 6,
			HTTP2_GOAWAY = 7,
			HTTP2_WINDOW_UPDATE = 8,
			HTTP2_CONTINUATION = 9,
};

#define HTTP2_FLAG_END_STREAM  0x01
#define HTTP2_FLAG_ACK	       0x01
#define HTTP2_FLAG_END_HEADERS 0x04
#define HTTP2_FLAG_PADDED      0x08
#define HTTP2_FLAG_PRIORITY    0x20

struct http2_frame {
	uint32_t length; /* of the payload, as its header says */
	uint8_t type;	 /* enum http2_frame_type, or one that is not known */
	uint8_t flags;
	uint32_t stream; /* 31 bits */
};

enum http2_input_kind {
	HTTP2_IN_DATA,
	HTTP2_IN_SKIP, /* n bytes present on the wire, not shown: payload of DATA */
	HTTP2_IN_GAP,  /* n bytes lost; n == 0: an unknown number.  Left as empty HTTP2_IN_DATA */
	HTTP2_IN_EOF,
};

struct http2_input {
	enum http2_input_kind kind;
	struct bytes data; /* HTTP2_IN_DATA */
	uint64_t n;	   /* HTTP2_IN_SKIP, HTTP2_IN_GAP */
};

enum http2_output_kind {
	HTTP2_MORE,    /* input used up */
	HTTP2_PREFACE, /* the client's connection preface (3.4) */
	HTTP2_BEGIN,   /* a frame's header is complete: out->frame; all frames begin so */
	HTTP2_BLOCK,   /* a header block is complete: out->frame is the HEADERS or PUSH_PROMISE,
			  out->payload the block, out->wire its size with all frame headers.  Comes
			  before the HTTP2_END of its last frame */
	HTTP2_PAYLOAD, /* DATA: the next out->n payload bytes (padding not among them), at
			  out->payload.p or, when that is NULL, not shown */
	HTTP2_END,     /* the frame is complete; out->payload for kinds that are neither DATA nor
			  part of a block (p NULL: longer than HTTP2_BLOCK_MAX, or of an unknown kind) */
	HTTP2_LOST,    /* lost its place: a gap, or bytes that cannot be frames; out->n bytes
			  swallowed so far.  Comes once per loss */
	HTTP2_BAD,     /* was never HTTP/2: nothing else will come */
};

struct http2_output {
	enum http2_output_kind kind;
	struct http2_frame frame; /* the current one; of HTTP2_BLOCK the first of its frames */
	struct bytes payload;	  /* valid until the next call */
	uint64_t n;
	uint32_t wire;
	uint32_t promised; /* HTTP2_BLOCK of PUSH_PROMISE: the stream promised */
	bool after_loss;   /* HTTP2_BLOCK: bytes were lost since the last one, so blocks may have been */
};

/* How the direction began, as far as the caller knows. */
enum http2_from {
	HTTP2_FROM_START,  /* first byte of the connection: preface (client) or SETTINGS (server) */
	HTTP2_FROM_FRAME,  /* somewhere, at the front of a frame */
	HTTP2_FROM_MIDDLE, /* somewhere: searches for HTTP2_PROOF_FRAMES plausible frame headers, of
			      which the first is not DATA's */
};

struct http2_frames; /* opaque; about 200 bytes plus what is collected */

/* client: this direction carries requests.  NULL: out of memory. */
struct http2_frames *http2_frames_new(bool client, enum http2_from from);
void http2_frames_free(struct http2_frames *f); /* takes NULL */

/* Consumes from the front of *in.  After HTTP2_LOST it searches for its place
 * as with HTTP2_FROM_MIDDLE, or goes on at http2_frames_boundary().  A gap
 * within the payload of DATA whose length is known loses no place, and counts
 * as payload that was not shown; a hole that goes beyond the frame ends it
 * before the place is lost.  Padding whose length is in a hole counts as
 * payload, too.  Out of memory shows as HTTP2_LOST. */
struct http2_output http2_frames_next(struct http2_frames *f, struct http2_input *in);

/* The next byte fed is the first of a frame, whatever the state says. */
void http2_frames_boundary(struct http2_frames *f);

/*
 * Do these bytes look like the front of a frame of an HTTP/2 connection?  A
 * known type, flags and length that it may have, a stream number of the right
 * kind, no reserved bit.  n >= HTTP2_FRAME_HEADER.
 */
bool http2_frame_plausible(const uint8_t *p, size_t n);

/* "DATA", "HEADERS", ...; NULL: no such type.  "NO_ERROR", ...; NULL: no such code (7). */
const char *http2_frame_name(uint8_t type);
const char *http2_error_name(uint32_t code);

#endif
