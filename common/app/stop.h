/* SPDX-License-Identifier: Apache-2.0 */
/* stop.h - SIGINT and SIGTERM ask the tool to finish; it does so in the run loop. */
#ifndef L7SCOPE_STOP_H
#define L7SCOPE_STOP_H

#include <signal.h>
#include <stdbool.h>

/* Takes SIGINT and SIGTERM from now on. */
void stop_install(void);

/* Becomes 1 with the first signal. */
extern volatile sig_atomic_t stop_requested;

#endif
