/* SPDX-License-Identifier: Apache-2.0 */
/*
 * socket_owners.h - which processes have a socket open.
 *
 * The kernel tells a socket's inode, /proc/PID/fd who has it.  Looked through
 * only when an inode turns up that is not known, and not more often than what
 * SOCKET_OWNERS_SHARE of one CPU pays for.
 */
#ifndef L7SCOPE_SOCKET_OWNERS_H
#define L7SCOPE_SOCKET_OWNERS_H

#include <stddef.h>
#include <stdint.h>

/* Of a socket that more processes share, the first ones by pid are told. */
#define SOCKET_OWNERS_MAX 8
/* A scan that took T is not repeated within T * SOCKET_OWNERS_SHARE. */
#define SOCKET_OWNERS_SHARE 20
/* What was wanted and not found (another PID namespace's, the kernel's own) is not looked for again
 * within this time: it alone would have /proc looked through for ever. */
#define SOCKET_OWNERS_RETRY_NS 5000000000ull
/* A scan reads again only what is new, or was not seen since the last refresh (socket_owners_saw()); so
 * long, and until something that is wanted is not found that way. */
#define SOCKET_OWNERS_FULL_NS 30000000000ull
/* Wanted inodes that are told apart at once; more are looked for, too, but each time. */
#define SOCKET_OWNERS_WANTED_MAX 16384
/* Open sockets known at once, of all processes together: 8 bytes each. */
#define SOCKET_OWNERS_OPEN_MAX 1048576

struct socket_owners; /* opaque */

struct socket_owner {
	uint32_t pid;
	char comm[16];	 /* NUL-terminated */
	uint64_t cgroup; /* cgroup v2 id, 0 when unknown */
};

struct socket_owners *socket_owners_new(const char *proc); /* "/proc"; NULL: out of memory */
void socket_owners_free(struct socket_owners *o);	   /* takes NULL */

/* The owner of this one is missing: the next socket_owners_refresh() may look.  Is said again before each
 * refresh for as long as it is missing. */
void socket_owners_want(struct socket_owners *o, uint32_t inode);

/* This socket exists, sock_diag just told of it; wants it if its owner is not known.  Said of each socket
 * before each refresh, it makes that one three times as fast: what is not seen is taken for closed. */
void socket_owners_saw(struct socket_owners *o, uint32_t inode);

/* Looks through /proc when something was wanted and it is time.  now_ns: CLOCK_MONOTONIC.
 * Forgets inodes that no process has any more. */
void socket_owners_refresh(struct socket_owners *o, uint64_t now_ns);

/* Returns how many there are (may be more than SOCKET_OWNERS_MAX); *owners: the first of
 * them, by pid; valid until the next refresh.  0: not known. */
size_t socket_owners_find(const struct socket_owners *o, uint32_t inode, const struct socket_owner **owners);

/* Open sockets that found no room (SOCKET_OWNERS_OPEN_MAX) or memory, so far. */
uint64_t socket_owners_dropped(const struct socket_owners *o);

#endif
