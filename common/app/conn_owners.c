/* SPDX-License-Identifier: Apache-2.0 */
#include "app/conn_owners.h"

#include <string.h>

/* false: nobody is known. */
static bool find(const struct socket_owners *owners, struct conn *c)
{
	const struct socket_owner *list;
	size_t n = socket_owners_find(owners, c->inode, &list);

	if (n == 0)
		return false;
	c->n_owners = n;
	c->n_pids = n < SOCKET_OWNERS_MAX ? n : SOCKET_OWNERS_MAX;
	for (size_t i = 0; i < c->n_pids; i++)
		c->pids[i] = list[i].pid;
	c->pid = list[0].pid;
	c->cgroup = list[0].cgroup;
	memcpy(c->comm, list[0].comm, sizeof(list[0].comm));
	return true;
}

static bool has_file(const struct conn *c)
{
	return c->sampled_now && c->inode;
}

void conn_owners_find(struct socket_owners *owners, struct conn_store *s, uint64_t now_ns)
{
	for (size_t i = 0; i < s->n; i++)
		if (has_file(s->all[i]))
			socket_owners_saw(owners, s->all[i]->inode);
	socket_owners_refresh(owners, now_ns);
	for (size_t i = 0; i < s->n; i++)
		if (has_file(s->all[i]))
			find(owners, s->all[i]);
}
