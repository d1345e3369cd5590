/* SPDX-License-Identifier: Apache-2.0 */
/* conn_filter.h - which connections the options -p, -c, -L, --pod ... let through. */
#ifndef L7SCOPE_CONN_FILTER_H
#define L7SCOPE_CONN_FILTER_H

#include <stdbool.h>

#include "app/options.h"
#include "exchange/conn_record.h"

/* Decided in user space: sock_diag tells of all sockets.  A socket that several
 * processes share passes when one of them does. */
bool conn_filter_match(const struct options *o, const struct conn_record *record);

/* Does any option leave something out? */
bool conn_filter_any(const struct options *o);

#endif
