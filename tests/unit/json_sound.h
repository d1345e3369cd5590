/* SPDX-License-Identifier: Apache-2.0 */
/* json_sound.h - is a line what programs and terminals can read? */
#ifndef L7SCOPE_TESTS_JSON_SOUND_H
#define L7SCOPE_TESTS_JSON_SOUND_H

#include <stdbool.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#include "sink/utf8.h"

/* One well-formed JSON value, a newline, and no raw control character. */
static inline bool is_sound(const char *line)
{
	size_t n = strlen(line);
	yajl_handle parser = yajl_alloc(NULL, NULL, NULL);
	bool good = n && line[n - 1] == '\n';

	good = good && yajl_parse(parser, (const unsigned char *)line, n) == yajl_status_ok;
	good = good && yajl_complete_parse(parser) == yajl_status_ok;
	yajl_free(parser);
	for (struct bytes left = bytes_of(line, n ? n - 1 : 0); good && left.n;) {
		uint32_t code = 0;
		size_t length = utf8_decode(left, &code);

		good = length && utf8_is_shown(code);
		left = bytes_from(left, length);
	}
	return good;
}

#endif
