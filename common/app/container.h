/* SPDX-License-Identifier: Apache-2.0 */
/*
 * container.h - which container and pod a process belongs to.
 *
 * From the process's cgroup and the kubelet's log directories alone: no API
 * server, no runtime's socket.  What cannot be known is NULL, never guessed.
 */
#ifndef L7SCOPE_CONTAINER_H
#define L7SCOPE_CONTAINER_H

#include <stddef.h>
#include <stdint.h>

#include "app/container_host.h"
#include "app/container_targets.h"

/* Answers kept; the one of its set not used for longest goes when one more comes.
 * A node runs some hundred pods; on a machine without cgroup v2 each process
 * needs its own. */
#define CONTAINERS_CACHE_MAX 4096
/* How long an answer that may still change is kept: nothing known, a name
 * missing, or found by pid (which can be used again). */
#define CONTAINERS_RECHECK_NS 1000000000ull

struct containers; /* opaque; 2.5 MB of address space, of which only what is used becomes resident */

struct container_info {
	const char *id;			/* 64 hex digits, or the name LXC knows it by */
	const char *pod, *namespace_;	/* of Kubernetes */
	const char *name;		/* the container's name within its pod */
	enum container_runtime runtime; /* CONTAINER_NONE: unknown or not in a container */
};

/* See struct container_roots; NULL means the usual places.  NULL: out of memory. */
struct containers *containers_new(const struct container_roots *roots);
void containers_free(struct containers *c); /* takes NULL */

/*
 * cgroup_id: as bpf_get_current_cgroup_id() gave it, 0 when unknown.  It is
 * looked up first, so that a process that has exited still resolves.  Never
 * NULL; unknown members are.  Valid until the next call with the same c.
 */
const struct container_info *containers_lookup(struct containers *c, uint32_t pid, uint64_t cgroup_id);

/*
 * What to filter by for --container ID (or its beginning) and --pod NS/NAME: a
 * '/' in `choice` makes it a pod.  See container_targets_find().
 */
int containers_resolve(struct containers *c, const char *choice, struct container_targets *out, char *err,
		       size_t err_size);

/* Names in the log directories that found no room (CONTAINER_NAMES_MAX) or memory. */
uint64_t containers_names_dropped(const struct containers *c);

/* "docker", "containerd", "cri-o", "podman", "lxc", "systemd"; "container" for
 * CONTAINER_OTHER; NULL for CONTAINER_NONE. */
const char *container_runtime_name(enum container_runtime runtime);

#endif
