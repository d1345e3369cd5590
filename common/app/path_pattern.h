/* SPDX-License-Identifier: Apache-2.0 */
/*
 * path_pattern.h - "PREFIX" or "~REGEX" (PCRE2), matched against paths and the
 * values of header fields.
 *
 * They come from the network and may be made to be expensive: each match has
 * a budget, and one that exceeds it does not match and is counted.
 */
#ifndef L7SCOPE_PATH_PATTERN_H
#define L7SCOPE_PATH_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

struct path_pattern; /* opaque */

/* NULL with a sentence in err. */
struct path_pattern *path_pattern_new(const char *text, char *err, size_t err_size);
void path_pattern_free(struct path_pattern *p); /* takes NULL */

bool path_pattern_match(struct path_pattern *p, struct bytes path);

/* Paths given up because they exceeded the budget. */
uint64_t path_pattern_given_up(const struct path_pattern *p);

#endif
