/* SPDX-License-Identifier: Apache-2.0 */
/* One JSON object per header block or frame; the keys are those of l7scope(7). */
#include "sink/header_sink.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "sink/frame_view.h"
#include "sink/header_info.h"
#include "sink/json_parts.h"
#include "sink/json_writer.h"

/* Of PING: as hexadecimal digits. */
#define PING_DIGITS 16

struct header_json {
	struct header_sink sink;
	struct header_sink_options options;
	struct json_writer w;
	struct masker masker;
};

static void put_where(struct header_json *s, const struct http2_where *where)
{
	struct json_writer *w = &s->w;

	json_put_str(w, "ts", wall_time_rfc3339(s->options.time, where->ns));
	json_put_u64(w, "pid", where->pid);
	json_put_str(w, "comm", where->comm);
	json_put_str(w, "role", where->role == ROLE_SERVER ? "server" : "client");
	json_put_str(w, "dir", where->sent ? "send" : "recv");
	json_put_u64(w, "conn", where->conn);
	json_put_endpoint(w, "laddr", "lport", &where->local);
	json_put_endpoint(w, "raddr", "rport", &where->remote);
}

static void put_bool(struct json_writer *w, const char *key, bool value)
{
	json_key(w, key);
	json_bool(w, value);
}

static void put_true(struct json_writer *w, const char *key, bool value)
{
	if (value)
		put_bool(w, key, true);
}

/* ---- header blocks ---- */

static const char *block_kind(enum http2_block_kind kind)
{
	switch (kind) {
	case HTTP2_REQUEST:
		return "request";
	case HTTP2_RESPONSE:
		return "response";
	case HTTP2_INFORMATIONAL:
		return "informational";
	case HTTP2_TRAILERS:
		return "trailers";
	case HTTP2_PUSH:
		return "push";
	}
	return NULL;
}

static void put_headers(struct header_json *s, const struct http2_block *block)
{
	json_key(&s->w, "headers");
	json_open_array(&s->w);
	for (size_t i = 0; i < block->n_fields; i++) {
		struct header_field field = header_info_field(&block->fields[i]);

		json_put_field(&s->w, &s->masker, &field);
	}
	json_close_array(&s->w);
}

static void json_block(struct header_sink *sink, const struct http2_block *block)
{
	struct header_json *s = (struct header_json *)sink;
	struct json_writer *w = &s->w;

	json_begin(w);
	put_where(s, &block->where);
	json_put_u64(w, "stream", block->stream);
	json_put_str(w, "kind", block_kind(block->kind));
	if (block->kind == HTTP2_PUSH)
		json_put_u64(w, "promised", block->promised);
	put_headers(s, block);
	json_put_u64(w, "unknown", block->unknown);
	json_put_u64(w, "dynamic", block->dynamic);
	json_put_u64(w, "wire", block->wire);
	put_bool(w, "end_stream", block->end_stream);
	put_true(w, "after_loss", block->after_loss);
	put_true(w, "bad", block->bad);
	json_put_str(w, "source", block->from_uprobe ? "uprobe" : "wire");
	json_end(w);
	output_end_record(s->options.out);
}

/* ---- frames ---- */

/* Names; bits that have none as "0x40". */
static void put_flags(struct header_json *s, const struct http2_frame *frame)
{
	char buf[FRAME_HEX_LEN];

	json_key(&s->w, "flags");
	json_open_array(&s->w);
	for (unsigned bit = 1; bit <= 0x80; bit <<= 1) {
		const char *name = frame_flag(frame->type, (uint8_t)bit);

		if (!(frame->flags & bit))
			continue;
		if (!name)
			snprintf(buf, sizeof(buf), "0x%02x", bit);
		json_string(&s->w, bytes_of_str(name ? name : buf));
	}
	json_close_array(&s->w);
}

static void put_error(struct header_json *s, struct bytes payload, size_t at)
{
	char buf[FRAME_HEX_LEN];
	uint32_t code;

	if (!frame_u32(payload, at, &code))
		return;
	json_put_str(&s->w, "error", frame_error(code, buf));
	json_put_u64(&s->w, "error_code", code);
}

/* Is the ith setting said again?  The last one holds (RFC 9113 6.5.3), and an
 * object's names are to be unique. */
static bool is_said_again(struct bytes payload, size_t i, size_t n)
{
	uint16_t id = frame_setting(payload, i).id;

	for (size_t later = i + 1; later < n; later++)
		if (frame_setting(payload, later).id == id)
			return true;
	return false;
}

static void put_settings(struct header_json *s, const struct http2_frame *frame, struct bytes payload)
{
	size_t shown = frame_settings_shown(payload), left_out = frame_settings_left_out(frame, payload);
	char buf[FRAME_HEX_LEN];

	json_key(&s->w, "settings");
	json_open_map(&s->w);
	for (size_t i = 0; i < shown; i++) {
		struct frame_setting setting = frame_setting(payload, i);

		if (!is_said_again(payload, i, shown))
			json_put_u64(&s->w, frame_setting_name(setting.id, buf), setting.value);
	}
	json_close_map(&s->w);
	if (left_out)
		json_put_u64(&s->w, "settings_left_out", left_out);
}

static void put_goaway(struct header_json *s, struct bytes payload)
{
	uint32_t last;

	if (frame_u32(payload, 0, &last))
		json_put_u64(&s->w, "last_stream", frame_31_bits(last));
	put_error(s, payload, 4);
	json_put_bytes(&s->w, "debug", bytes_from(payload, 8));
}

static void put_ping(struct header_json *s, struct bytes payload)
{
	char digits[PING_DIGITS + 1];
	uint32_t high, low;

	if (!frame_u32(payload, 0, &high) || !frame_u32(payload, 4, &low))
		return;
	snprintf(digits, sizeof(digits), "%08" PRIx32 "%08" PRIx32, high, low);
	json_put_str(&s->w, "opaque", digits);
}

static void put_priority(struct header_json *s, struct bytes payload)
{
	struct frame_priority priority;

	if (!frame_priority(payload, &priority))
		return;
	json_put_u64(&s->w, "depends_on", priority.parent);
	json_put_u64(&s->w, "weight", priority.weight);
	put_bool(&s->w, "exclusive", priority.exclusive);
}

static void put_window_update(struct header_json *s, struct bytes payload)
{
	uint32_t increment;

	if (frame_u32(payload, 0, &increment))
		json_put_u64(&s->w, "increment", frame_31_bits(increment));
}

static void put_details(struct header_json *s, const struct http2_frame_record *record)
{
	switch (record->frame.type) {
	case HTTP2_DATA_FRAME:
	case HTTP2_HEADERS:
		put_bool(&s->w, "end_stream", frame_ends_stream(&record->frame));
		break;
	case HTTP2_PRIORITY:
		put_priority(s, record->payload);
		break;
	case HTTP2_RST_STREAM:
		put_error(s, record->payload, 0);
		break;
	case HTTP2_SETTINGS:
		put_settings(s, &record->frame, record->payload);
		break;
	case HTTP2_PING:
		put_ping(s, record->payload);
		break;
	case HTTP2_GOAWAY:
		put_goaway(s, record->payload);
		break;
	case HTTP2_WINDOW_UPDATE:
		put_window_update(s, record->payload);
		break;
	default:
		break;
	}
}

static void json_frame(struct header_sink *sink, const struct http2_frame_record *record)
{
	struct header_json *s = (struct header_json *)sink;
	struct json_writer *w = &s->w;

	json_begin(w);
	put_where(s, &record->where);
	json_put_u64(w, "stream", record->frame.stream);
	json_put_str(w, "kind", frame_kind(record->frame.type));
	if (!http2_frame_name(record->frame.type))
		json_put_u64(w, "type", record->frame.type);
	json_put_u64(w, "length", record->frame.length);
	put_flags(s, &record->frame);
	put_details(s, record);
	json_put_str(w, "source", "wire");
	json_end(w);
	output_end_record(s->options.out);
}

/* ---- the sink ---- */

static void json_begin_nothing(struct header_sink *sink)
{
	(void)sink;
}

static void json_free(struct header_sink *sink)
{
	struct header_json *s = (struct header_json *)sink;

	json_writer_release(&s->w);
	masker_release(&s->masker);
	free(s);
}

struct header_sink *header_json_new(const struct header_sink_options *options)
{
	struct header_json *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->sink = (struct header_sink){json_begin_nothing, json_block, json_frame, json_free};
	s->options = *options;
	masker_init(&s->masker, options->show_secrets);
	if (!json_writer_init(&s->w, &options->out->pending)) {
		json_free(&s->sink);
		return NULL;
	}
	return &s->sink;
}
