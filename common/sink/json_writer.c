/* SPDX-License-Identifier: Apache-2.0 */
#include "sink/json_writer.h"

#include <stddef.h>
#include <stdlib.h>
#include <yajl/yajl_gen.h>

#include "sink/utf8.h"

/* Keys and numbers; longer tokens are worth a call of memcpy(). */
#define SHORT_TOKEN 16

/* Called some 120 times per record, mostly with a quote, a comma or a colon. */
static void print(void *ctx, const char *p, size_t n)
{
	struct text *out = ctx;

	if (n == 1) {
		text_put_char(out, *p);
	} else if (n > SHORT_TOKEN) {
		text_put(out, p, n);
	} else if (text_reserve(out, n)) {
		for (size_t i = 0; i < n; i++)
			out->p[out->n + i] = p[i];
		out->n += n;
	}
}

/*
 * What yajl allocates: a generator of some 700 bytes, and a buffer that is given
 * back when there is a callback.  It does not look whether it got the second one
 * (yajl 2.1.0), so there is memory for both, or none.
 */
struct memory {
	size_t used;
	_Alignas(max_align_t) char bytes[4096];
};

static void *take(void *ctx, size_t n)
{
	size_t size = (n + _Alignof(max_align_t) - 1) & ~(_Alignof(max_align_t) - 1);
	struct memory *m = ctx;
	void *p;

	if (size > sizeof(m->bytes) - m->used)
		return NULL;
	p = m->bytes + m->used;
	m->used += size;
	return p;
}

static void *take_more(void *ctx, void *p, size_t n)
{
	(void)ctx;
	(void)p;
	(void)n;
	return NULL;
}

static void give_back(void *ctx, void *p)
{
	(void)ctx;
	(void)p;
}

bool json_writer_init(struct json_writer *w, struct text *out)
{
	yajl_alloc_funcs from = {take, take_more, give_back, NULL};

	*w = (struct json_writer){.out = out, .memory = calloc(1, sizeof(struct memory))};
	if (!w->memory)
		return false;
	from.ctx = w->memory;
	w->gen = yajl_gen_alloc(&from);
	return w->gen && yajl_gen_config(w->gen, yajl_gen_print_callback, print, out);
}

void json_writer_release(struct json_writer *w)
{
	if (w->gen)
		yajl_gen_free(w->gen);
	free(w->memory);
	text_release(&w->token);
}

void json_begin(struct json_writer *w)
{
	yajl_gen_map_open(w->gen);
}

void json_end(struct json_writer *w)
{
	yajl_gen_map_close(w->gen);
	yajl_gen_reset(w->gen, NULL);
	text_put_char(w->out, '\n');
}

void json_key(struct json_writer *w, const char *key)
{
	yajl_gen_string(w->gen, (const unsigned char *)key, strlen(key));
}

/* yajl_gen_number() appends its text as it is: the door for ready tokens.
 * Out of memory: null, and the text's `failed` is passed on. */
static void put_token(struct json_writer *w)
{
	if (w->token.failed) {
		w->out->failed = true;
		yajl_gen_null(w->gen);
		return;
	}
	yajl_gen_number(w->gen, w->token.p, w->token.n);
}

static void put_escape(struct text *t, uint32_t code)
{
	if (code > 0xffff) {
		/* a surrogate pair (RFC 8259 section 7) */
		put_escape(t, 0xd800 + ((code - 0x10000) >> 10));
		code = 0xdc00 + ((code - 0x10000) & 0x3ff);
	}
	text_put(t, "\\u", 2);
	text_put_hex(t, code, 4);
}

/* Appends one character or one bad byte; returns its length in `in`. */
static size_t put_one(struct text *t, struct bytes in)
{
	uint32_t code;
	size_t n = utf8_decode(in, &code);

	if (n == 0) {
		put_escape(t, 0xfffd);
		return 1;
	}
	if (code == '"' || code == '\\') {
		text_put_char(t, '\\');
		text_put_char(t, (char)code);
	} else if (utf8_is_shown(code)) {
		text_put(t, in.p, n);
	} else {
		put_escape(t, code);
	}
	return n;
}

/* Most strings need no escape at all: one copy. */
static bool put_plain(struct text *t, struct bytes value)
{
	char *p;

	if (utf8_plain_prefix(value) < value.n || !text_reserve(t, value.n + 2))
		return false;
	p = t->p + t->n;
	*p = '"';
	if (value.n)
		memcpy(p + 1, value.p, value.n);
	p[value.n + 1] = '"';
	t->n += value.n + 2;
	return true;
}

static void put_escaped(struct text *t, struct bytes value)
{
	text_put_char(t, '"');
	while (value.n) {
		size_t plain = utf8_plain_prefix(value);

		text_put(t, value.p, plain);
		value = bytes_from(value, plain);
		if (value.n)
			value = bytes_from(value, put_one(t, value));
	}
	text_put_char(t, '"');
}

void json_string(struct json_writer *w, struct bytes value)
{
	text_clear(&w->token);
	if (!put_plain(&w->token, value))
		put_escaped(&w->token, value);
	put_token(w);
}

void json_u64(struct json_writer *w, uint64_t value)
{
	text_clear(&w->token);
	text_put_u64(&w->token, value);
	put_token(w);
}

void json_bool(struct json_writer *w, bool value)
{
	yajl_gen_bool(w->gen, value);
}

void json_null(struct json_writer *w)
{
	yajl_gen_null(w->gen);
}

void json_open_map(struct json_writer *w)
{
	yajl_gen_map_open(w->gen);
}

void json_close_map(struct json_writer *w)
{
	yajl_gen_map_close(w->gen);
}

void json_open_array(struct json_writer *w)
{
	yajl_gen_array_open(w->gen);
}

void json_close_array(struct json_writer *w)
{
	yajl_gen_array_close(w->gen);
}
