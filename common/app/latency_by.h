/* SPDX-License-Identifier: Apache-2.0 */
/* latency_by.h - "--by comm,path": what exchanges are split by, and their values. */
#ifndef L7SCOPE_LATENCY_BY_H
#define L7SCOPE_LATENCY_BY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"

enum latency_by {
	BY_PID,
	BY_COMM,
	BY_ROLE,
	BY_PEER, /* the remote address, without its port */
	BY_HOST, /* without its port */
	BY_METHOD,
	BY_PATH, /* without its query */
	BY_STATUS,
	BY_CONTAINER, /* first 12 digits of the id */
	BY_POD,	      /* namespace/name */
	BY_KEYS
};

struct latency_by_list {
	enum latency_by keys[BY_KEYS];
	size_t n;
};

/* "pid", "comm", ... */
const char *latency_by_name(enum latency_by key);

/* Adds the names of a comma-separated list, each at most once over all calls;
 * false with a sentence in err. */
bool latency_by_parse(struct latency_by_list *l, const char *list, char *err, size_t err_size);
bool latency_by_has(const struct latency_by_list *l, enum latency_by key);

struct exchange;

/* Room for the texts of one exchange's values. */
struct latency_by_text {
	char text[BY_KEYS][280];
};

/* values[i]: what x has for l->keys[i]; p NULL when unknown.  They point into x
 * or into t.  fold_ids: see path_fold.h. */
void latency_by_values(const struct latency_by_list *l, const struct exchange *x, bool fold_ids,
		       struct latency_by_text *t, struct bytes *values);

#endif
