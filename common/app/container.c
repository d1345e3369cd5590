/* SPDX-License-Identifier: Apache-2.0 */
#include "app/container.h"

#include <stdio.h>
#include <stdlib.h>

/* A hash picks the set, the answers in it are looked through: bounded, no lists. */
#define WAYS	 4
#define SETS	 (CONTAINERS_CACHE_MAX / WAYS)
#define FOR_EVER UINT64_MAX

/* A pod's name is a DNS subdomain, the others are DNS labels (RFC 1123). */
#define POD_LEN	  254
#define LABEL_LEN 64

/* What an answer was found by.  Cgroup ids and pids overlap. */
enum key_kind { KEY_CGROUP, KEY_PID };

struct key {
	uint64_t value;
	enum key_kind kind;
};

struct answer {
	struct key key;
	uint64_t used;	      /* c->tick when last asked for; 0: this place is free */
	uint64_t fresh_until; /* FOR_EVER, or when to look again */
	uint64_t start;	      /* KEY_PID: of the process */
	uint64_t v2_id;	      /* KEY_PID: the cgroup the answer holds for; 0: unknown */
	struct container_info info;
	struct container_path path;
	char pod[POD_LEN], namespace_[LABEL_LEN], name[LABEL_LEN];
};

struct containers {
	struct container_host host;
	uint64_t tick;
	struct answer answers[SETS][WAYS];
};

/* Fibonacci hashing: the multiplier spreads numbers that are counted up with a stride. */
static struct answer *set_of(struct containers *c, struct key key)
{
	uint64_t mixed = (key.value * 2 + key.kind) * 0x9e3779b97f4a7c15ull;

	return c->answers[(mixed >> 32) % SETS];
}

static struct answer *find(struct containers *c, struct key key)
{
	struct answer *set = set_of(c, key);

	for (int i = 0; i < WAYS; i++)
		if (set[i].used && set[i].key.value == key.value && set[i].key.kind == key.kind)
			return &set[i];
	return NULL;
}

/* A cleared place for the key: its own, a free one, or the one longest unused. */
static struct answer *place_for(struct containers *c, struct key key)
{
	struct answer *set = set_of(c, key), *place = find(c, key);

	if (!place) {
		place = set;
		for (int i = 1; i < WAYS; i++)
			if (set[i].used < place->used)
				place = &set[i];
	}
	memset(place, 0, sizeof(*place));
	place->key = key;
	return place;
}

static const char *copy_name(char *out, size_t size, struct bytes name)
{
	if (name.n == 0)
		return NULL;
	snprintf(out, size, "%.*s", (int)name.n, (const char *)name.p);
	return out;
}

/* Fills in what `path` and the log directories tell.  Returns true when there
 * is nothing more to come. */
static bool fill_in(struct containers *c, struct answer *a)
{
	struct container_log_name names;

	a->info.runtime = a->path.runtime;
	a->info.id = a->path.id[0] ? a->path.id : NULL;
	if (!container_names_find(&c->host.names, &a->path, container_host_now(&c->host), &names))
		return !a->path.pod_uid[0];
	a->info.pod = copy_name(a->pod, sizeof(a->pod), names.pod);
	a->info.namespace_ = copy_name(a->namespace_, sizeof(a->namespace_), names.namespace_);
	/* A container once named keeps its name when the link to its log goes. */
	if (names.container.n)
		a->info.name = copy_name(a->name, sizeof(a->name), names.container);
	return a->info.name != NULL;
}

static void keep_for_now(struct containers *c, struct answer *a)
{
	a->fresh_until = container_host_now(&c->host) + CONTAINERS_RECHECK_NS;
}

static struct answer *store(struct containers *c, struct key key, const struct container_path *path)
{
	struct answer *a = place_for(c, key);
	bool complete;

	a->path = *path;
	complete = fill_in(c, a);
	if (complete && key.kind == KEY_CGROUP)
		a->fresh_until = FOR_EVER;
	else
		keep_for_now(c, a);
	return a;
}

static struct answer *store_unknown(struct containers *c, struct key key, uint64_t v2_id)
{
	struct answer *a = place_for(c, key);

	a->v2_id = v2_id;
	keep_for_now(c, a);
	return a;
}

static struct answer *ask_process(struct containers *c, uint32_t pid, uint64_t cgroup_id)
{
	const struct key by_pid = {pid, KEY_PID}, by_cgroup = {cgroup_id, KEY_CGROUP};
	struct container_process process;
	struct answer *a;

	if (!container_host_process(&c->host, pid, &process))
		return store_unknown(c, by_pid, cgroup_id);
	if (cgroup_id && process.by_v2) {
		/* It has moved since, or the pid is somebody else's by now. */
		if (process.v2_id && process.v2_id != cgroup_id)
			return store_unknown(c, by_cgroup, cgroup_id);
		return store(c, by_cgroup, &process.path);
	}
	a = store(c, by_pid, &process.path);
	a->start = process.start;
	a->v2_id = process.by_v2 ? process.v2_id : cgroup_id;
	return a;
}

static struct answer *ask(struct containers *c, uint32_t pid, uint64_t cgroup_id)
{
	struct container_path path;

	/* Where v1 is in use, a v2 cgroup that names no container says nothing. */
	if (cgroup_id && container_host_cgroup(&c->host, cgroup_id, &path) && (path.id[0] || c->host.pure_v2))
		return store(c, (struct key){cgroup_id, KEY_CGROUP}, &path);
	return ask_process(c, pid, cgroup_id);
}

/* An answer whose time has run out.  false: ask again. */
static bool renew(struct containers *c, struct answer *a)
{
	uint64_t start;

	if (!a->path.id[0] && !a->path.pod_uid[0])
		return false;
	if (a->key.kind == KEY_PID) {
		/* A process that is gone stays what it was. */
		start = container_host_start_time(&c->host, (uint32_t)a->key.value);
		if (start && start != a->start)
			return false;
	}
	if (!a->info.name && fill_in(c, a) && a->key.kind == KEY_CGROUP)
		a->fresh_until = FOR_EVER;
	else
		keep_for_now(c, a);
	return true;
}

/* NULL: not there, or outdated. */
static struct answer *cached(struct containers *c, struct key key)
{
	struct answer *a = find(c, key);

	if (!a || a->fresh_until == FOR_EVER || container_host_now(&c->host) < a->fresh_until)
		return a;
	return renew(c, a) ? a : NULL;
}

const struct container_info *containers_lookup(struct containers *c, uint32_t pid, uint64_t cgroup_id)
{
	struct answer *a = cgroup_id ? cached(c, (struct key){cgroup_id, KEY_CGROUP}) : NULL;

	if (!a) {
		a = cached(c, (struct key){pid, KEY_PID});
		if (a && cgroup_id && a->v2_id != cgroup_id)
			a = NULL;
	}
	if (!a)
		a = ask(c, pid, cgroup_id);
	a->used = ++c->tick;
	return &a->info;
}

int containers_resolve(struct containers *c, const char *choice, struct container_targets *out, char *err,
		       size_t err_size)
{
	return container_targets_find(&c->host, choice, out, err, err_size);
}

struct containers *containers_new(const struct container_roots *roots)
{
	/* calloc: the pages of answers never given stay untouched. */
	struct containers *c = calloc(1, sizeof(*c));

	if (c)
		container_host_init(&c->host, roots);
	return c;
}

void containers_free(struct containers *c)
{
	if (!c)
		return;
	container_host_release(&c->host);
	free(c);
}

uint64_t containers_names_dropped(const struct containers *c)
{
	return c->host.names.dropped;
}

const char *container_runtime_name(enum container_runtime runtime)
{
	static const char *const names[] = {
		[CONTAINER_SYSTEMD_UNIT] = "systemd",
		[CONTAINER_OTHER] = "container",
		[CONTAINER_DOCKER] = "docker",
		[CONTAINER_CONTAINERD] = "containerd",
		[CONTAINER_CRIO] = "cri-o",
		[CONTAINER_PODMAN] = "podman",
		[CONTAINER_LXC] = "lxc",
	};

	return names[runtime];
}
