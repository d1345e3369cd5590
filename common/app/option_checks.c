/* SPDX-License-Identifier: Apache-2.0 */
#include "app/option_checks.h"

#include <sys/socket.h>

#include "app/container.h"
#include "app/options.h"
#include "app/pid_check.h"

bool option_check_pairs(const struct options *o, const char *const pairs[][2], size_t n,
			struct option_error *e)
{
	for (size_t i = 0; i < n; i++)
		if (options_given(o, pairs[i][0]) && options_given(o, pairs[i][1]))
			return option_fail(e, "--%s and --%s do not go together", pairs[i][0], pairs[i][1]);
	return true;
}

static bool check_conflicts(const struct options *o, struct option_error *e)
{
	/* pairs of which only one may be given; a recording was attached and
	 * limited in time when it was made, and cgroups mean nothing elsewhere */
	static const char *const pairs[][2] = {
		{"ipv4", "ipv6"},	{"record", "replay"},  {"container", "pod"}, {"replay", "container"},
		{"replay", "pod"},	{"replay", "headers"}, {"replay", "probes"}, {"replay", "transport"},
		{"replay", "duration"}, {"replay", "check"},   {"replay", "ebpf"},   {"check", "ebpf"},
		{"record", "check"},	{"record", "ebpf"},    {"replay", "stats"},  {"stats", "check"},
		{"stats", "ebpf"},
	};

	return option_check_pairs(o, pairs, sizeof(pairs) / sizeof(pairs[0]), e);
}

/* A peer of the other family would let nothing through. */
static bool check_family(const struct capture_filter *f, struct option_error *e)
{
	for (size_t i = 0; i < f->n_peers; i++) {
		if (f->only_ipv4 && f->peers[i].family == AF_INET6)
			return option_fail(e, "--peer with an IPv6 address and -4 do not go together");
		if (f->only_ipv6 && f->peers[i].family == AF_INET)
			return option_fail(e, "--peer with an IPv4 address and -6 do not go together");
	}
	return true;
}

static bool check_pids(const struct capture_filter *f, struct option_error *e)
{
	for (size_t i = 0; i < f->n_pids; i++)
		if (!pid_check(f->pids[i], e))
			return false;
	return true;
}

/* ---- --container, --pod ---- */

static bool has_pid(const struct container_targets *t, uint32_t pid)
{
	for (size_t i = 0; i < t->n_pids; i++)
		if (t->pids[i] == pid)
			return true;
	return false;
}

/* Both -p and the container's processes: what they have in common. */
static bool filter_by_pids(struct capture_filter *f, const struct container_targets *t,
			   struct option_error *e)
{
	size_t n = 0;

	if (f->n_pids == 0) {
		memcpy(f->pids, t->pids, t->n_pids * sizeof(t->pids[0]));
		f->n_pids = t->n_pids;
		return true;
	}
	for (size_t i = 0; i < f->n_pids; i++)
		if (has_pid(t, f->pids[i]))
			f->pids[n++] = f->pids[i];
	f->n_pids = n;
	return n || option_fail(e, "no process of -p is in that container");
}

static bool resolve_container(struct options *o, struct option_error *e)
{
	const char *choice = o->container ? o->container : o->pod;
	struct capture_filter *f = &o->capture.filter;
	struct container_targets targets;
	struct containers *c;
	bool found;

	if (!choice)
		return true;
	c = containers_new(NULL);
	if (!c)
		return option_fail(e, "out of memory");
	found = containers_resolve(c, choice, &targets, e->text, sizeof(e->text)) == 0;
	containers_free(c);
	if (!found)
		return false;
	if (targets.n_cgroups == 0)
		return filter_by_pids(f, &targets, e);
	memcpy(f->cgroups, targets.cgroups, targets.n_cgroups * sizeof(targets.cgroups[0]));
	f->n_cgroups = targets.n_cgroups;
	return true;
}

bool option_checks(struct options *o, struct option_error *e)
{
	if (!check_conflicts(o, e) || !check_family(&o->capture.filter, e))
		return false;
	/* only what shows them pays for looking them up; those of a recording
	 * are gone, or another machine's */
	o->name_containers = !o->replay && (o->json || o->extended);
	if (o->replay)
		return true; /* about processes that may be gone, on another machine */
	return check_pids(&o->capture.filter, e) && resolve_container(o, e);
}
