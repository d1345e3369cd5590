/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_http1.c - http1_head and http1_stream on hostile bytes.
 *
 * The first byte says which direction and what responses answer; the rest is
 * the stream, in which some byte values that HTTP has no use for are commands
 * (enum command).  The same stream is played whole, as cut by the input, and
 * byte by byte, each piece in memory of its own size: all must give the same.
 * So must skips that come in halves.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "http/http1_stream.h"
#include "require.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum command {
	CMD_SKIP = 0xf5, /* the next byte: how many */
	CMD_GAP = 0xf6,	 /* the next byte: how many; 0: unknown */
	CMD_EOF = 0xf7,
	CMD_BOUNDARY = 0xf8,
	CMD_CUT = 0xf9, /* a piece ends here */
	CMD_TUNNEL = 0xfa,
};

enum mode { WHOLE, AS_CUT, BYTEWISE, SKIPS_HALVED };

/* More than one byte of input can give: a found head gives three. */
#define OUTPUTS_PER_BYTE 4

struct player {
	struct http1_stream *stream;
	enum http1_answer_to answer_to;
	enum mode mode;
	uint64_t *log; /* of one hash per output */
	size_t log_n, log_max;
	uint64_t lost;		/* hash of the bytes of each HTTP1_LOST: half a skip loses half as much */
	uint64_t fed, reported; /* bytes */
};

/* FNV-1a; reads every byte, so a view of memory that is gone shows. */
static uint64_t hash(uint64_t h, struct bytes b)
{
	for (size_t i = 0; i < b.n; i++)
		h = (h ^ b.p[i]) * UINT64_C(0x100000001b3);
	return (h ^ b.n) * UINT64_C(0x100000001b3);
}

static uint64_t hash_fields(uint64_t h, const struct http1_head *head)
{
	REQUIRE(head->n_fields <= HTTP1_FIELDS_MAX);
	for (size_t i = 0; i < head->n_fields; i++) {
		REQUIRE(head->fields[i].name.n > 0);
		h = hash(hash(h, head->fields[i].name), head->fields[i].value);
	}
	return h;
}

static uint64_t hash_head(uint64_t h, const struct http1_head *head)
{
	bool request = head->kind == HTTP1_REQUEST;
	unsigned numbers[] = {head->kind, head->version_minor, head->status, head->body, head->more_fields};

	REQUIRE(request ? head->status == 0 : head->status >= 100 && head->status <= 999);
	REQUIRE(request == (head->method.n > 0) && request == (head->target.n > 0));
	REQUIRE(!request || head->body != HTTP1_BODY_UNTIL_CLOSE);
	REQUIRE(head->body == HTTP1_BODY_LENGTH || head->content_length == 0);
	h = hash(h, bytes_of(numbers, sizeof(numbers)));
	h = hash(h, bytes_of(&head->content_length, sizeof(head->content_length)));
	h = hash(hash(hash(h, head->method), head->target), head->reason);
	return hash_fields(h, head);
}

static void take_output(struct player *p, const struct http1_output *out)
{
	struct bytes bytes = bytes_of(&out->bytes, sizeof(out->bytes));
	uint64_t h = out->kind + 1;

	if (out->kind == HTTP1_LOST)
		p->lost = hash(p->lost, bytes);
	else
		h = hash(h, bytes);
	REQUIRE((out->head != NULL) == (out->kind == HTTP1_HEAD || out->kind == HTTP1_TRAILERS));
	if (out->kind == HTTP1_HEAD)
		h = hash_head(h, out->head);
	else if (out->kind == HTTP1_TRAILERS)
		h = hash_fields(h, out->head);
	if (out->kind == HTTP1_END || out->kind == HTTP1_CUT) {
		p->reported += out->bytes;
		REQUIRE(p->reported <= p->fed);
	}
	if (out->kind == HTTP1_LOST || out->kind == HTTP1_END || out->kind == HTTP1_CUT)
		REQUIRE(http1_stream_idle(p->stream));
	if (out->kind == HTTP1_BEGIN || out->kind == HTTP1_HEAD || out->kind == HTTP1_TRAILERS)
		REQUIRE(!http1_stream_idle(p->stream));
	if (out->kind == HTTP1_HEAD && out->head->kind == HTTP1_RESPONSE)
		http1_stream_answer_to(p->stream, p->answer_to);
	REQUIRE(p->log_n < p->log_max);
	p->log[p->log_n++] = h;
}

static void feed(struct player *p, struct http1_input in)
{
	for (;;) {
		struct http1_output out = http1_stream_next(p->stream, &in);

		if (out.kind == HTTP1_MORE)
			break;
		take_output(p, &out);
	}
	REQUIRE(in.data.n == 0 && in.n == 0);
}

/* A copy of exactly this size, so that the sanitizer sees its ends. */
static void feed_piece(struct player *p, const uint8_t *data, size_t n)
{
	uint8_t *copy = malloc(n);

	REQUIRE(copy);
	memcpy(copy, data, n);
	p->fed += n;
	feed(p, (struct http1_input){.kind = HTTP1_DATA, .data = bytes_of(copy, n)});
	free(copy);
}

static void feed_text(struct player *p, const uint8_t *data, size_t n)
{
	if (p->mode == BYTEWISE) {
		for (size_t i = 0; i < n; i++)
			feed_piece(p, data + i, 1);
	} else if (n) {
		feed_piece(p, data, n);
	}
}

static void feed_skip(struct player *p, uint64_t n)
{
	uint64_t first = p->mode == SKIPS_HALVED ? n / 2 : 0;

	p->fed += n;
	feed(p, (struct http1_input){.kind = HTTP1_SKIP, .n = first});
	feed(p, (struct http1_input){.kind = HTTP1_SKIP, .n = n - first});
}

static void do_command(struct player *p, uint8_t command, uint8_t n)
{
	switch (command) {
	case CMD_SKIP:
		feed_skip(p, n);
		break;
	case CMD_GAP:
		p->fed += n;
		feed(p, (struct http1_input){.kind = HTTP1_GAP, .n = n});
		break;
	case CMD_EOF:
		feed(p, (struct http1_input){.kind = HTTP1_EOF});
		break;
	case CMD_BOUNDARY:
		http1_stream_boundary(p->stream);
		break;
	case CMD_TUNNEL:
		http1_stream_tunnel(p->stream);
		break;
	}
}

static bool is_command(uint8_t c)
{
	return c >= CMD_SKIP && c <= CMD_TUNNEL;
}

static void play(struct player *p, const uint8_t *data, size_t n)
{
	for (size_t at = 0, end; at < n; at = end + 1) {
		for (end = at; end < n && !is_command(data[end]);)
			end++;
		feed_text(p, data + at, end - at);
		if (end == n)
			break;
		do_command(p, data[end], end + 1 < n ? data[end + 1] : 0);
		if (data[end] == CMD_SKIP || data[end] == CMD_GAP)
			end++;
	}
}

static struct player play_new(enum mode mode, uint8_t setup, const uint8_t *data, size_t n)
{
	struct player p = {
		.stream = http1_stream_new(setup & 1 ? HTTP1_RESPONSE : HTTP1_REQUEST),
		.answer_to = (setup >> 1) % 3,
		.mode = mode,
		.log_max = OUTPUTS_PER_BYTE * (n + 1),
	};

	p.log = calloc(p.log_max, sizeof(*p.log));
	REQUIRE(p.stream && p.log);
	play(&p, data, n);
	http1_stream_free(p.stream);
	return p;
}

/* A copy of the script without its cuts; n becomes the copy's. */
static uint8_t *without_cuts(const uint8_t *data, size_t *n)
{
	uint8_t *copy = malloc(*n + 1);
	size_t out = 0;

	REQUIRE(copy);
	for (size_t i = 0; i < *n; i++) {
		if (data[i] == CMD_CUT)
			continue;
		copy[out++] = data[i];
		if ((data[i] == CMD_SKIP || data[i] == CMD_GAP) && i + 1 < *n)
			copy[out++] = data[++i];
	}
	*n = out;
	return copy;
}

static void check_stream(uint8_t setup, const uint8_t *data, size_t n)
{
	size_t uncut_n = n;
	uint8_t *uncut = without_cuts(data, &uncut_n);
	struct player whole = play_new(WHOLE, setup, uncut, uncut_n);

	for (enum mode mode = AS_CUT; mode <= SKIPS_HALVED; mode++) {
		struct player other = play_new(mode, setup, data, n);

		REQUIRE(whole.log_n == other.log_n);
		REQUIRE(memcmp(whole.log, other.log, whole.log_n * sizeof(*whole.log)) == 0);
		REQUIRE(mode == SKIPS_HALVED || whole.lost == other.lost);
		free(other.log);
	}
	free(whole.log);
	free(uncut);
}

/* What is a head has no part that is a head or is wrong. */
static void check_head(const uint8_t *data, size_t n)
{
	struct http1_head head, part;
	size_t consumed, unused;
	struct bytes in = bytes_of(data, n);

	http1_looks_like_start(in);
	if (http1_head_parse(in, &head, &consumed) != PARSE_DONE)
		return;
	REQUIRE(consumed > 0 && consumed <= n && consumed <= HTTP1_HEAD_MAX);
	hash_head(0, &head);
	for (size_t i = 0; i < consumed; i += 1 + i / 8)
		REQUIRE(http1_head_parse(bytes_of(data, i), &part, &unused) == PARSE_MORE);
	REQUIRE(http1_head_parse(bytes_of(data, consumed - 1), &part, &unused) == PARSE_MORE);
	REQUIRE(http1_head_parse(bytes_of(data, consumed), &part, &unused) == PARSE_DONE &&
		unused == consumed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (n == 0)
		return 0;
	check_head(data + 1, n - 1);
	check_stream(data[0], data + 1, n - 1);
	return 0;
}
