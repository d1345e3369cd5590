/* SPDX-License-Identifier: Apache-2.0 */
#include "app/exchange_filter.h"

#include <stdlib.h>
#include <sys/socket.h>

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

static bool match_min(const struct exchange_filter *f, const struct exchange *x, uint64_t now_ns)
{
	int64_t ns = exchange_latency_ns(x);

	if (f->min_ns == 0)
		return true;
	if (ns < 0 && !x->status && x->no_status != NO_STATUS_GAP && x->no_status != NO_STATUS_UNSEEN &&
	    x->req.first_ns && now_ns > x->req.first_ns)
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

static bool match_path(const struct exchange_filter *f, const struct exchange *x)
{
	struct bytes path = x->path.n ? x->path : x->target;

	for (size_t i = 0; i < f->n_paths; i++)
		if (path_pattern_match(f->paths[i], path))
			return true;
	return f->n_paths == 0;
}

bool exchange_filter_match(const struct exchange_filter *f, const struct exchange *x, uint64_t now_ns)
{
	return match_min(f, x, now_ns) && match_method(f, x->method) && match_host(f, x->host) &&
	       status_filter_match(&f->status, x->status) && match_path(f, x);
}

uint64_t exchange_filter_given_up(const struct exchange_filter *f)
{
	uint64_t n = 0;

	for (size_t i = 0; i < f->n_paths; i++)
		n += path_pattern_given_up(f->paths[i]);
	return n;
}

/* ---- whose traffic ---- */

static bool in_u32(const uint32_t *list, size_t n, uint32_t value)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == value)
			return true;
	return n == 0;
}

static bool in_u16(const uint16_t *list, size_t n, uint16_t value)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == value)
			return true;
	return n == 0;
}

static bool in_cgroups(const struct capture_filter *f, uint64_t cgroup)
{
	for (size_t i = 0; i < f->n_cgroups; i++)
		if (f->cgroups[i] == cgroup)
			return true;
	return f->n_cgroups == 0;
}

static bool in_comms(const struct capture_filter *f, const char *comm)
{
	for (size_t i = 0; i < f->n_comms; i++)
		if (strcmp(f->comms[i], comm ? comm : "") == 0)
			return true;
	return f->n_comms == 0;
}

static bool in_network(const struct capture_cidr *net, const struct endpoint *e)
{
	unsigned whole = net->prefix / 8, bits = net->prefix % 8;

	if (net->family != e->family || memcmp(net->addr, e->addr, whole) != 0)
		return false;
	return bits == 0 || (net->addr[whole] ^ e->addr[whole]) >> (8 - bits) == 0;
}

static bool in_peers(const struct capture_filter *f, const struct endpoint *e)
{
	for (size_t i = 0; i < f->n_peers; i++)
		if (in_network(&f->peers[i], e))
			return true;
	return f->n_peers == 0;
}

static bool match_kind(const struct capture_filter *f, const struct exchange *x)
{
	if ((f->only_ipv4 && x->local.family != AF_INET) || (f->only_ipv6 && x->local.family != AF_INET6))
		return false;
	return !(f->only_client && x->role != ROLE_CLIENT) && !(f->only_server && x->role != ROLE_SERVER);
}

bool exchange_filter_source(const struct capture_filter *f, const struct exchange *x)
{
	return in_u32(f->pids, f->n_pids, x->pid) && in_u32(f->uids, f->n_uids, x->uid) &&
	       in_comms(f, x->comm) && in_cgroups(f, x->cgroup) &&
	       in_u16(f->lports, f->n_lports, x->local.port) &&
	       in_u16(f->rports, f->n_rports, x->remote.port) && in_peers(f, &x->remote) && match_kind(f, x);
}
