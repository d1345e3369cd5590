/* SPDX-License-Identifier: Apache-2.0 */
/*
 * grpc_status_filter.h - "1-16", "UNAVAILABLE,DEADLINE_EXCEEDED", "!0,!none":
 * which statuses of gRPC calls pass.
 *
 * Terms are joined as those of --status are (status_filter.h).
 */
#ifndef L7SCOPE_GRPC_STATUS_FILTER_H
#define L7SCOPE_GRPC_STATUS_FILTER_H

#include "app/status_filter.h"

/* Adds the terms of a list; false with a sentence in err.  Not for status_filter_match(). */
bool grpc_status_filter_parse(struct status_filter *f, const char *list, char *err, size_t err_size);

/* status -1: none is known. */
bool grpc_status_filter_match(const struct status_filter *f, int status);

#endif
