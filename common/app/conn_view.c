/* SPDX-License-Identifier: Apache-2.0 */
#include "app/conn_view.h"

#include <stdlib.h>

#include "app/conn_filter.h"

void conn_view_init(struct conn_view *v, const struct options *options)
{
	const struct conn_options *c = &options->conn;

	*v = (struct conn_view){
		.order = {.by = c->sort, .reverse = c->reverse, .rows = c->rows_shown},
		.by = c->by,
		.topology = c->graph || c->dot,
		.options = options,
	};
}

void conn_view_release(struct conn_view *v)
{
	free(v->passed);
	free(v->keys);
	conn_groups_release(&v->groups);
	conn_rows_release(&v->rows);
	conn_edges_release(&v->edges);
}

/* ---- filters ---- */

static bool passes(const struct conn_view *v, const struct conn_record *r)
{
	/* the filter that is typed is about what rows show; of groups these are others */
	return conn_filter_match(v->options, r) && (!v->topology || conn_order_match(v->order.filter, r));
}

/* What was there is not needed any more. */
static bool make_room(struct conn_view *v, size_t n)
{
	if (n <= v->passed_max)
		return true;
	free(v->passed);
	free(v->keys);
	v->passed = malloc(n * sizeof(*v->passed));
	v->keys = malloc(n * sizeof(*v->keys));
	v->passed_max = v->passed && v->keys ? n : 0;
	return v->passed_max;
}

/* ---- the other ends of those that pass, when they are on this machine ---- */

/* Addresses tell connections apart between namespaces, but for those of loopback. */
static struct conn_key key_of(const struct conn_record *r)
{
	struct conn_key key = conn_key_of(&r->local, &r->remote, r->netns);

	if (!conn_key_is_loopback(&key))
		key.netns = 0;
	return key;
}

static int compare_keys(const void *a, const void *b)
{
	return conn_key_compare(a, b);
}

/* Without them an edge would end in an address instead of a process. */
static size_t add_other_ends(struct conn_view *v, size_t passed, const struct conn_record *records, size_t n)
{
	size_t all = passed;

	for (size_t i = 0; i < passed; i++)
		v->keys[i] = key_of(&v->passed[i]);
	if (passed)
		qsort(v->keys, passed, sizeof(*v->keys), compare_keys);
	for (size_t i = 0; i < n; i++) {
		struct conn_key key = key_of(&records[i]), mirror = conn_key_mirror(&key, key.netns);

		if (passed && bsearch(&mirror, v->keys, passed, sizeof(mirror), compare_keys) &&
		    !passes(v, &records[i]))
			v->passed[all++] = records[i];
	}
	return all;
}

/* All that pass; without a filter the same ones. */
static bool choose(struct conn_view *v, const struct conn_record **records, size_t *n)
{
	size_t passed = 0;

	if (!conn_filter_any(v->options) && !(v->topology && v->order.filter && *v->order.filter))
		return true;
	if (!make_room(v, *n))
		return false;
	for (size_t i = 0; i < *n; i++)
		if (passes(v, &(*records)[i]))
			v->passed[passed++] = (*records)[i];
	if (v->topology)
		passed = add_other_ends(v, passed, *records, *n);
	*records = v->passed;
	*n = passed;
	return true;
}

/* ---- all together ---- */

static bool build_edges(struct conn_view *v, const struct conn_record *records, size_t n,
			struct conn_interval *out)
{
	if (!conn_edges_build(&v->edges, records, n, &out->edges, &out->n_edges))
		return false;
	if (v->order.rows && out->n_edges > v->order.rows)
		out->n_edges = v->order.rows;
	return true;
}

static bool fold(struct conn_view *v, const struct conn_record **records, size_t *n)
{
	if (v->by == CONN_BY_CONNECTION)
		return true;
	if (!conn_groups_fold(&v->groups, v->by, *records, *n, records, n))
		return false;
	v->summary.n_records = *n;
	return true;
}

bool conn_view_build(struct conn_view *v, const struct conn_record *records, size_t n,
		     const struct conn_summary *summary, struct conn_interval *out)
{
	v->summary = *summary;
	*out = (struct conn_interval){.summary = &v->summary};
	if (!choose(v, &records, &n))
		return false;
	if (v->topology) {
		v->summary.n_records = 0;
		return build_edges(v, records, n, out);
	}
	if (!fold(v, &records, &n))
		return false;
	if (!conn_rows_choose(&v->rows, &v->order, records, n))
		return false;
	out->records = v->rows.p;
	out->n_records = v->rows.n;
	return true;
}
