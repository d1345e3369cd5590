/* SPDX-License-Identifier: Apache-2.0 */
/* socket_owners_scan.h - one look through /proc for who has which socket open. */
#ifndef L7SCOPE_SOCKET_OWNERS_SCAN_H
#define L7SCOPE_SOCKET_OWNERS_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/socket_owners.h"

/* Reading one link costs 3 us, listing its name 0.7: so a scan reads only those it must. */
struct open_socket {
	uint32_t pid, fd, inode;
};

struct open_sockets {
	struct open_socket *items;
	size_t n, cap;
};

struct socket_scan {
	struct socket_owner *processes; /* that have a socket open, by pid */
	size_t n_processes, cap_processes;
	uint64_t *opens; /* inode << 32 | index in processes; sorted, no two alike */
	size_t n_opens, cap_opens;
	uint64_t dropped; /* no room or memory; adds up over scans */
	/* private */
	uint32_t *pids; /* of all processes */
	size_t n_pids, cap_pids;
	uint8_t *seen;		   /* for each of opens: socket_scan_saw() was called; may be NULL */
	struct open_sockets files; /* by pid and fd, as found */
	struct open_sockets known; /* of the scan before, those to be trusted; the first `at` are behind us */
	size_t at;
};

/* All zeros is an empty one.  Keeps the memory of the one before.  cgroups: the directory that cgroup v2 is
 * mounted on, -1 when there is none.  Unless `full`, a socket that existed just now (socket_scan_saw()) and
 * had one owner is believed to be where it was, if that number of that process is still open. */
void socket_scan_run(struct socket_scan *s, int proc, int cgroups, bool full);
void socket_scan_release(struct socket_scan *s);

/* The first of opens with this inode, n_opens when there is none. */
size_t socket_scan_find(const struct socket_scan *s, uint32_t inode);

/* This socket exists now.  false: no process has it. */
bool socket_scan_saw(struct socket_scan *s, uint32_t inode);
/* That was then. */
void socket_scan_forget_seen(struct socket_scan *s);

#endif
