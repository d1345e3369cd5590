/* SPDX-License-Identifier: Apache-2.0 */
#include "http2_script.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "harness.h"

/* Longer scripts are cut at so many places only. */
#define CUTS_MAX 500

/* ---- building ---- */

void http2_script_release(struct http2_script *s)
{
	free(s->bytes);
	*s = (struct http2_script){0};
}

static uint8_t *add(struct http2_script *s, size_t n)
{
	if (s->n + n > s->cap) {
		s->cap = 2 * (s->n + n) + 64;
		s->bytes = realloc(s->bytes, s->cap);
		if (!s->bytes)
			ck_abort_msg("no memory");
	}
	s->n += n;
	return s->bytes + s->n - n;
}

void http2_script_bytes(struct http2_script *s, const void *p, size_t n)
{
	if (n)
		memcpy(add(s, n), p, n);
}

static void add_u32(struct http2_script *s, uint32_t v)
{
	uint8_t b[] = {v >> 24, v >> 16, v >> 8, v};

	http2_script_bytes(s, b, sizeof(b));
}

void http2_script_header(struct http2_script *s, struct http2_frame frame)
{
	uint8_t b[] = {frame.length >> 16, frame.length >> 8, frame.length, frame.type, frame.flags};

	http2_script_bytes(s, b, sizeof(b));
	add_u32(s, frame.stream);
}

void http2_script_frame(struct http2_script *s, struct http2_frame frame, struct bytes payload)
{
	frame.length = payload.n;
	http2_script_header(s, frame);
	http2_script_bytes(s, payload.p, payload.n);
}

void http2_script_padded(struct http2_script *s, struct http2_frame frame, struct bytes content, uint8_t pad)
{
	static const uint8_t priority[] = {0, 0, 0, 0, 16};
	bool has_priority = frame.type == HTTP2_HEADERS && frame.flags & HTTP2_FLAG_PRIORITY;

	frame.flags |= HTTP2_FLAG_PADDED;
	frame.length = 1 + (has_priority ? sizeof(priority) : 0) + content.n + pad;
	http2_script_header(s, frame);
	http2_script_bytes(s, &pad, 1);
	http2_script_bytes(s, priority, has_priority ? sizeof(priority) : 0);
	http2_script_bytes(s, content.p, content.n);
	memset(add(s, pad), 0, pad);
}

void http2_script_block(struct http2_script *s, struct http2_frame frame, struct bytes block, size_t part)
{
	for (;;) {
		size_t n = block.n < part ? block.n : part;

		frame.flags =
			(frame.flags & ~HTTP2_FLAG_END_HEADERS) | (n == block.n ? HTTP2_FLAG_END_HEADERS : 0);
		http2_script_frame(s, frame, bytes_of(block.p, n));
		if (n == block.n)
			break;
		block = bytes_from(block, n);
		frame = (struct http2_frame){.type = HTTP2_CONTINUATION, .stream = frame.stream};
	}
}

void http2_script_hole(struct http2_script *s, enum http2_input_kind kind, uint64_t n)
{
	if (s->n_holes == HTTP2_HOLES_MAX)
		ck_abort_msg("too many holes");
	s->holes[s->n_holes++] = (struct http2_hole){s->n, kind, n};
}

/* ---- text ---- */

static void add_hex(struct http2_script *s, const char *text, size_t n)
{
	for (size_t i = 0; i + 1 < n; i += 2) {
		char digits[] = {text[i], text[i + 1], '\0'};

		*add(s, 1) = strtoul(digits, NULL, 16);
	}
}

/* Text, or hex behind a '#'. */
static void add_text(struct http2_script *s, const char *text, size_t n)
{
	if (n && *text == '#')
		add_hex(s, text + 1, n - 1);
	else
		http2_script_bytes(s, text, n);
}

static uint8_t type_of(const char *name)
{
	for (unsigned i = 0; i <= HTTP2_CONTINUATION; i++)
		if (strcmp(http2_frame_name(i), name) == 0)
			return i;
	return strtoul(name, NULL, 0);
}

static void set_length(uint8_t *header, size_t n)
{
	header[0] = n >> 16;
	header[1] = n >> 8;
	header[2] = n;
}

static void add_frame_word(struct http2_script *s, const char *word, size_t n)
{
	char name[32], rest = '\0';
	unsigned flags, stream, count = 0;
	size_t at = s->n, payload;
	int used = 0;

	if (sscanf(word, "%31[A-Z_0-9x].%x.%u%n%c%u", name, &flags, &stream, &used, &rest, &count) < 3)
		ck_abort_msg("bad script: %s", word);
	http2_script_header(s, (struct http2_frame){.type = type_of(name), .flags = flags, .stream = stream});
	payload = s->n;
	if ((size_t)used < n && rest == '=')
		add_text(s, word + used + 1, n - used - 1);
	else if ((size_t)used < n && rest == '*')
		memset(add(s, count), 'x', count);
	set_length(s->bytes + at, (size_t)used < n && rest == '~' ? count : s->n - payload);
}

static void add_hole_word(struct http2_script *s, const char *word)
{
	unsigned long long n = 0;

	if (sscanf(word, "{skip %llu}", &n) == 1)
		http2_script_hole(s, HTTP2_IN_SKIP, n);
	else if (sscanf(word, "{gap %llu}", &n) == 1 || strncmp(word, "{gap}", 5) == 0)
		http2_script_hole(s, HTTP2_IN_GAP, n);
	else if (strncmp(word, "{eof}", 5) == 0)
		http2_script_hole(s, HTTP2_IN_EOF, 0);
	else if (strncmp(word, "{boundary}", 10) == 0)
		http2_script_hole(s, HTTP2_IN_DATA, 0);
	else
		ck_abort_msg("bad script: %s", word);
}

void http2_script_text(struct http2_script *s, const char *text)
{
	while (*(text += strspn(text, " "))) {
		size_t n = *text == '{' ? strcspn(text, "}") + 1 : strcspn(text, " ");

		if (*text == '{')
			add_hole_word(s, text);
		else if (*text == '"')
			add_text(s, text + 1, n - 1);
		else if (n == 3 && strncmp(text, "PRI", 3) == 0)
			http2_script_bytes(s, HTTP2_PREFACE_TEXT, strlen(HTTP2_PREFACE_TEXT));
		else
			add_frame_word(s, text, n);
		text += n;
	}
}

/* ---- running ---- */

__attribute__((format(printf, 2, 3))) static void note(struct http2_run *r, const char *format, ...)
{
	va_list args;

	if (r->log_n)
		r->log[r->log_n++] = ' ';
	va_start(args, format);
	r->log_n += vsnprintf(r->log + r->log_n, HTTP2_RUN_LOG_MAX - r->log_n, format, args);
	va_end(args);
	if (r->log_n >= HTTP2_RUN_LOG_MAX - 1)
		ck_abort_msg("log too long");
}

static void hash(struct http2_run *r, struct bytes b)
{
	for (size_t i = 0; i < b.n; i++)
		r->hash = (r->hash ^ b.p[i]) * UINT64_C(0x100000001b3);
}

static void note_begin(struct http2_run *r, const struct http2_frame *frame)
{
	const char *name = http2_frame_name(frame->type);

	if (name)
		note(r, "<%s.%x.%u", name, frame->flags, frame->stream);
	else
		note(r, "<%u.%x.%u", frame->type, frame->flags, frame->stream);
}

static void note_block(struct http2_run *r, const struct http2_output *out)
{
	char promised[16] = "";
	bool text = out->payload.n <= 64;

	if (out->promised)
		snprintf(promised, sizeof(promised), ">%u", out->promised);
	if (!out->payload.p)
		note(r, "%s[%u%s:-:%u]", out->after_loss ? "!" : "", out->frame.stream, promised, out->wire);
	else
		note(r, "%s[%u%s:%.*s:%u]", out->after_loss ? "!" : "", out->frame.stream, promised,
		     text ? (int)out->payload.n : 3, text ? (const char *)out->payload.p : "...", out->wire);
}

static void note_output(struct http2_run *r, const struct http2_output *out)
{
	switch (out->kind) {
	case HTTP2_PREFACE:
		note(r, "P");
		break;
	case HTTP2_BEGIN:
		note_begin(r, &out->frame);
		break;
	case HTTP2_BLOCK:
		note_block(r, out);
		break;
	case HTTP2_END:
		if (out->frame.type == HTTP2_DATA_FRAME)
			note(r, ">%ju", (uintmax_t)r->payload);
		else if (out->payload.p)
			note(r, ">%zu", out->payload.n);
		else
			note(r, ">-");
		break;
	case HTTP2_LOST:
		note(r, "L%ju", (uintmax_t)out->n);
		break;
	case HTTP2_BAD:
		note(r, "X");
		break;
	default:
		break;
	}
}

static void take_output(struct http2_run *r, const struct http2_output *out)
{
	hash(r, out->payload);
	if (out->kind == HTTP2_BEGIN)
		r->payload = 0;
	if (out->kind == HTTP2_PAYLOAD)
		r->payload += out->n;
	else if (r->seen)
		r->seen(r->ctx, out);
	else
		note_output(r, out);
}

/* Each input must come to its end: nine bytes give three outputs, and a search
 * may give what was fed before. */
void http2_run_input(struct http2_run *r, struct http2_input in)
{
	size_t most = 4 * in.data.n + HTTP2_BLOCK_MAX;
	struct http2_output out;

	do {
		if (most-- == 0)
			ck_abort_msg("no end of outputs: %s", r->log);
		out = http2_frames_next(r->frames, &in);
		take_output(r, &out);
	} while (out.kind != HTTP2_MORE);
	if (in.data.n || in.n)
		ck_abort_msg("input left: %s", r->log);
}

/* Each piece in memory of its own size, so that the sanitizer sees its end and
 * whether it is used afterwards. */
static void run_bytes(struct http2_run *r, const uint8_t *p, size_t n)
{
	uint8_t *copy = malloc(n);

	if (!copy)
		return; /* a test of failing allocations */
	memcpy(copy, p, n);
	http2_run_input(r, (struct http2_input){.kind = HTTP2_IN_DATA, .data = bytes_of(copy, n)});
	free(copy);
}

static void run_hole(struct http2_run *r, const struct http2_hole *hole)
{
	if (hole->kind == HTTP2_IN_DATA)
		http2_frames_boundary(r->frames);
	else
		http2_run_input(r, (struct http2_input){.kind = hole->kind, .n = hole->n});
}

void http2_run_script(struct http2_run *r, const struct http2_script *s, size_t step, size_t cut)
{
	size_t at = 0;

	for (size_t i = 0; i <= s->n_holes; i++) {
		size_t end = i < s->n_holes ? s->holes[i].at : s->n;

		while (at < end) {
			size_t piece = end - at < step ? end - at : step;

			if (cut > at && cut < at + piece)
				piece = cut - at;
			run_bytes(r, s->bytes + at, piece);
			at += piece;
		}
		if (i < s->n_holes)
			run_hole(r, &s->holes[i]);
	}
}

/* Returns the hash of what was shown. */
static uint64_t check_once(const struct http2_case *c, const struct http2_script *s, size_t step, size_t cut)
{
	struct http2_run r = {.frames = http2_frames_new(c->client, c->from)};

	http2_run_script(&r, s, step, cut);
	if (strcmp(r.log, c->log) != 0)
		ck_abort_msg("%s, steps of %zu, cut at %zu:\n got %s\nwant %s", c->name, step, cut, r.log,
			     c->log);
	http2_frames_free(r.frames);
	return r.hash;
}

void http2_check_case(const struct http2_case *c)
{
	struct http2_script s = {0};
	uint64_t whole;

	http2_script_text(&s, c->script);
	whole = check_once(c, &s, SIZE_MAX, 0);
	for (size_t step = 1; step <= 2; step++)
		if (check_once(c, &s, step, 0) != whole)
			ck_abort_msg("%s: other content in steps of %zu", c->name, step);
	for (size_t cut = 1; cut < s.n; cut += 1 + s.n / CUTS_MAX)
		if (check_once(c, &s, SIZE_MAX, cut) != whole)
			ck_abort_msg("%s: other content when cut at %zu", c->name, cut);
	http2_script_release(&s);
}
