/* SPDX-License-Identifier: Apache-2.0 */
/* header_options.h - the options that only http2hdr has, or words in its own way. */
#ifndef L7SCOPE_HEADER_OPTIONS_H
#define L7SCOPE_HEADER_OPTIONS_H

#include "app/option_table.h"

/* All groups of the tool. */
extern const struct option_group option_groups_headers[];

/* struct tool's check. */
bool header_options_check(const struct options *o, struct option_error *e);

#endif
