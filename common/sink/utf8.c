/* SPDX-License-Identifier: Apache-2.0 */
#include "sink/utf8.h"

/* Length of a sequence by its first byte; 0: not a first byte.  C0, C1 and F5
 * up would only start overlong forms or codes past U+10FFFF. */
static size_t sequence_length(uint8_t first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first <= 0xdf)
		return 2;
	if (first >= 0xe0 && first <= 0xef)
		return 3;
	if (first >= 0xf0 && first <= 0xf4)
		return 4;
	return 0;
}

size_t utf8_decode(struct bytes in, uint32_t *code)
{
	static const uint8_t first_mask[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t n = in.n ? sequence_length(in.p[0]) : 0;
	uint32_t value;

	if (n == 0 || n > in.n)
		return 0;
	value = in.p[0] & first_mask[n];
	for (size_t i = 1; i < n; i++) {
		if ((in.p[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (in.p[i] & 0x3f);
	}
	if (value < smallest[n] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
		return 0;
	*code = value;
	return n;
}

bool utf8_is_shown(uint32_t code)
{
	static const struct {
		uint32_t low, high;
	} hidden[] = {
		{0x00, 0x1f},	    {0x7f, 0x9f}, {0x61c, 0x61c}, {0x200e, 0x200f}, /* direction marks */
		{0x2028, 0x202e},   /* separators, embeddings, overrides */
		{0x2066, 0x2069},   /* isolates */
		{0xfff9, 0xfffb},   /* interlinear annotation */
		{0xe0000, 0xe007f}, /* tags: text that is not shown at all */
	};

	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		if (code >= hidden[i].low && code <= hidden[i].high)
			return false;
	return true;
}

/* ---- plain ASCII, eight bytes at a time: nearly all text is ---- */

#define EACH(byte) (0x0101010101010101ull * (byte))

/* The top bit of each byte of `word` that is zero is set in the result, and
 * none below the first such byte: enough to tell whether there is one. */
static uint64_t has_zero(uint64_t word)
{
	return (word - EACH(0x01)) & ~word & EACH(0x80);
}

static bool is_plain_word(uint64_t word)
{
	/* adding 1 to DEL, and subtracting 0x20 from a control, touches the top bit */
	uint64_t odd = word | (word + EACH(0x01)) | (word - EACH(0x20));

	return !((odd & EACH(0x80)) | has_zero(word ^ EACH('"')) | has_zero(word ^ EACH('\\')));
}

static bool is_plain_byte(uint8_t c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

size_t utf8_plain_prefix(struct bytes in)
{
	size_t n = 0;
	uint64_t word;

	for (; in.n - n >= sizeof(word); n += sizeof(word)) {
		memcpy(&word, in.p + n, sizeof(word));
		if (!is_plain_word(word))
			break;
	}
	while (n < in.n && is_plain_byte(in.p[n]))
		n++;
	return n;
}
