/* SPDX-License-Identifier: Apache-2.0 */
/* standard_fds.h - descriptors 0, 1 and 2, and how a tool that only answers ends. */
#ifndef L7SCOPE_STANDARD_FDS_H
#define L7SCOPE_STANDARD_FDS_H

/* Call it before anything is opened.  Started with stdout closed, the first
 * file opened would become descriptor 1 and get our output: a recording, a
 * BPF map.  Those that are closed become /dev/null, on which writing fails.
 * A reader that left makes writes fail with EPIPE instead of killing us. */
void standard_fds_hold(void);

/* After the last printf(): 0, or 1 when stdout could not be written, which is
 * said.  A reader that left wants no explanation: 0. */
int standard_fds_finish(const char *tool);

#endif
