/* SPDX-License-Identifier: Apache-2.0 */
/* http2_connection.h - what is kept of a connection that speaks HTTP/2. */
#ifndef L7SCOPE_HTTP2_CONNECTION_H
#define L7SCOPE_HTTP2_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exchange/http2_streams.h"
#include "http/hpack.h"
#include "http/http1_head.h"
#include "http/http2_frames.h"

/* One direction. */
struct http2_half {
	struct http2_frames *frames; /* NULL until first needed; so hpack */
	struct hpack *hpack;
	struct http2_stream *current; /* of the DATA frame under way; NULL: none that is followed */
	size_t collecting;	      /* bytes that `frames` holds, at most */
	size_t held;		      /* what is counted in http2_pool.held */
	uint64_t frame_ns;	      /* first byte of the frame under way; 0: unknown */
	uint64_t block_ns;	      /* likewise, of the first frame of the block under way */
	uint64_t block_bytes;	      /* payloads of its frames */
	uint64_t lost_ns;	      /* when the place was lost, until its streams have been seen to */
	uint64_t lost_again_ns;	      /* when it was lost last */
	bool passed;		      /* something passed before the first byte that was shown */
	bool in_frame;		      /* the first byte of a frame was seen, and not its last */
	bool in_data;		      /* ... of DATA */
	bool in_block;		      /* a frame of a block is under way, or more of them follow */
	bool lost;		      /* the place is not known */
	bool found;		      /* ... until now: in this piece a search found it */
	bool unsure;		      /* after a search: in_frame may be wrong */
};

struct http2_connection {
	struct http2_half half[2]; /* by enum http1_kind: the direction of those messages */
	struct http2_streams streams;
	size_t headless;    /* streams of which only the response was seen */
	uint32_t highest;   /* stream of a request, but for pushed ones */
	bool upgraded;	    /* from HTTP/1, before our eyes */
	bool has_lists[2];  /* its program tells header lists (http2_late.h) of enum wire_dir ... */
	unsigned missed[2]; /* ... but not in this direction (enum wire_dir): blocks that waited in vain since
			     */
	bool bad;	    /* was never HTTP/2 */
};

/* NULL: out of memory. */
struct http2_connection *http2_connection_new(void);
/* Takes NULL; the streams must be gone. */
void http2_connection_free(struct http2_connection *h, struct http2_pool *pool);

/* false: out of memory. */
bool http2_half_open(struct http2_half *half, enum http1_kind kind, enum http2_from from);
/* Streams may have ended here in bytes that were lost up to now_ns. */
void http2_half_wait(struct http2_half *half, uint64_t now_ns);
/* n bytes more were fed: keeps the count of what is held. */
void http2_half_account(struct http2_half *half, struct http2_pool *pool, size_t n);

#endif
