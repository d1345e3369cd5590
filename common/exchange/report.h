/* SPDX-License-Identifier: Apache-2.0 */
/* report.h - a pair as the sinks see it. */
#ifndef L7SCOPE_REPORT_H
#define L7SCOPE_REPORT_H

#include "exchange/connection.h"
#include "exchange/exchange.h"
#include "exchange/pair.h"

/* All views in *x belong to the pair. */
void report_fill(struct exchange *x, const struct connection *c, const struct pair *p);

#endif
