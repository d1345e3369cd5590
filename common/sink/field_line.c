/* SPDX-License-Identifier: Apache-2.0 */
#include "sink/field_line.h"

#include "sink/escape.h"

static void put(struct text *t, struct bytes known)
{
	if (known.p)
		escape_put(t, known);
	else
		text_put_str(t, UNKNOWN_TEXT);
}

void field_line_put(struct text *t, struct masker *m, const char *mark, const struct header_field *field)
{
	text_put_str(t, mark);
	put(t, field->name);
	text_put_str(t, ": ");
	put(t, mask_header(m, field));
	text_put_char(t, '\n');
}
