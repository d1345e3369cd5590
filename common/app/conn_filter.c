/* SPDX-License-Identifier: Apache-2.0 */
#include "app/conn_filter.h"

#include <string.h>

#include "app/source_filter.h"
#include "exchange/exchange.h"

static bool in_container(const struct options *o, const struct conn_record *r)
{
	const char *slash = o->pod ? strchr(o->pod, '/') : NULL;
	size_t n = slash ? (size_t)(slash - o->pod) : 0;

	if (o->container)
		return r->container && strncmp(r->container, o->container, strlen(o->container)) == 0;
	if (!slash)
		return true;
	return r->pod && r->namespace_ && strcmp(r->pod, slash + 1) == 0 && strlen(r->namespace_) == n &&
	       memcmp(r->namespace_, o->pod, n) == 0;
}

static bool owned_by(const struct capture_filter *f, struct source_party *who, const struct conn_record *r)
{
	who->pid = r->pid;
	if (source_filter_match(f, who))
		return true;
	for (size_t i = 0; i < r->n_owner_pids; i++) {
		who->pid = r->owners[i];
		if (source_filter_match(f, who))
			return true;
	}
	return false;
}

bool conn_filter_match(const struct options *o, const struct conn_record *r)
{
	const struct capture_filter *f = &o->conn.filter;
	struct source_party who = {
		.uid = r->uid,
		.comm = r->comm,
		.role = r->role == CONN_SERVER ? ROLE_SERVER : ROLE_CLIENT,
		.local = r->local,
		.remote = r->remote,
	};

	if (r->role == CONN_ROLE_UNKNOWN && (f->only_client || f->only_server))
		return false;
	return in_container(o, r) && owned_by(f, &who, r);
}

bool conn_filter_any(const struct options *o)
{
	const struct capture_filter *f = &o->conn.filter;

	return o->container || o->pod || f->n_pids || f->n_comms || f->n_uids || f->n_lports || f->n_rports ||
	       f->n_peers || f->only_ipv4 || f->only_ipv6 || f->only_client || f->only_server;
}
