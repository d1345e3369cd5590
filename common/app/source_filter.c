/* SPDX-License-Identifier: Apache-2.0 */
#include "app/source_filter.h"

#include <string.h>
#include <sys/socket.h>

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

static bool match_kind(const struct capture_filter *f, const struct source_party *who)
{
	if ((f->only_ipv4 && who->local.family != AF_INET) || (f->only_ipv6 && who->local.family != AF_INET6))
		return false;
	return !(f->only_client && who->role != ROLE_CLIENT) && !(f->only_server && who->role != ROLE_SERVER);
}

bool source_filter_match(const struct capture_filter *f, const struct source_party *who)
{
	return in_u32(f->pids, f->n_pids, who->pid) && in_u32(f->uids, f->n_uids, who->uid) &&
	       in_comms(f, who->comm) && in_cgroups(f, who->cgroup) &&
	       in_u16(f->lports, f->n_lports, who->local.port) &&
	       in_u16(f->rports, f->n_rports, who->remote.port) && in_peers(f, &who->remote) &&
	       match_kind(f, who);
}
