/* SPDX-License-Identifier: Apache-2.0 */
/* attach.h - puts loaded programs on their attach points. */
#ifndef L7SCOPE_ATTACH_H
#define L7SCOPE_ATTACH_H

#include <stdbool.h>

/* All return a descriptor that holds the attachment until it is closed, or
 * -errno. */
int attach_tracepoint(const char *tracefs, const char *category, const char *event, int prog_fd);
int attach_raw_tracepoint(const char *event, int prog_fd);
/* On a function's entry, or on its return. */
int attach_kprobe(const char *function, bool on_return, int prog_fd);

#endif
