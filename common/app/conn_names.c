/* SPDX-License-Identifier: Apache-2.0 */
#include "app/conn_names.h"

#include <stdlib.h>
#include <string.h>

#define NAMES_FIRST 256
/* 2^64 / golden ratio: ids are counted up, and this spreads them (Knuth 6.4). */
#define SPREAD 0x9e3779b97f4a7c15ull

void conn_names_release(struct conn_names *s)
{
	free(s->slots);
	*s = (struct conn_names){0};
}

void conn_names_clear(struct conn_names *s)
{
	if (s->n)
		memset(s->slots, 0, s->size * sizeof(*s->slots));
	s->n = 0;
}

/* The slot of that id, or the free one where it belongs. */
static struct wire_conn *slot_of(const struct conn_names *s, uint64_t id)
{
	size_t i = (id * SPREAD >> 32) & (s->size - 1);

	while (s->slots[i].id && s->slots[i].id != id)
		i = (i + 1) & (s->size - 1);
	return &s->slots[i];
}

/* At most half full. */
static bool make_room(struct conn_names *s)
{
	struct conn_names grown = {.n = s->n, .dropped = s->dropped};

	if (2 * (s->n + 1) <= s->size)
		return true;
	if (s->n >= CONN_NAMES_MAX)
		return false;
	grown.size = s->size ? 2 * s->size : NAMES_FIRST;
	grown.slots = calloc(grown.size, sizeof(*grown.slots));
	if (!grown.slots)
		return false;
	for (size_t i = 0; i < s->size; i++)
		if (s->slots[i].id)
			*slot_of(&grown, s->slots[i].id) = s->slots[i];
	free(s->slots);
	*s = grown;
	return true;
}

void conn_names_add(struct conn_names *s, const struct wire_conn *conn)
{
	struct wire_conn *slot;

	if (conn->id == 0)
		return;
	if (!make_room(s)) {
		s->dropped++;
		return;
	}
	slot = slot_of(s, conn->id);
	s->n += slot->id == 0;
	*slot = *conn;
}

void conn_names_add_event(struct conn_names *s, const struct wire_event *e)
{
	struct wire_conn c = {
		.id = e->conn,
		.cgroup = e->cgroup,
		.netns = e->netns,
		.pid = e->pid,
		.tid = e->tid,
		.uid = e->uid,
		.lport = e->lport,
		.rport = e->rport,
		.family = e->family,
		.is_server = (e->flags & WIRE_F_SERVER) != 0,
		.http2 = (e->flags & WIRE_F_HTTP2) != 0,
	};

	memcpy(c.laddr, e->laddr, sizeof(c.laddr));
	memcpy(c.raddr, e->raddr, sizeof(c.raddr));
	memcpy(c.comm, e->comm, sizeof(c.comm));
	conn_names_add(s, &c);
}

const struct wire_conn *conn_names_find(const struct conn_names *s, uint64_t id)
{
	const struct wire_conn *slot = s->size && id ? slot_of(s, id) : NULL;

	return slot && slot->id ? slot : NULL;
}
