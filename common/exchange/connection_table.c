/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/connection_table.h"

#include <stdlib.h>

#define BITS_MIN 8

static size_t bucket_of(uint64_t id, unsigned bits)
{
	return id * 0x9e3779b97f4a7c15u >> (64 - bits); /* 2^64 / golden ratio: spreads near values */
}

bool connection_table_init(struct connection_table *t)
{
	*t = (struct connection_table){.bits = BITS_MIN};
	t->buckets = calloc((size_t)1 << t->bits, sizeof(*t->buckets));
	return t->buckets;
}

void connection_table_release(struct connection_table *t)
{
	free(t->buckets);
	*t = (struct connection_table){0};
}

struct connection *connection_table_find(const struct connection_table *t, uint64_t id)
{
	struct connection *c = t->buckets[bucket_of(id, t->bits)];

	while (c && c->id != id)
		c = c->hash_next;
	return c;
}

static void chain(struct connection **buckets, unsigned bits, struct connection *c)
{
	struct connection **head = &buckets[bucket_of(c->id, bits)];

	c->hash_next = *head;
	*head = c;
}

/* Without memory the chains just get longer. */
static void grow(struct connection_table *t)
{
	unsigned bits = t->bits + 1;
	struct connection **buckets = calloc((size_t)1 << bits, sizeof(*buckets));

	if (!buckets)
		return;
	for (struct connection *c = t->idlest; c; c = c->newer)
		chain(buckets, bits, c);
	free(t->buckets);
	t->buckets = buckets;
	t->bits = bits;
}

static void link_newest(struct connection_table *t, struct connection *c)
{
	c->newer = NULL;
	c->older = t->newest;
	if (t->newest)
		t->newest->newer = c;
	else
		t->idlest = c;
	t->newest = c;
}

static void unlink_use(struct connection_table *t, struct connection *c)
{
	if (t->cursor == c)
		t->cursor = c->newer;
	if (c->older)
		c->older->newer = c->newer;
	else
		t->idlest = c->newer;
	if (c->newer)
		c->newer->older = c->older;
	else
		t->newest = c->older;
}

void connection_table_add(struct connection_table *t, struct connection *c)
{
	if (t->n >= (size_t)1 << t->bits)
		grow(t);
	chain(t->buckets, t->bits, c);
	link_newest(t, c);
	t->n++;
}

void connection_table_touch(struct connection_table *t, struct connection *c)
{
	if (t->newest == c)
		return;
	unlink_use(t, c);
	link_newest(t, c);
}

void connection_table_remove(struct connection_table *t, struct connection *c)
{
	struct connection **link = &t->buckets[bucket_of(c->id, t->bits)];

	while (*link != c)
		link = &(*link)->hash_next;
	*link = c->hash_next;
	unlink_use(t, c);
	t->n--;
}

struct connection *connection_table_walk(struct connection_table *t)
{
	struct connection *c = t->cursor;

	if (c)
		t->cursor = c->newer;
	return c;
}

void connection_table_walk_restart(struct connection_table *t)
{
	t->cursor = t->idlest;
}
