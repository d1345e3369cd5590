/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * http2_detect.bpf.c - is this HTTP/2, joined at any time?
 *
 * A connection that was there before is known by frames that follow one
 * another from the start of a call, one of them a header block whose first
 * field tells a request from a response.
 */

/* Frames looked at from the start of a call. */
#define FRAMES_AHEAD 4

/* Static fields (RFC 7541 appendix A) that are only in requests, and only in responses: bit by index. */
#define REQUEST_FIELDS	0x00feULL
#define RESPONSE_FIELDS 0x7f00ULL

/* What a header block's byte says that begins a field (RFC 7541 section 6). */
INLINE u64 kind_of_field(u64 byte)
{
	u64 index = pick(byte >> 7, byte & 0x7f,
			 pick(byte >> 6 & 1, byte & 0x3f, pick(byte >> 5 & 1, 0, byte & 0x0f)));
	u64 low = is_zero(index >> 4);

	index &= 15;
	return pick(low & REQUEST_FIELDS >> index, START_FRAMES_REQUEST,
		    pick(low & RESPONSE_FIELDS >> index, START_FRAMES_RESPONSE, START_FRAMES));
}

/* A field whose name is spelled out: 1 when it is a pseudo-header field. */
INLINE u64 spells_pseudo(u64 bytes)
{
	u64 first = bytes & 0xff;
	u64 literal = is_zero(first) | is_zero(first ^ 0x10) | is_zero(first ^ 0x40);

	return literal & is_zero((bytes >> 16 & 0xff) ^ ':');
}

/* ... and which: only responses have ":status". */
INLINE u64 kind_of_spelled(u64 bytes)
{
	return pick(is_zero((bytes >> 24 & 0xffff) ^ ('s' | 't' << 8)), START_FRAMES_RESPONSE,
		    START_FRAMES_REQUEST);
}

/* Fields looked at of a block. */
#define FIELDS_AHEAD 8
/* A field that is one byte, an index into the dynamic table: 62 to 126. */
#define DYNAMIC_FIRST 0xbe
#define DYNAMIC_END   0xff

/*
 * What the first bytes of a header block say: pseudo-header fields come first
 * (RFC 9113 8.3).  Those that are in the dynamic table since before we came are
 * one byte each and say nothing; the first other one does, or nothing does.
 */
INLINE u64 kind_of_block(u64 bytes, u64 n)
{
	u64 kind = START_FRAMES, going_on = 1, byte, dynamic;

#pragma unroll
	for (int i = 0; i < FIELDS_AHEAD; i++) {
		byte = bytes >> (8 * i) & 0xff;
		going_on &= is_less(i, n);
		kind = pick(going_on, kind_of_field(byte), kind);
		kind = pick(going_on & spells_pseudo(bytes >> 8 * i), kind_of_spelled(bytes >> 8 * i), kind);
		dynamic = (1 - is_less(byte, DYNAMIC_FIRST)) & is_less(byte, DYNAMIC_END);
		going_on &= dynamic;
	}
	return kind;
}

/* Looks at the frame at r->at in the window.  0: that is none. */
INLINE u64 look_ahead(struct run *r)
{
	u64 at = r->at, there = r->have - at, block, is_headers, kind, settings;
	struct frame f;

	read_frame(&f, word_at(r, at), word_at(r, at + 8));
	is_headers = is_zero(f.type ^ FRAME_HEADERS);
	settings = is_zero(f.type ^ FRAME_SETTINGS) & is_zero(f.flags);
	/* before the block are the length of padding, and priority */
	block = FRAME_HEADER + (f.flags >> 3 & 1) + 5 * (f.flags >> 5 & 1);
	kind = pick(is_headers & is_less(block, there), kind_of_block(word_at(r, at + block), there - block),
		    START_FRAMES);
	/* SETTINGS tell something when they are first */
	r->start = pick(is_zero(r->start), pick(settings, START_SETTINGS, kind),
			pick(is_zero(kind ^ START_FRAMES), r->start, kind));
	r->at = at + FRAME_HEADER + f.length;
	r->stop = is_headers & (1 - is_zero(kind ^ START_FRAMES));
	return is_less(f.type, FRAME_KNOWN) & (1 - is_no_frame(&f)) & (1 - has_odd_flags(&f));
}

/* Sets r->start for the call.  What it reads is read again when it is followed:
 * a block's first bytes may be in another segment than its frame's header. */
INLINE void look_at_frames(struct run *r)
{
	struct cursor was = r->cur;

	r->at = r->stop = r->have = 0;
	r->start = START_NOT;
	if (!fill_window(r, FRAME_SEGMENTS, WINDOW_MAX))
		r->have = 0;
	r->cur = was;
	FORGET();
#pragma nounroll
	for (int i = 0; i < FRAMES_AHEAD; i++) {
		if (r->at + FRAME_HEADER > r->have || r->stop)
			break;
		if (!look_ahead(r)) {
			r->start = START_NOT;
			break;
		}
		FORGET();
	}
}

/* The call begins with frames: of which side, if of any? */
INLINE int begins_frames(struct run *r, u64 first)
{
	struct frame f;

	if (first == PREFACE) {
		r->start = START_PREFACE;
		return 1;
	}
	read_frame(&f, first, 1);
	/* spares other protocols the walk; the ninth byte is looked at there */
	if (f.type >= FRAME_KNOWN || has_odd_flags(&f))
		return 0;
	look_at_frames(r);
	return r->start != START_NOT;
}

/* Frames come next, or first the preface. */
INLINE void begin_frames(struct direction *d, u32 preface)
{
	d->phase = PHASE_FRAME;
	d->front = d->remaining = preface ? PREFACE_LENGTH : 0;
	d->carry_len = d->grpc_left = d->grpc_dense = 0;
}

/*
 * A call on a connection not known begins with frames.  Who sent them tells
 * the role; SETTINGS before anything else are the server's (RFC 9113 3.4), for
 * a client's come after the preface.
 */
INLINE int take_up_http2(struct run *r, struct conn *c, struct call *k, int protocol)
{
	u32 responses = r->start == START_FRAMES_RESPONSE || r->start == START_SETTINGS;
	struct direction *d = direction_of(c, k->dir), *other = direction_of(c, !k->dir);

	if (r->start == START_FRAMES || (r->start == START_SETTINGS && c->joined))
		return 0;
	c->http2 = 1;
	c->is_server = responses == (k->dir == WIRE_TX);
	c->confirmed = r->start == START_PREFACE;
	c->ignored = !FILTER_SERVER(c->is_server);
	begin_frames(d, r->start == START_PREFACE);
	/* a server's SETTINGS may come before the preface is read */
	begin_frames(other, r->start == START_SETTINGS);
	if (c->tls ? k->carried_other : protocol == L7_IPPROTO_TCP && carried_before(k->sock, !k->dir, 0)) {
		/* a thread's first write and another's first read may be told the wrong way round */
		c->joined |= r->start != START_PREFACE && r->start != START_SETTINGS;
		other->phase = PHASE_LOST;
	}
	return 1;
}

/* A direction that had no place begins with frames: from its beginning, or not. */
INLINE void find_frames(struct run *r, struct conn *c, struct direction *d)
{
	u32 requests = (r->dir == WIRE_RX) == c->is_server;

	if (!d->total && r->start != (requests ? START_PREFACE : START_SETTINGS))
		c->joined = 1;
	begin_frames(d, r->start == START_PREFACE);
}
