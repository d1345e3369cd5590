/* SPDX-License-Identifier: Apache-2.0 */
#include "sink/header_info.h"

#include "sink/escape.h"
#include "sink/field_line.h"
#include "sink/frame_view.h"

struct header_field header_info_field(const struct http2_block_field *field)
{
	return (struct header_field){field->name, field->value, field->never_indexed};
}

/* ---- header blocks ---- */

static const struct http2_block_field *find(const struct http2_block *block, const char *name)
{
	for (size_t i = 0; i < block->n_fields; i++)
		if (bytes_equal_nocase(block->fields[i].name, name))
			return &block->fields[i];
	return NULL;
}

/* A field that is not there may be one whose name is unknown. */
static void put_value(struct text *t, struct masker *m, const struct http2_block *block,
		      const struct http2_block_field *found)
{
	struct header_field field;

	if (found && found->value.p) {
		field = header_info_field(found);
		escape_put(t, mask_header(m, &field));
	} else if (found || block->unknown || block->bad) {
		text_put_str(t, UNKNOWN_TEXT);
	} else {
		text_put_char(t, '-');
	}
}

/* CONNECT has no path, but an authority (RFC 9113 8.5). */
static void put_request(struct text *t, struct masker *m, const struct http2_block *block)
{
	const struct http2_block_field *method = find(block, ":method"), *target = find(block, ":path");

	if (!target && method && bytes_equal_nocase(method->value, "CONNECT"))
		target = find(block, ":authority");
	put_value(t, m, block, method);
	text_put_char(t, ' ');
	put_value(t, m, block, target);
}

static void put_grpc_status(struct text *t, struct masker *m, const struct http2_block *block,
			    const struct http2_block_field *status)
{
	text_put_str(t, "grpc-status ");
	put_value(t, m, block, status);
}

/* With grpc-status when the answer is nothing but trailers. */
static void put_response(struct text *t, struct masker *m, const struct http2_block *block)
{
	const struct http2_block_field *grpc = find(block, "grpc-status");

	put_value(t, m, block, find(block, ":status"));
	if (grpc) {
		text_put_char(t, ' ');
		put_grpc_status(t, m, block, grpc);
	}
}

static void put_trailers(struct text *t, struct masker *m, const struct http2_block *block)
{
	const struct http2_block_field *grpc = find(block, "grpc-status");

	if (grpc) {
		put_grpc_status(t, m, block, grpc);
	} else if (block->unknown || block->bad) {
		text_put_str(t, UNKNOWN_TEXT);
	} else {
		text_put_u64(t, block->n_fields);
		text_put_str(t, block->n_fields == 1 ? " field" : " fields");
	}
}

void header_info_block(struct text *t, struct masker *m, const struct http2_block *block)
{
	switch (block->kind) {
	case HTTP2_REQUEST:
	case HTTP2_PUSH:
		put_request(t, m, block);
		break;
	case HTTP2_RESPONSE:
	case HTTP2_INFORMATIONAL:
		put_response(t, m, block);
		break;
	case HTTP2_TRAILERS:
		put_trailers(t, m, block);
		break;
	}
}

/* ---- frames ---- */

static void put_number(struct text *t, const char *before, uint64_t value)
{
	text_put_str(t, before);
	text_put_u64(t, value);
}

static void put_flags(struct text *t, const struct http2_frame *frame)
{
	uint8_t left = frame->flags;

	for (unsigned bit = 1; bit <= 0x80; bit <<= 1) {
		const char *name = frame_flag(frame->type, (uint8_t)bit);

		if (!(left & bit) || !name)
			continue;
		left &= (uint8_t)~bit;
		text_put_char(t, ' ');
		text_put_str(t, name);
	}
	if (left) {
		text_put_str(t, " 0x");
		text_put_hex(t, left, 2);
	}
}

static void put_length(struct text *t, const struct http2_frame *frame)
{
	put_number(t, "len ", frame->length);
	put_flags(t, frame);
}

static void put_error(struct text *t, struct bytes payload, size_t at)
{
	char buf[FRAME_HEX_LEN];
	uint32_t code;

	if (frame_u32(payload, at, &code))
		text_put_str(t, frame_error(code, buf));
}

static void put_settings(struct text *t, const struct http2_frame *frame, struct bytes payload)
{
	size_t n = frame_settings_shown(payload), left_out = frame_settings_left_out(frame, payload);
	char buf[FRAME_HEX_LEN];

	if (frame->flags & HTTP2_FLAG_ACK)
		text_put_str(t, "ACK");
	else if (frame->length == 0)
		text_put_str(t, "empty");
	for (size_t i = 0; i < n; i++) {
		struct frame_setting setting = frame_setting(payload, i);

		if (i)
			text_put_char(t, ' ');
		text_put_str(t, frame_setting_name(setting.id, buf));
		put_number(t, "=", setting.value);
	}
	if (left_out) {
		put_number(t, n ? " and " : "and ", left_out);
		text_put_str(t, " more");
	}
}

/* What the server adds is for people: shown as it is (RFC 9113 6.8). */
static void put_goaway(struct text *t, struct bytes payload)
{
	struct bytes debug = bytes_from(payload, 8);
	uint32_t last;

	if (!frame_u32(payload, 0, &last))
		return;
	put_number(t, "last ", frame_31_bits(last));
	text_put_char(t, ' ');
	put_error(t, payload, 4);
	if (debug.n) {
		text_put_char(t, ' ');
		escape_put(t, debug);
	}
}

static void put_ping(struct text *t, const struct http2_frame *frame, struct bytes payload)
{
	uint32_t high, low;

	if (frame->flags & HTTP2_FLAG_ACK)
		text_put_str(t, "ACK ");
	if (!frame_u32(payload, 0, &high) || !frame_u32(payload, 4, &low))
		return;
	text_put_hex(t, high, 8);
	text_put_hex(t, low, 8);
}

static void put_priority(struct text *t, struct bytes payload)
{
	struct frame_priority priority;

	if (!frame_priority(payload, &priority))
		return;
	put_number(t, "on ", priority.parent);
	put_number(t, " weight ", priority.weight);
	if (priority.exclusive)
		text_put_str(t, " exclusive");
}

static void put_window_update(struct text *t, struct bytes payload)
{
	uint32_t increment;

	if (frame_u32(payload, 0, &increment))
		put_number(t, "+", frame_31_bits(increment));
}

void header_info_frame(struct text *t, const struct http2_frame_record *record)
{
	switch (record->frame.type) {
	case HTTP2_PRIORITY:
		put_priority(t, record->payload);
		break;
	case HTTP2_RST_STREAM:
		put_error(t, record->payload, 0);
		break;
	case HTTP2_SETTINGS:
		put_settings(t, &record->frame, record->payload);
		break;
	case HTTP2_PING:
		put_ping(t, &record->frame, record->payload);
		break;
	case HTTP2_GOAWAY:
		put_goaway(t, record->payload);
		break;
	case HTTP2_WINDOW_UPDATE:
		put_window_update(t, record->payload);
		break;
	default:
		put_length(t, &record->frame);
	}
}
