/* SPDX-License-Identifier: Apache-2.0 */
#include "app/conn_ends.h"

#include <netinet/tcp.h>
#include <string.h>

/* Totals only grow; but what sock_diag tells may have a FIN in it, which the last totals have not. */
static bool may_have_grown(const struct conn *c, const struct conn_gone *gone)
{
	return !c->counters || (c->now.rx <= gone->received + 1 && c->now.tx <= gone->acked + 1);
}

/* One that ended before sockets were asked for is not the one that was told of then.  Of a
 * connection that is known since the interval before, what ended was open then.  What ended
 * while they were told of may have made room for this one. */
static bool may_be(const struct conn *c, const struct conn_gone *gone)
{
	if (c->gone || gone->closed_ns < c->asked_ns)
		return false;
	if (c->first_ns && gone->opened_ns > c->first_ns)
		return false;
	return (c->first_ns && gone->closed_ns > c->first_ns) || may_have_grown(c, gone);
}

/* The oldest: connections with one key follow each other. */
static struct conn *find(const struct conn_store *s, const struct conn_key *key, const struct conn_gone *gone)
{
	struct conn *found = NULL;

	for (struct conn *c = conn_store_find(s, key); c; c = conn_store_next(c))
		if (may_be(c, gone))
			found = c;
	return found;
}

/* Nobody has told of it before. */
static struct conn *add(struct conn_store *s, const struct conn_key *key, const struct conn_gone *gone)
{
	struct conn *c = conn_store_add(s, key);

	if (!c)
		return NULL;
	c->local = gone->local;
	c->remote = gone->remote;
	return c;
}

/* Opened between the tool's start and its first look: all that it carried is ours. */
static void make_ours(struct conn *c)
{
	c->counted.rx -= c->base.rx;
	c->counted.tx -= c->base.tx;
	c->counted.retrans -= c->base.retrans;
	c->base = (struct conn_totals){0};
	c->older = false;
}

static void name_process(struct conn *c, const struct conn_gone *gone)
{
	if (c->pid || !gone->pid)
		return;
	c->pid = gone->pid;
	c->uid = gone->uid;
	c->cgroup = gone->cgroup;
	memcpy(c->comm, gone->comm, sizeof(c->comm));
}

bool conn_ends_apply(struct conn_store *s, const struct conn_gone *gone)
{
	struct conn_key key = conn_key_of(&gone->local, &gone->remote, gone->netns);
	struct conn *c = find(s, &key, gone);

	if (!c)
		c = add(s, &key, gone);
	if (!c)
		return false;
	if (c->older && gone->opened_ns)
		make_ours(c);
	if (!c->counters && !gone->opened_ns)
		c->older = true;
	c->now = (struct conn_totals){gone->received, gone->acked, gone->retrans};
	c->counters = true;
	c->gone = true;
	c->state = TCP_CLOSE;
	c->opened_ns = gone->opened_ns;
	c->closed_ns = gone->closed_ns;
	if (gone->rtt_us)
		c->rtt_us = gone->rtt_us;
	c->unread = c->unsent = 0;
	name_process(c, gone);
	if (gone->role && !c->role_certain) {
		c->role = gone->role;
		c->role_certain = true;
	}
	return true;
}
