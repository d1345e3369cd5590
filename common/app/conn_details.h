/* SPDX-License-Identifier: Apache-2.0 */
/* conn_details.h - all that is known of one connection, or group, as lines. */
#ifndef L7SCOPE_CONN_DETAILS_H
#define L7SCOPE_CONN_DETAILS_H

#include <stdint.h>

#include "app/conn_recent.h"
#include "exchange/conn_record.h"
#include "sink/text.h"

/* Each line ends with \n; all is escaped.  none: why there are no recent exchanges, when there are none. */
void conn_put_details(struct text *out, const struct conn_record *record, const struct conn_recent *recent,
		      const char *none, uint64_t interval_ns);

#endif
