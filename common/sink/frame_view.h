/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frame_view.h - what the frames of HTTP/2 say, in words (RFC 9113 section 6).
 *
 * Payloads may be captured in part: each number is there or it is not.
 */
#ifndef L7SCOPE_FRAME_VIEW_H
#define L7SCOPE_FRAME_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "http/http2_frames.h"

/* Settings that are shown of one frame: three times as many as are registered.
 * A frame may repeat one 10,000 times. */
#define FRAME_SETTINGS_MAX 32

/* "0x" and eight digits at most, and a NUL. */
#define FRAME_HEX_LEN 11

/* "data", "rst_stream", ...; "unknown". */
const char *frame_kind(uint8_t type);
/* In 8 columns: "data", "rst", ...; NULL for types that are not known. */
const char *frame_kind_short(uint8_t type);
/* "END_STREAM", ...; NULL: this bit means nothing in frames of this type. */
const char *frame_flag(uint8_t type, uint8_t bit);
bool frame_ends_stream(const struct http2_frame *frame);

/* The name of an error code, or its number in hexadecimal, written to buf. */
const char *frame_error(uint32_t code, char buf[FRAME_HEX_LEN]);

/* Four bytes at `at`, in network order; false: not captured. */
bool frame_u32(struct bytes payload, size_t at, uint32_t *value);

struct frame_setting {
	uint16_t id;
	uint32_t value;
};

/* How many settings are shown: those captured, up to the maximum. */
size_t frame_settings_shown(struct bytes payload);
/* How many more the frame has. */
size_t frame_settings_left_out(const struct http2_frame *frame, struct bytes payload);
/* The ith; i < frame_settings_shown(). */
struct frame_setting frame_setting(struct bytes payload, size_t i);
/* "MAX_FRAME_SIZE", ..., or the number in hexadecimal, written to buf. */
const char *frame_setting_name(uint16_t id, char buf[FRAME_HEX_LEN]);

struct frame_priority {
	uint32_t parent;
	unsigned weight; /* 1..256 */
	bool exclusive;
};

/* Of PRIORITY; false: not captured. */
bool frame_priority(struct bytes payload, struct frame_priority *priority);

/* Reserved bits removed, as in stream numbers and window increments. */
static inline uint32_t frame_31_bits(uint32_t value)
{
	return value & 0x7fffffff;
}

#endif
