/* SPDX-License-Identifier: Apache-2.0 */
/* pid_check.h - can a filter by this pid ever match? */
#ifndef L7SCOPE_PID_CHECK_H
#define L7SCOPE_PID_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "app/option_table.h"

/* false with a sentence that says what the number is instead: nothing, a
 * thread, a kernel thread, or another PID namespace's name for a process. */
bool pid_check(uint32_t pid, struct option_error *e);

#endif
