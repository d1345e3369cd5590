/* SPDX-License-Identifier: Apache-2.0 */
#include "app/exchange_filter.h"

#include <stdlib.h>

#include "app/source_filter.h"

void exchange_filter_release(struct exchange_filter *f)
{
	for (size_t i = 0; i < f->n_methods; i++)
		free(f->methods[i]);
	for (size_t i = 0; i < f->n_hosts; i++)
		free(f->hosts[i]);
	for (size_t i = 0; i < f->n_paths; i++)
		path_pattern_free(f->paths[i]);
	*f = (struct exchange_filter){0};
}

/* ---- what HTTP says ---- */

/* What ended without a response, or goes on, takes or took until now. */
static bool lasts_until_now(const struct exchange *x)
{
	if (x->missing & MISSING_OPEN)
		return true;
	return !x->status && x->no_status != NO_STATUS_GAP && x->no_status != NO_STATUS_UNSEEN &&
	       x->no_status != NO_STATUS_UNKNOWN && exchange_latency_ns(x) < 0;
}

static bool match_min(const struct exchange_filter *f, const struct exchange *x, uint64_t now_ns)
{
	int64_t ns = exchange_latency_ns(x);

	if (f->min_ns == 0)
		return true;
	if (lasts_until_now(x) && x->req.first_ns && now_ns > x->req.first_ns)
		ns = (int64_t)(now_ns - x->req.first_ns);
	return ns >= 0 && (uint64_t)ns >= f->min_ns;
}

static bool match_method(const struct exchange_filter *f, struct bytes method)
{
	for (size_t i = 0; i < f->n_methods; i++)
		if (bytes_equal_nocase(method, f->methods[i]))
			return true;
	return f->n_methods == 0;
}

/* "user@name:80" is "name"; "[::1]:80" is "[::1]". */
static struct bytes without_port(struct bytes host)
{
	size_t end = host.n;

	while (end > 0 && host.p[end - 1] >= '0' && host.p[end - 1] <= '9')
		end--;
	return end > 0 && host.p[end - 1] == ':' ? bytes_of(host.p, end - 1) : host;
}

static struct bytes without_user(struct bytes host)
{
	const uint8_t *at = host.n ? memrchr(host.p, '@', host.n) : NULL;

	return at ? bytes_from(host, (size_t)(at - host.p) + 1) : host;
}

static bool match_host(const struct exchange_filter *f, struct bytes host)
{
	host = without_user(host);
	for (size_t i = 0; i < f->n_hosts; i++)
		if (bytes_equal_nocase(host, f->hosts[i]) ||
		    bytes_equal_nocase(without_port(host), f->hosts[i]))
			return true;
	return f->n_hosts == 0;
}

/* Of an unknown path nothing can be said, not even that it is empty. */
static bool match_path(const struct exchange_filter *f, struct bytes path)
{
	for (size_t i = 0; i < f->n_paths && path.n; i++)
		if (path_pattern_match(f->paths[i], path))
			return true;
	return f->n_paths == 0;
}

bool exchange_filter_request(const struct exchange_filter *f, const struct filtered_request *request)
{
	return match_method(f, request->method) && match_host(f, request->host) &&
	       match_path(f, request->path);
}

static bool match_status(const struct exchange_filter *f, const struct exchange *x)
{
	return f->status.n == 0 ||
	       (x->no_status != NO_STATUS_UNKNOWN && status_filter_match(&f->status, x->status));
}

static bool match_grpc_status(const struct exchange_filter *f, const struct grpc_call *call)
{
	return f->grpc_status.n == 0 || (call && grpc_status_filter_match(&f->grpc_status, call->status));
}

bool exchange_filter_match(const struct exchange_filter *f, const struct exchange *x, uint64_t now_ns)
{
	const struct filtered_request request = {x->method, x->host, x->path.n ? x->path : x->target};

	return match_min(f, x, now_ns) && match_status(f, x) && match_grpc_status(f, x->grpc) &&
	       exchange_filter_request(f, &request);
}

uint64_t exchange_filter_given_up(const struct exchange_filter *f)
{
	uint64_t n = 0;

	for (size_t i = 0; i < f->n_paths; i++)
		n += path_pattern_given_up(f->paths[i]);
	return n;
}

/* ---- whose traffic ---- */

bool exchange_filter_source(const struct capture_filter *f, const struct exchange *x)
{
	const struct source_party who = {
		.pid = x->pid,
		.uid = x->uid,
		.comm = x->comm,
		.cgroup = x->cgroup,
		.role = x->role,
		.local = x->local,
		.remote = x->remote,
	};

	return source_filter_match(f, &who);
}
