/* SPDX-License-Identifier: Apache-2.0 */
#include "app/latency_groups.h"

#include <stdlib.h>
#include <sys/random.h>

/* Chains; twice as many as rows, so that most have one row or none. */
#define CHAIN_BITS 12
#define CHAINS	   ((size_t)1 << CHAIN_BITS)

_Static_assert(CHAINS >= 2 * LATENCY_GROUPS_MAX, "short chains");

/* Hashes are numbers below this prime. */
#define HASH_PRIME ((1ull << 61) - 1)
/* Bytes of a value hashed at once: the most that are always below the prime. */
#define HASH_STEP 7

struct group {
	struct group *hash_next;
	uint64_t hash;
	struct bytes values[LATENCY_KEYS_MAX]; /* those past n_keys are unknown in all rows */
	struct histogram parts[];	       /* n_parts, then the bytes of the values */
};

struct latency_groups {
	size_t n_keys, n_parts;
	uint64_t secret; /* of the hash */
	struct group **chains;
	struct group **groups; /* all n, in no order */
	size_t n;
	struct histogram *overflow; /* n_parts: keys without a row of their own, all of them without keys */
	struct histogram *others;   /* n_parts: what the last latency_groups_top() summed up */
	struct latency_row *rows;   /* its answer: all groups and "other" */
};

/* ---- hash ---- */

/* Without the kernel's random numbers (early at boot): where memory lies is a secret, too. */
static uint64_t secret_new(const void *anywhere)
{
	uint64_t secret;

	if (getrandom(&secret, sizeof(secret), GRND_NONBLOCK) != (ssize_t)sizeof(secret))
		secret = (uintptr_t)anywhere * 0x9e3779b97f4a7c15u;
	return secret % (HASH_PRIME - 1) + 1;
}

/* h * secret + word modulo the prime; word is below 2^56, the others below the prime. */
static uint64_t hash_word(uint64_t h, uint64_t secret, uint64_t word)
{
	unsigned __int128 product = (unsigned __int128)h * secret + word;
	uint64_t sum = (uint64_t)(product & HASH_PRIME) + (uint64_t)(product >> 61);

	return sum >= HASH_PRIME ? sum - HASH_PRIME : sum;
}

/* Its length, too, so that no two lists of values hash the same words. */
static uint64_t hash_value(uint64_t h, uint64_t secret, struct bytes v)
{
	if (!v.p)
		return hash_word(h, secret, 0);
	h = hash_word(h, secret, v.n + 1);
	for (size_t at = 0; at < v.n; at += HASH_STEP) {
		uint64_t word = 0;

		memcpy(&word, v.p + at, v.n - at < HASH_STEP ? v.n - at : HASH_STEP);
		h = hash_word(h, secret, word);
	}
	return h;
}

/*
 * The key as a polynomial, at a secret point.  Keys come from strangers (paths):
 * whatever two of them are, they have one hash, or one chain, only by chance
 * (Carter and Wegman 1979), so nobody can make the chains long.  The last step
 * spreads keys that differ in their last bytes over the chains.
 */
static uint64_t hash_key(const struct latency_groups *g, const struct bytes *key)
{
	uint64_t h = 1;

	for (size_t i = 0; i < g->n_keys; i++)
		h = hash_value(h, g->secret, key[i]);
	return hash_word(h, g->secret, 0);
}

static struct group **chain_of(const struct latency_groups *g, uint64_t hash)
{
	return &g->chains[hash & (CHAINS - 1)];
}

/* ---- lifetime ---- */

struct latency_groups *latency_groups_new(size_t n_keys, size_t n_parts)
{
	struct latency_groups *g = calloc(1, sizeof(*g));
	size_t room = n_keys ? LATENCY_GROUPS_MAX : 0;

	if (!g)
		return NULL;
	g->n_keys = n_keys;
	g->n_parts = n_parts;
	g->secret = secret_new(g);
	g->chains = n_keys ? calloc(CHAINS, sizeof(*g->chains)) : NULL;
	g->groups = n_keys ? calloc(room, sizeof(*g->groups)) : NULL;
	g->overflow = calloc(n_parts, sizeof(*g->overflow));
	g->others = calloc(n_parts, sizeof(*g->others));
	g->rows = calloc(room + 1, sizeof(*g->rows));
	if ((n_keys && (!g->chains || !g->groups)) || !g->overflow || !g->others || !g->rows) {
		latency_groups_free(g);
		return NULL;
	}
	return g;
}

static void free_groups(struct latency_groups *g)
{
	for (size_t i = 0; i < g->n; i++)
		free(g->groups[i]);
	g->n = 0;
}

void latency_groups_free(struct latency_groups *g)
{
	if (!g)
		return;
	free_groups(g);
	free(g->chains);
	free(g->groups);
	free(g->overflow);
	free(g->others);
	free(g->rows);
	free(g);
}

void latency_groups_clear(struct latency_groups *g)
{
	free_groups(g);
	if (g->n_keys)
		memset(g->chains, 0, CHAINS * sizeof(*g->chains));
	memset(g->overflow, 0, g->n_parts * sizeof(*g->overflow));
}

/* ---- finding and making rows ---- */

/* Unknown before empty, then as memcmp() has it. */
static int compare_values(struct bytes a, struct bytes b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n ? memcmp(a.p, b.p, n) : 0;

	if (order)
		return order;
	return a.n != b.n ? (a.n > b.n) - (a.n < b.n) : (a.p != NULL) - (b.p != NULL);
}

static int compare_keys(const struct bytes *a, const struct bytes *b)
{
	int order = 0;

	for (size_t i = 0; i < LATENCY_KEYS_MAX && order == 0; i++)
		order = compare_values(a[i], b[i]);
	return order;
}

static struct group *find(const struct latency_groups *g, uint64_t hash, const struct bytes *key)
{
	struct group *group = *chain_of(g, hash);

	while (group && (group->hash != hash || compare_keys(group->values, key) != 0))
		group = group->hash_next;
	return group;
}

/* NULL: out of memory. */
static struct group *group_new(const struct latency_groups *g, const struct bytes *key)
{
	size_t parts_size = g->n_parts * sizeof(struct histogram), text_size = 0;
	struct group *group;
	uint8_t *text;

	for (size_t i = 0; i < g->n_keys; i++)
		text_size += key[i].n;
	group = calloc(1, sizeof(*group) + parts_size + text_size);
	if (!group)
		return NULL;
	text = (uint8_t *)group->parts + parts_size;
	for (size_t i = 0; i < g->n_keys; i++) {
		if (!key[i].p)
			continue;
		memcpy(text, key[i].p, key[i].n);
		group->values[i] = bytes_of(text, key[i].n);
		text += key[i].n;
	}
	return group;
}

static void add(struct latency_groups *g, uint64_t hash, struct group *group)
{
	struct group **chain = chain_of(g, hash);

	group->hash = hash;
	group->hash_next = *chain;
	*chain = group;
	g->groups[g->n++] = group;
}

struct histogram *latency_groups_row(struct latency_groups *g, const struct bytes *values)
{
	struct bytes key[LATENCY_KEYS_MAX] = {{NULL, 0}};
	struct group *group;
	uint64_t hash;

	if (g->n_keys == 0 || !values)
		return g->overflow;
	for (size_t i = 0; i < g->n_keys; i++)
		key[i] = bytes_of(values[i].p,
				  values[i].n < LATENCY_VALUE_MAX ? values[i].n : LATENCY_VALUE_MAX);
	hash = hash_key(g, key);
	group = find(g, hash, key);
	if (group)
		return group->parts;
	group = g->n < LATENCY_GROUPS_MAX ? group_new(g, key) : NULL;
	if (!group)
		return g->overflow;
	add(g, hash, group);
	return group->parts;
}

/* ---- the answer ---- */

static uint64_t exchanges(const struct group *group)
{
	return group->parts[0].count + group->parts[0].errors;
}

static int compare_groups(const void *a, const void *b)
{
	const struct group *x = *(struct group *const *)a, *y = *(struct group *const *)b;
	uint64_t n = exchanges(x), m = exchanges(y);

	return n != m ? (n < m) - (n > m) : compare_keys(x->values, y->values);
}

static void merge_parts(const struct latency_groups *g, const struct histogram *from)
{
	for (size_t i = 0; i < g->n_parts; i++)
		histogram_merge(&g->others[i], &from[i]);
}

static bool others_hold(const struct latency_groups *g)
{
	for (size_t i = 0; i < g->n_parts; i++)
		if (g->others[i].count || g->others[i].errors)
			return true;
	return false;
}

size_t latency_groups_top(struct latency_groups *g, size_t top, const struct latency_row **rows)
{
	size_t n = 0;

	if (g->n)
		qsort(g->groups, g->n, sizeof(struct group *), compare_groups);
	for (; n < g->n && n < top; n++) {
		g->rows[n] = (struct latency_row){.parts = g->groups[n]->parts};
		memcpy(g->rows[n].values, g->groups[n]->values, sizeof(g->rows[n].values));
	}
	memset(g->others, 0, g->n_parts * sizeof(*g->others));
	merge_parts(g, g->overflow);
	for (size_t i = n; i < g->n; i++)
		merge_parts(g, g->groups[i]->parts);
	if (g->n_keys == 0 || others_hold(g)) {
		g->rows[n] = (struct latency_row){.other = g->n_keys, .parts = g->others};
		n++;
	}
	*rows = g->rows;
	return n;
}
