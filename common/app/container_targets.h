/* SPDX-License-Identifier: Apache-2.0 */
/* container_targets.h - what the kernel must filter by to see one container or pod. */
#ifndef L7SCOPE_CONTAINER_TARGETS_H
#define L7SCOPE_CONTAINER_TARGETS_H

#include <stddef.h>
#include <stdint.h>

#include "app/container_host.h"
#include "transport/capture.h"

/* Filter by the cgroups when there are any, else by the pids.  The pids are
 * those of now: processes that start later are not among them. */
struct container_targets {
	uint64_t cgroups[CAPTURE_LIST_MAX]; /* cgroup v2 ids */
	size_t n_cgroups;		    /* 0: cgroup v2 does not tell this container from others */
	uint32_t pids[CAPTURE_LIST_MAX];    /* as /proc numbers them */
	size_t n_pids;
};

/*
 * choice: a container's id or the beginning of it, or "NAMESPACE/POD".  Looks at
 * the processes that run now.  Returns 0; -1 with one plain sentence in err when
 * nothing fits, when it fits more than one container, or when the result would
 * not fit into the list that a filter can take.
 */
int container_targets_find(struct container_host *h, const char *choice, struct container_targets *out,
			   char *err, size_t err_size);

#endif
