/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * http1_lines.bpf.c - what framing needs from single lines (RFC 9112).
 *
 * Text is compared eight bytes at a time, as little-endian words.
 */

#define WORD(a, b, c, d, e, f, g, h)                                                                         \
	((u64)(a) | (u64)(b) << 8 | (u64)(c) << 16 | (u64)(d) << 24 | (u64)(e) << 32 | (u64)(f) << 40 |      \
	 (u64)(g) << 48 | (u64)(h) << 56)
#define LOW_BYTES(w, n) ((w) & ((1ULL << ((n)*8)) - 1))
#define ONES		0x0101010101010101ULL
#define FOLD_CASE	0x2020202020202020ULL

enum start {
	START_NOT,
	START_REQUEST,
	START_HEAD,
	START_CONNECT,
	START_RESPONSE,
	/* HTTP/2 */
	START_PREFACE,
	START_SETTINGS,
	START_FRAMES_REQUEST,
	START_FRAMES_RESPONSE,
	START_FRAMES, /* of either side */
};

/* High bit of each byte that equals `c`, exact for the lowest one. */
INLINE u64 bytes_equal_to(u64 w, u64 c)
{
	w ^= ONES * c;
	return (w - ONES) & ~w & (ONES << 7);
}

/* Number of the lowest byte whose high bit is set; mask must not be 0. */
INLINE u32 lowest_byte(u64 mask)
{
	return (((((mask & -mask) >> 7) - 1) & ONES) * ONES) >> 56;
}

/* 1 for 0, else 0, without a branch. */
INLINE u64 is_zero(u64 v)
{
	u64 result = ~(v | -v) >> 63;

	OPAQUE(result); /* or the compiler makes a branch of it after all */
	return result;
}

/* 1 when a < b, both below 2^63, without a branch. */
INLINE u64 is_less(u64 a, u64 b)
{
	u64 difference = a - b;

	OPAQUE(difference);
	return difference >> 63;
}

/* yes when cond is 1, no when it is 0, without a branch. */
INLINE u64 pick(u64 cond, u64 yes, u64 no)
{
	OPAQUE(cond);
	return no + (yes - no) * cond;
}

/* Number of the lowest bit set, 0 to 32. */
INLINE u32 lowest_bit(u64 bits)
{
	u64 below = (bits & -bits) - 1;

	below -= (below >> 1) & 0x55555555;
	below = (below & 0x33333333) + ((below >> 2) & 0x33333333);
	return (((below + (below >> 4)) & 0x0f0f0f0f) * 0x01010101ULL >> 24) & 0xff;
}

/* HTTP/2's connection preface looks like a start line (RFC 9113 3.4). */
#define PREFACE WORD('P', 'R', 'I', ' ', '*', ' ', 'H', 'T')

#define NAME_CONTENT  WORD('c', 'o', 'n', 't', 'e', 'n', 't', '-')
#define NAME_TRANSFER WORD('t', 'r', 'a', 'n', 's', 'f', 'e', 'r')

/*
 * What kind of start line begins with these eight bytes, of which only the
 * first n are there?  A prefix counts as a match.  A method is any token of
 * capital letters and the space behind it (the longest common ones fill all
 * eight bytes); whether the line ends as a request line is looked at later.
 */
INLINE int start_kind(u64 w, u32 n)
{
	u64 there = n >= 8 ? ~0ULL : LOW_BYTES(~0ULL, n), space, name;
	u32 len;

	if (((w ^ WORD('H', 'T', 'T', 'P', '/', '1', '.', 0)) & there & LOW_BYTES(~0ULL, 7)) == 0)
		return START_RESPONSE;
	if (((w ^ WORD('H', 'E', 'A', 'D', ' ', 0, 0, 0)) & there & LOW_BYTES(~0ULL, 5)) == 0)
		return START_HEAD;
	if (((w ^ WORD('C', 'O', 'N', 'N', 'E', 'C', 'T', ' ')) & there) == 0)
		return START_CONNECT;
	space = bytes_equal_to(w, ' ') & there;
	name = there;
	if (space) {
		len = lowest_byte(space);
		if (len < 3)
			return START_NOT;
		name = LOW_BYTES(~0ULL, len);
	}
	return ((w ^ ONES * 0x40) & ONES * 0xe0 & name) == 0 ? START_REQUEST : START_NOT;
}

/* The eight window bytes at `at`, which is within the window or its room
 * behind: masking, where a comparison would double the verifier's paths. */
INLINE u64 word_at(struct run *r, u64 at)
{
	u64 word;
	u8 *from;

	OPAQUE(at);
	at &= WINDOW_MASK;
	from = &r->window[at];
	/* the compiler would take it apart into byte loads */
	asm volatile("%0 = *(u64 *)(%1 + 0)" : "=r"(word) : "r"(from));
	return word;
}

/* One bit for each of the eight bytes that is LF.  (The test of bytes_equal_to()
 * is exact for the lowest hit only, which is the one asked for.) */
INLINE u64 newline_bits(u64 w)
{
	return (bytes_equal_to(w, '\n') >> 7) * 0x0102040810204080ULL >> 56;
}

INLINE u64 newlines_in_32(struct run *r, u64 at)
{
	return newline_bits(word_at(r, at)) | newline_bits(word_at(r, at + 8)) << 8 |
	       newline_bits(word_at(r, at + 16)) << 16 | newline_bits(word_at(r, at + 24)) << 24;
}

/* Eight ASCII digits, the most significant first in memory, as a number. */
INLINE u64 eight_digits(u64 w)
{
	w = (w & 0x0f0f0f0f0f0f0f0fULL) * 2561 >> 8;
	w = (w & 0x00ff00ff00ff00ffULL) * 6553601 >> 16;
	return (w & 0x0000ffff0000ffffULL) * 42949672960001ULL >> 32;
}

INLINE int all_digits(u64 w)
{
	return (((w & ONES * 0xf0) ^ ONES * '0') | (((w + ONES * 6) & ONES * 0xf0) ^ ONES * '0')) == 0;
}

#define NOT_A_NUMBER (~0ULL)

/* Up to 16 decimal digits that end with CR or LF. */
INLINE u64 decimal(struct run *r, u32 at)
{
	u64 first = word_at(r, at), second = word_at(r, at + 8), high = ONES * '0', stop;
	u32 n;

	/* the first byte below '0' ends it (all_digits() refuses others) */
	stop = bytes_equal_to(first, '\r') | bytes_equal_to(first, '\n');
	if (stop) {
		n = lowest_byte(stop);
		if (!n)
			return NOT_A_NUMBER;
		second = first;
	} else {
		stop = bytes_equal_to(second, '\r') | bytes_equal_to(second, '\n');
		if (!stop)
			return NOT_A_NUMBER;
		n = lowest_byte(stop);
		if (!n) {
			second = first;
			n = 8;
		} else {
			high = first << (64 - 8 * n) | (ONES * '0') >> (8 * n);
			second = word_at(r, at + n);
			n = 8;
		}
	}
	if (n < 8)
		second = second << (64 - 8 * n) | (ONES * '0') >> (8 * n);
	if (!all_digits(high) || !all_digits(second))
		return NOT_A_NUMBER;
	return eight_digits(high) * 100000000ULL + eight_digits(second);
}

/* 1 when the field "content-..." at line is Content-Length. */
INLINE u64 is_length(struct run *r, u64 line)
{
	return is_zero(LOW_BYTES(word_at(r, line + 8) | FOLD_CASE, 7) ^
		       WORD('l', 'e', 'n', 'g', 't', 'h', ':', 0));
}

/* A chunk size: up to seven hex digits (256 MiB), ended by CR, LF, space or ';'
 * (RFC 9112 7.1).  *ok: 1 when that is what it is. */
INLINE u64 hexadecimal(u64 w, u64 *ok)
{
	u64 stop = bytes_equal_to(w, '\r') | bytes_equal_to(w, '\n') | bytes_equal_to(w, ';') |
		   bytes_equal_to(w, ' ');
	u64 n = lowest_byte(stop | 1ULL << 63), letters, high;

	*ok = (1 - is_zero(stop)) & (1 - is_zero(n));
	w = w << ((64 - 8 * n) & 63) | (ONES * '0') >> (8 * n);
	letters = (w >> 6) & ONES; /* 0x41.., 0x61.. against 0x30.. */
	high = (w >> 4) & ONES * 15;
	*ok &= is_zero((high & ~(letters << 1)) ^ (ONES * 3 + letters));
	w = (w & ONES * 15) + letters * 9;
	w = (w & 0x000f000f000f000fULL) << 4 | ((w >> 8) & 0x000f000f000f000fULL);
	w = (w & 0x000000ff000000ffULL) << 8 | ((w >> 16) & 0x000000ff000000ffULL);
	return (w & 0xffff) << 16 | ((w >> 32) & 0xffff);
}
