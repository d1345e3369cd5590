/* SPDX-License-Identifier: Apache-2.0 */
/* http2_tell.h - header blocks and frames, told as they pass. */
#ifndef L7SCOPE_HTTP2_TELL_H
#define L7SCOPE_HTTP2_TELL_H

#include "exchange/http2_records.h"
#include "exchange/messages.h"

/* The block that `out` says is complete, as it is told; comm: of WIRE_COMM_LEN + 1 bytes. */
struct http2_block http2_tell_make(const struct step *s, const struct http2_output *out,
				   enum http2_block_kind kind, char *comm);
/* Tells it, with pairing->fields as its fields.  Costs nothing when not wanted; nor does the next one. */
void http2_tell_fields(const struct pairing *pr, struct http2_block *block);
/* The frame that `out` ends. */
void http2_tell_frame(const struct step *s, const struct http2_output *out);

#endif
