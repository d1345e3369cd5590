/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * http2_frames.bpf.c - what single frames tell (RFC 9113 sections 4 and 6),
 * without branches: see http1_follow.bpf.c.
 */

#define FRAME_HEADER 9
/* Segments visited per window: enough for a header of a byte each, and those of 132 windows
 * (http2_follow.bpf.c) are more than a call may have (UIO_MAXIOV, 1,024). */
#define FRAME_SEGMENTS 10
#define FRAME_PAD      0x08 /* PADDED of DATA and HEADERS */
#define FRAME_PRIO     0x20 /* PRIORITY of HEADERS */

enum frame_type {
	FRAME_DATA,
	FRAME_HEADERS,
	FRAME_PRIORITY,
	FRAME_RST_STREAM,
	FRAME_SETTINGS,
	FRAME_PUSH_PROMISE,
	FRAME_PING,
	FRAME_GOAWAY,
	FRAME_WINDOW_UPDATE,
	FRAME_CONTINUATION,
	FRAME_KNOWN
};

#define PREFACE_LENGTH 24

struct frame {
	u64 length, type, flags;
	u64 stream; /* in the order of the wire, with the reserved bit */
};

/* first: the header's first eight bytes; last: its ninth. */
INLINE void read_frame(struct frame *f, u64 first, u64 last)
{
	f->length = (first & 0xff) << 16 | (first & 0xff00) | ((first >> 16) & 0xff);
	f->type = (first >> 24) & 0xff;
	f->flags = (first >> 32) & 0xff;
	f->stream = first >> 40 | (last & 0xff) << 24;
}

/* By type, a nibble each: the length of payload it always has, or at least. */
#define FIXED_LENGTHS                                                                                        \
	(5ULL << 4 * FRAME_PRIORITY | 4ULL << 4 * FRAME_RST_STREAM | 8ULL << 4 * FRAME_PING |                \
	 4ULL << 4 * FRAME_WINDOW_UPDATE)
#define LEAST_LENGTHS (1ULL << 4 * FRAME_HEADERS | 4ULL << 4 * FRAME_PUSH_PROMISE | 8ULL << 4 * FRAME_GOAWAY)
#define BIT(type)     (1ULL << (type))
#define ON_STREAMS                                                                                           \
	(BIT(FRAME_DATA) | BIT(FRAME_HEADERS) | BIT(FRAME_PRIORITY) | BIT(FRAME_RST_STREAM) |                \
	 BIT(FRAME_PUSH_PROMISE) | BIT(FRAME_CONTINUATION))
#define ON_CONNECTION (BIT(FRAME_SETTINGS) | BIT(FRAME_PING) | BIT(FRAME_GOAWAY))

/* 1: no frame has such a header.  Kinds that are not known have short payloads,
 * as far as they are known to exist. */
INLINE u64 is_no_frame(struct frame *f)
{
	u64 known = is_less(f->type, FRAME_KNOWN), type = f->type & 15, no_stream = is_zero(f->stream);
	u64 fixed = (FIXED_LENGTHS >> 4 * type) & 15, least = (LEAST_LENGTHS >> 4 * type) & 15, bad;

	bad = (ON_STREAMS >> type & no_stream) | (ON_CONNECTION >> type & (1 - no_stream));
	bad |= (1 - is_zero(fixed)) & (1 - is_zero(f->length ^ fixed));
	bad |= is_less(f->length, least);
	bad |= is_zero(type ^ FRAME_SETTINGS) & (1 - is_zero(f->length % 6));
	bad &= known;
	bad |= (1 - known) & is_less(1ULL << 14, f->length);
	return (bad | f->stream >> 7) & 1; /* the reserved bit is never sent */
}

/* The flags each type has, a byte for each of the first eight. */
#define FLAGS_OF_TYPES                                                                                       \
	(0x09ULL << 8 * FRAME_DATA | 0x2dULL << 8 * FRAME_HEADERS | 0x01ULL << 8 * FRAME_SETTINGS |          \
	 0x0cULL << 8 * FRAME_PUSH_PROMISE | 0x01ULL << 8 * FRAME_PING)
#define FLAGS_OF_CONTINUATION 0x04

/* 1: it sets flags its type does not have.  They are to be ignored (RFC 9113
 * 4.1), but nobody sends them. */
INLINE u64 has_odd_flags(struct frame *f)
{
	u64 allowed = (FLAGS_OF_TYPES >> 8 * (f->type & 7)) & 0xff, early = is_zero(f->type >> 3);

	allowed = pick(early, allowed, pick(f->type & 1, FLAGS_OF_CONTINUATION, 0));
	return 1 - is_zero(f->flags & ~allowed);
}
