/* SPDX-License-Identifier: Apache-2.0 */
/*
 * container_names.h - pod names, from the kubelet's log directories.
 *
 * The names of the links in /var/log/containers and of the directories in
 * /var/log/pods tell all; no file is opened and no API server asked.
 */
#ifndef L7SCOPE_CONTAINER_NAMES_H
#define L7SCOPE_CONTAINER_NAMES_H

#include <stdint.h>

#include "app/container_path.h"

/* Names kept per directory.  A kubelet runs 110 pods by default, 500 at most in
 * practice, of several containers each, and leaves links to dead ones behind. */
#define CONTAINER_NAMES_MAX 4096
/* A directory is not read again earlier than this: a burst of unknown
 * containers must not turn into a burst of directory reads. */
#define CONTAINER_NAMES_INTERVAL_NS 1000000000ull

struct container_names_entry {
	char *text;			/* owned */
	struct container_log_name name; /* views into text */
};

struct container_names_list {
	struct container_names_entry *entries; /* sorted by key */
	size_t n;
};

struct container_names {
	const char *containers_dir, *pods_dir;	      /* not owned */
	struct container_names_list containers, pods; /* keys: container id, pod uid */
	uint64_t read_ns;			      /* when they were last read; 0: never */
	uint64_t dropped; /* names that did not fit or for which there was no memory, all reads together */
};

/* Reads nothing yet.  The directory names must outlive n; a directory that
 * does not exist is an empty one. */
void container_names_init(struct container_names *n, const char *containers_dir, const char *pods_dir);
void container_names_release(struct container_names *n);

/*
 * What is known about the container and pod at `path`: all four members of *out,
 * or only the pod's (`container` empty), or none (false).  May read the
 * directories again; views in *out are valid until the next call.
 */
bool container_names_find(struct container_names *n, const struct container_path *path, uint64_t now_ns,
			  struct container_log_name *out);

#endif
