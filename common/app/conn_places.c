/* SPDX-License-Identifier: Apache-2.0 */
#include "app/conn_places.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define PLACES_FIRST 64
/* 2^64 / golden ratio: spreads numbers that are near each other (Knuth 6.4). */
#define SPREAD 0x9e3779b97f4a7c15ull

static const struct conn_place nowhere;

void conn_places_init(struct conn_places *p, struct containers *containers)
{
	*p = (struct conn_places){.containers = containers};
}

void conn_places_clear(struct conn_places *p)
{
	for (size_t i = 0; p->n && i < p->size; i++) {
		free(p->slots[i].container);
		free(p->slots[i].pod);
		free(p->slots[i].namespace_);
		p->slots[i] = nowhere;
	}
	p->n = 0;
}

void conn_places_release(struct conn_places *p)
{
	conn_places_clear(p);
	free(p->slots);
	*p = (struct conn_places){0};
}

/* That of the process, or the free one where it belongs. */
static struct conn_place *slot_of(const struct conn_places *p, uint32_t pid, uint64_t cgroup)
{
	size_t i = ((cgroup << 32 ^ cgroup ^ pid) * SPREAD >> 32) & (p->size - 1);
	const struct conn_place *s = &p->slots[i];

	while ((s->pid || s->cgroup) && (s->pid != pid || s->cgroup != cgroup)) {
		i = (i + 1) & (p->size - 1);
		s = &p->slots[i];
	}
	return &p->slots[i];
}

static bool is_used(const struct conn_place *s)
{
	return s->pid || s->cgroup;
}

/* At most half full. */
static bool make_room(struct conn_places *p)
{
	struct conn_places old = *p;
	struct conn_place *slots;

	if (2 * (p->n + 1) <= p->size)
		return true;
	if (p->n >= CONN_PLACES_MAX)
		return false;
	p->size = old.size ? 2 * old.size : PLACES_FIRST;
	slots = calloc(p->size, sizeof(*slots));
	if (!slots) {
		p->size = old.size;
		return false;
	}
	p->slots = slots;
	for (size_t i = 0; i < old.size; i++)
		if (is_used(&old.slots[i]))
			*slot_of(p, old.slots[i].pid, old.slots[i].cgroup) = old.slots[i];
	free(old.slots);
	return true;
}

static char *copy(const char *s)
{
	return s ? strdup(s) : NULL;
}

const struct conn_place *conn_places_find(struct conn_places *p, uint32_t pid, uint64_t cgroup)
{
	const struct container_info *info;
	struct conn_place *slot;

	bool has_room;

	if (!p->containers || (!pid && !cgroup))
		return &nowhere;
	has_room = make_room(p);
	slot = p->size ? slot_of(p, pid, cgroup) : NULL;
	if (slot && is_used(slot))
		return slot;
	if (!slot || !has_room)
		return &nowhere;
	info = containers_lookup(p->containers, pid, cgroup);
	*slot = (struct conn_place){cgroup, pid, copy(info->id), copy(info->pod), copy(info->namespace_)};
	p->n++;
	return slot;
}
