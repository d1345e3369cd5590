/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http2_frames.h"

#include <stdlib.h>

#include "http/http2_frames_state.h"

static void begin_from(struct http2_frames *f, enum http2_from from)
{
	switch (from) {
	case HTTP2_FROM_START:
		f->state = f->client ? H2_PREFACE : H2_HEADER;
		f->expect = H2_SETTINGS_FIRST;
		break;
	case HTTP2_FROM_FRAME:
		f->state = H2_HEADER;
		f->expect = H2_PLAUSIBLE_FIRST;
		f->joined = true;
		break;
	case HTTP2_FROM_MIDDLE:
		f->state = H2_SEARCH;
		f->after_loss = true;
		break;
	}
}

struct http2_frames *http2_frames_new(bool client, enum http2_from from)
{
	struct http2_frames *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->client = client;
	buffer_init(&f->kept, HTTP2_BLOCK_MAX);
	buffer_init(&f->window, HTTP2_SEARCH_MAX);
	begin_from(f, from);
	return f;
}

void http2_frames_free(struct http2_frames *f)
{
	if (!f)
		return;
	buffer_release(&f->kept);
	buffer_release(&f->window);
	free(f);
}

/* ---- outputs and changes of state ---- */

struct http2_output h2_output(const struct http2_frames *f, enum http2_output_kind kind)
{
	return (struct http2_output){.kind = kind, .frame = f->frame};
}

/* Nothing is under way any more. */
static void drop_frame(struct http2_frames *f)
{
	if (f->kept.p)
		buffer_clear(&f->kept);
	f->kept_given = false;
	f->head_n = 0;
	f->in_block = false;
	f->expect = H2_ANY;
	f->after_loss = true;
}

struct http2_output h2_lose(struct http2_frames *f, uint64_t n)
{
	struct http2_output out;

	if (f->state == H2_HEADER || f->state == H2_PREFACE)
		n += f->head_n;
	drop_frame(f);
	if (f->window_at) /* what is left of it is searched */
		buffer_drop_front(&f->window, f->window_at);
	f->window_at = 0;
	f->state = H2_SEARCH;
	f->search_due = f->window.n > 0;
	f->swallowed += n;
	out = h2_output(f, HTTP2_LOST);
	out.n = f->swallowed;
	return out;
}

static void found(struct http2_frames *f)
{
	f->state = H2_HEADER;
	f->joined = true;
}

/* ---- gaps and skips ---- */

static struct http2_output hole_at(struct http2_frames *f, uint64_t n)
{
	if (f->state == H2_NEVER)
		return h2_output(f, HTTP2_MORE);
	if (f->state != H2_SEARCH)
		return h2_lose(f, n);
	h2_search_forget(f);
	f->swallowed += n;
	return h2_output(f, HTTP2_MORE);
}

/* In a frame of DATA; elsewhere a hole may hide where frames begin. */
static bool in_data(const struct http2_frames *f)
{
	return f->state == H2_DATA || (f->state == H2_FIELDS && f->frame.type == HTTP2_DATA_FRAME);
}

/* Uses the input up, or what of it belongs to the frame.  What remains is a hole
 * between frames, seen at the next call. */
static struct http2_output on_hole(struct http2_frames *f, struct http2_input *in)
{
	struct http2_output out;

	if (in->n && in_data(f)) {
		out = h2_data_hidden(f, &in->n);
	} else {
		out = hole_at(f, in->n);
		in->n = 0;
	}
	if (!in->n)
		*in = (struct http2_input){.kind = HTTP2_IN_DATA};
	return out;
}

/* ---- the interface ---- */

/* Lets go of what the last output pointed to. */
static void settle(struct http2_frames *f)
{
	if (f->kept_given) {
		buffer_clear(&f->kept);
		f->kept_given = false;
	}
	if (f->window_at && f->window_at == f->window.n) {
		buffer_clear(&f->window);
		f->window_at = 0;
	}
}

static struct http2_output end_frame(struct http2_frames *f)
{
	f->state = H2_HEADER;
	return h2_output(f, HTTP2_END);
}

/* The frames that were found, as far as they are in the window. */
static struct http2_output replay(struct http2_frames *f)
{
	struct bytes rest = bytes_from(buffer_bytes(&f->window), f->window_at);
	struct http2_output out;

	out = h2_data(f, &rest);
	if (f->state == H2_SEARCH) /* the window begins where this began, at least */
		buffer_drop_front(&f->window, f->window.n - rest.n);
	else
		f->window_at = f->window.n - rest.n;
	f->search_due = f->state == H2_SEARCH && rest.n > 0;
	return out;
}

static struct http2_output take_data(struct http2_frames *f, struct bytes *data)
{
	switch (f->state) {
	case H2_NEVER:
		*data = bytes_of(NULL, 0);
		return h2_output(f, HTTP2_MORE);
	case H2_SEARCH:
		if (h2_search(f, data))
			found(f);
		return h2_output(f, HTTP2_MORE);
	default:
		return h2_data(f, data);
	}
}

/* Something follows without more input: what is due, what is in the window, and
 * a frame without fields. */
static bool has_next(const struct http2_frames *f)
{
	if (f->state == H2_SEARCH)
		return f->search_due;
	return f->state == H2_END || f->window_at < f->window.n || (f->state == H2_FIELDS && !f->n_fields);
}

static struct http2_output next(struct http2_frames *f)
{
	struct bytes none = {NULL, 0};

	if (f->state == H2_END)
		return end_frame(f);
	if (f->state == H2_SEARCH)
		return take_data(f, &none);
	return f->window_at < f->window.n ? replay(f) : h2_data(f, &none);
}

/* One step; HTTP2_MORE does not mean that the input is used up. */
static struct http2_output step(struct http2_frames *f, struct http2_input *in)
{
	if (has_next(f))
		return next(f);
	switch (in->kind) {
	case HTTP2_IN_DATA:
		return take_data(f, &in->data);
	case HTTP2_IN_SKIP:
		if (in->n)
			return on_hole(f, in);
		*in = (struct http2_input){.kind = HTTP2_IN_DATA};
		break;
	case HTTP2_IN_GAP:
		return on_hole(f, in);
	case HTTP2_IN_EOF:
		*in = (struct http2_input){.kind = HTTP2_IN_DATA};
		break;
	}
	return h2_output(f, HTTP2_MORE);
}

struct http2_output http2_frames_next(struct http2_frames *f, struct http2_input *in)
{
	struct http2_output out;

	settle(f);
	do
		out = step(f, in);
	while (out.kind == HTTP2_MORE && (has_next(f) || in->kind != HTTP2_IN_DATA || in->data.n));
	return out;
}

void http2_frames_boundary(struct http2_frames *f)
{
	if (f->state == H2_NEVER || (f->state == H2_HEADER && f->head_n == 0 && f->window_at == f->window.n))
		return;
	h2_search_forget(f);
	drop_frame(f);
	f->state = H2_HEADER;
	f->joined = true;
}
