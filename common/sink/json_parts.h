/* SPDX-License-Identifier: Apache-2.0 */
/* json_parts.h - members that records have in common. */
#ifndef L7SCOPE_JSON_PARTS_H
#define L7SCOPE_JSON_PARTS_H

#include "base/endpoint.h"
#include "exchange/exchange.h"
#include "sink/json_writer.h"
#include "sink/mask.h"

/* Nothing when the value is empty: not known. */
void json_put_bytes(struct json_writer *w, const char *key, struct bytes value);
void json_put_str(struct json_writer *w, const char *key, const char *value); /* takes NULL */
void json_put_u64(struct json_writer *w, const char *key, uint64_t value);
/* Microseconds, rounded to nearest; nothing when negative: not known. */
void json_put_duration(struct json_writer *w, const char *key, int64_t ns);
/* Nothing when the family is not known. */
void json_put_endpoint(struct json_writer *w, const char *addr_key, const char *port_key,
		       const struct endpoint *e);
/* [name, value], masked; null for what is unknown (p NULL). */
void json_put_field(struct json_writer *w, struct masker *m, const struct header_field *field);

#endif
