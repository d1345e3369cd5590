/* SPDX-License-Identifier: Apache-2.0 */
#include "app/conn_store.h"

#include <stdlib.h>
#include <string.h>

#define BITS_MIN 8

bool conn_store_init(struct conn_store *s)
{
	*s = (struct conn_store){.bits = BITS_MIN, .n_max = (size_t)1 << BITS_MIN};
	conn_hash_init(&s->hash);
	s->chains = calloc(s->n_max, sizeof(struct conn *));
	s->all = calloc(s->n_max, sizeof(struct conn *));
	return s->chains && s->all;
}

void conn_store_release(struct conn_store *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->all[i]);
	free(s->chains);
	free(s->all);
	*s = (struct conn_store){0};
}

static struct conn **chain_of(const struct conn_store *s, const struct conn_key *key)
{
	return &s->chains[conn_hash_key(&s->hash, key) & (((size_t)1 << s->bits) - 1)];
}

static struct conn *first_of(struct conn *c, const struct conn_key *key)
{
	while (c && !conn_key_equal(&c->key, key))
		c = c->hash_next;
	return c;
}

struct conn *conn_store_find(const struct conn_store *s, const struct conn_key *key)
{
	return first_of(*chain_of(s, key), key);
}

struct conn *conn_store_next(const struct conn *c)
{
	return first_of(c->hash_next, &c->key);
}

/* In front: the newest of a key is found first. */
static void chain(struct conn_store *s, struct conn *c)
{
	struct conn **head = chain_of(s, &c->key);

	c->hash_next = *head;
	*head = c;
}

/* `all` is in no order, but in a chain those of one key must stay from new to old. */
static void chain_again(struct conn_store *s)
{
	for (size_t i = 0; i < s->n; i++) {
		struct conn *c = s->all[i], **link = chain_of(s, &c->key);

		while (*link && (*link)->id > c->id)
			link = &(*link)->hash_next;
		c->hash_next = *link;
		*link = c;
	}
}

static bool grow(struct conn_store *s)
{
	size_t n_max = 2 * s->n_max;
	struct conn **all = realloc(s->all, n_max * sizeof(struct conn *)), **chains;

	if (!all)
		return false;
	s->all = all;
	chains = calloc(n_max, sizeof(struct conn *));
	if (!chains)
		return false;
	free(s->chains);
	s->chains = chains;
	s->n_max = n_max;
	s->bits++;
	chain_again(s);
	return true;
}

struct conn *conn_store_add(struct conn_store *s, const struct conn_key *key)
{
	struct conn *c;

	if (s->n >= CONN_TABLE_MAX || (s->n == s->n_max && !grow(s)))
		return NULL;
	c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	c->key = *key;
	c->id = ++s->last_id;
	c->at = s->n;
	s->all[s->n++] = c;
	chain(s, c);
	return c;
}

void conn_store_remove(struct conn_store *s, struct conn *c)
{
	struct conn **link = chain_of(s, &c->key), *last = s->all[--s->n];

	while (*link != c)
		link = &(*link)->hash_next;
	*link = c->hash_next;
	s->all[c->at] = last;
	last->at = c->at;
	free(c);
}
