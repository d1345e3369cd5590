/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http1_resync.h"

#include <string.h>

#include "http/http1_fields.h"
#include "http/http1_start_line.h"
#include "http/http1_syntax.h"

void http1_resync_init(struct http1_resync *r, enum http1_kind kind)
{
	*r = (struct http1_resync){.kind = kind};
	buffer_init(&r->kept, HTTP1_HEAD_MAX + HTTP1_RESYNC_LINE_MAX);
}

void http1_resync_release(struct http1_resync *r)
{
	buffer_release(&r->kept);
}

void http1_resync_clear(struct http1_resync *r)
{
	buffer_clear(&r->kept);
	r->head_len = 0;
	r->line_cut = false;
}

static bool is_start_line(const struct http1_resync *r, struct bytes line, struct http1_head *head)
{
	return http1_looks_like_start(line) && http1_start_line_parse(line, head) && head->kind == r->kind;
}

/* Where in `line` a start line begins that goes on to its end, the last such
 * place; line.n when there is none.  A request line has no control characters,
 * so one ends the search: hostile lines cost no more than long ones. */
static size_t start_line_within(const struct http1_resync *r, struct bytes line, struct http1_head *head)
{
	for (size_t at = line.n; at-- > 0;) {
		if (is_start_line(r, bytes_from(line, at), head))
			return at;
		if (r->kind == HTTP1_REQUEST && line.p[at] < ' ')
			break;
	}
	return line.n;
}

/* Forgets the first n bytes kept; the rest begins a head, or not. */
static void keep_from(struct http1_resync *r, size_t n, bool as_head)
{
	buffer_drop_front(&r->kept, n);
	r->head_len = as_head ? r->kept.n : 0;
}

static bool is_whole_head(const struct http1_resync *r, struct http1_head *head)
{
	size_t consumed;

	return r->head_len && http1_head_parse(buffer_bytes(&r->kept), head, &consumed) == PARSE_DONE &&
	       consumed == r->kept.n;
}

/* The line under way is complete.  true: it completes a head. */
static bool take_line(struct http1_resync *r)
{
	struct http1_head head;
	struct bytes line = line_text(r->kept.p + r->head_len, r->kept.p + r->kept.n - 1);
	size_t at;

	if (line.n == 0) {
		if (is_whole_head(r, &head))
			return true;
		keep_from(r, r->kept.n, false);
	} else if (is_start_line(r, line, &head)) {
		keep_from(r, r->head_len, true);
	} else if (!r->line_cut && http1_is_field_line(line)) {
		if (r->head_len && r->kept.n <= HTTP1_HEAD_MAX)
			r->head_len = r->kept.n;
		else
			keep_from(r, r->kept.n, false);
	} else {
		at = start_line_within(r, line, &head);
		keep_from(r, at < line.n ? r->head_len + at : r->kept.n, at < line.n);
	}
	r->line_cut = false;
	return false;
}

/* Drops the front half, always at the same place in the line, so that what is
 * found does not depend on how the input is split. */
static void cut_line(struct http1_resync *r)
{
	keep_from(r, r->head_len + HTTP1_RESYNC_LINE_MAX / 2, false);
	r->line_cut = true;
}

bool http1_resync_feed(struct http1_resync *r, struct bytes *in)
{
	while (in->n) {
		size_t room = HTTP1_RESYNC_LINE_MAX - (r->kept.n - r->head_len);
		size_t n = in->n < room ? in->n : room;
		const uint8_t *nl = memchr(in->p, '\n', n);
		bool kept;

		if (nl)
			n = nl + 1 - in->p;
		kept = buffer_append(&r->kept, bytes_of(in->p, n));
		*in = bytes_from(*in, n);
		if (!kept) { /* what is left of this line may still end in a start line */
			http1_resync_clear(r);
			r->line_cut = !nl;
		} else if (nl) {
			if (take_line(r))
				return true;
		} else if (n == room) {
			cut_line(r);
		}
	}
	return false;
}
