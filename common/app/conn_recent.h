/* SPDX-License-Identifier: Apache-2.0 */
/* conn_recent.h - the last exchanges of the one connection that is looked at. */
#ifndef L7SCOPE_CONN_RECENT_H
#define L7SCOPE_CONN_RECENT_H

#include <stdbool.h>
#include <stddef.h>

#include "exchange/conn_record.h"
#include "exchange/exchange.h"

/* As many as fit below the rest on a small terminal. */
#define CONN_RECENT_MAX	 10
#define CONN_RECENT_LINE 160

struct conn_recent {
	bool watching;
	struct endpoint local, remote;
	uint32_t netns;
	char lines[CONN_RECENT_MAX][CONN_RECENT_LINE]; /* a ring */
	size_t n;				       /* told since watching began */
};

/* All zero watches nothing.  Another connection than before: forgets the lines. */
void conn_recent_watch(struct conn_recent *r, const struct conn_record *record);
void conn_recent_exchange(struct conn_recent *r, const struct exchange *x);
/* The i-th newest, escaped; NULL: there are fewer. */
const char *conn_recent_line(const struct conn_recent *r, size_t i);

#endif
