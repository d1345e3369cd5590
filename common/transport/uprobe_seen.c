/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/uprobe_seen.h"

#include <stdlib.h>
#include <string.h>

/* Those of a machine with a few dozen programs. */
#define FIRST_CAP 256

static uint64_t mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15ull;
	return h ^ h >> 32;
}

static size_t slot_of(const struct uprobe_seen *s, const struct uprobe_seen_key *key)
{
	uint64_t h = mix(mix(mix(mix(0, key->dev), key->inode), key->size), key->mtime_ns);

	return (size_t)h & (s->cap - 1);
}

/* The entry of this key, or the free one where it would be. */
static struct uprobe_seen_entry *probe(const struct uprobe_seen *s, const struct uprobe_seen_key *key)
{
	size_t i = slot_of(s, key);

	while (s->entries[i].used && memcmp(&s->entries[i].key, key, sizeof(*key)) != 0)
		i = (i + 1) & (s->cap - 1);
	return &s->entries[i];
}

struct uprobe_seen_entry *uprobe_seen_find(const struct uprobe_seen *s, const struct uprobe_seen_key *key)
{
	struct uprobe_seen_entry *e = s->cap ? probe(s, key) : NULL;

	return e && e->used ? e : NULL;
}

static bool is_told(const struct uprobe_seen_entry *e, const void *unused)
{
	(void)unused;
	return e->told;
}

/* Into new room, those to be kept. */
static bool rebuild(struct uprobe_seen *s, size_t cap,
		    bool (*keep)(const struct uprobe_seen_entry *e, const void *arg), const void *arg)
{
	struct uprobe_seen to = {.entries = calloc(cap, sizeof(*to.entries)), .cap = cap};

	if (!to.entries)
		return false;
	for (size_t i = 0; i < s->cap; i++) {
		if (!s->entries[i].used || (keep && !keep(&s->entries[i], arg)))
			continue;
		*probe(&to, &s->entries[i].key) = s->entries[i];
		to.n++;
	}
	free(s->entries);
	*s = to;
	return true;
}

static bool make_room(struct uprobe_seen *s)
{
	if (s->n >= UPROBE_SEEN_MAX)
		return rebuild(s, s->cap, is_told, NULL) && s->n < UPROBE_SEEN_MAX;
	if (s->n < s->cap / 4 * 3)
		return true;
	return rebuild(s, s->cap ? s->cap * 2 : FIRST_CAP, NULL, NULL);
}

struct uprobe_seen_entry *uprobe_seen_add(struct uprobe_seen *s, const struct uprobe_seen_key *key)
{
	struct uprobe_seen_entry *e = uprobe_seen_find(s, key);

	if (e)
		return e;
	if (!make_room(s))
		return NULL;
	e = probe(s, key);
	*e = (struct uprobe_seen_entry){.key = *key, .used = true};
	s->n++;
	return e;
}

static bool is_another(const struct uprobe_seen_entry *e, const void *arg)
{
	const struct uprobe_seen_key *gone = arg;

	return e->dev != gone->dev || e->inode != gone->inode;
}

void uprobe_seen_forget(struct uprobe_seen *s, dev_t dev, ino_t inode)
{
	struct uprobe_seen_key gone = {.dev = dev, .inode = inode};

	/* out of memory: it stays known, as if it had not been replaced */
	if (s->cap)
		rebuild(s, s->cap, is_another, &gone);
}

void uprobe_seen_release(struct uprobe_seen *s)
{
	free(s->entries);
	*s = (struct uprobe_seen){0};
}
