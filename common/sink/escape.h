/* SPDX-License-Identifier: Apache-2.0 */
/*
 * escape.h - bytes from the network, made safe for a terminal.
 *
 * Well-formed UTF-8 passes.  What a terminal could act on is written out:
 *
 *     bytes that are not UTF-8, C0 controls and DEL     \x1b
 *     other controls, bidirectional overrides           \u009b, \u202e, \U000e0041
 *     backslash                                         \\
 *
 * so that the result stays on one line and can be read back unambiguously.
 */
#ifndef L7SCOPE_ESCAPE_H
#define L7SCOPE_ESCAPE_H

#include <stddef.h>

#include "base/bytes.h"
#include "sink/text.h"

/* Appends `in`, escaped. */
void escape_put(struct text *t, struct bytes in);

/* Terminal columns of an escaped text.  Counts wide characters as two and
 * combining ones as one: never too few. */
size_t escape_columns(struct bytes escaped);

/* The longest prefix, in bytes, that takes at most `columns`. */
size_t escape_fit(struct bytes escaped, size_t columns);

#endif
