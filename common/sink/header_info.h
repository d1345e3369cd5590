/* SPDX-License-Identifier: Apache-2.0 */
/* header_info.h - the essence of a header block or a frame, for the end of its line. */
#ifndef L7SCOPE_HEADER_INFO_H
#define L7SCOPE_HEADER_INFO_H

#include "exchange/http2_records.h"
#include "sink/mask.h"
#include "sink/text.h"

/* "GET /x", "200", "grpc-status 5"; escaped, masked, "<unknown>" for what is not known. */
void header_info_block(struct text *t, struct masker *m, const struct http2_block *block);
/* "last 5 NO_ERROR", ...: what was captured of it.  Nothing when that is nothing. */
void header_info_frame(struct text *t, const struct http2_frame_record *record);

/* A field as the masker and the other sinks know it. */
struct header_field header_info_field(const struct http2_block_field *field);

#endif
