/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/http2_fields.h"

/* hpack_decode() hands over no more than fits (HPACK_DECODED_MAX). */
static struct bytes copy(struct http2_fields *f, struct bytes from)
{
	uint8_t *to = f->text + f->text_n;

	if (!from.p)
		return (struct bytes){0};
	if (from.n)
		memcpy(to, from.p, from.n);
	f->text_n += from.n;
	return bytes_of(to, from.n);
}

static void add(void *ctx, const struct hpack_field *field)
{
	struct http2_fields *f = ctx;
	struct http2_block_field *to = &f->at[f->n++];

	to->name = copy(f, field->name);
	to->value = copy(f, field->value);
	to->never_indexed = field->never_indexed;
	to->from_dynamic = field->from_dynamic;
	f->unknown += !field->name.p || !field->value.p;
	f->dynamic += field->from_dynamic;
}

enum hpack_result http2_fields_decode(struct http2_fields *f, struct hpack *hpack, struct bytes block)
{
	enum hpack_result result = HPACK_TOO_LARGE;

	f->n = f->unknown = f->dynamic = f->text_n = 0;
	f->from_uprobe = false;
	if (block.p)
		result = hpack_decode(hpack, block, add, f);
	else
		hpack_gap(hpack);
	f->bad = result != HPACK_OK;
	return result;
}

const struct http2_block_field *http2_fields_find(const struct http2_fields *f, const char *name)
{
	struct bytes wanted = bytes_of_str(name);

	for (size_t i = 0; i < f->n; i++) {
		if (bytes_equal(f->at[i].name, wanted))
			return &f->at[i];
	}
	return NULL;
}

struct bytes http2_fields_value(const struct http2_fields *f, const char *name)
{
	const struct http2_block_field *field = http2_fields_find(f, name);

	return field ? field->value : (struct bytes){0};
}

bool http2_fields_pseudo(const struct http2_fields *f)
{
	for (size_t i = 0; i < f->n; i++) {
		if (http2_is_pseudo(f->at[i].name))
			return true;
		if (f->at[i].name.p)
			return false;
	}
	return false;
}

bool http2_fields_front_unknown(const struct http2_fields *f)
{
	return f->n ? !f->at[0].name.p : f->bad;
}

int http2_fields_status(const struct http2_fields *f)
{
	struct bytes value = http2_fields_value(f, ":status");
	int status = 0;

	if (value.n != 3)
		return 0;
	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] < '0' || value.p[i] > '9')
			return 0;
		status = status * 10 + (value.p[i] - '0');
	}
	return status >= 100 ? status : 0;
}
