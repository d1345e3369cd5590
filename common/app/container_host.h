/* SPDX-License-Identifier: Apache-2.0 */
/*
 * container_host.h - what this machine's directories say about processes and cgroups.
 *
 * All the I/O behind containers_lookup() and containers_resolve(): /proc, the
 * cgroup mount, and the kubelet's log directories.
 */
#ifndef L7SCOPE_CONTAINER_HOST_H
#define L7SCOPE_CONTAINER_HOST_H

#include <limits.h>
#include <stdint.h>

#include "app/container_names.h"

/* Where to look; a NULL member means the usual place.  Tests give their own. */
struct container_roots {
	const char *proc;	    /* /proc */
	const char *cgroup;	    /* /sys/fs/cgroup */
	const char *log_containers; /* /var/log/containers */
	const char *log_pods;	    /* /var/log/pods */
	uint64_t (*now_ns)(void);   /* a clock that does not go back; NULL: CLOCK_MONOTONIC_COARSE */
};

struct container_host {
	struct container_roots roots; /* no member is NULL */
	char v2_dir[PATH_MAX];	      /* where cgroup v2 is mounted; "" when it is not */
	int v2_fd;		      /* of v2_dir, when it is a real cgroup2 file system; else -1 */
	bool pure_v2;		      /* no v1 hierarchy is in use beside it */
	struct container_names names;
};

struct container_process {
	struct container_path path;
	uint64_t start; /* in clock ticks after boot: with the pid, the process's identity */
	uint64_t v2_id; /* of its cgroup, as bpf_get_current_cgroup_id() gives it; 0: unknown */
	bool by_v2;	/* see struct container_cgroups */
};

/* The strings of `roots` must outlive the host; `roots` may be NULL. */
void container_host_init(struct container_host *h, const struct container_roots *roots);
void container_host_release(struct container_host *h);

uint64_t container_host_now(const struct container_host *h);

/* false: no such process. */
bool container_host_process(const struct container_host *h, uint32_t pid, struct container_process *out);

/* 0: no such process. */
uint64_t container_host_start_time(const struct container_host *h, uint32_t pid);

/* From the cgroup's id alone, whoever was or is in it.  false: it is gone, or
 * the kernel does not let us look (needs CAP_DAC_READ_SEARCH and Linux 5.5). */
bool container_host_cgroup(const struct container_host *h, uint64_t v2_id, struct container_path *out);

#endif
