/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http1_stream_state.h - what the two halves of http1_stream share:
 * http1_stream.c (interface, holes) and http1_stream_data.c (bytes).
 */
#ifndef L7SCOPE_HTTP1_STREAM_STATE_H
#define L7SCOPE_HTTP1_STREAM_STATE_H

#include "base/buffer.h"
#include "http/http1_chunk.h"
#include "http/http1_resync.h"
#include "http/http1_stream.h"

enum h1_state {
	AT_START,   /* between two messages */
	IN_HEAD,    /* HTTP1_BEGIN was returned */
	AFTER_HEAD, /* HTTP1_HEAD was returned; its answer_to may still come */
	IN_LENGTH,  /* `left` bytes of body to come */
	UNTIL_CLOSE,
	IN_SIZE_LINE, /* of a chunk */
	IN_CHUNK,     /* `left` bytes to come, the CR LF behind the data included */
	IN_TRAILERS,
	AT_END, /* HTTP1_END is due */
	LOST,
	FOUND_BEGIN, /* resync.kept is a head; HTTP1_BEGIN is due */
	FOUND_HEAD,  /* and HTTP1_HEAD is due */
	TUNNEL,
};

struct http1_stream {
	enum http1_kind kind;
	enum h1_state state;
	bool lost_due; /* HTTP1_LOST is to be returned before anything else */
	bool tunnel_next;
	enum http1_answer_to answer_to;
	enum http1_body body; /* AFTER_HEAD, with status and left */
	int status;
	uint64_t left;
	uint64_t bytes; /* of the message or tunnel */
	uint64_t swallowed;
	struct http1_chunk_line size_line;
	struct buffer kept;	    /* IN_HEAD, IN_TRAILERS: what came so far, if not all at once */
	struct http1_resync resync; /* clear but while LOST or FOUND_* */
};

/* ---- http1_stream_data.c ---- */

/* Consumes data until something is found or it is used up.  Nothing may be due. */
struct http1_output h1_data(struct http1_stream *s, struct bytes *data);
/* FOUND_BEGIN, FOUND_HEAD: what the search found, one step at a time. */
struct http1_output h1_found(struct http1_stream *s);

/* ---- changes of state, in http1_stream.c ---- */

/* Just the output, with the bytes so far. */
struct http1_output h1_output(const struct http1_stream *s, enum http1_output_kind kind);
/* The message is complete. */
struct http1_output h1_finish(struct http1_stream *s);
/* The open message cannot go on, and what comes next is not known. */
struct http1_output h1_cut(struct http1_stream *s);
/* The same between messages. */
struct http1_output h1_lose(struct http1_stream *s);
void h1_expect_size_line(struct http1_stream *s);

#endif
