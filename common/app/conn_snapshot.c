/* SPDX-License-Identifier: Apache-2.0 */
#include "app/conn_snapshot.h"

#include <stdlib.h>
#include <string.h>

/* What each piece begins on a multiple of: enough for all that is copied. */
#define ALIGNMENT 8

void conn_snapshot_release(struct conn_snapshot *s)
{
	free(s->records);
	free(s->memory);
	*s = (struct conn_snapshot){0};
}

/* Lays pieces one after the other; without memory it only counts. */
struct packer {
	char *memory;
	size_t used;
};

static const void *pack(struct packer *p, const void *from, size_t n)
{
	char *to = p->memory ? p->memory + p->used : NULL;

	if (!from)
		return NULL;
	if (to)
		memcpy(to, from, n);
	p->used += (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	return to;
}

static const char *pack_string(struct packer *p, const char *s)
{
	return pack(p, s, s ? strlen(s) + 1 : 0);
}

static void pack_record(struct packer *p, struct conn_record *to, const struct conn_record *from)
{
	*to = *from;
	to->comm = pack_string(p, from->comm);
	to->container = pack_string(p, from->container);
	to->pod = pack_string(p, from->pod);
	to->namespace_ = pack_string(p, from->namespace_);
	to->proto = pack_string(p, from->proto);
	to->owners = pack(p, from->owners, from->n_owner_pids * sizeof(from->owners[0]));
	to->latency = pack(p, from->latency, sizeof(*from->latency));
	to->group.p = pack(p, from->group.p, from->group.n);
}

/* A power of two above, so that growing connection by connection is not copying by connection. */
static size_t room_for(size_t n)
{
	size_t room = 1024;

	while (room < n)
		room *= 2;
	return room;
}

static bool make_room(struct conn_snapshot *s, size_t n, size_t bytes)
{
	if (n > s->n_records_max || !s->records) {
		free(s->records);
		s->n_records_max = room_for(n);
		s->records = calloc(s->n_records_max, sizeof(*s->records));
	}
	if (bytes > s->memory_size || !s->memory) {
		free(s->memory);
		s->memory_size = room_for(bytes);
		s->memory = malloc(s->memory_size);
	}
	return s->records && s->memory;
}

bool conn_snapshot_take(struct conn_snapshot *s, const struct conn_record *records, size_t n,
			const struct conn_summary *summary)
{
	struct packer packer = {0};
	struct conn_record measured;

	s->n = 0;
	for (size_t i = 0; i < n; i++)
		pack_record(&packer, &measured, &records[i]);
	if (!make_room(s, n, packer.used)) {
		conn_snapshot_release(s);
		return false;
	}
	packer = (struct packer){.memory = s->memory};
	for (size_t i = 0; i < n; i++)
		pack_record(&packer, &s->records[i], &records[i]);
	s->n = n;
	s->summary = *summary;
	return true;
}
