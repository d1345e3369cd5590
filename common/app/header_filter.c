/* SPDX-License-Identifier: Apache-2.0 */
#include "app/header_filter.h"

#include "http/grpc.h"

/* What is known of a stream. */
#define STREAM_REQUEST	 0x1u /* its request passes --method, --host and --path */
#define STREAM_GRPC	 0x2u
#define STREAM_SENT_END	 0x4u
#define STREAM_RECVD_END 0x8u
#define STREAM_ENDED	 (STREAM_SENT_END | STREAM_RECVD_END)

void header_criteria_release(struct header_criteria *c)
{
	for (size_t i = 0; i < c->n_matches; i++)
		header_match_free(c->matches[i]);
	*c = (struct header_criteria){0};
}

bool header_filter_init(struct header_filter *f, const struct exchange_filter *http,
			const struct header_criteria *criteria)
{
	*f = (struct header_filter){.http = http, .criteria = criteria};
	if (http->n_methods || http->n_hosts || http->n_paths)
		f->needs |= STREAM_REQUEST;
	if (criteria->grpc)
		f->needs |= STREAM_GRPC;
	if (f->needs)
		f->streams = stream_set_new();
	return f->streams || !f->needs;
}

void header_filter_release(struct header_filter *f)
{
	stream_set_free(f->streams);
}

bool header_filter_needs_frames(const struct header_filter *f)
{
	return f->needs;
}

/* ---- streams ---- */

static bool has_prefix(struct bytes name, const char *prefix)
{
	return name.n >= strlen(prefix) && memcmp(name.p, prefix, strlen(prefix)) == 0;
}

/* The content-type tells.  Where it is unknown, as on a connection joined late,
 * so does a name that gRPC keeps for itself: grpc-status of the trailers is
 * rarely that old. */
static bool is_grpc(const struct http2_block *block)
{
	struct bytes type = header_value(block, "content-type");

	if (type.p)
		return grpc_content_type(type);
	for (size_t i = 0; i < block->n_fields; i++)
		if (has_prefix(block->fields[i].name, "grpc-"))
			return true;
	return false;
}

/* As http2_report.c names them: :authority stands for Host, and CONNECT has
 * nothing else (RFC 9113 8.3.1, 8.5). */
static bool request_passes(const struct header_filter *f, const struct http2_block *block)
{
	struct filtered_request request = {
		.method = header_value(block, ":method"),
		.host = header_value(block, ":authority"),
		.path = header_value(block, ":path"),
	};

	if (!request.path.n && bytes_equal(request.method, bytes_of_str("CONNECT")))
		request.path = request.host;
	if (!request.host.n)
		request.host = header_value(block, "host");
	return exchange_filter_request(f->http, &request);
}

/* The stream whose header list it is. */
static uint32_t stream_of(const struct http2_block *block)
{
	return block->kind == HTTP2_PUSH ? block->promised : block->stream;
}

static unsigned learn(struct header_filter *f, const struct http2_block *block)
{
	bool request = block->kind == HTTP2_REQUEST || block->kind == HTTP2_PUSH;
	unsigned bits = 0;

	if (request && f->needs & STREAM_REQUEST && request_passes(f, block))
		bits |= STREAM_REQUEST;
	if (f->needs & STREAM_GRPC && is_grpc(block))
		bits |= STREAM_GRPC;
	if (bits && block->kind == HTTP2_PUSH) /* nothing goes the other way (RFC 9113 8.4) */
		bits |= block->where.sent ? STREAM_RECVD_END : STREAM_SENT_END;
	if (bits)
		stream_set_add(f->streams, block->where.conn, stream_of(block), bits);
	return bits | stream_set_bits(f->streams, block->where.conn, stream_of(block));
}

/* RFC 9113 5.1: a stream is closed when both sides have ended it. */
static void note_end(struct header_filter *f, const struct http2_where *where, uint32_t stream)
{
	unsigned side = where->sent ? STREAM_SENT_END : STREAM_RECVD_END;
	unsigned bits = stream_set_bits(f->streams, where->conn, stream);

	if (!bits)
		return;
	if (((bits | side) & STREAM_ENDED) == STREAM_ENDED)
		stream_set_drop(f->streams, where->conn, stream);
	else
		stream_set_add(f->streams, where->conn, stream, side);
}

static bool is_chosen(const struct header_criteria *c, uint32_t stream)
{
	for (size_t i = 0; i < c->n_streams; i++)
		if (c->streams[i] == stream)
			return true;
	return c->n_streams == 0;
}

/* A promise is seen on one stream and begins another: either number will do. */
static bool stream_passes(struct header_filter *f, const struct http2_block *block)
{
	unsigned bits = f->needs ? learn(f, block) : 0;

	if (block->end_stream && f->needs)
		note_end(f, &block->where, block->stream);
	return (f->needs & ~bits) == 0 &&
	       (is_chosen(f->criteria, block->stream) || is_chosen(f->criteria, stream_of(block)));
}

/* ---- blocks ---- */

/* RFC 9113 8.3.2: three digits; 0: none, or unknown. */
static int status_of(const struct http2_block *block)
{
	struct bytes value = header_value(block, ":status");
	int status = 0;

	if (value.n != 3)
		return 0;
	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] < '0' || value.p[i] > '9')
			return 0;
		status = status * 10 + value.p[i] - '0';
	}
	return status;
}

/* Blocks that have no such thing, as requests, are not asked for: not by "!2xx" either. */
static bool status_passes(const struct exchange_filter *f, const struct http2_block *block)
{
	int status;

	if (f->status.n == 0)
		return true;
	status = status_of(block);
	return status && status_filter_match(&f->status, status);
}

static bool grpc_status_passes(const struct exchange_filter *f, const struct http2_block *block)
{
	struct bytes value;

	if (f->grpc_status.n == 0)
		return true;
	value = header_value(block, "grpc-status");
	return value.p && grpc_status_parse(value) >= 0 &&
	       grpc_status_filter_match(&f->grpc_status, grpc_status_parse(value));
}

static bool matches_pass(const struct header_criteria *c, const struct http2_block *block)
{
	for (size_t i = 0; i < c->n_matches; i++)
		if (!header_match_block(c->matches[i], block))
			return false;
	return true;
}

bool header_filter_block(struct header_filter *f, const struct http2_block *block)
{
	return stream_passes(f, block) && status_passes(f->http, block) &&
	       grpc_status_passes(f->http, block) && matches_pass(f->criteria, block);
}

/* ---- frames ---- */

bool header_filter_frame(struct header_filter *f, const struct http2_frame_record *record)
{
	const struct http2_frame *frame = &record->frame;
	uint64_t conn = record->where.conn;
	unsigned bits = f->needs ? stream_set_bits(f->streams, conn, frame->stream) : 0;

	if (f->needs && frame->type == HTTP2_DATA_FRAME && frame->flags & HTTP2_FLAG_END_STREAM)
		note_end(f, &record->where, frame->stream);
	if (f->needs && frame->type == HTTP2_RST_STREAM)
		stream_set_drop(f->streams, conn, frame->stream);
	return (f->needs & ~bits) == 0 && is_chosen(f->criteria, frame->stream);
}

uint64_t header_filter_given_up(const struct header_filter *f)
{
	uint64_t n = 0;

	for (size_t i = 0; i < f->criteria->n_matches; i++)
		n += header_match_given_up(f->criteria->matches[i]);
	return n;
}
