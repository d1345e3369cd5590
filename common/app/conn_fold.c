/* SPDX-License-Identifier: Apache-2.0 */
#include "app/conn_fold.h"

#include <string.h>
#include <sys/socket.h>

/* ---- latency ---- */

void conn_latency_add(struct conn_latency *l, const struct histogram *more, struct conn_pool *pool)
{
	if (!more)
		return;
	if (!l->sum) {
		l->sum = more;
		return;
	}
	if (!l->own) {
		l->own = conn_pool_take(pool);
		if (!l->own)
			return;
		histogram_merge(l->own, l->sum);
		l->sum = l->own;
	}
	histogram_merge(l->own, more);
}

/* ---- what may differ ---- */

static const char *same_text(const char *a, const char *b)
{
	return a && b && (a == b || strcmp(a, b) == 0) ? a : NULL;
}

static bool same_addr(const struct endpoint *a, const struct endpoint *b)
{
	return a->family == b->family && memcmp(a->addr, b->addr, a->family == AF_INET ? 4 : 16) == 0;
}

static void fold_endpoint(struct endpoint *to, const struct endpoint *from)
{
	if (to->port != from->port || !same_addr(to, from))
		*to = (struct endpoint){0};
}

static void fold_who(struct conn_record *to, const struct conn_record *from)
{
	to->comm = same_text(to->comm, from->comm);
	to->container = same_text(to->container, from->container);
	to->pod = same_text(to->pod, from->pod);
	to->namespace_ = same_text(to->namespace_, from->namespace_);
	if (to->uid != from->uid)
		to->uid = 0;
	if (to->pid == from->pid && to->n_owners == from->n_owners)
		return;
	to->owners = NULL;
	to->n_owners = to->n_owner_pids = 0;
	if (to->pid != from->pid)
		to->pid = 0;
}

static void fold_which(struct conn_record *to, const struct conn_record *from)
{
	fold_endpoint(&to->local, &from->local);
	fold_endpoint(&to->remote, &from->remote);
	to->proto = same_text(to->proto, from->proto);
	if (to->netns != from->netns)
		to->netns = 0;
	if (to->role != from->role)
		to->role = CONN_ROLE_UNKNOWN;
	if (to->state != from->state)
		to->state = 0;
	to->closed &= from->closed;
}

/* ---- what adds up ---- */

static void fold_counters(struct conn_record *to, const struct conn_record *from)
{
	to->n += from->n;
	to->bytes_known |= from->bytes_known;
	to->rx_bytes += from->rx_bytes;
	to->tx_bytes += from->tx_bytes;
	to->rx_total += from->rx_total;
	to->tx_total += from->tx_total;
	to->retrans += from->retrans;
	to->unread += from->unread;
	to->unsent += from->unsent;
	to->http |= from->http;
	to->requests += from->requests;
	to->errors += from->errors;
	to->inflight += from->inflight;
}

void conn_fold_add(struct conn_record *group, const struct conn_record *r)
{
	fold_who(group, r);
	fold_which(group, r);
	fold_counters(group, r);
	if (r->rtt_us > group->rtt_us)
		group->rtt_us = r->rtt_us;
	if (r->age_ns < 0 || group->age_ns < 0)
		group->age_ns = -1;
	else if (r->age_ns > group->age_ns)
		group->age_ns = r->age_ns;
	if (r->seen_ns > group->seen_ns)
		group->seen_ns = r->seen_ns;
}
