/* SPDX-License-Identifier: Apache-2.0 */
#include "app/conn_groups.h"

#include <stdlib.h>
#include <string.h>

#include "app/conn_fold.h"

/* As docker ps shows. */
#define CONTAINER_DIGITS 12
/* No connection has an id like that: they are counted up from 1. */
#define GROUP_ID (1ull << 63)

struct conn_group_member {
	size_t name, name_len; /* in conn_groups.names */
	const char *names;
	const struct conn_record *r;
};

/* ---- names ---- */

static const char *const group_names[CONN_GROUPS] = {
	[CONN_BY_CONNECTION] = "connection", [CONN_BY_PROCESS] = "process",	[CONN_BY_PEER] = "peer",
	[CONN_BY_SERVICE] = "service",	     [CONN_BY_CONTAINER] = "container", [CONN_BY_POD] = "pod",
};

const char *conn_group_name(enum conn_group by)
{
	return group_names[by];
}

bool conn_group_parse(const char *name, enum conn_group *by)
{
	for (unsigned i = 0; i < CONN_GROUPS; i++) {
		if (strcmp(group_names[i], name) == 0) {
			*by = i;
			return true;
		}
	}
	return false;
}

static void put_process(struct text *t, const struct conn_record *r)
{
	if (!r->pid && !r->comm)
		return;
	text_put_str(t, r->comm ? r->comm : "");
	text_put_char(t, '[');
	text_put_u64(t, r->pid);
	text_put_char(t, ']');
}

static void put_peer(struct text *t, const struct conn_record *r)
{
	char addr[ENDPOINT_ADDR_LEN];

	if (r->remote.family)
		text_put_str(t, endpoint_addr(&r->remote, addr));
}

static void put_service(struct text *t, const struct conn_record *r)
{
	char end[ENDPOINT_TEXT_LEN];

	if (r->role == CONN_SERVER) {
		text_put_char(t, ':');
		text_put_u64(t, r->local.port);
		text_put_char(t, ' ');
		text_put_str(t, r->comm ? r->comm : "-");
	} else if (r->remote.family) {
		text_put_str(t, endpoint_text(&r->remote, end));
	}
}

static void put_container(struct text *t, const struct conn_record *r)
{
	if (r->container)
		text_put(t, r->container, strnlen(r->container, CONTAINER_DIGITS));
}

static void put_pod(struct text *t, const struct conn_record *r)
{
	if (!r->pod)
		return;
	if (r->namespace_) {
		text_put_str(t, r->namespace_);
		text_put_char(t, '/');
	}
	text_put_str(t, r->pod);
}

static void put_name(struct text *t, enum conn_group by, const struct conn_record *r)
{
	static void (*const put[CONN_GROUPS])(struct text *, const struct conn_record *) = {
		[CONN_BY_PROCESS] = put_process, [CONN_BY_PEER] = put_peer,
		[CONN_BY_SERVICE] = put_service, [CONN_BY_CONTAINER] = put_container,
		[CONN_BY_POD] = put_pod,
	};
	size_t start = t->n;

	put[by](t, r);
	if (t->n == start)
		text_put_char(t, '-');
}

/* FNV-1a.  Who makes two names collide on purpose confuses which of them a screen has selected. */
static uint64_t id_of(struct bytes name)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < name.n; i++)
		h = (h ^ name.p[i]) * 0x100000001b3u;
	return h | GROUP_ID;
}

/* ---- lifetime ---- */

void conn_groups_release(struct conn_groups *g)
{
	free(g->records);
	free(g->members);
	text_release(&g->names);
	conn_pool_release(&g->pool);
	*g = (struct conn_groups){0};
}

static bool make_room(struct conn_groups *g, size_t n)
{
	size_t max = g->max ? g->max : 256;

	if (n <= g->max)
		return true;
	while (max < n)
		max *= 2;
	free(g->records);
	free(g->members);
	g->records = calloc(max, sizeof(*g->records));
	g->members = calloc(max, sizeof(*g->members));
	g->max = g->records && g->members ? max : 0;
	return g->max;
}

/* ---- folding ---- */

static struct bytes name_of(const struct conn_group_member *m)
{
	return bytes_of(m->names + m->name, m->name_len);
}

static int compare_members(const void *p, const void *q)
{
	const struct conn_group_member *a = p, *b = q;
	size_t n = a->name_len < b->name_len ? a->name_len : b->name_len;
	int order = memcmp(a->names + a->name, b->names + b->name, n);

	if (order)
		return order;
	if (a->name_len != b->name_len)
		return a->name_len < b->name_len ? -1 : 1;
	return (a->r->id > b->r->id) - (a->r->id < b->r->id);
}

/* Sorted by name, so that those of one group stand together.  false: out of memory. */
static bool name_all(struct conn_groups *g, enum conn_group by, const struct conn_record *records, size_t n)
{
	text_clear(&g->names);
	for (size_t i = 0; i < n; i++) {
		size_t start = g->names.n;

		put_name(&g->names, by, &records[i]);
		g->members[i] = (struct conn_group_member){start, g->names.n - start, NULL, &records[i]};
	}
	for (size_t i = 0; i < n; i++)
		g->members[i].names = g->names.p;
	if (g->names.failed)
		return false;
	qsort(g->members, n, sizeof(*g->members), compare_members);
	return true;
}

/* Those from m on with the same name; returns how many. */
static size_t fold(struct conn_groups *g, struct conn_record *group, const struct conn_group_member *m,
		   const struct conn_group_member *end)
{
	struct conn_latency latency = {.sum = m->r->latency};
	size_t n = 1;

	*group = *m->r;
	group->group = name_of(m);
	group->id = id_of(group->group);
	for (; m + n < end && bytes_equal(name_of(m + n), group->group); n++) {
		conn_fold_add(group, m[n].r);
		conn_latency_add(&latency, m[n].r->latency, &g->pool);
	}
	group->latency = latency.sum;
	return n;
}

bool conn_groups_apply(struct conn_groups *g, enum conn_group by, const struct conn_record **records,
		       size_t *n)
{
	size_t n_members = *n, n_groups = 0;

	if (by == CONN_BY_CONNECTION || *n == 0)
		return true;
	*n = 0;
	conn_pool_reset(&g->pool);
	if (!make_room(g, n_members) || !name_all(g, by, *records, n_members))
		return false;
	for (size_t i = 0; i < n_members; n_groups++)
		i += fold(g, &g->records[n_groups], &g->members[i], &g->members[n_members]);
	*records = g->records;
	*n = n_groups;
	return true;
}
