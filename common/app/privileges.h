/* SPDX-License-Identifier: Apache-2.0 */
/* privileges.h - may this process trace? */
#ifndef L7SCOPE_PRIVILEGES_H
#define L7SCOPE_PRIVILEGES_H

#include <stdbool.h>

/* root's CAP_SYS_ADMIN, or CAP_BPF with CAP_PERFMON (Linux 5.8). */
bool privileges_suffice(void);

#endif
