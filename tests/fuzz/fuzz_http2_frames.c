/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_http2_frames.c - http2_frames and grpc on hostile bytes.
 *
 * The first byte says which direction and how it begins; the rest is the
 * stream, in which some byte values are commands (enum command).  The same
 * stream is played whole, as cut by the input, and byte by byte, each piece in
 * memory of its own size: all must give the same.  So must skips that come in
 * halves.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "http/grpc.h"
#include "http/http2_frames.h"
#include "require.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum command {
	CMD_SKIP = 0xf5, /* the next byte: how many */
	CMD_GAP = 0xf6,	 /* the next byte: how many; 0: unknown */
	CMD_EOF = 0xf7,
	CMD_BOUNDARY = 0xf8,
	CMD_CUT = 0xf9, /* a piece ends here */
};

enum mode { WHOLE, AS_CUT, BYTEWISE, SKIPS_HALVED };

/* A frame of nine bytes gives three, and its last byte may be a boundary. */
#define OUTPUTS_PER_BYTE 4

struct player {
	struct http2_frames *frames;
	enum mode mode;
	uint64_t *log; /* of one hash per output; payload that follows payload is one */
	size_t log_n, log_max;
	uint64_t payload; /* hash of DATA since the last other output */
	uint64_t payload_n;
	uint64_t lost; /* hash of the bytes of each HTTP2_LOST: half a skip loses half as much */
	uint64_t frame_left;
	bool open, bad;
	struct grpc_counter grpc;
};

#define FNV_PRIME UINT64_C(0x100000001b3)

/* FNV-1a; reads every byte, so a view of memory that is gone shows. */
static uint64_t hash(uint64_t h, struct bytes b)
{
	for (size_t i = 0; i < b.n; i++)
		h = (h ^ b.p[i]) * FNV_PRIME;
	return (h ^ b.n) * FNV_PRIME;
}

static void note(struct player *p, uint64_t h)
{
	REQUIRE(p->log_n < p->log_max);
	p->log[p->log_n++] = h;
}

static void take_payload(struct player *p, const struct http2_output *out)
{
	REQUIRE(p->open && out->n > 0 && out->n <= p->frame_left);
	REQUIRE(out->frame.type == HTTP2_DATA_FRAME);
	REQUIRE(!out->payload.p || out->payload.n == out->n);
	p->frame_left -= out->n;
	p->payload_n += out->n;
	for (uint64_t i = 0; i < out->n; i++)
		p->payload = (p->payload ^ (out->payload.p ? out->payload.p[i] : 256)) * FNV_PRIME;
	grpc_counter_take(&p->grpc, out->payload.p, out->n);
}

static void check_block(const struct http2_output *out)
{
	uint8_t type = out->frame.type;

	REQUIRE(type == HTTP2_HEADERS || type == HTTP2_PUSH_PROMISE);
	REQUIRE(out->payload.n <= HTTP2_BLOCK_MAX);
	REQUIRE(out->payload.n + HTTP2_FRAME_HEADER <= out->wire);
	REQUIRE(type == HTTP2_PUSH_PROMISE || !out->promised);
}

static void check_order(struct player *p, const struct http2_output *out)
{
	REQUIRE(!p->bad);
	switch (out->kind) {
	case HTTP2_BEGIN:
		REQUIRE(!p->open && out->frame.length < 1 << 24);
		p->open = true;
		p->frame_left = out->frame.length;
		break;
	case HTTP2_BLOCK:
		REQUIRE(p->open);
		check_block(out);
		break;
	case HTTP2_END:
		REQUIRE(p->open && out->payload.n <= out->frame.length);
		p->open = false;
		break;
	case HTTP2_LOST:
		p->open = false;
		break;
	default:
		REQUIRE(out->kind == HTTP2_PREFACE || out->kind == HTTP2_BAD);
		p->bad = out->kind == HTTP2_BAD;
	}
}

static void take_output(struct player *p, const struct http2_output *out)
{
	uint64_t numbers[] = {out->kind,	 out->frame.length, out->frame.type, out->frame.flags,
			      out->frame.stream, out->promised,	    out->wire,	     out->after_loss,
			      p->payload,	 p->payload_n,	    p->grpc.lost,    p->grpc.messages,
			      p->grpc.remaining, p->grpc.bytes};

	if (out->kind == HTTP2_PAYLOAD) {
		take_payload(p, out);
		return;
	}
	check_order(p, out);
	if (out->kind == HTTP2_LOST)
		p->lost = hash(p->lost, bytes_of(&out->n, sizeof(out->n)));
	note(p, hash(hash(out->payload.p != NULL, bytes_of(numbers, sizeof(numbers))), out->payload));
	p->payload = p->payload_n = 0;
}

static void feed(struct player *p, struct http2_input in)
{
	for (;;) {
		struct http2_output out = http2_frames_next(p->frames, &in);

		if (out.kind == HTTP2_MORE)
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
	feed(p, (struct http2_input){.kind = HTTP2_IN_DATA, .data = bytes_of(copy, n)});
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

	feed(p, (struct http2_input){.kind = HTTP2_IN_SKIP, .n = first});
	feed(p, (struct http2_input){.kind = HTTP2_IN_SKIP, .n = n - first});
}

static void do_command(struct player *p, uint8_t command, uint8_t n)
{
	switch (command) {
	case CMD_SKIP:
		feed_skip(p, n);
		break;
	case CMD_GAP:
		feed(p, (struct http2_input){.kind = HTTP2_IN_GAP, .n = n});
		break;
	case CMD_EOF:
		feed(p, (struct http2_input){.kind = HTTP2_IN_EOF});
		break;
	case CMD_BOUNDARY:
		http2_frames_boundary(p->frames);
		p->open = false;
		break;
	}
}

static bool is_command(uint8_t c)
{
	return c >= CMD_SKIP && c <= CMD_CUT;
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
		.frames = http2_frames_new(setup & 1, (setup >> 1) % 3),
		.mode = mode,
		.log_max = OUTPUTS_PER_BYTE * (n + 1),
	};

	p.log = calloc(p.log_max, sizeof(*p.log));
	REQUIRE(p.frames && p.log);
	play(&p, data, n);
	note(&p, p.payload);
	http2_frames_free(p.frames);
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

static void check_texts(struct bytes in)
{
	char to[64];
	struct bytes service, method, message = grpc_message_decode(in, to, sizeof(to));

	REQUIRE(message.n <= sizeof(to) && message.n <= in.n);
	if (grpc_split_path(in, &service, &method))
		REQUIRE(service.n + method.n + 2 == in.n);
	REQUIRE(grpc_timeout_ns(in) >= -1);
	REQUIRE(grpc_status_parse(in) >= -1);
	grpc_content_type(in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (n == 0)
		return 0;
	check_texts(bytes_of(data + 1, n - 1));
	check_stream(data[0], data + 1, n - 1);
	return 0;
}
