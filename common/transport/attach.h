/* SPDX-License-Identifier: Apache-2.0 */
/* attach.h - puts loaded programs on their attach points. */
#ifndef L7SCOPE_ATTACH_H
#define L7SCOPE_ATTACH_H

#include <stdbool.h>
#include <stdint.h>

/* All return a descriptor that holds the attachment until it is closed, or
 * -errno. */
int attach_tracepoint(const char *tracefs, const char *category, const char *event, int prog_fd);
int attach_raw_tracepoint(const char *event, int prog_fd);
/* On a function's entry, or on its return. */
int attach_kprobe(const char *function, bool on_return, int prog_fd);
/* On the instruction at this offset of a file (file_fd is open to it), for one process or all (pid -1);
 * on_return: when the function returns whose first instruction that is.  This is what takes time: nothing
 * runs there before attach_program(), which takes microseconds. */
int attach_uprobe_place(int file_fd, uint64_t offset, bool on_return, int pid);

/* event: of attach_uprobe_place().  0 or -errno. */
int attach_program(int event, int prog_fd);

bool attach_uprobe_possible(void);

#endif
