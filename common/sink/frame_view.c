/* SPDX-License-Identifier: Apache-2.0 */
#include "sink/frame_view.h"

#include <inttypes.h>
#include <stdio.h>

/* An identifier and a value (RFC 9113 6.5.1). */
#define SETTING_SIZE 6

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- kinds and flags ---- */

static const struct {
	const char *kind, *in_8_columns;
} kinds[] = {
	[HTTP2_DATA_FRAME] = {"data", "data"},
	[HTTP2_HEADERS] = {"headers", "headers"},
	[HTTP2_PRIORITY] = {"priority", "priority"},
	[HTTP2_RST_STREAM] = {"rst_stream", "rst"},
	[HTTP2_SETTINGS] = {"settings", "settings"},
	[HTTP2_PUSH_PROMISE] = {"push_promise", "promise"},
	[HTTP2_PING] = {"ping", "ping"},
	[HTTP2_GOAWAY] = {"goaway", "goaway"},
	[HTTP2_WINDOW_UPDATE] = {"window_update", "window"},
	[HTTP2_CONTINUATION] = {"continuation", "cont"},
};

const char *frame_kind(uint8_t type)
{
	return type < COUNT(kinds) ? kinds[type].kind : "unknown";
}

const char *frame_kind_short(uint8_t type)
{
	return type < COUNT(kinds) ? kinds[type].in_8_columns : NULL;
}

#define BIT(type) (1u << (type))

const char *frame_flag(uint8_t type, uint8_t bit)
{
	static const struct {
		uint8_t bit;
		unsigned types;
		const char *name;
	} flags[] = {
		{HTTP2_FLAG_END_STREAM, BIT(HTTP2_DATA_FRAME) | BIT(HTTP2_HEADERS), "END_STREAM"},
		{HTTP2_FLAG_ACK, BIT(HTTP2_SETTINGS) | BIT(HTTP2_PING), "ACK"},
		{HTTP2_FLAG_END_HEADERS,
		 BIT(HTTP2_HEADERS) | BIT(HTTP2_PUSH_PROMISE) | BIT(HTTP2_CONTINUATION), "END_HEADERS"},
		{HTTP2_FLAG_PADDED, BIT(HTTP2_DATA_FRAME) | BIT(HTTP2_HEADERS) | BIT(HTTP2_PUSH_PROMISE),
		 "PADDED"},
		{HTTP2_FLAG_PRIORITY, BIT(HTTP2_HEADERS), "PRIORITY"},
	};

	for (size_t i = 0; i < COUNT(flags) && type < COUNT(kinds); i++)
		if (flags[i].bit == bit && flags[i].types & BIT(type))
			return flags[i].name;
	return NULL;
}

bool frame_ends_stream(const struct http2_frame *frame)
{
	return (frame->type == HTTP2_DATA_FRAME || frame->type == HTTP2_HEADERS) &&
	       frame->flags & HTTP2_FLAG_END_STREAM;
}

/* ---- numbers ---- */

const char *frame_error(uint32_t code, char buf[FRAME_HEX_LEN])
{
	const char *name = http2_error_name(code);

	if (name)
		return name;
	snprintf(buf, FRAME_HEX_LEN, "0x%" PRIx32, code);
	return buf;
}

bool frame_u32(struct bytes payload, size_t at, uint32_t *value)
{
	const uint8_t *p;

	if (payload.n < at + 4)
		return false;
	p = payload.p + at;
	*value = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
	return true;
}

size_t frame_settings_shown(struct bytes payload)
{
	size_t n = payload.n / SETTING_SIZE;

	return n < FRAME_SETTINGS_MAX ? n : FRAME_SETTINGS_MAX;
}

size_t frame_settings_left_out(const struct http2_frame *frame, struct bytes payload)
{
	size_t all = frame->length / SETTING_SIZE, shown = frame_settings_shown(payload);

	return all > shown ? all - shown : 0;
}

struct frame_setting frame_setting(struct bytes payload, size_t i)
{
	const uint8_t *p = payload.p + i * SETTING_SIZE;
	struct frame_setting setting = {.id = (uint16_t)(p[0] << 8 | p[1])};

	frame_u32(payload, i * SETTING_SIZE + 2, &setting.value);
	return setting;
}

/* RFC 9113 6.5.2, RFC 8441 section 3, RFC 9218 section 2.1; the last one is
 * sent by gRPC's C core, without a registration. */
const char *frame_setting_name(uint16_t id, char buf[FRAME_HEX_LEN])
{
	static const struct {
		uint16_t id;
		const char *name;
	} names[] = {
		{1, "HEADER_TABLE_SIZE"},
		{2, "ENABLE_PUSH"},
		{3, "MAX_CONCURRENT_STREAMS"},
		{4, "INITIAL_WINDOW_SIZE"},
		{5, "MAX_FRAME_SIZE"},
		{6, "MAX_HEADER_LIST_SIZE"},
		{8, "ENABLE_CONNECT_PROTOCOL"},
		{9, "NO_RFC7540_PRIORITIES"},
		{0xfe03, "GRPC_ALLOW_TRUE_BINARY_METADATA"},
	};

	for (size_t i = 0; i < COUNT(names); i++)
		if (names[i].id == id)
			return names[i].name;
	snprintf(buf, FRAME_HEX_LEN, "0x%x", id);
	return buf;
}

bool frame_priority(struct bytes payload, struct frame_priority *priority)
{
	uint32_t parent;

	if (payload.n < 5 || !frame_u32(payload, 0, &parent))
		return false;
	/* 0 stands for weight 1 (RFC 7540 6.3; deprecated, but still sent) */
	*priority = (struct frame_priority){frame_31_bits(parent), payload.p[4] + 1u, parent >> 31};
	return true;
}
