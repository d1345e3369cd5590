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
	default:
		return NULL;
	}
}

/* A connection older than the tool, or headers from a uprobe, say where the
 * record comes from; nothing of this exchange need be missing. */
bool record_is_incomplete(const struct exchange *x)
{
	return x->missing & ~(MISSING_JOINED | MISSING_UPROBE);
}

bool record_resp_bytes_known(const struct exchange *x)
{
	return x->resp_bytes || (x->no_status != NO_STATUS_GAP && x->no_status != NO_STATUS_UNSEEN);
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
