/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exchange_filter.h - which exchanges are printed, by what HTTP says.
 *
 * These filters need parsed messages and so run in user space; whose traffic
 * (struct capture_filter) is decided in the kernel, or by
 * exchange_filter_source() for a recording.
 */
#ifndef L7SCOPE_EXCHANGE_FILTER_H
#define L7SCOPE_EXCHANGE_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/grpc_status_filter.h"
#include "app/path_pattern.h"
#include "app/status_filter.h"
#include "exchange/exchange.h"
#include "transport/capture.h"

/* Values per option; more than anybody types. */
#define FILTER_VALUES_MAX 32

/* Empty members let everything pass; members are joined by AND, values by OR. */
struct exchange_filter {
	uint64_t min_ns;
	char *methods[FILTER_VALUES_MAX]; /* owned, as the next two lists */
	size_t n_methods;
	char *hosts[FILTER_VALUES_MAX];
	size_t n_hosts;
	struct path_pattern *paths[FILTER_VALUES_MAX];
	size_t n_paths;
	struct status_filter status;
	struct status_filter grpc_status; /* see grpc_status_filter.h; with terms only gRPC calls pass */
};

/* n == 0: unknown, which no filter lets through. */
struct filtered_request {
	struct bytes method, host, path;
};

void exchange_filter_release(struct exchange_filter *f);

/*
 * now_ns: the time of the event that ended the exchange.  With min_ns an
 * exchange that ended without a response, or is still open, passes when it
 * lasts that long by now; one whose end was not seen ("gap", "unseen") does not.
 */
bool exchange_filter_match(const struct exchange_filter *f, const struct exchange *x, uint64_t now_ns);

/* What the filter says of the request alone. */
bool exchange_filter_request(const struct exchange_filter *f, const struct filtered_request *request);

/* What the kernel side would have let through. */
bool exchange_filter_source(const struct capture_filter *f, const struct exchange *x);

/* Paths that no regular expression could judge within its budget. */
uint64_t exchange_filter_given_up(const struct exchange_filter *f);

#endif
