/* SPDX-License-Identifier: Apache-2.0 */
#include "sink/record.h"

const char *record_role(const struct exchange *x)
{
	return x->role == ROLE_SERVER ? "server" : "client";
}

const char *record_version(const struct exchange *x)
{
	switch (x->version_major) {
	case 1:
		return x->version_minor == 0 ? "1.0" : "1.1";
	case 2:
		return "2";
	case 3:
		return "3";
	default:
		return NULL;
	}
}

struct bytes record_path(const struct exchange *x)
{
	return x->path.n ? x->path : x->target;
}

const char *record_flag(unsigned bit)
{
	switch (bit) {
	case MISSING_JOINED:
		return "joined";
	case MISSING_GAP:
		return "gap";
	case MISSING_TRUNCATED:
		return "truncated";
	case MISSING_PARTIAL_HEADERS:
		return "partial-headers";
	case MISSING_OVERLAP:
		return "overlap";
	case MISSING_UPROBE:
		return "source:uprobe";
	case MISSING_OPEN:
		return "open";
	default:
		return NULL;
	}
}

/* A connection older than the tool, or headers from a uprobe, say where the
 * record comes from; what is open goes on.  Nothing that passed need be missing. */
bool record_is_incomplete(const struct exchange *x)
{
	return x->missing & ~(MISSING_JOINED | MISSING_UPROBE | MISSING_OPEN);
}

bool record_resp_bytes_known(const struct exchange *x)
{
	return x->resp_bytes || (x->no_status != NO_STATUS_GAP && x->no_status != NO_STATUS_UNSEEN);
}

const char *record_grpc_mode(const struct grpc_call *call)
{
	switch (call->mode) {
	case GRPC_UNARY:
		return "unary";
	case GRPC_CLIENT_STREAM:
		return "client-streaming";
	case GRPC_SERVER_STREAM:
		return "server-streaming";
	case GRPC_BIDI_STREAM:
		return "bidi-streaming";
	default:
		return NULL;
	}
}

static void make_known(struct bytes *b)
{
	if (!b->p)
		b->p = (const uint8_t *)"";
}

struct header_field record_field(const struct exchange *x, const struct header_field *field)
{
	struct header_field shown = *field;

	if (x->version_major != 2) {
		make_known(&shown.name);
		make_known(&shown.value);
	}
	return shown;
}

static const struct header_field *find(struct header_list list, const char *name)
{
	for (size_t i = 0; i < list.n; i++)
		if (bytes_equal_nocase(list.fields[i].name, name))
			return list.fields + i;
	return NULL;
}

const struct header_field *record_header(const struct exchange *x, const char *name)
{
	const struct header_field *found = find(x->req_headers, name);

	if (!found)
		found = find(x->resp_headers, name);
	return found ? found : find(x->trailers, name);
}
