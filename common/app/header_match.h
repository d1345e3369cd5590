/* SPDX-License-Identifier: Apache-2.0 */
/* header_match.h - "NAME=VALUE" or "NAME=~REGEX": header blocks with such a field. */
#ifndef L7SCOPE_HEADER_MATCH_H
#define L7SCOPE_HEADER_MATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exchange/http2_records.h"

struct header_match; /* opaque */

/* NULL with a sentence in err. */
struct header_match *header_match_new(const char *text, char *err, size_t err_size);
void header_match_free(struct header_match *m); /* takes NULL */

/* Has the block a field of that name (in upper or lower case), with a known value
 * that is VALUE, byte for byte, or in which REGEX (PCRE2) is found? */
bool header_match_block(struct header_match *m, const struct http2_block *block);

/* Values given up because they exceeded the budget of path_pattern.h. */
uint64_t header_match_given_up(const struct header_match *m);

/* The first field of that name; NULL: none that is known. */
const struct http2_block_field *header_find(const struct http2_block *block, const char *name);
/* Its value; p NULL: none, or unknown. */
struct bytes header_value(const struct http2_block *block, const char *name);

#endif
