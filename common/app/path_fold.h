/* SPDX-License-Identifier: Apache-2.0 */
/*
 * path_fold.h - /users/1/orders/2 and /users/7/orders/9 are one route.
 *
 * A path segment becomes "*" when it is an identifier: only digits; a UUID
 * (8-4-4-4-12 hex digits); or at least PATH_FOLD_HEX_MIN hex digits of which at
 * least one is a decimal digit and one a letter or all are digits.  The query
 * and the fragment are dropped.
 */
#ifndef L7SCOPE_PATH_FOLD_H
#define L7SCOPE_PATH_FOLD_H

#include <stddef.h>

#include "base/bytes.h"

/* Shorter ones are words too often ("cafe", "add", "decade"). */
#define PATH_FOLD_HEX_MIN 8

/* The part before the query and the fragment: a view of `path`. */
struct bytes path_without_query(struct bytes path);

/* Writes at most `size` bytes to `to` (no NUL) and returns the folded path, a
 * view of `to`, cut at `size`. */
struct bytes path_fold(struct bytes path, char *to, size_t size);

#endif
