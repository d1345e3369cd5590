/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http2_frames_state.h"

/* Streams of frames that follow one another: not further apart than this.  Small
 * numbers among zeros make streams all over the 31 bits; a connection has few
 * thousand at a time, and where an old one lives on, two new ones meet soon. */
#define STREAM_SPREAD_MAX 16384

enum verdict { NOT_HERE, HERE, NOT_ENOUGH };

/* Frames that are to prove a place, as far as they were looked at. */
struct chain {
	bool any, open;		  /* a block is open */
	uint32_t stream;	  /* of the last frame */
	uint32_t lowest, highest; /* stream; highest 0: none */
};

static bool streams_near(struct chain *c, uint32_t stream)
{
	if (!stream) /* the connection itself */
		return true;
	if (!c->highest || stream < c->lowest)
		c->lowest = stream;
	if (stream > c->highest)
		c->highest = stream;
	return c->highest - c->lowest <= STREAM_SPREAD_MAX;
}

/* A block's frames follow one another, and nothing comes between (RFC 9113 4.3).
 * DATA does not begin a proof: bytes that look like it and lead, by chance, to true
 * frames are too common, and without its HEADERS it tells little. */
static bool chain_takes(struct chain *c, const struct http2_frame *frame)
{
	bool continues = frame->type == HTTP2_CONTINUATION;

	if (!c->any && frame->type == HTTP2_DATA_FRAME)
		return false;
	if (c->any && (continues != c->open || (continues && frame->stream != c->stream)))
		return false;
	c->any = true;
	c->open = http2_frame_in_block(frame) && !(frame->flags & HTTP2_FLAG_END_HEADERS);
	c->stream = frame->stream;
	return streams_near(c, frame->stream);
}

/*
 * Payloads are looked at only of frames behind which there is another, so that
 * the verdict does not depend on how much came at once.
 */
static enum verdict look(struct bytes in, bool client)
{
	struct chain chain = {0};

	for (int i = 0; i < HTTP2_PROOF_FRAMES; i++) {
		bool last = i == HTTP2_PROOF_FRAMES - 1;
		struct http2_frame frame;
		size_t whole;

		if (in.n < HTTP2_FRAME_HEADER)
			return NOT_ENOUGH;
		frame = http2_frame_parse(in.p);
		whole = HTTP2_FRAME_HEADER + frame.length;
		if (!http2_frame_convincing(in.p, HTTP2_FRAME_HEADER, client) || !chain_takes(&chain, &frame))
			return NOT_HERE;
		if (last)
			return chain.open ? NOT_HERE : HERE; /* open ones are rare, and weak */
		if (in.n < whole)
			return NOT_ENOUGH;
		if (!http2_frame_convincing(in.p, whole, client))
			return NOT_HERE;
		in = bytes_from(in, whole);
	}
	return HERE;
}

void h2_search_forget(struct http2_frames *f)
{
	f->swallowed += f->window.n - f->window_at;
	f->window_at = 0;
	f->search_due = false;
	buffer_clear(&f->window);
}

/* The first n bytes are not the front of a frame. */
static void rule_out(struct http2_frames *f, size_t n)
{
	f->swallowed += n;
	if (n == f->window.n)
		buffer_clear(&f->window);
	else if (n)
		buffer_drop_front(&f->window, n);
}

static bool search_window(struct http2_frames *f)
{
	struct bytes in = buffer_bytes(&f->window);
	enum verdict verdict = NOT_ENOUGH;
	size_t at = 0;

	while (at < in.n) {
		verdict = look(bytes_from(in, at), f->client);
		if (verdict != NOT_HERE)
			break;
		at++;
	}
	rule_out(f, at);
	return verdict == HERE;
}

/* A full window always gets shorter: its first place can be decided. */
bool h2_search(struct http2_frames *f, struct bytes *data)
{
	if (f->search_due) {
		f->search_due = false;
		if (search_window(f))
			return true;
	}
	while (data->n) {
		size_t room = buffer_room(&f->window);
		size_t n = data->n < room ? data->n : room;

		if (!buffer_append(&f->window, bytes_of(data->p, n))) {
			h2_search_forget(f);
			f->swallowed += n;
		}
		*data = bytes_from(*data, n);
		if (search_window(f))
			return true;
	}
	return false;
}
