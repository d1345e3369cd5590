/* SPDX-License-Identifier: Apache-2.0 */
#include "app/stream_set.h"

#include <stdlib.h>

/* 64 KiB of chains, of eight entries each when the set is full. */
#define BUCKET_BITS 13

struct entry {
	struct entry *next; /* of the chain */
	struct entry *newer, *older;
	uint64_t conn;
	uint32_t stream;
	unsigned bits;
};

/* Invariant: newest and oldest are both NULL or both not. */
struct stream_set {
	struct entry *buckets[1 << BUCKET_BITS];
	struct entry *newest, *oldest;
	size_t n;
	uint64_t forgotten;
};

/* Fibonacci hashing: numbers in sequence spread well. */
static struct entry **bucket(struct stream_set *s, uint64_t conn, uint32_t stream)
{
	uint64_t key = conn * UINT64_C(0x9e3779b97f4a7c15) + stream;

	return &s->buckets[key * UINT64_C(0x9e3779b97f4a7c15) >> (64 - BUCKET_BITS)];
}

/* Where the pointer to it is; to NULL when it is not there. */
static struct entry **find(struct stream_set *s, uint64_t conn, uint32_t stream)
{
	struct entry **at = bucket(s, conn, stream);

	while (*at && ((*at)->conn != conn || (*at)->stream != stream))
		at = &(*at)->next;
	return at;
}

/* ---- by use ---- */

static void unlink_entry(struct stream_set *s, struct entry *e)
{
	*(e->newer ? &e->newer->older : &s->newest) = e->older;
	*(e->older ? &e->older->newer : &s->oldest) = e->newer;
}

static void make_newest(struct stream_set *s, struct entry *e)
{
	e->newer = NULL;
	e->older = s->newest;
	*(s->newest ? &s->newest->newer : &s->oldest) = e;
	s->newest = e;
}

static void touch(struct stream_set *s, struct entry *e)
{
	if (s->newest == e)
		return;
	unlink_entry(s, e);
	make_newest(s, e);
}

/* ---- life ---- */

struct stream_set *stream_set_new(void)
{
	return calloc(1, sizeof(struct stream_set));
}

void stream_set_free(struct stream_set *s)
{
	if (!s)
		return;
	for (struct entry *e = s->newest, *older; e; e = older) {
		older = e->older;
		free(e);
	}
	free(s);
}

unsigned stream_set_bits(struct stream_set *s, uint64_t conn, uint32_t stream)
{
	struct entry *e = *find(s, conn, stream);

	if (!e)
		return 0;
	touch(s, e);
	return e->bits;
}

void stream_set_drop(struct stream_set *s, uint64_t conn, uint32_t stream)
{
	struct entry **at = find(s, conn, stream), *e = *at;

	if (!e)
		return;
	*at = e->next;
	unlink_entry(s, e);
	free(e);
	s->n--;
}

static void insert(struct stream_set *s, const struct entry *from)
{
	struct entry **at = bucket(s, from->conn, from->stream);
	struct entry *e = malloc(sizeof(*e));

	if (!e) {
		s->forgotten++;
		return;
	}
	*e = *from;
	e->next = *at;
	*at = e;
	make_newest(s, e);
	s->n++;
}

void stream_set_add(struct stream_set *s, uint64_t conn, uint32_t stream, unsigned bits)
{
	struct entry *e = *find(s, conn, stream);

	if (e) {
		e->bits |= bits;
		touch(s, e);
		return;
	}
	if (s->n == STREAM_SET_MAX) {
		s->forgotten++;
		stream_set_drop(s, s->oldest->conn, s->oldest->stream);
	}
	insert(s, &(struct entry){.conn = conn, .stream = stream, .bits = bits});
}

uint64_t stream_set_forgotten(const struct stream_set *s)
{
	return s->forgotten;
}
