/* SPDX-License-Identifier: Apache-2.0 */
/* field_line.h - a header field on a line of its own. */
#ifndef L7SCOPE_FIELD_LINE_H
#define L7SCOPE_FIELD_LINE_H

#include "exchange/exchange.h"
#include "sink/mask.h"
#include "sink/text.h"

#define UNKNOWN_TEXT "<unknown>"

/* MARK and "name: value", escaped, masked; UNKNOWN_TEXT for what is unknown (p NULL). */
void field_line_put(struct text *t, struct masker *m, const char *mark, const struct header_field *field);

#endif
