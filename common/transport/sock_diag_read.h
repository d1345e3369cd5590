/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sock_diag_read.h - the kernel's answers to a question about sockets, as bytes.
 *
 * Pure: no I/O, no allocation, and no byte outside the datagram is looked at.
 */
#ifndef L7SCOPE_SOCK_DIAG_READ_H
#define L7SCOPE_SOCK_DIAG_READ_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "transport/sock_diag.h"

enum sock_diag_reply {
	SOCK_DIAG_MORE,	  /* another datagram follows */
	SOCK_DIAG_DONE,	  /* that was the last */
	SOCK_DIAG_FAILED, /* `error` says why; EBADMSG: the messages make no sense */
};

struct sock_diag_reader {
	uint32_t seq;	/* of the request: what answers another one is skipped */
	uint32_t netns; /* is passed on */
	sock_diag_fn *fn;
	void *ctx;
	/* results */
	bool interrupted; /* the kernel says that some sockets may be missing, or told twice */
	int error;
};

enum sock_diag_reply sock_diag_read(struct sock_diag_reader *r, struct bytes datagram);

#endif
