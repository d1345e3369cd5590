/* SPDX-License-Identifier: Apache-2.0 */
#include "sink/json_parts.h"

void json_put_bytes(struct json_writer *w, const char *key, struct bytes value)
{
	if (value.n) {
		json_key(w, key);
		json_string(w, value);
	}
}

void json_put_str(struct json_writer *w, const char *key, const char *value)
{
	if (value)
		json_put_bytes(w, key, bytes_of_str(value));
}

void json_put_u64(struct json_writer *w, const char *key, uint64_t value)
{
	json_key(w, key);
	json_u64(w, value);
}

void json_put_duration(struct json_writer *w, const char *key, int64_t ns)
{
	if (ns >= 0)
		json_put_u64(w, key, ((uint64_t)ns + 500) / 1000);
}

void json_put_endpoint(struct json_writer *w, const char *addr_key, const char *port_key,
		       const struct endpoint *e)
{
	char addr[ENDPOINT_ADDR_LEN];

	if (!e->family)
		return;
	json_put_str(w, addr_key, endpoint_addr(e, addr));
	json_put_u64(w, port_key, e->port);
}

static void put_known(struct json_writer *w, struct bytes value)
{
	if (value.p)
		json_string(w, value);
	else
		json_null(w);
}

void json_put_field(struct json_writer *w, struct masker *m, const struct header_field *field)
{
	json_open_array(w);
	put_known(w, field->name);
	put_known(w, mask_header(m, field));
	json_close_array(w);
}
