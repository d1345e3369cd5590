/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http2_field_list.h - header lists as bytes (struct wire_field of wire.h and
 * its text, one after the other), and what they tell of a block's fields.
 */
#ifndef L7SCOPE_HTTP2_FIELD_LIST_H
#define L7SCOPE_HTTP2_FIELD_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "exchange/http2_fields.h"

/* May this be the list of the block that the fields were decoded from?  It has as many fields, if all could
 * be told apart, and those that are known are the same. */
bool http2_field_list_fits(struct bytes list, const struct http2_fields *f);

/* Makes all fields known.  The list fits. */
void http2_field_list_fill(struct http2_fields *f, struct bytes list);

/* The fields themselves, with what of them is unknown; bytes that takes, and what they were. */
size_t http2_field_list_size(const struct http2_fields *f);
void http2_field_list_save(uint8_t *to, const struct http2_fields *f);
/* f->n and f->bad are what they were. */
void http2_field_list_load(struct http2_fields *f, struct bytes saved);

#endif
