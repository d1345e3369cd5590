/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net_namespaces.h - the network namespaces that have processes, and a socket in each.
 *
 * A socket keeps its namespace alive, so it is closed as soon as it is noticed that
 * the namespace has no process any more (net_namespaces_update()).
 */
#ifndef L7SCOPE_NET_NAMESPACES_H
#define L7SCOPE_NET_NAMESPACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/sock_diag.h"

struct net_namespace {
	uint32_t inode; /* unique as long as fd is open */
	uint32_t pid;	/* a process that was in it when last looked */
	int fd;		/* what open_socket() returned */
	bool found;	/* by the scan under way */
};

struct net_namespaces {
	int proc;
	/* in the namespace of the thread that calls it; -1: errno.  Must not allocate. */
	int (*open_socket)(void);
	uint64_t next_scan_ns;
	uint64_t skipped; /* by the last scan; processes whose namespace could not be told count as one */
	size_t n;
	struct net_namespace items[SOCK_DIAG_NAMESPACES_MAX]; /* the first one is our own, always */
};

/* Opens our own.  0, or errno; then there is nothing to release. */
int net_namespaces_init(struct net_namespaces *s, const char *proc, int (*open_socket)(void));
void net_namespaces_release(struct net_namespaces *s);

/* Looks through /proc every SOCK_DIAG_RESCAN_NS, and when the process known of a namespace is gone from it.
 */
void net_namespaces_update(struct net_namespaces *s, uint64_t now_ns);

/* The socket of items[i] is of no use: closes it; the next update opens another one. */
void net_namespaces_reopen(struct net_namespaces *s, size_t i);

#endif
