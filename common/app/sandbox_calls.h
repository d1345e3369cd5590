/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox_calls.h - the system calls of sandbox.h's sets: data. */
#ifndef L7SCOPE_SANDBOX_CALLS_H
#define L7SCOPE_SANDBOX_CALLS_H

/* filter: a scmp_filter_ctx, whose default action is for all others.  0, or -errno. */
int sandbox_calls_allow(void *filter, unsigned sets);

#endif
