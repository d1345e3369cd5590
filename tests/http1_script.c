/* SPDX-License-Identifier: Apache-2.0 */
#include "http1_script.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "harness.h"

/* One mapping serves all pieces up to this size: making one costs more than the test. */
#define SMALL_PIECE 256

static struct guarded small;

__attribute__((format(printf, 2, 3))) static void note(struct http1_run *r, const char *format, ...)
{
	va_list args;

	if (r->log_n)
		r->log[r->log_n++] = ' ';
	va_start(args, format);
	r->log_n += vsnprintf(r->log + r->log_n, HTTP1_LOG_MAX - r->log_n, format, args);
	va_end(args);
	ck_assert_uint_lt(r->log_n, HTTP1_LOG_MAX - 1);
}

#define TEXT(b) (int)(b).n, (const char *)(b).p

static void note_head(struct http1_run *r, const struct http1_head *head)
{
	if (head->kind == HTTP1_RESPONSE)
		note(r, "H:%d:%zu", head->status, head->n_fields);
	else
		note(r, "H:%.*s:%.*s:%zu", TEXT(head->method), TEXT(head->target), head->n_fields);
}

static void note_output(struct http1_run *r, const struct http1_output *out)
{
	switch (out->kind) {
	case HTTP1_BEGIN:
		note(r, "B");
		break;
	case HTTP1_HEAD:
		note_head(r, out->head);
		if (out->head->kind == HTTP1_RESPONSE)
			http1_stream_answer_to(r->stream, r->answer_to);
		break;
	case HTTP1_TRAILERS:
		for (size_t i = 0; i < out->head->n_fields; i++)
			note(r, "T:%.*s=%.*s", TEXT(out->head->fields[i].name),
			     TEXT(out->head->fields[i].value));
		break;
	case HTTP1_MORE:
		r->more_bytes = out->bytes;
		break;
	default:
		note(r, "%c%ju", " BHTECL"[out->kind], (uintmax_t)out -> bytes);
	}
}

/* Each input must come to its end: a head costs three outputs, so n bytes have
 * no more than this.  (Check writes to a file for each assertion that holds, which
 * is too slow here.) */
void run_input(struct http1_run *r, struct http1_input in)
{
	size_t most = 4 * in.data.n + 8;
	struct http1_output out;

	do {
		if (most-- == 0)
			ck_abort_msg("no end of outputs: %s", r->log);
		out = http1_stream_next(r->stream, &in);
		note_output(r, &out);
	} while (out.kind != HTTP1_MORE);
	if (in.data.n || in.n)
		ck_abort_msg("input left: %s", r->log);
}

void run_bytes(struct http1_run *r, const char *p, size_t n)
{
	struct guarded own = {0};
	struct bytes data;

	if (!small.map)
		small = guard_copy(bytes_of((uint8_t[SMALL_PIECE]){0}, SMALL_PIECE));
	if (n > SMALL_PIECE)
		own = guard_copy(bytes_of(p, n));
	data = own.map ? own.bytes : guard_again(&small, bytes_of(p, n));
	run_input(r, (struct http1_input){.kind = HTTP1_DATA, .data = data});
	if (own.map)
		guard_free(&own);
}

/* ---- scripts ---- */

static void do_hole(struct http1_run *r, const char *word)
{
	unsigned long long n = 0;

	if (sscanf(word, "{skip %llu}", &n) == 1)
		run_input(r, (struct http1_input){.kind = HTTP1_SKIP, .n = n});
	else if (sscanf(word, "{gap %llu}", &n) == 1 || strncmp(word, "{gap}", 5) == 0)
		run_input(r, (struct http1_input){.kind = HTTP1_GAP, .n = n});
	else if (strncmp(word, "{eof}", 5) == 0)
		run_input(r, (struct http1_input){.kind = HTTP1_EOF});
	else if (strncmp(word, "{boundary}", 10) == 0)
		http1_stream_boundary(r->stream);
	else if (strncmp(word, "{tunnel}", 8) == 0)
		http1_stream_tunnel(r->stream);
	else
		ck_abort_msg("bad script: %s", word);
}

/* Feeds text[0..n) in pieces of `step` bytes, and cut at script position `cut`. */
static void feed_text(struct http1_run *r, const char *text, size_t n, size_t step, const char *cut)
{
	while (n) {
		size_t piece = n < step ? n : step;

		if (cut > text && cut < text + piece)
			piece = cut - text;
		run_bytes(r, text, piece);
		text += piece;
		n -= piece;
	}
}

static void play(struct http1_run *r, const char *script, size_t step, const char *cut)
{
	while (*script) {
		size_t n = strcspn(script, "{");

		feed_text(r, script, n, step, cut);
		script += n;
		if (*script == '{') {
			do_hole(r, script);
			script = strchr(script, '}') + 1;
		}
	}
}

void run_script(struct http1_run *r, const char *script)
{
	play(r, script, SIZE_MAX, NULL);
}

static void play_case(const struct stream_case *c, size_t step, const char *cut, const char *how)
{
	struct http1_run r = {.stream = http1_stream_new(c->kind), .answer_to = c->answer_to};

	ck_assert_ptr_nonnull(r.stream);
	play(&r, c->script, step, cut);
	ck_assert_msg(strcmp(r.log, c->log) == 0, "%s, %s:\n got %s\nwant %s", c->name, how, r.log, c->log);
	ck_assert_msg(http1_stream_idle(r.stream) == !c->busy, "%s, %s: idle", c->name, how);
	http1_stream_free(r.stream);
}

void check_stream_case(const struct stream_case *c)
{
	char how[32];

	play_case(c, SIZE_MAX, NULL, "whole");
	play_case(c, 1, NULL, "bytewise");
	play_case(c, 2, NULL, "in twos");
	for (const char *cut = c->script; *cut; cut++) {
		snprintf(how, sizeof(how), "cut at %zu", (size_t)(cut - c->script));
		play_case(c, SIZE_MAX, cut, how);
	}
}

void check_long_stream(enum http1_kind kind, const char *front, size_t n, const char *back, const char *log)
{
	static const size_t steps[] = {SIZE_MAX, 1, 1000, 4096, 16385};
	size_t front_n = strlen(front), back_n = strlen(back), total = front_n + n + back_n;
	char *text = malloc(total);

	ck_assert_ptr_nonnull(text);
	memcpy(text, front, front_n);
	memset(text + front_n, 'x', n);
	memcpy(text + front_n + n, back, back_n);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct http1_run r = {.stream = http1_stream_new(kind)};

		feed_text(&r, text, total, steps[i], NULL);
		ck_assert_msg(strcmp(r.log, log) == 0, "step %zu: got %s, want %s", steps[i], r.log, log);
		http1_stream_free(r.stream);
	}
	free(text);
}
