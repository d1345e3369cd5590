/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http2_frame_header.h"

#define STREAM_MASK   0x7fffffffu
#define PAD_LEN	      1
#define PRIORITY_LEN  5
#define PROMISED_LEN  4
#define RST_LEN	      4
#define SETTING_LEN   6
#define PING_LEN      8
#define GOAWAY_LEN    8
#define WINDOW_LEN    4
#define CONTROL_MAX   512  /* of SETTINGS and GOAWAY: 85 settings, or a long debug text */
#define ERROR_CODES   14   /* RFC 9113 7 */
#define INDEX_OF_ZERO 0x80 /* HPACK: an indexed field with index 0 is an error (RFC 7541 6.1) */

static uint32_t get_u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

struct http2_frame http2_frame_parse(const uint8_t *p)
{
	return (struct http2_frame){
		.length = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2],
		.type = p[3],
		.flags = p[4],
		.stream = get_u32(p + 5) & STREAM_MASK,
	};
}

bool http2_frame_in_block(const struct http2_frame *frame)
{
	return frame->type == HTTP2_HEADERS || frame->type == HTTP2_PUSH_PROMISE ||
	       frame->type == HTTP2_CONTINUATION;
}

uint32_t http2_frame_fields(const struct http2_frame *frame)
{
	uint32_t pad = frame->flags & HTTP2_FLAG_PADDED ? PAD_LEN : 0;

	switch (frame->type) {
	case HTTP2_DATA_FRAME:
		return pad;
	case HTTP2_HEADERS:
		return pad + (frame->flags & HTTP2_FLAG_PRIORITY ? PRIORITY_LEN : 0);
	case HTTP2_PUSH_PROMISE:
		return pad + PROMISED_LEN;
	default:
		return 0;
	}
}

/* ---- what is no connection error ---- */

static bool length_possible(const struct http2_frame *frame)
{
	switch (frame->type) {
	case HTTP2_RST_STREAM:
		return frame->length == RST_LEN;
	case HTTP2_SETTINGS:
		return frame->flags & HTTP2_FLAG_ACK ? frame->length == 0 : frame->length % SETTING_LEN == 0;
	case HTTP2_PING:
		return frame->length == PING_LEN;
	case HTTP2_GOAWAY:
		return frame->length >= GOAWAY_LEN;
	case HTTP2_WINDOW_UPDATE:
		return frame->length == WINDOW_LEN;
	default: /* a wrong length of PRIORITY is an error of the stream only (6.3) */
		return frame->length >= http2_frame_fields(frame);
	}
}

/* Of the connection (0), of a stream, and of one that this side may send on:
 * clients begin streams with odd numbers, and cannot push (5.1.1, 8.4). */
static bool stream_possible(const struct http2_frame *frame, bool client)
{
	switch (frame->type) {
	case HTTP2_DATA_FRAME:
	case HTTP2_HEADERS:
	case HTTP2_CONTINUATION:
		return frame->stream != 0 && (!client || frame->stream % 2 == 1);
	case HTTP2_PUSH_PROMISE:
		return !client && frame->stream % 2 == 1;
	case HTTP2_PRIORITY:
	case HTTP2_RST_STREAM:
		return frame->stream != 0;
	case HTTP2_SETTINGS:
	case HTTP2_PING:
	case HTTP2_GOAWAY:
		return frame->stream == 0;
	default:
		return true;
	}
}

bool http2_frame_possible(const struct http2_frame *frame, bool client)
{
	return length_possible(frame) && stream_possible(frame, client);
}

/* ---- what looks right ---- */

/* Those that mean something; others are to be ignored (4.1), but nobody sets them. */
static bool flags_plausible(const struct http2_frame *frame)
{
	static const uint8_t defined[] = {
		[HTTP2_DATA_FRAME] = HTTP2_FLAG_END_STREAM | HTTP2_FLAG_PADDED,
		[HTTP2_HEADERS] = HTTP2_FLAG_END_STREAM | HTTP2_FLAG_END_HEADERS | HTTP2_FLAG_PADDED |
				  HTTP2_FLAG_PRIORITY,
		[HTTP2_SETTINGS] = HTTP2_FLAG_ACK,
		[HTTP2_PUSH_PROMISE] = HTTP2_FLAG_END_HEADERS | HTTP2_FLAG_PADDED,
		[HTTP2_PING] = HTTP2_FLAG_ACK,
		[HTTP2_CONTINUATION] = HTTP2_FLAG_END_HEADERS,
	};

	return frame->type <= HTTP2_CONTINUATION && !(frame->flags & ~defined[frame->type]);
}

static bool length_plausible(const struct http2_frame *frame)
{
	if (frame->length > HTTP2_FRAME_DEFAULT_MAX || !length_possible(frame))
		return false;
	if (frame->type == HTTP2_PRIORITY)
		return frame->length == PRIORITY_LEN;
	/* no list of fields is empty (8.3: pseudo-header fields) */
	if (frame->type == HTTP2_HEADERS || frame->type == HTTP2_PUSH_PROMISE)
		return frame->length > http2_frame_fields(frame);
	return true;
}

/* The padding fits, and a header block does not begin with an error. */
static bool block_plausible(const struct http2_frame *frame, struct bytes payload)
{
	uint32_t fields = http2_frame_fields(frame);

	if (frame->flags & HTTP2_FLAG_PADDED && payload.n && payload.p[0] > frame->length - fields)
		return false;
	if (frame->type == HTTP2_DATA_FRAME || payload.n <= fields)
		return true;
	return payload.p[fields] != INDEX_OF_ZERO;
}

static bool settings_plausible(struct bytes payload)
{
	for (; payload.n >= SETTING_LEN; payload = bytes_from(payload, SETTING_LEN))
		if (payload.p[0] == 0 && payload.p[1] == 0)
			return false;
	return true;
}

/* payload: as much of it as there is */
static bool payload_plausible(const struct http2_frame *frame, struct bytes payload)
{
	bool number = payload.n >= 4;

	switch (frame->type) {
	case HTTP2_DATA_FRAME:
	case HTTP2_HEADERS:
	case HTTP2_PUSH_PROMISE:
		return block_plausible(frame, payload);
	case HTTP2_RST_STREAM:
		return !number || get_u32(payload.p) < ERROR_CODES;
	case HTTP2_SETTINGS:
		return settings_plausible(payload);
	case HTTP2_GOAWAY:
		return !number || get_u32(payload.p) <= STREAM_MASK;
	case HTTP2_WINDOW_UPDATE: /* an increment of 0 is an error (6.9) */
		return !number || get_u32(payload.p) - 1 < STREAM_MASK;
	default:
		return true;
	}
}

static bool plausible(const uint8_t *p, size_t n, bool client)
{
	struct http2_frame frame = http2_frame_parse(p);
	struct bytes payload = bytes_from(bytes_of(p, n), HTTP2_FRAME_HEADER);

	if (payload.n > frame.length)
		payload.n = frame.length;
	return p[5] <= 0x7f && flags_plausible(&frame) && length_plausible(&frame) &&
	       stream_possible(&frame, client) && payload_plausible(&frame, payload);
}

bool http2_frame_plausible(const uint8_t *p, size_t n)
{
	return plausible(p, n, false);
}

bool http2_frame_convincing(const uint8_t *p, size_t n, bool client)
{
	struct http2_frame frame;

	if (p[0] != 0 || p[3] > HTTP2_CONTINUATION) /* most bytes that are searched end here */
		return false;
	frame = http2_frame_parse(p);
	if (frame.length == 0 && !(frame.flags & HTTP2_FLAG_END_STREAM)) /* or ACK */
		return false;
	if (frame.length > CONTROL_MAX && (frame.type == HTTP2_SETTINGS || frame.type == HTTP2_GOAWAY))
		return false;
	/* a server's own streams are even (5.1.1), but hardly any server pushes, and numbers that are
	 * no streams often end in a zero */
	if ((frame.type == HTTP2_DATA_FRAME || frame.type == HTTP2_HEADERS) && frame.stream % 2 == 0)
		return false;
	return plausible(p, n, client);
}

/* ---- names ---- */

const char *http2_frame_name(uint8_t type)
{
	static const char *const names[] = {"DATA",	     "HEADERS",	     "PRIORITY", "RST_STREAM",
					    "SETTINGS",	     "PUSH_PROMISE", "PING",	 "GOAWAY",
					    "WINDOW_UPDATE", "CONTINUATION"};

	return type <= HTTP2_CONTINUATION ? names[type] : NULL;
}

const char *http2_error_name(uint32_t code)
{
	static const char *const names[ERROR_CODES] = {
		"NO_ERROR",
		"PROTOCOL_ERROR",
		"INTERNAL_ERROR",
		"FLOW_CONTROL_ERROR",
		"SETTINGS_TIMEOUT",
		"STREAM_CLOSED",
		"FRAME_SIZE_ERROR",
		"REFUSED_STREAM",
		"CANCEL",
		"COMPRESSION_ERROR",
		"CONNECT_ERROR",
		"ENHANCE_YOUR_CALM",
		"INADEQUATE_SECURITY",
		"HTTP_1_1_REQUIRED",
	};

	return code < ERROR_CODES ? names[code] : NULL;
}
