/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/header_lists.h"

#include <stdlib.h>
#include <string.h>

/* Chains of two when it is full; 32 KiB, of who needs it. */
#define BUCKET_BITS 12

static bool same_key(const struct header_key *a, const struct header_key *b)
{
	return a->sock == b->sock && a->stream == b->stream && a->dir == b->dir;
}

static struct header_entry **bucket_of(const struct header_lists *t, const struct header_key *key)
{
	uint64_t h = (key->sock ^ (uint64_t)key->stream << 1 ^ key->dir) * 0x9e3779b97f4a7c15u;

	return &t->buckets[h >> (64 - BUCKET_BITS)];
}

void header_lists_release(struct header_lists *t)
{
	free(t->buckets);
	*t = (struct header_lists){0};
}

static void append(struct header_entry **link, struct header_entry *e)
{
	while (*link)
		link = &(*link)->chain;
	*link = e;
}

static void link_newest(struct header_lists *t, struct header_entry *e)
{
	struct header_entry **newest = &t->newest[e->is_block];

	e->older = *newest;
	if (*newest)
		(*newest)->newer = e;
	else
		t->oldest[e->is_block] = e;
	*newest = e;
}

struct header_entry *header_lists_add(struct header_lists *t, const struct header_key *key, bool is_block,
				      size_t n)
{
	struct header_entry *e;

	if (!t->buckets)
		t->buckets = calloc((size_t)1 << BUCKET_BITS, sizeof(*t->buckets));
	e = t->buckets ? calloc(1, sizeof(*e) + n) : NULL;
	if (!e)
		return NULL;
	e->key = *key;
	e->is_block = is_block;
	e->n = n;
	append(bucket_of(t, key), e);
	link_newest(t, e);
	t->n++;
	t->held += sizeof(*e) + n;
	return e;
}

void header_lists_drop(struct header_lists *t, struct header_entry *e)
{
	struct header_entry **link = bucket_of(t, &e->key);

	while (*link != e)
		link = &(*link)->chain;
	*link = e->chain;
	if (e->older)
		e->older->newer = e->newer;
	else
		t->oldest[e->is_block] = e->newer;
	if (e->newer)
		e->newer->older = e->older;
	else
		t->newest[e->is_block] = e->older;
	t->n--;
	t->held -= sizeof(*e) + e->n;
	free(e);
}

static struct header_entry *find(struct header_entry *e, const struct header_key *key, bool is_block)
{
	while (e && (e->is_block != is_block || !same_key(&e->key, key)))
		e = e->chain;
	return e;
}

struct header_entry *header_lists_first(const struct header_lists *t, const struct header_key *key,
					bool is_block)
{
	return t->n ? find(*bucket_of(t, key), key, is_block) : NULL;
}

struct header_entry *header_lists_next(const struct header_entry *e)
{
	return find(e->chain, &e->key, e->is_block);
}
