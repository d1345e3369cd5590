/* SPDX-License-Identifier: Apache-2.0 */
/* http2_blocks.h - header blocks: what they are, and what they do to streams. */
#ifndef L7SCOPE_HTTP2_BLOCKS_H
#define L7SCOPE_HTTP2_BLOCKS_H

#include "exchange/messages.h"
#include "http/http2_frames.h"

/* An HTTP2_BLOCK. */
void http2_blocks_take(struct step *s, const struct http2_output *out);

#endif
