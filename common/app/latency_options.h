/* SPDX-License-Identifier: Apache-2.0 */
/* latency_options.h - the options that only httplat has, and what they lead to. */
#ifndef L7SCOPE_LATENCY_OPTIONS_H
#define L7SCOPE_LATENCY_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "app/latency_by.h"
#include "app/option_table.h"
#include "app/status_filter.h"

/* Rows shown for --by, when --top does not say. */
#define LATENCY_TOP_DEFAULT 10

struct latency_options {
	bool us, ms;
	bool ttfb, breakdown;
	bool heatmap;
	struct latency_by_list by;
	bool fold_ids;
	uint64_t top;	 /* 0: LATENCY_TOP_DEFAULT */
	uint64_t slo_ns; /* 0: none */

	/* what follows from the others: see latency_options_apply() */
	bool in_kernel;
	struct status_filter status;
};

extern const struct option_spec options_latency[];	/* --ttfb -B --by --fold-ids --top --slo */
extern const struct option_spec options_latency_view[]; /* -u -m -T --heatmap -j */

/* struct tool's check. */
bool latency_options_check(const struct options *o, struct option_error *e);

/*
 * Once all options are known.  Chooses where exchanges are counted (in_kernel):
 * in the kernel, unless only parsed messages can tell what was asked for; and
 * with it the probe groups, what the kernel side is told, and whether exchanges
 * are to carry names of containers.
 *
 * --status moves from o->filter to here: an exchange without a complete response
 * has no status, whatever its head said, which only the counting knows.
 */
void latency_options_apply(struct options *o);

#endif
