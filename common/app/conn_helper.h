/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn_helper.h - a process that captures what passes on one connection.
 *
 * conntop's screen lives in the sandbox (sandbox.h), and to attach probes takes
 * all privileges.  So this process is forked before, keeps them, and starts and
 * ends captures when asked to.  It takes nothing from the screen but two port
 * numbers, looks at nothing that it captures, and hands it over as it came.
 */
#ifndef L7SCOPE_CONN_HELPER_H
#define L7SCOPE_CONN_HELPER_H

#include <stdint.h>

#include "app/options.h"
#include "transport/capture.h"

struct conn_helper; /* opaque */

/* Forks it: before the sandbox, and before any thread.  It ends with this process.  options: the
 * tool's.  NULL: errno. */
struct conn_helper *conn_helper_new(const struct options *options);
void conn_helper_free(struct conn_helper *h);

/* From now on the traffic between these ports, in place of what it was before; 0, 0: none. */
void conn_helper_ask(struct conn_helper *h, uint16_t lport, uint16_t rport);

/* Hands over what has come of what was asked for, without waiting. */
void conn_helper_poll(struct conn_helper *h, capture_event_fn *fn, void *ctx);

/* Is it being captured? */
bool conn_helper_started(const struct conn_helper *h);
/* One plain sentence on why it is not and will not be; "": none. */
const char *conn_helper_error(const struct conn_helper *h);

#endif
