/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source_filter.h - whose traffic, in user space.
 *
 * The kernel side decides this; of a recording nobody has decided it yet.
 */
#ifndef L7SCOPE_SOURCE_FILTER_H
#define L7SCOPE_SOURCE_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/endpoint.h"
#include "exchange/exchange.h"
#include "transport/capture.h"

/* Who takes part, and on which connection. */
struct source_party {
	uint32_t pid, uid;
	const char *comm; /* NULL: unknown */
	uint64_t cgroup;
	enum role role;
	struct endpoint local, remote;
};

/* Would the kernel side have let it through? */
bool source_filter_match(const struct capture_filter *f, const struct source_party *who);

#endif
