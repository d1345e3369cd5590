/* SPDX-License-Identifier: Apache-2.0 */
/* http1_start_line.h - request line and status line (RFC 9112 3 and 4). */
#ifndef L7SCOPE_HTTP1_START_LINE_H
#define L7SCOPE_HTTP1_START_LINE_H

#include "http/http1_head.h"

/* Fills kind, version_minor and the parts of `line` (without its line end);
 * the parts of the other kind become empty. */
bool http1_start_line_parse(struct bytes line, struct http1_head *head);

/*
 * May a start line of this kind that begins with `before` go on with `c`?
 * Rules out what is not HTTP long before a line end comes along, at the same
 * byte however the input is split.  Once it is settled, anything may follow.
 */
bool http1_start_settled(enum http1_kind kind, struct bytes before);
bool http1_start_continues(enum http1_kind kind, struct bytes before, uint8_t c);

#endif
