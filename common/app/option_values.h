/* SPDX-License-Identifier: Apache-2.0 */
/*
 * option_values.h - text to values: numbers, lists, addresses, users.
 *
 * All are strict: no blanks, no sign, nothing left over.
 */
#ifndef L7SCOPE_OPTION_VALUES_H
#define L7SCOPE_OPTION_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/capture.h"

bool value_u64(const char *s, uint64_t max, uint64_t *out);

/* A decimal number with or without a fraction, times `unit` (at most 1e9),
 * rounded down.  At most VALUE_DECIMAL_MAX before the point. */
#define VALUE_DECIMAL_MAX 1000000000ull
bool value_decimal(const char *s, uint64_t unit, uint64_t *out);

/* RFC 9110 5.6.2: what methods and field names are made of. */
bool value_is_token(const char *s);

/* A user's number or name. */
bool value_uid(const char *s, uint32_t *uid);

/* ADDRESS or ADDRESS/BITS; the bits past the prefix are cleared, and a v4-mapped
 * IPv6 network becomes the IPv4 one. */
bool value_cidr(const char *s, struct capture_cidr *out);

/* Calls item() for each part of a comma-separated list with a copy of it; stops
 * at the first false.  false also when a part is empty or 256 bytes long. */
typedef bool value_item_fn(void *ctx, const char *item);
bool value_list(const char *s, value_item_fn *item, void *ctx);

#endif
