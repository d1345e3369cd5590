/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sock_diag.h - all TCP sockets of this machine, with TCP's own counters.
 *
 * Asks the kernel by netlink (NETLINK_SOCK_DIAG, sock_diag(7)) in every network
 * namespace that has processes (the namespaces of threads that differ from their
 * process are not looked for).  Cost grows with the number of sockets, not with
 * their traffic.
 */
#ifndef L7SCOPE_SOCK_DIAG_H
#define L7SCOPE_SOCK_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/endpoint.h"

/* Network namespaces asked, at most; one descriptor each. */
#define SOCK_DIAG_NAMESPACES_MAX 1024
/* New ones are looked for so often (through /proc). */
#define SOCK_DIAG_RESCAN_NS 5000000000ull

struct sock_diag; /* opaque */

struct sock_diag_socket {
	struct endpoint local, remote; /* v4-mapped addresses as AF_INET */
	uint32_t netns;		       /* inode number of the namespace */
	uint64_t cookie; /* INET_DIAG cookie: unique in a namespace, never reused; TIME_WAIT keeps it */
	uint32_t inode;	 /* of its file; 0: no process has it any more */
	uint32_t uid;
	uint8_t state; /* TCP_ESTABLISHED ...: <netinet/tcp.h> */
	bool has_info; /* the members below are known (not of TIME_WAIT, ...) */
	/* Bytes of data: what the kernel's counters add for SYN and FIN is taken off again (of `acked`
	 * exactly when nothing is on its way, else it may be 1 too many; needs Linux 4.19; `received` is
	 * 1 too many when the FIN came between the kernel's look at the state and at the bytes). */
	uint64_t received;	 /* tcpi_bytes_received */
	uint64_t acked;		 /* tcpi_bytes_acked */
	uint32_t rtt_us;	 /* 0: not measured yet */
	uint32_t retrans;	 /* tcpi_total_retrans: segments */
	uint32_t unread, unsent; /* queues, bytes (idiag_rqueue, idiag_wqueue); of a listener:
				    connections not accepted, and its backlog */
};

struct sock_diag_stats {
	size_t namespaces;
	uint64_t namespaces_skipped; /* now: more than SOCK_DIAG_NAMESPACES_MAX, or not permitted; all
					processes whose namespace may not be told count as one */
	uint64_t incomplete;	     /* dumps that failed on the way, or that the kernel said were
					interrupted, again when asked again */
	uint64_t no_memory;
};

/* NULL with one plain sentence in err. */
struct sock_diag *sock_diag_new(char *err, size_t err_size);
void sock_diag_free(struct sock_diag *d); /* takes NULL */

/* `socket` is valid during the call only. */
typedef void sock_diag_fn(void *ctx, const struct sock_diag_socket *socket);

/* Calls fn for each TCP socket, listeners too, once.  now_ns: CLOCK_MONOTONIC.
 * Returns how many, -1 when nothing could be asked at all (errno). */
int sock_diag_dump(struct sock_diag *d, uint64_t now_ns, sock_diag_fn *fn, void *ctx);

struct sock_diag_stats sock_diag_stats(const struct sock_diag *d);

#endif
