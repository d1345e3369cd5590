/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http2_frames_state.h"

/* RFC 9113 3.4 */
static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
#define PREFACE_LEN (sizeof(preface) - 1)

/* Content of no bytes is not the same as content that is not there. */
static const uint8_t no_bytes[1];

static struct http2_output more(const struct http2_frames *f)
{
	return h2_output(f, HTTP2_MORE);
}

static void take(struct bytes *data, size_t n)
{
	*data = bytes_from(*data, n);
}

static struct http2_output never(struct http2_frames *f)
{
	f->state = H2_NEVER;
	return h2_output(f, HTTP2_BAD);
}

static struct http2_output data_in_preface(struct http2_frames *f, struct bytes *data)
{
	while (data->n && f->head_n < PREFACE_LEN) {
		if (data->p[0] != (uint8_t)preface[f->head_n])
			return never(f);
		f->head_n++;
		take(data, 1);
	}
	if (f->head_n < PREFACE_LEN)
		return more(f);
	f->head_n = 0;
	f->state = H2_HEADER;
	f->expect = H2_SETTINGS_FIRST;
	return h2_output(f, HTTP2_PREFACE);
}

/* ---- frame headers ---- */

/* Moves data into f->head until it has n bytes.  true: it has. */
static bool collect_head(struct http2_frames *f, struct bytes *data, size_t n)
{
	size_t part = n - f->head_n;

	if (part > data->n)
		part = data->n;
	if (part)
		memcpy(f->head + f->head_n, data->p, part);
	f->head_n += part;
	take(data, part);
	return f->head_n == n;
}

static bool as_expected(const struct http2_frames *f)
{
	if (f->expect == H2_ANY)
		return true;
	if (!http2_frame_plausible(f->head, sizeof(f->head)) || !http2_frame_possible(&f->frame, f->client))
		return false;
	return f->expect == H2_PLAUSIBLE_FIRST ||
	       (f->frame.type == HTTP2_SETTINGS && !(f->frame.flags & HTTP2_FLAG_ACK));
}

/* RFC 9113 4.3: the frames of a block follow one another. */
static bool in_order(const struct http2_frames *f)
{
	bool continues = f->frame.type == HTTP2_CONTINUATION;

	if (f->in_block)
		return continues && f->frame.stream == f->block.stream;
	return !continues || f->joined;
}

/* The frame is the first of a block, or the first that is seen of one. */
static void open_block(struct http2_frames *f)
{
	f->in_block = true;
	f->orphan = f->frame.type == HTTP2_CONTINUATION;
	f->after_loss |= f->orphan;
	f->block = f->frame;
	f->wire = 0;
	f->promised = 0;
	f->too_long = false;
}

static void enter_frame(struct http2_frames *f)
{
	f->head_n = 0;
	f->n_fields = http2_frame_fields(&f->frame);
	f->left = f->frame.length;
	f->pad = 0;
	if (!http2_frame_in_block(&f->frame))
		f->too_long = f->frame.type > HTTP2_CONTINUATION;
	else if (!f->in_block)
		open_block(f);
	f->wire += HTTP2_FRAME_HEADER + f->frame.length;
	f->joined = false;
	f->expect = H2_ANY;
	f->state = H2_FIELDS;
}

static struct http2_output data_in_header(struct http2_frames *f, struct bytes *data)
{
	struct http2_frame before = f->frame;

	if (f->expect == H2_PLAUSIBLE_FIRST && f->client && f->head_n == 0 && data->p[0] == 'P') {
		f->state = H2_PREFACE; /* a first frame would be of five million bytes */
		return more(f);
	}
	if (!collect_head(f, data, HTTP2_FRAME_HEADER))
		return more(f);
	f->frame = http2_frame_parse(f->head);
	if (!as_expected(f))
		return never(f);
	if (!http2_frame_possible(&f->frame, f->client) || !in_order(f)) {
		f->frame = before;
		return h2_lose(f, 0);
	}
	enter_frame(f);
	return h2_output(f, HTTP2_BEGIN);
}

/* ---- the end of frames and blocks ---- */

/* HTTP2_END, now or when asked again. */
static struct http2_output end_frame(struct http2_frames *f)
{
	f->state = H2_END;
	return more(f);
}

/* All of the frame's content is there: in `direct`, or, when that is NULL, in f->kept. */
static struct bytes content(struct http2_frames *f, const uint8_t *direct, size_t n)
{
	if (f->too_long)
		return bytes_of(NULL, 0);
	if (direct)
		return bytes_of(direct, n);
	f->kept_given = true;
	return f->kept.n ? buffer_bytes(&f->kept) : bytes_of(no_bytes, 0);
}

static struct http2_output give_block(struct http2_frames *f, struct bytes block)
{
	struct http2_output out = h2_output(f, HTTP2_BLOCK);

	out.frame = f->block;
	out.payload = block;
	out.wire = f->wire;
	out.promised = f->promised;
	out.after_loss = f->after_loss;
	f->after_loss = false;
	f->state = H2_END;
	return out;
}

static struct http2_output finish_content(struct http2_frames *f, const uint8_t *direct, size_t n)
{
	bool block = http2_frame_in_block(&f->frame);
	struct http2_output out;

	if (block && !(f->frame.flags & HTTP2_FLAG_END_HEADERS))
		return end_frame(f);
	f->in_block = false;
	if (block && f->orphan)
		return end_frame(f);
	if (block)
		return give_block(f, content(f, direct, n));
	out = h2_output(f, HTTP2_END);
	out.payload = content(f, direct, n);
	f->state = H2_HEADER;
	return out;
}

/* ---- payloads ---- */

/* Whole and at once, so that nothing is copied. */
static bool is_direct(const struct http2_frames *f, struct bytes data)
{
	bool rest_follows = http2_frame_in_block(&f->frame) && !(f->frame.flags & HTTP2_FLAG_END_HEADERS);

	return data.n >= f->left && f->left && !f->kept.n && !rest_follows;
}

/* Adds to f->kept, unless there is no use.  false: out of memory. */
static bool keep(struct http2_frames *f, struct bytes part)
{
	if (f->orphan && http2_frame_in_block(&f->frame))
		return true;
	if (part.n > buffer_room(&f->kept))
		f->too_long = true;
	if (f->too_long) {
		if (f->kept.p)
			buffer_clear(&f->kept);
		return true;
	}
	return buffer_append(&f->kept, part);
}

static struct http2_output data_in_content(struct http2_frames *f, struct bytes *data)
{
	size_t wanted = f->left - f->pad;
	size_t n = data->n < f->left ? data->n : f->left;
	const uint8_t *front = data->p;

	if (is_direct(f, *data) && wanted <= HTTP2_BLOCK_MAX) {
		take(data, f->left);
		f->left = 0;
		return finish_content(f, front, wanted);
	}
	if (f->left > f->pad && !keep(f, bytes_of(front, n < wanted ? n : wanted)))
		return h2_lose(f, 0);
	take(data, n);
	f->left -= n;
	if (f->left < f->pad)
		f->pad = f->left;
	return f->left ? more(f) : finish_content(f, NULL, 0);
}

/* n bytes of payload and padding; p NULL: not shown */
static struct http2_output pass_data(struct http2_frames *f, const uint8_t *p, size_t n)
{
	size_t payload = f->left - f->pad;
	struct http2_output out = h2_output(f, HTTP2_PAYLOAD);

	if (payload > n)
		payload = n;
	f->left -= n;
	if (f->left < f->pad)
		f->pad = f->left;
	if (!f->left)
		f->state = H2_END;
	if (!payload)
		return more(f);
	out.n = payload;
	out.payload = bytes_of(p, p ? payload : 0);
	return out;
}

static struct http2_output data_in_data(struct http2_frames *f, struct bytes *data)
{
	const uint8_t *p = data->p;
	size_t n = data->n < f->left ? data->n : f->left;

	take(data, n);
	return pass_data(f, p, n);
}

struct http2_output h2_data_hidden(struct http2_frames *f, uint64_t *n)
{
	size_t part;

	if (f->state == H2_FIELDS) { /* how much padding there is stays unknown */
		f->state = H2_DATA;
		f->left -= f->n_fields;
		*n -= f->n_fields;
	}
	part = *n < f->left ? *n : f->left;
	*n -= part;
	return pass_data(f, NULL, part);
}

/* ---- the fields in front of the content ---- */

/* false: more padding than there is room for, a connection error (6.1, 6.2, 6.6) */
static bool read_fields(struct http2_frames *f)
{
	const uint8_t *p = f->head;

	f->left -= f->n_fields;
	if (f->frame.flags & HTTP2_FLAG_PADDED && f->n_fields)
		f->pad = *p++;
	if (f->frame.type == HTTP2_PUSH_PROMISE)
		f->promised = ((uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3]) & 0x7fffffff;
	f->head_n = 0;
	return f->pad <= f->left;
}

static struct http2_output data_in_fields(struct http2_frames *f, struct bytes *data)
{
	if (!collect_head(f, data, f->n_fields))
		return more(f);
	if (!read_fields(f))
		return h2_lose(f, 0);
	if (f->frame.type == HTTP2_DATA_FRAME) {
		f->state = f->left ? H2_DATA : H2_END;
		return more(f);
	}
	f->state = H2_CONTENT;
	return f->left ? more(f) : finish_content(f, NULL, 0);
}

static struct http2_output data_step(struct http2_frames *f, struct bytes *data)
{
	switch (f->state) {
	case H2_PREFACE:
		return data_in_preface(f, data);
	case H2_HEADER:
		return data_in_header(f, data);
	case H2_FIELDS:
		return data_in_fields(f, data);
	case H2_DATA:
		return data_in_data(f, data);
	default:
		return data_in_content(f, data);
	}
}

/* A frame without content is complete with its header: that needs no more data. */
static bool goes_on(const struct http2_frames *f, struct bytes data)
{
	if (f->state == H2_FIELDS)
		return data.n || f->n_fields == 0;
	return data.n && f->state != H2_END;
}

struct http2_output h2_data(struct http2_frames *f, struct bytes *data)
{
	struct http2_output out = more(f);

	while (out.kind == HTTP2_MORE && goes_on(f, *data))
		out = data_step(f, data);
	return out;
}
