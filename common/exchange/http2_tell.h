/* SPDX-License-Identifier: Apache-2.0 */
/* http2_tell.h - header blocks and frames, told as they pass. */
#ifndef L7SCOPE_HTTP2_TELL_H
#define L7SCOPE_HTTP2_TELL_H

#include "exchange/http2_records.h"
#include "exchange/messages.h"

/* The block that `out` says is complete; its fields are pairing->fields.  Both
 * cost nothing when not wanted. */
void http2_tell_block(const struct step *s, const struct http2_output *out, enum http2_block_kind kind);
/* The frame that `out` ends. */
void http2_tell_frame(const struct step *s, const struct http2_output *out);

#endif
