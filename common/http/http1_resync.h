/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http1_resync.h - finds the next head after the place was lost.
 *
 * A head is believed only when it is whole: a start line, then nothing but
 * field lines, then an empty line, parsed as http1_head_parse() does.  The
 * start line nearest to the empty line counts.  It may follow body bytes in
 * the same line, but not in a line that is a field line itself, because a
 * field's value may quote one.
 */
#ifndef L7SCOPE_HTTP1_RESYNC_H
#define L7SCOPE_HTTP1_RESYNC_H

#include "base/buffer.h"
#include "http/http1_head.h"

/* Of a longer line only the end is searched.  Servers refuse start lines of
 * more than 8 KiB (nginx, apache) by default. */
#define HTTP1_RESYNC_LINE_MAX 16384

struct http1_resync {
	enum http1_kind kind;
	struct buffer kept; /* what may be a head so far, then the line under way */
	size_t head_len;    /* bytes of the former; 0: there is none */
	bool line_cut;	    /* the front of the line under way is gone */
};

/* Allocates nothing. */
void http1_resync_init(struct http1_resync *r, enum http1_kind kind);
void http1_resync_release(struct http1_resync *r);
/* Starts over; what comes next counts as the start of a line. */
void http1_resync_clear(struct http1_resync *r);

/*
 * Takes bytes from the front of *in.  true: found; r->kept is the whole head,
 * *in what follows it.  Until cleared, r must not be fed again then.
 * Out of memory costs the head being collected, no more.
 */
bool http1_resync_feed(struct http1_resync *r, struct bytes *in);

#endif
