/* SPDX-License-Identifier: Apache-2.0 */
/* privileges.h - may this process trace? */
#ifndef L7SCOPE_PRIVILEGES_H
#define L7SCOPE_PRIVILEGES_H

#include <stdbool.h>
#include <stddef.h>

#include "transport/capture.h"

/* Names of the capabilities that attaching these probes needs on this machine, and that this
 * process has not, joined by "and"; "": it may. */
void privileges_missing(const struct capture_options *options, char *names, size_t size);

/* false: with one plain sentence in err. */
bool privileges_suffice(const struct capture_options *options, char *err, size_t err_size);

#endif
