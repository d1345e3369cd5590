/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_http2_frames_gaps.c - long connections cut, skipped, holed and joined at
 * any place: what comes out is the frames that are there, never another.
 *
 * The connections are made of frames of all kinds and sizes; payloads are
 * random bytes, text, small numbers among zeros, and messages of gRPC.
 */
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>

#include "http2_script.h"

#define FRAMES	    600
#define FRAMES_MAX  (2 * FRAMES) /* with CONTINUATIONs */
#define CONNECTIONS 6		 /* half of them a client's */

struct truth {
	struct http2_script script;
	size_t at[FRAMES_MAX]; /* where each frame begins */
	struct http2_frame frames[FRAMES_MAX];
	size_t n;
	bool client;
};

static uint64_t seed;

static uint64_t rnd(void)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (seed * UINT64_C(0x2545f4914f6cdd1d)) >> 16;
}

/* ---- connections ---- */

static uint8_t any_byte(unsigned kind, size_t i)
{
	switch (kind) {
	case 0:
		return rnd();
	case 1:
		return "some text, as in a page\n"[i % 24];
	case 2:
		return rnd() % 4 ? 0 : rnd() % 16;
	default: /* messages of 16 bytes */
		return i % 21 < 4 ? 0 : i % 21 == 4 ? 16 : rnd() % 128;
	}
}

static struct bytes any_bytes(size_t n)
{
	static uint8_t bytes[1 << 16];
	unsigned kind = rnd() % 4;

	for (size_t i = 0; i < n; i++)
		bytes[i] = any_byte(kind, i);
	return bytes_of(bytes, n);
}

/* Header blocks, as they begin. */
static struct bytes any_block(size_t n)
{
	struct bytes block = any_bytes(n);

	((uint8_t *)block.p)[0] = 0x82 + rnd() % 60;
	return block;
}

static size_t any_size(void)
{
	return rnd() % 8 ? 1 + rnd() % 100 : rnd() % 4 ? 1 + rnd() % 2000 : 1 + rnd() % 20000;
}

static void add_data(struct http2_script *s, uint32_t stream)
{
	struct http2_frame frame = {.type = HTTP2_DATA_FRAME, .stream = stream, .flags = rnd() % 2};

	if (rnd() % 6 == 0)
		http2_script_padded(s, frame, any_bytes(any_size()), rnd());
	else
		http2_script_frame(s, frame, any_bytes(any_size()));
}

static void add_headers(struct http2_script *s, uint32_t stream)
{
	struct http2_frame frame = {.type = HTTP2_HEADERS, .stream = stream, .flags = rnd() % 2};
	struct bytes block = any_block(1 + rnd() % 60);

	if (rnd() % 8 == 0) {
		http2_script_block(s, frame, block, 1 + rnd() % 30);
	} else if (rnd() % 4) {
		http2_script_block(s, frame, block, SIZE_MAX);
	} else {
		frame.flags |= HTTP2_FLAG_END_HEADERS | (rnd() % 2 ? HTTP2_FLAG_PRIORITY : 0);
		http2_script_padded(s, frame, block, rnd() % 20);
	}
}

static void add_other(struct http2_script *s, uint32_t stream, bool client)
{
	static const char *const texts[] = {"SETTINGS.0.0=#000300000064000400010000",
					    "SETTINGS.1.0",
					    "PING.0.0=12345678",
					    "PING.1.0=abcdefgh",
					    "WINDOW_UPDATE.0.0=#00010000",
					    "12.0.0=abc",
					    "GOAWAY.0.0=#0000000100000000"};
	struct http2_frame frame = {.type = HTTP2_RST_STREAM, .stream = stream};

	if (rnd() % 4)
		http2_script_text(s, texts[rnd() % 7]);
	else if (rnd() % 3)
		http2_script_frame(s, frame, bytes_of("\0\0\0\x08", 4));
	else if (!client)
		http2_script_text(s, "PUSH_PROMISE.4.1=#0000000282868441");
}

static void find_frames(struct truth *t)
{
	size_t at = t->client ? strlen(HTTP2_PREFACE_TEXT) : 0;

	for (t->n = 0; at < t->script.n; t->n++) {
		const uint8_t *p = t->script.bytes + at;

		ck_assert_uint_lt(t->n, FRAMES_MAX);
		t->at[t->n] = at;
		t->frames[t->n] = (struct http2_frame){.length = p[0] << 16 | p[1] << 8 | p[2],
						       .type = p[3],
						       .flags = p[4],
						       .stream = p[6] << 16 | p[7] << 8 | p[8]};
		at += HTTP2_FRAME_HEADER + t->frames[t->n].length;
	}
}

static struct truth *connection(unsigned number)
{
	static struct truth t;
	uint32_t first = rnd() % 1000000 * 2 + 1;

	http2_script_release(&t.script);
	seed = 77 + number;
	t.client = number % 2;
	http2_script_text(&t.script, t.client ? "PRI SETTINGS.0.0" : "SETTINGS.0.0");
	for (unsigned i = 0; i < FRAMES; i++) {
		uint32_t stream = first + 2 * (i / 4) + 2 * (rnd() % 20);

		switch (rnd() % 4) {
		case 0:
			add_headers(&t.script, stream);
			break;
		case 1:
			add_other(&t.script, stream, t.client);
			break;
		default:
			add_data(&t.script, stream);
		}
	}
	find_frames(&t);
	return &t;
}

/* ---- cut anywhere, and skipped ---- */

struct outputs {
	struct http2_output list[4 * FRAMES_MAX];
	size_t n;
};

static void take(void *ctx, const struct http2_output *out)
{
	struct outputs *o = ctx;

	if (out->kind == HTTP2_MORE)
		return;
	ck_assert_uint_lt(o->n, 4 * FRAMES_MAX);
	o->list[o->n] = *out;
	o->list[o->n++].payload.p = out->payload.p ? (const uint8_t *)"" : NULL;
}

/* Returns the hash of what was shown. */
static uint64_t outputs_of(struct outputs *o, bool client, const struct http2_script *s, size_t step)
{
	struct http2_run r = {.frames = http2_frames_new(client, HTTP2_FROM_START), .seen = take, .ctx = o};

	o->n = 0;
	http2_run_script(&r, s, step, 0);
	http2_frames_free(r.frames);
	return r.hash;
}

static bool same_frame(const struct http2_frame *a, const struct http2_frame *b)
{
	return a->length == b->length && a->type == b->type && a->flags == b->flags && a->stream == b->stream;
}

static bool same_outputs(const struct outputs *a, const struct outputs *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		const struct http2_output *x = &a->list[i], *y = &b->list[i];

		if (x->kind != y->kind || !same_frame(&x->frame, &y->frame) || x->wire != y->wire ||
		    x->promised != y->promised || x->after_loss != y->after_loss || x->n != y->n ||
		    x->payload.n != y->payload.n || !x->payload.p != !y->payload.p)
			return false;
	}
	return true;
}

static void check_complete(const struct truth *t, const struct outputs *o)
{
	size_t n = 0;

	for (size_t i = 0; i < o->n; i++) {
		ck_assert(o->list[i].kind != HTTP2_LOST && o->list[i].kind != HTTP2_BAD);
		if (o->list[i].kind == HTTP2_BEGIN)
			ck_assert(n < t->n && same_frame(&o->list[i].frame, &t->frames[n++]));
	}
	ck_assert_uint_eq(n, t->n);
}

START_TEST(any_split)
{
	static const size_t steps[] = {1, 2, 3, 7, 10, 64, 1000, 16384, 70000};
	static struct outputs whole, cut;
	struct truth *t = connection(_i);
	uint64_t hash = outputs_of(&whole, t->client, &t->script, SIZE_MAX);

	check_complete(t, &whole);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		ck_assert_uint_eq(outputs_of(&cut, t->client, &t->script, steps[i]), hash);
		ck_assert_msg(same_outputs(&whole, &cut), "steps of %zu", steps[i]);
	}
}
END_TEST

/* Adds t's bytes from `from` up to `end`. */
static void copy_part(struct http2_script *to, const struct truth *t, size_t from, size_t end)
{
	http2_script_bytes(to, t->script.bytes + from, end - from);
}

/* As many payloads of DATA as holes can be: from a random byte of the payload on. */
START_TEST(tails_skipped)
{
	static struct outputs whole, skipped;
	struct truth *t = connection(_i);
	struct http2_script s = {0};
	size_t done = 0;

	outputs_of(&whole, t->client, &t->script, SIZE_MAX);
	for (size_t i = 0; i < t->n && s.n_holes < HTTP2_HOLES_MAX; i++) {
		const struct http2_frame *frame = &t->frames[i];
		size_t begin = t->at[i] + HTTP2_FRAME_HEADER + (frame->flags & HTTP2_FLAG_PADDED ? 1 : 0);
		size_t end = t->at[i] + HTTP2_FRAME_HEADER + frame->length, from;

		if (frame->type != HTTP2_DATA_FRAME || end == begin)
			continue;
		from = begin + rnd() % (end - begin);
		copy_part(&s, t, done, from);
		http2_script_hole(&s, rnd() % 2 ? HTTP2_IN_SKIP : HTTP2_IN_GAP, end - from);
		done = end;
	}
	copy_part(&s, t, done, t->script.n);
	for (size_t step = 1; step <= 100000; step *= 10) {
		outputs_of(&skipped, t->client, &s, step);
		ck_assert_msg(same_outputs(&whole, &skipped), "steps of %zu", step);
	}
	http2_script_release(&s);
}
END_TEST

/* ---- the place lost and found ---- */

struct reported {
	const struct truth *t;
	struct http2_frame run[FRAMES_MAX]; /* since the place was found */
	size_t n, next;			    /* t->frames[next..] may come */
	size_t runs, frames, wrong;
};

/* The run is one of the true ones, in their order. */
static void end_run(struct reported *r)
{
	if (!r->n)
		return;
	r->runs++;
	r->frames += r->n;
	for (size_t at = r->next; at + r->n <= r->t->n; at++) {
		size_t i = 0;

		while (i < r->n && same_frame(&r->run[i], &r->t->frames[at + i]))
			i++;
		if (i == r->n) {
			r->next = at + r->n;
			r->n = 0;
			return;
		}
	}
	r->wrong++;
	r->n = 0;
}

static void take_frame(void *ctx, const struct http2_output *out)
{
	struct reported *r = ctx;

	if (out->kind == HTTP2_BEGIN)
		r->run[r->n++] = out->frame;
	else if (out->kind == HTTP2_LOST)
		end_run(r);
	ck_assert_uint_lt(r->n, FRAMES_MAX);
}

static void report(struct reported *r, const struct http2_script *s, enum http2_from from, size_t step)
{
	struct http2_run run = {.frames = http2_frames_new(r->t->client, from), .seen = take_frame, .ctx = r};

	http2_run_script(&run, s, step, 0);
	http2_frames_free(run.frames);
	end_run(r);
}

/* 1 to 4 gaps of any length at any place, of known or unknown length. */
static void add_gaps(struct http2_script *s, const struct truth *t)
{
	size_t at = 0;

	for (int left = 1 + rnd() % 4; left > 0 && at < t->script.n; left--) {
		size_t from = at + rnd() % (t->script.n - at);
		size_t n = 1 + (rnd() % 2 ? rnd() % 50 : rnd() % 20000);

		if (n > t->script.n - from)
			n = t->script.n - from;
		copy_part(s, t, at, from);
		http2_script_hole(s, HTTP2_IN_GAP, rnd() % 2 ? n : 0);
		at = from + n;
	}
	copy_part(s, t, at, t->script.n);
}

START_TEST(any_gaps)
{
	static const size_t steps[] = {SIZE_MAX, 1000, 17};
	struct reported r = {.t = connection(_i)};
	size_t frames = 0;

	for (int trial = 0; trial < 30; trial++) {
		struct http2_script s = {0};

		add_gaps(&s, r.t);
		r.next = 0;
		report(&r, &s, HTTP2_FROM_START, steps[trial % 3]);
		frames += r.t->n;
		http2_script_release(&s);
	}
	printf("gaps, connection %d: %zu of %zu frames in %zu runs, %zu wrong\n", _i, r.frames, frames,
	       r.runs, r.wrong);
	ck_assert_uint_eq(r.wrong, 0);
	ck_assert_uint_gt(r.frames, frames / 2);
}
END_TEST

/* From every 397th byte on, the next 64 KiB. */
START_TEST(any_join)
{
	struct reported r = {.t = connection(_i)};
	size_t joins = 0, found = 0;

	for (size_t at = 1; at < r.t->script.n; at += 397, joins++) {
		struct http2_script s = {0};
		size_t n = r.t->script.n - at, before = r.runs;

		copy_part(&s, r.t, at, at + (n < 65536 ? n : 65536));
		r.next = 0;
		report(&r, &s, HTTP2_FROM_MIDDLE, SIZE_MAX);
		found += r.runs > before;
		http2_script_release(&s);
	}
	printf("joins, connection %d: %zu of %zu found, %zu wrong\n", _i, found, joins, r.wrong);
	ck_assert_uint_eq(r.wrong, 0);
	ck_assert_uint_gt(found, joins * 9 / 10);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("http2_frames_gaps");
	TCase *t = tcase_create("all");

	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, any_split, 0, CONNECTIONS);
	tcase_add_loop_test(t, tails_skipped, 0, CONNECTIONS);
	tcase_add_loop_test(t, any_gaps, 0, CONNECTIONS);
	tcase_add_loop_test(t, any_join, 0, CONNECTIONS);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	return run_suite(suite());
}
