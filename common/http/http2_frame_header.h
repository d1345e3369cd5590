/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http2_frame_header.h - what the nine bytes in front of a frame may say.
 *
 * Three measures, each stricter than the one before: frames that are no
 * connection error (the place is certain), frames that look right
 * (http2_frame_plausible()), frames that would hardly come about by chance (a
 * place is searched).
 */
#ifndef L7SCOPE_HTTP2_FRAME_HEADER_H
#define L7SCOPE_HTTP2_FRAME_HEADER_H

#include "http/http2_frames.h"

/* SETTINGS_MAX_FRAME_SIZE unless the peer raised it (RFC 9113 6.5.2). */
#define HTTP2_FRAME_DEFAULT_MAX 16384

/* p: HTTP2_FRAME_HEADER bytes. */
struct http2_frame http2_frame_parse(const uint8_t *p);

/* Bytes in front of DATA, a header block fragment or other content: the pad
 * length, and the priority or the promised stream. */
uint32_t http2_frame_fields(const struct http2_frame *frame);
/* HEADERS, PUSH_PROMISE or CONTINUATION. */
bool http2_frame_in_block(const struct http2_frame *frame);

/* false: a connection error to whoever receives it, so nobody sends it. */
bool http2_frame_possible(const struct http2_frame *frame, bool client);
/* Plausible, and not one of those that zeros and small numbers easily look like.
 * As many bytes as p has (n >= HTTP2_FRAME_HEADER) are looked at. */
bool http2_frame_convincing(const uint8_t *p, size_t n, bool client);

#endif
