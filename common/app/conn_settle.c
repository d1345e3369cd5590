/* SPDX-License-Identifier: Apache-2.0 */
#include "app/conn_settle.h"

/* ---- is it new, is it over ---- */

/* Nobody told of it.  Its end may be told in the next interval (it came between two
 * questions), with bytes not counted yet: it has one more. */
static void miss(struct conn *c)
{
	c->closed = c->missing;
	c->missing = true;
}

/* What one that is older had carried when its counters were read first is not ours. */
static void set_base(struct conn *c)
{
	if (!c->counters || c->based)
		return;
	if (c->older)
		c->base = c->counted = c->now;
	c->based = true;
}

bool conn_settle(const struct conn_settle *s, struct conn *c)
{
	bool is_new = c->first_ns == 0;

	if (is_new) {
		c->first_ns = s->end_ns;
		if (!c->opened_ns)
			c->older |= !s->all_known;
	}
	set_base(c);
	if (c->gone)
		c->closed = true;
	else if (c->sampled_now || c->told || !s->dumped)
		c->missing = false;
	else
		miss(c);
	return is_new && !c->older;
}

/* ---- what is new ---- */

static uint64_t more(uint64_t now, uint64_t *counted)
{
	uint64_t n = now > *counted ? now - *counted : 0;

	*counted += n;
	return n;
}

static struct conn_totals take(struct conn *c)
{
	struct conn_totals n;
	uint64_t retrans = c->counted.retrans;

	n.rx = more(c->now.rx, &c->counted.rx);
	n.tx = more(c->now.tx, &c->counted.tx);
	n.retrans = (uint32_t)more(c->now.retrans, &retrans);
	c->counted.retrans = (uint32_t)retrans;
	return n;
}

/* ---- its record ---- */

/* Of one whose opening nobody saw: since the interval it turned up in, whose end came first. */
static int64_t age_ns(const struct conn_settle *s, const struct conn *c)
{
	uint64_t from = c->opened_ns ? c->opened_ns : c->first_ns;
	uint64_t to = c->closed_ns ? c->closed_ns : s->end_ns;

	if (c->older)
		return -1;
	return to > from ? (int64_t)(to - from) : 0;
}

static void put_owners(struct conn_record *r, struct conn *c, struct conn_places *places)
{
	const struct conn_place *place = conn_places_find(places, c->pid, c->cgroup);

	if (c->pid && !c->n_pids) {
		c->pids[0] = c->pid;
		c->n_pids = c->n_owners = 1;
	}
	r->pid = c->pid;
	r->comm = c->comm[0] ? c->comm : NULL;
	r->n_owners = c->n_owners;
	r->owners = c->pids;
	r->n_owner_pids = c->n_pids;
	r->container = place->container;
	r->pod = place->pod;
	r->namespace_ = place->namespace_;
}

struct conn_record conn_settle_record(const struct conn_settle *s, struct conn *c)
{
	struct conn_totals new = take(c);
	struct conn_record r = {
		.uid = c->uid,
		.id = c->id,
		.local = c->local,
		.remote = c->remote,
		.netns = c->key.netns,
		.role = c->role,
		.proto = c->proto,
		.state = c->state,
		.closed = c->closed,
		.n = 1,
		.bytes_known = c->counters,
		.rx_bytes = new.rx,
		.tx_bytes = new.tx,
		.rx_total = c->now.rx,
		.tx_total = c->now.tx,
		.rtt_us = c->rtt_us,
		.retrans = new.retrans,
		.unread = c->unread,
		.unsent = c->unsent,
		.age_ns = age_ns(s, c),
		.seen_ns = (int64_t)(s->end_ns - c->first_ns),
		.http = c->proto,
		.requests = c->requests,
		.errors = c->errors,
		.inflight = c->inflight,
		.latency = c->latency,
	};

	put_owners(&r, c, s->places);
	return r;
}
