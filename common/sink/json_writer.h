/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_writer.h - one JSON object after the other, straight into a text.
 *
 * Structure (commas, nesting, keys) is libyajl's generator, without a tree and
 * without allocation per record.  Values are handed to it as ready tokens:
 * its own number and string functions format byte by byte and took twice the
 * time that a record may cost.
 *
 * Strings come out as valid UTF-8 whatever the bytes were: a byte that is not
 * UTF-8 becomes \ufffd; control characters (C0, DEL, C1) and bidirectional
 * overrides are written as \uXXXX, so that also a terminal can show a line.
 */
#ifndef L7SCOPE_JSON_WRITER_H
#define L7SCOPE_JSON_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "sink/text.h"

struct yajl_gen_t;

struct json_writer {
	struct yajl_gen_t *gen;
	void *memory; /* of gen */
	struct text *out;
	struct text token; /* a value on its way */
};

/* false: out of memory. */
bool json_writer_init(struct json_writer *w, struct text *out);
void json_writer_release(struct json_writer *w);

void json_begin(struct json_writer *w);
/* Ends the object that json_begin() opened, and the line. */
void json_end(struct json_writer *w);

/* Inside an object a value follows its key. */
void json_key(struct json_writer *w, const char *key);

void json_string(struct json_writer *w, struct bytes value);
void json_u64(struct json_writer *w, uint64_t value);
void json_bool(struct json_writer *w, bool value);
void json_null(struct json_writer *w);
void json_open_map(struct json_writer *w);
void json_close_map(struct json_writer *w);
void json_open_array(struct json_writer *w);
void json_close_array(struct json_writer *w);

#endif
