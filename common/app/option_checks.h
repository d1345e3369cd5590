/* SPDX-License-Identifier: Apache-2.0 */
/* option_checks.h - what only all options together, or this machine, can tell. */
#ifndef L7SCOPE_OPTION_CHECKS_H
#define L7SCOPE_OPTION_CHECKS_H

#include <stdbool.h>
#include <stddef.h>

#include "app/option_table.h"

/*
 * Refuses what does not go together or could not take effect, and processes
 * that do not exist; turns --container and --pod into filters, and finds out
 * whether names of containers are shown.  false with e filled.
 */
bool option_checks(struct options *o, struct option_error *e);

/* Of each pair of long names at most one may have been given. */
bool option_check_pairs(const struct options *o, const char *const pairs[][2], size_t n,
			struct option_error *e);

#endif
