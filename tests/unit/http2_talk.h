/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http2_talk.h - both sides of an HTTP/2 connection as events for a tracker,
 * for its tests.
 *
 * Each direction has an encoder that indexes whatever it can, as real peers do.
 * Header lists are text, fields divided by '|' and names from values by a space:
 * ":method GET|:path /x".  In front of a name '!' says never-indexed, '-' not
 * indexed.
 */
#ifndef L7SCOPE_TESTS_HTTP2_TALK_H
#define L7SCOPE_TESTS_HTTP2_TALK_H

#include <stdio.h>

#include "harness.h"
#include "http2_script.h"
#include "tracker_fixture.h"

#define TALK_TABLE_MAX 128
#define TALK_FIELD_MAX 128
#define TALK_STATIC    61

#define END_STREAM  HTTP2_FLAG_END_STREAM
#define END_HEADERS HTTP2_FLAG_END_HEADERS

/* An encoder's dynamic table, newest first, "name value" each. */
struct talk_table {
	char at[TALK_TABLE_MAX][TALK_FIELD_MAX];
	size_t n, size;
};

struct talk {
	struct tracker_fixture *f;
	struct talk_table table[2]; /* by enum wire_dir */
	size_t step;		    /* bytes of one event at most; 0: whole frames */
	size_t part;		    /* bytes of one frame of a block at most; 0: one frame */
	bool server;		    /* what is traced */
	bool lose;		    /* nothing arrives */
	bool unstarted;		    /* events do not say that frames begin */
};

static inline unsigned talk_dir(const struct talk *t, bool request)
{
	return request == t->server ? WIRE_RX : WIRE_TX;
}

/* ---- HPACK ---- */

static inline void talk_insert(struct talk_table *t, const char *field)
{
	size_t size = strlen(field) - 1 + 32; /* the space is not counted */

	while (t->n && (t->size + size > 4096 || t->n == TALK_TABLE_MAX))
		t->size -= strlen(t->at[--t->n]) - 1 + 32;
	memmove(t->at[1], t->at[0], t->n * sizeof(t->at[0]));
	snprintf(t->at[0], sizeof(t->at[0]), "%s", field);
	t->n++;
	t->size += size;
}

/* Index in the dynamic table from 1; 0: not there. */
static inline size_t talk_find(const struct talk_table *t, const char *field)
{
	for (size_t i = 0; i < t->n; i++) {
		if (strcmp(t->at[i], field) == 0)
			return i + 1;
	}
	return 0;
}

static inline void talk_integer(struct http2_script *s, uint8_t first, uint8_t prefix, size_t n)
{
	uint8_t octets[2] = {first | prefix, 0};

	if (n < prefix) {
		octets[0] = first | n;
		http2_script_bytes(s, octets, 1);
		return;
	}
	octets[1] = n - prefix; /* tests need no more than 128 beyond the prefix */
	http2_script_bytes(s, octets, 2);
}

static inline void talk_string(struct http2_script *s, const char *text, size_t n)
{
	talk_integer(s, 0, 0x7f, n);
	http2_script_bytes(s, text, n);
}

static inline void talk_field(struct http2_script *s, struct talk_table *t, const char *field)
{
	char mark = *field == '!' || *field == '-' ? *field++ : '\0';
	size_t name = strcspn(field, " "), index = mark ? 0 : talk_find(t, field);

	if (index) {
		talk_integer(s, 0x80, 0x7f, TALK_STATIC + index);
		return;
	}
	talk_integer(s, mark == '!' ? 0x10 : mark ? 0x00 : 0x40, mark ? 0x0f : 0x3f, 0);
	talk_string(s, field, name);
	talk_string(s, field + name + 1, strlen(field + name + 1));
	if (!mark)
		talk_insert(t, field);
}

static inline void talk_encode(struct http2_script *s, struct talk_table *t, const char *fields)
{
	char field[TALK_FIELD_MAX];

	for (size_t n; *fields; fields += n + (fields[n] == '|')) {
		n = strcspn(fields, "|");
		snprintf(field, sizeof(field), "%.*s", (int)n, fields);
		talk_field(s, t, field);
	}
}

/* ---- events ---- */

static inline void talk_send(struct talk *t, unsigned dir, struct bytes b)
{
	size_t step = t->step ? t->step : WIRE_DATA_MAX;

	if (t->lose) {
		build_lost(&t->f->conn, dir, b.n);
		return;
	}
	for (size_t at = 0; at < b.n; at += step) {
		size_t n = b.n - at < step ? b.n - at : step;
		struct built_event e;

		build_frames(&t->f->conn, &e, dir, at == 0 && !t->unstarted, bytes_of(b.p + at, n));
		send_event(t->f, &e);
	}
}

static inline void talk_script(struct talk *t, unsigned dir, struct http2_script *s)
{
	talk_send(t, dir, bytes_of(s->bytes, s->n));
	http2_script_release(s);
}

/* In the words of http2_script.h. */
static inline void talk_text(struct talk *t, unsigned dir, const char *text)
{
	struct http2_script s = {0};

	http2_script_text(&s, text);
	talk_script(t, dir, &s);
}

/* f has been initialized. */
static inline void talk_init(struct talk *t, struct tracker_fixture *f, bool server)
{
	*t = (struct talk){.f = f, .server = server};
}

/* Preface and SETTINGS of both sides. */
static inline void talk_begin(struct talk *t)
{
	talk_text(t, talk_dir(t, true), "PRI SETTINGS.0.0=");
	talk_text(t, talk_dir(t, false), "SETTINGS.0.0=#000300000064 SETTINGS.1.0=");
	talk_text(t, talk_dir(t, true), "SETTINGS.1.0=");
}

static inline void talk_block(struct talk *t, bool request, struct http2_frame frame, const char *fields)
{
	unsigned dir = talk_dir(t, request);
	struct http2_script block = {0}, s = {0};

	if (frame.type == HTTP2_PUSH_PROMISE) {
		uint8_t promised[] = {0, 0, frame.length >> 8, frame.length};

		http2_script_bytes(&block, promised, sizeof(promised));
	}
	talk_encode(&block, &t->table[dir], fields);
	http2_script_block(&s, frame, bytes_of(block.bytes, block.n), t->part ? t->part : 16384);
	http2_script_release(&block);
	talk_script(t, dir, &s);
}

static inline void talk_headers(struct talk *t, bool request, uint32_t stream, uint8_t flags,
				const char *fields)
{
	talk_block(t, request, (struct http2_frame){.type = HTTP2_HEADERS, .flags = flags, .stream = stream},
		   fields);
}

/* flags and fields of a request, or of a response */
static inline void talk_ask(struct talk *t, uint32_t stream, uint8_t flags, const char *fields)
{
	talk_headers(t, true, stream, flags, fields);
}

static inline void talk_answer(struct talk *t, uint32_t stream, uint8_t flags, const char *fields)
{
	talk_headers(t, false, stream, flags, fields);
}

static inline void talk_push(struct talk *t, uint32_t stream, uint32_t promised, const char *fields)
{
	talk_block(t, false,
		   (struct http2_frame){.type = HTTP2_PUSH_PROMISE, .stream = stream, .length = promised},
		   fields);
}

static inline void talk_frame(struct talk *t, bool request, struct http2_frame frame, struct bytes payload)
{
	struct http2_script s = {0};

	http2_script_frame(&s, frame, payload);
	talk_script(t, talk_dir(t, request), &s);
}

static inline void talk_data(struct talk *t, bool request, uint32_t stream, uint8_t flags, const char *text)
{
	struct http2_frame frame = {.type = HTTP2_DATA_FRAME, .flags = flags, .stream = stream};

	talk_frame(t, request, frame, bytes_of_str(text));
}

/* DATA of which only the header, and `shown` bytes, are shipped. */
static inline void talk_skipped(struct talk *t, bool request, struct http2_frame frame, struct bytes shown)
{
	struct http2_script s = {0};
	struct built_event e;

	http2_script_header(&s, frame);
	http2_script_bytes(&s, shown.p, shown.n);
	build_frames(&t->f->conn, &e, talk_dir(t, request), true, bytes_of(s.bytes, s.n));
	build_post_skip(&t->f->conn, &e, frame.length - shown.n);
	send_event(t->f, &e);
	http2_script_release(&s);
}

static inline void talk_reset(struct talk *t, bool request, uint32_t stream, uint8_t code)
{
	uint8_t payload[] = {0, 0, 0, code};

	talk_frame(t, request, (struct http2_frame){.type = HTTP2_RST_STREAM, .stream = stream},
		   bytes_of(payload, sizeof(payload)));
}

static inline void talk_goaway(struct talk *t, bool request, uint32_t last)
{
	uint8_t payload[] = {last >> 24, last >> 16, last >> 8, last, 0, 0, 0, 0};

	talk_frame(t, request, (struct http2_frame){.type = HTTP2_GOAWAY},
		   bytes_of(payload, sizeof(payload)));
}

#endif
