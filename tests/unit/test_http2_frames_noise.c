/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_http2_frames_noise.c - how easily a search takes for frames what is none.
 *
 * Measured over 8 MiB of each (64 MiB of the random ones), half as a client's
 * and half as a server's bytes, places that were believed:
 *
 *     random bytes, text, JSON, TLS records, HTTP/1, zeros, protobuf      0
 *     arrays of small numbers of 16, 32 and 64 bits                       0
 *     bytes of which nine in ten are 0 and the others less than 10        0
 *
 * Of random places 8 in 64 Mi look like the front of one frame, so three in a row
 * are found with 10^-21.  The numbers among zeros are the hard ones: three headers
 * that are merely plausible, one by one, gave 12 to 280 places in 8 MiB of them.
 */
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>

#include "http/http2_frames.h"

#define MIB   (1024 * 1024)
#define PIECE (64 * 1024)

static uint64_t seed;

/* xorshift64*: the same everywhere */
static uint64_t rnd(void)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return seed * UINT64_C(0x2545f4914f6cdd1d);
}

static void fill_random(uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = rnd() >> 33;
}

/* Repeats what `one` writes (at most 512 bytes, returns how many). */
static void fill_with(uint8_t *p, size_t n, size_t (*one)(uint8_t *to))
{
	uint8_t item[512];

	for (size_t at = 0, part; at < n; at += part) {
		part = one(item);
		part = part < n - at ? part : n - at;
		memcpy(p + at, item, part);
	}
}

static size_t word(uint8_t *to)
{
	static const char *const words[] = {"the ", "frame ", "is\t", "lost,\r\n",
					    "and ", "a ",     "09 ",  "\n\n"};

	return sprintf((char *)to, "%s", words[rnd() >> 61]);
}

static void fill_text(uint8_t *p, size_t n)
{
	fill_with(p, n, word);
}

static size_t json(uint8_t *to)
{
	return sprintf((char *)to, "{\"id\":%u,\"name\":\"n%u\",\"tags\":[null,%u]},\n",
		       (unsigned)(rnd() >> 50), (unsigned)(rnd() >> 40), (unsigned)(rnd() >> 60));
}

static void fill_json(uint8_t *p, size_t n)
{
	fill_with(p, n, json);
}

/* Handshake, alert and application data, of all lengths. */
static size_t tls(uint8_t *to)
{
	size_t n = rnd() % 500;

	to[0] = 0x14 + rnd() % 4;
	to[1] = 3;
	to[2] = 1 + rnd() % 3;
	to[3] = n >> 8;
	to[4] = n;
	fill_random(to + 5, n);
	return 5 + n;
}

static void fill_tls(uint8_t *p, size_t n)
{
	fill_with(p, n, tls);
}

static size_t http1(uint8_t *to)
{
	size_t body = rnd() % 300, n;

	n = sprintf((char *)to, "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: %zu\r\n\r\n",
		    body);
	fill_random(to + n, body);
	return n + body;
}

static void fill_http1(uint8_t *p, size_t n)
{
	fill_with(p, n, http1);
}

static void fill_zeros(uint8_t *p, size_t n)
{
	memset(p, 0, n);
}

/* Messages of gRPC, one after the other: length, fields of small numbers and strings. */
static size_t protobuf(uint8_t *to)
{
	size_t n = 5;

	for (int i = rnd() >> 61; i >= 0; i--) {
		to[n++] = (1 + rnd() % 15) << 3;
		to[n++] = rnd() >> 61;
		to[n++] = (1 + rnd() % 15) << 3 | 2;
		to[n] = rnd() >> 60;
		fill_random(to + n + 1, to[n]);
		n += 1 + to[n];
	}
	memset(to, 0, 5);
	to[3] = (n - 5) >> 8;
	to[4] = n - 5;
	return n;
}

static void fill_protobuf(uint8_t *p, size_t n)
{
	fill_with(p, n, protobuf);
}

static void fill_sparse(uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = rnd() % 10 ? 0 : 1 + rnd() % 9;
}

static void fill_numbers(uint8_t *p, size_t n, size_t width, bool big_endian)
{
	memset(p, 0, n);
	for (size_t i = 0; i + width <= n; i += width)
		p[i + (big_endian ? width - 1 : 0)] = rnd() % 16;
}

static void fill_be16(uint8_t *p, size_t n)
{
	fill_numbers(p, n, 2, true);
}

static void fill_be32(uint8_t *p, size_t n)
{
	fill_numbers(p, n, 4, true);
}

static void fill_be64(uint8_t *p, size_t n)
{
	fill_numbers(p, n, 8, true);
}

static void fill_le32(uint8_t *p, size_t n)
{
	fill_numbers(p, n, 4, false);
}

static const struct {
	const char *name;
	void (*fill)(uint8_t *p, size_t n);
	size_t mib;
	unsigned most; /* places that may be believed */
} noises[] = {
	{"random", fill_random, 64, 0},
	{"text", fill_text, 8, 0},
	{"JSON", fill_json, 8, 0},
	{"TLS records", fill_tls, 8, 0},
	{"HTTP/1", fill_http1, 8, 0},
	{"zeros", fill_zeros, 8, 0},
	{"protobuf", fill_protobuf, 8, 0},
	{"16 bits", fill_be16, 8, 0},
	{"32 bits", fill_be32, 8, 0},
	{"64 bits", fill_be64, 8, 0},
	{"32 bits, little", fill_le32, 8, 0},
	{"sparse", fill_sparse, 8, 0},
};

/* A place that is believed is a first HTTP2_BEGIN, or one behind HTTP2_LOST. */
static unsigned places(struct http2_frames *f, struct bytes data, bool *inside)
{
	struct http2_input in = {.kind = HTTP2_IN_DATA, .data = data};
	struct http2_output out;
	unsigned n = 0;

	while ((out = http2_frames_next(f, &in)).kind != HTTP2_MORE) {
		n += out.kind == HTTP2_BEGIN && !*inside;
		*inside = out.kind != HTTP2_LOST;
	}
	return n;
}

START_TEST(noise)
{
	uint8_t *data = malloc(PIECE);

	for (int client = 0; client <= 1; client++) {
		struct http2_frames *f = http2_frames_new(client, HTTP2_FROM_MIDDLE);
		bool inside = false;
		unsigned n = 0;

		seed = 42 + client;
		for (size_t i = 0; i < noises[_i].mib * MIB / PIECE / 2; i++) {
			noises[_i].fill(data, PIECE);
			n += places(f, bytes_of(data, PIECE), &inside);
		}
		if (n)
			printf("%s, %s: %u places in %zu MiB\n", noises[_i].name,
			       client ? "client" : "server", n, noises[_i].mib / 2);
		ck_assert_msg(n <= noises[_i].most, "%s: %u places", noises[_i].name, n);
		http2_frames_free(f);
	}
	free(data);
}
END_TEST

/* How far from being believed: the share of places that look like one frame. */
START_TEST(one_header)
{
	uint8_t *data = malloc(PIECE);
	unsigned n = 0;

	seed = 42;
	for (size_t i = 0; i < 64 * MIB / PIECE; i++) {
		fill_random(data, PIECE);
		for (size_t at = 0; at + HTTP2_FRAME_HEADER <= PIECE; at++)
			n += http2_frame_plausible(data + at, HTTP2_FRAME_HEADER);
	}
	printf("random: %u of %u places look like one frame\n", n, 64 * MIB);
	ck_assert_uint_le(n, 64);
	free(data);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("http2_frames_noise");
	TCase *t = tcase_create("all");

	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, noise, 0, sizeof(noises) / sizeof(noises[0]));
	tcase_add_test(t, one_header);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	return run_suite(suite());
}
