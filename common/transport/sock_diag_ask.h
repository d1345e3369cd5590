/* SPDX-License-Identifier: Apache-2.0 */
/* sock_diag_ask.h - one question to one namespace, to its last answer. */
#ifndef L7SCOPE_SOCK_DIAG_ASK_H
#define L7SCOPE_SOCK_DIAG_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/sock_diag.h"

/* The kernel fills what it is offered, up to 32 KB at a time: about 100 sockets. */
#define SOCK_DIAG_DATAGRAM_MAX 65536
/* It answers within the call; what does not come within this long will not come. */
#define SOCK_DIAG_PATIENCE_S 2

struct sock_diag_asker {
	/* set by the caller */
	sock_diag_fn *fn;
	void *ctx;
	/* of the answer under way, then of the last one */
	int n;		 /* sockets told */
	bool incomplete; /* interrupted, and again when asked again */
	bool no_memory;	 /* told cookies could not be kept: was not asked again */
	/* private */
	uint32_t seq;
	uint64_t *told; /* cookies; sorted for the second time */
	size_t n_told, cap_told, n_sorted;
	uint8_t datagram[SOCK_DIAG_DATAGRAM_MAX];
};

/* A socket that asks the network namespace of the calling thread.  -1: errno. */
int sock_diag_open(void);

/* Whether it can be asked at all: 0, or errno. */
int sock_diag_probe(struct sock_diag_asker *a, int fd);

/* Calls fn for each socket, each once.  0, or errno: some may have been told, and the fd is of no use any
 * more. */
int sock_diag_ask(struct sock_diag_asker *a, int fd, uint32_t netns);

/* Frees what is private. */
void sock_diag_asker_release(struct sock_diag_asker *a);

#endif
