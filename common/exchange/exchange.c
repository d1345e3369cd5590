/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/exchange.h"

/* Two readings of CLOCK_MONOTONIC on two CPUs may appear swapped by one tick of
 * the clock source; the coarsest in use (ACPI PM timer) ticks every 280 ns. */
#define CLOCK_GRANULARITY_NS 1000

static int64_t span_ns(uint64_t from, uint64_t to)
{
	if (!from || !to)
		return -1;
	if (to < from)
		return from - to <= CLOCK_GRANULARITY_NS ? 0 : -1;
	return to - from > INT64_MAX ? -1 : (int64_t)(to - from);
}

bool exchange_has_complete_response(const struct exchange *x)
{
	if (!x->status && x->no_status != NO_STATUS_UNKNOWN)
		return false;
	return !(x->missing & MISSING_TRUNCATED) || (x->resp.last_ns && x->resp.last_ns < x->req.last_ns);
}

int64_t exchange_latency_ns(const struct exchange *x)
{
	return span_ns(x->req.first_ns, x->resp.last_ns);
}

int64_t exchange_ttfb_ns(const struct exchange *x)
{
	return span_ns(x->req.first_ns, x->resp.first_ns);
}

const char *no_status_name(enum no_status reason)
{
	switch (reason) {
	case NO_STATUS_NONE:
		return NULL;
	case NO_STATUS_CLOSED:
		return "closed";
	case NO_STATUS_RESET:
		return "reset";
	case NO_STATUS_TIMEOUT:
		return "timeout";
	case NO_STATUS_GAP:
		return "gap";
	case NO_STATUS_UNSEEN:
		return "unseen";
	case NO_STATUS_UNKNOWN:
		return "unknown";
	}
	return NULL;
}
