/* SPDX-License-Identifier: Apache-2.0 */
/*
 * container_path.h - what cgroup paths and log file names say about a container.
 *
 * Pure functions: text in, struct out.  No I/O, no allocation, no state.
 */
#ifndef L7SCOPE_CONTAINER_PATH_H
#define L7SCOPE_CONTAINER_PATH_H

#include <stdbool.h>

#include "base/bytes.h"

/* The longest id that occurs is LXD's project_instance: 63 + 1 + 63, and NUL. */
#define CONTAINER_ID_LEN 128
/* A UUID, or the 32 hex digits of a static pod's configuration hash, and NUL. */
#define CONTAINER_POD_UID_LEN 37

enum container_runtime {
	CONTAINER_NONE,		/* an ordinary process */
	CONTAINER_SYSTEMD_UNIT, /* a service of the host: not a container */
	CONTAINER_OTHER,	/* a container; the path does not tell whose */
	CONTAINER_DOCKER,
	CONTAINER_CONTAINERD,
	CONTAINER_CRIO,
	CONTAINER_PODMAN,
	CONTAINER_LXC,
};

struct container_path {
	enum container_runtime runtime;
	char id[CONTAINER_ID_LEN];	     /* "" when not in a container */
	char pod_uid[CONTAINER_POD_UID_LEN]; /* "" when not in a pod; '-' between the groups */
};

/*
 * One cgroup path.  Where containers are nested (kind, docker in docker) the
 * innermost one is named; the pod is the innermost pod.  A pod's own cgroup, and
 * conmon's beside the container it watches, have a pod but no container.
 */
struct container_path container_path_parse(struct bytes path);

/* All lines of a /proc/PID/cgroup file. */
struct container_cgroups {
	struct container_path path; /* of the line that tells most; of the v2 line among equals */
	struct bytes v2_path;	    /* of the v2 line, as written; n == 0 when there is none */
	bool by_v2; /* the v2 cgroup alone settles `path`: whoever shares it shares the answer.
		       false beside v1 hierarchies, unless v2 names the container: a runtime
		       may leave all its containers in one v2 cgroup, even in the root */
};

/* Views in the result point into `file`. */
struct container_cgroups container_cgroups_parse(struct bytes file);

/* A name that the kubelet gave to a log file or directory.  Views into the name. */
struct container_log_name {
	struct bytes key; /* container id, perhaps cut; or pod uid */
	struct bytes pod, namespace_;
	struct bytes container; /* empty for a pod's directory */
};

/*
 * <pod>_<namespace>_<container>-<id>.log, as found in /var/log/containers.  The
 * kubelet cuts the name to 255 bytes, at the id's expense.  false: not such a name.
 */
bool container_log_name_parse(struct bytes name, struct container_log_name *out);

/* <namespace>_<pod>_<uid>, as found in /var/log/pods.  false: not such a name. */
bool pod_log_name_parse(struct bytes name, struct container_log_name *out);

#endif
