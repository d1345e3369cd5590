/* SPDX-License-Identifier: Apache-2.0 */
/* utf8.h - telling text from bytes that a terminal would act on. */
#ifndef L7SCOPE_UTF8_H
#define L7SCOPE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/* Length of the well-formed sequence at the start of `in` (RFC 3629: no
 * overlong forms, no surrogates, at most U+10FFFF), its value in *code; 0 when
 * there is none. */
size_t utf8_decode(struct bytes in, uint32_t *code);

/* false for characters that move the cursor, start a terminal command or
 * change the order in which text is shown: C0, DEL, C1, line and paragraph
 * separators, bidirectional controls. */
bool utf8_is_shown(uint32_t code);

/* How many bytes from the start are printable ASCII other than '"' and '\\':
 * text that neither a terminal nor JSON needs escaped. */
size_t utf8_plain_prefix(struct bytes in);

#endif
