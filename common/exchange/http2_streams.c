/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/http2_streams.h"

#include <stdlib.h>

#define BITS_MIN 4
/* A larger table goes with the last stream: 1 KiB stays, for the usual 100 at a time. */
#define BITS_KEEP 7
/* Streams kept for the next request: a burst of the usual 100 at a time. */
#define POOL_MAX 256
/* As for pairs. */
#define IDLE_ROOM_MAX 8192

/* ---- the pool ---- */

static void destroy(struct http2_stream *s)
{
	pair_release(&s->pair);
	free(s);
}

void http2_pool_release(struct http2_pool *pool)
{
	struct http2_stream *s;

	while ((s = pool->idle)) {
		pool->idle = s->hash_next;
		destroy(s);
	}
	pool->n_idle = 0;
}

/* As new, but with the memory of its heads. */
static void reset(struct http2_stream *s, uint32_t id)
{
	struct pair pair = s->pair;

	*s = (struct http2_stream){.id = id, .pair = pair};
	pair_reset(&s->pair, 0);
}

static struct http2_stream *take(struct http2_pool *pool, uint32_t id)
{
	struct http2_stream *s = pool->idle;

	if (s) {
		pool->idle = s->hash_next;
		pool->n_idle--;
	} else {
		s = calloc(1, sizeof(*s));
		if (!s)
			return NULL;
	}
	reset(s, id);
	return s;
}

static void give_back(struct http2_pool *pool, struct http2_stream *s)
{
	if (pool->n_idle == POOL_MAX || pair_room(&s->pair) > IDLE_ROOM_MAX) {
		destroy(s);
		return;
	}
	s->hash_next = pool->idle;
	pool->idle = s;
	pool->n_idle++;
}

static void unlink_due(struct http2_pool *pool, struct http2_stream *s)
{
	if (!s->told_ns)
		return;
	if (s->due_before)
		s->due_before->due_next = s->due_next;
	else
		pool->due_first = s->due_next;
	if (s->due_next)
		s->due_next->due_before = s->due_before;
	else
		pool->due_last = s->due_before;
	s->due_next = s->due_before = NULL;
	s->told_ns = 0;
}

void http2_pool_told(struct http2_pool *pool, struct http2_stream *s, uint64_t ns)
{
	unlink_due(pool, s);
	if (!ns)
		return;
	s->told_ns = ns;
	s->due_before = pool->due_last;
	if (pool->due_last)
		pool->due_last->due_next = s;
	else
		pool->due_first = s;
	pool->due_last = s;
}

/* ---- by number ---- */

static size_t bucket_of(uint32_t id, unsigned bits)
{
	return (uint32_t)(id * 0x9e3779b9u) >> (32 - bits); /* 2^32 / golden ratio: spreads near values */
}

static size_t table_size(const struct http2_streams *t)
{
	return t->buckets ? sizeof(*t->buckets) << t->bits : 0;
}

struct http2_stream *http2_streams_find(const struct http2_streams *t, uint32_t id)
{
	struct http2_stream *s;

	if (!t->buckets)
		return NULL;
	s = t->buckets[bucket_of(id, t->bits)];
	while (s && s->id != id)
		s = s->hash_next;
	return s;
}

static void chain(struct http2_stream **buckets, unsigned bits, struct http2_stream *s)
{
	struct http2_stream **head = &buckets[bucket_of(s->id, bits)];

	s->hash_next = *head;
	*head = s;
}

/* false: there is no table.  A larger one is not needed, chains just get longer. */
static bool make_buckets(struct http2_streams *t, struct http2_pool *pool)
{
	unsigned bits = t->buckets ? t->bits + 1 : BITS_MIN;
	struct http2_stream **buckets;

	if (t->buckets && t->n < (size_t)1 << t->bits)
		return true;
	buckets = calloc((size_t)1 << bits, sizeof(*buckets));
	if (!buckets)
		return t->buckets;
	for (struct http2_stream *s = t->idlest; s; s = s->newer)
		chain(buckets, bits, s);
	pool->held -= table_size(t);
	free(t->buckets);
	t->buckets = buckets;
	t->bits = bits;
	pool->held += table_size(t);
	return true;
}

/* ---- by idleness ---- */

static void link_newest(struct http2_streams *t, struct http2_stream *s)
{
	s->newer = NULL;
	s->older = t->newest;
	if (t->newest)
		t->newest->newer = s;
	else
		t->idlest = s;
	t->newest = s;
}

static void unlink_use(struct http2_streams *t, struct http2_stream *s)
{
	if (s->older)
		s->older->newer = s->newer;
	else
		t->idlest = s->newer;
	if (s->newer)
		s->newer->older = s->older;
	else
		t->newest = s->older;
}

void http2_streams_touch(struct http2_streams *t, struct http2_stream *s)
{
	if (t->newest == s)
		return;
	unlink_use(t, s);
	link_newest(t, s);
}

/* ---- streams that come and go ---- */

static void account(struct http2_streams *t, struct http2_pool *pool, size_t before, size_t after)
{
	t->held += after - before;
	pool->held += after - before;
}

struct http2_stream *http2_streams_add(struct http2_streams *t, struct http2_pool *pool, uint32_t id)
{
	struct http2_stream *s;

	if (!make_buckets(t, pool))
		return NULL;
	s = take(pool, id);
	if (!s)
		return NULL;
	chain(t->buckets, t->bits, s);
	link_newest(t, s);
	t->n++;
	account(t, pool, 0, sizeof(*s) + pair_room(&s->pair));
	return s;
}

void http2_streams_drop(struct http2_streams *t, struct http2_pool *pool, struct http2_stream *s)
{
	struct http2_stream **link = &t->buckets[bucket_of(s->id, t->bits)];

	while (*link != s)
		link = &(*link)->hash_next;
	*link = s->hash_next;
	unlink_use(t, s);
	unlink_due(pool, s);
	t->n--;
	account(t, pool, sizeof(*s) + pair_room(&s->pair), 0);
	give_back(pool, s);
	if (t->n || t->bits <= BITS_KEEP)
		return;
	pool->held -= table_size(t);
	free(t->buckets);
	*t = (struct http2_streams){0};
}

bool http2_streams_keep(struct http2_streams *t, struct http2_pool *pool, struct head_copy *copy,
			const struct http2_fields *fields)
{
	size_t before = copy->room;
	bool ok = head_copy_block(copy, fields);

	account(t, pool, before, copy->room);
	return ok;
}

void http2_streams_adopt(struct http2_streams *t, struct http2_pool *pool, struct http2_stream *s,
			 struct pair *p)
{
	struct message *to = &s->pair.message[HTTP1_REQUEST], *from = &p->message[HTTP1_REQUEST];
	struct head_copy own = to->head;

	account(t, pool, own.room, from->head.room);
	*to = *from;
	from->head = own;
}
