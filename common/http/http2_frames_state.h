/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http2_frames_state.h - what the parts of http2_frames share: http2_frames.c
 * (interface, holes), http2_frames_data.c (bytes), http2_frames_search.c (the
 * place, when it is not known).
 */
#ifndef L7SCOPE_HTTP2_FRAMES_STATE_H
#define L7SCOPE_HTTP2_FRAMES_STATE_H

#include "base/buffer.h"
#include "http/http2_frame_header.h"
#include "http/http2_frames.h"

/* The frames that prove a place, at their longest: what a search keeps. */
#define HTTP2_SEARCH_MAX                                                                                     \
	((HTTP2_PROOF_FRAMES - 1) * (HTTP2_FRAME_HEADER + HTTP2_FRAME_DEFAULT_MAX) + HTTP2_FRAME_HEADER)

enum h2_state {
	H2_PREFACE, /* head_n bytes of it came */
	H2_HEADER,  /* head_n bytes of it came */
	H2_FIELDS,  /* head_n of n_fields bytes came */
	H2_DATA,    /* payload of DATA, then its padding: `left` bytes, `pad` of them padding */
	H2_CONTENT, /* that is collected, then padding: likewise */
	H2_END,	    /* HTTP2_END is due */
	H2_SEARCH,
	H2_NEVER, /* HTTP2_BAD was returned */
};

/* What the next frame must be. */
enum h2_expect {
	H2_ANY,
	H2_SETTINGS_FIRST,  /* behind a preface, or a server's first (3.4) */
	H2_PLAUSIBLE_FIRST, /* HTTP2_FROM_FRAME */
};

struct http2_frames {
	bool client;
	bool joined;	 /* no frame since the place was found: it may be a CONTINUATION */
	bool in_block;	 /* a block is open: only a CONTINUATION of block.stream may follow */
	bool orphan;	 /* its beginning was not seen */
	bool too_long;	 /* content, or the open block, is more than HTTP2_BLOCK_MAX */
	bool after_loss; /* of the next block */
	bool kept_given; /* the last output points to `kept` */
	bool search_due; /* the window has bytes that were not searched */
	enum h2_state state;
	enum h2_expect expect;
	uint8_t head[HTTP2_FRAME_HEADER]; /* frame header or fields under way */
	uint8_t head_n;
	uint8_t n_fields;
	uint32_t left, pad;
	uint32_t wire, promised;
	struct http2_frame frame, block; /* the current one; the first of the open block */
	uint64_t swallowed;
	struct buffer kept;   /* content that came in pieces */
	struct buffer window; /* H2_SEARCH: the bytes from the first place that is not ruled out on;
				 otherwise found frames, to be read before any input */
	size_t window_at;     /* bytes of the window that were read */
};

/* ---- http2_frames_data.c ---- */

/* Consumes data until something is found or it is used up.  Not for H2_END,
 * H2_SEARCH and H2_NEVER. */
struct http2_output h2_data(struct http2_frames *f, struct bytes *data);
/* n bytes (1 <= n) of the DATA frame under way, not shown: as many of them as it has. */
struct http2_output h2_data_hidden(struct http2_frames *f, uint64_t *n);

/* ---- http2_frames_search.c ---- */

/* Moves data into the window.  true: it begins with frames that prove the place. */
bool h2_search(struct http2_frames *f, struct bytes *data);
void h2_search_forget(struct http2_frames *f);

/* ---- in http2_frames.c ---- */

/* Just the output, of the current frame. */
struct http2_output h2_output(const struct http2_frames *f, enum http2_output_kind kind);
/* The place is lost, and n bytes that belong to no frame that was reported. */
struct http2_output h2_lose(struct http2_frames *f, uint64_t n);

#endif
