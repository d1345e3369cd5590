/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP/2 streams of bytes, cut into frames: requests without a body, and answers with one of 1 KB and of 16
 * KB. */
#include "http/http2_frames.h"
#include "parse_bench.h"

#define MESSAGES 2000
#define BLOCK	 60 /* a header block whose fields are mostly in the table */

static void put_frame(uint8_t **at, size_t length, uint8_t type, uint8_t flags, uint32_t stream)
{
	uint8_t *p = *at;

	p[0] = (uint8_t)(length >> 16);
	p[1] = (uint8_t)(length >> 8);
	p[2] = (uint8_t)length;
	p[3] = type;
	p[4] = flags;
	p[5] = (uint8_t)(stream >> 24);
	p[6] = (uint8_t)(stream >> 16);
	p[7] = (uint8_t)(stream >> 8);
	p[8] = (uint8_t)stream;
	memset(p + HTTP2_FRAME_HEADER, 'x', length);
	*at += HTTP2_FRAME_HEADER + length;
}

struct stream {
	bool client;
	struct bytes bytes;
};

static void run_ours(const struct parse_workload *w)
{
	const struct stream *s = w->input;
	struct http2_frames *frames = http2_frames_new(s->client, HTTP2_FROM_FRAME);
	struct http2_input in = {.kind = HTTP2_IN_DATA, .data = s->bytes};
	struct http2_output out;

	do {
		out = http2_frames_next(frames, &in);
		parse_checksum += out.kind == HTTP2_END;
	} while (out.kind != HTTP2_MORE && out.kind != HTTP2_BAD && out.kind != HTTP2_LOST);
	if (out.kind != HTTP2_MORE || parse_checksum != w->fields)
		parse_fail("http2_frames_next() does not find all frames");
	http2_frames_free(frames);
}

static struct parse_workload make(const char *name, bool client, size_t body)
{
	struct stream *s = malloc(sizeof(*s));
	uint8_t *room = malloc(MESSAGES * (BLOCK + body + 2 * HTTP2_FRAME_HEADER)), *at = room;
	struct parse_workload w = {.name = name, .input = s, .fields = MESSAGES * (body ? 2 : 1)};

	if (!s || !room)
		parse_fail("out of memory");
	for (unsigned i = 0; i < MESSAGES; i++) {
		put_frame(&at, BLOCK, HTTP2_HEADERS,
			  HTTP2_FLAG_END_HEADERS | (body ? 0 : HTTP2_FLAG_END_STREAM), i * 2 + 1);
		if (body)
			put_frame(&at, body, HTTP2_DATA_FRAME, HTTP2_FLAG_END_STREAM, i * 2 + 1);
	}
	s->client = client;
	s->bytes = bytes_of(room, (size_t)(at - room));
	w.bytes = s->bytes.n;
	return w;
}

int main(int argc, char **argv)
{
	const struct parse_workload workloads[] = {
		make("requests", true, 0),
		make("answers of 1 KB", false, 1024),
		make("answers of 16 KB", false, 16384),
	};
	const struct parse_who whos[PARSE_WHO] = {{"ours", run_ours}};

	return parse_main(argc, argv, "HTTP/2 frames", workloads, sizeof(workloads) / sizeof(workloads[0]),
			  whos);
}
