/* SPDX-License-Identifier: Apache-2.0 */
/* options.h - everything the command line can say, common to all tools. */
#ifndef L7SCOPE_OPTIONS_H
#define L7SCOPE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "app/conn_options.h"
#include "app/exchange_filter.h"
#include "app/header_filter.h"
#include "app/latency_options.h"
#include "app/option_table.h"
#include "sink/sink.h"
#include "transport/capture.h"

/* All zero but ready_fd is the default: see options_init(). */
struct options {
	struct capture_options capture;
	struct exchange_filter filter;
	struct header_criteria header_criteria;
	const char *container, *pod; /* resolved into capture.filter by option_checks.c */

	bool time_seconds, time_clock;
	bool json, wide, extended, show_headers, show_secrets;
	bool frames;	      /* of http2hdr: also those without a header block */
	uint64_t open_ns;     /* streams that stay open are told so often; 0: only at their end */
	bool name_containers; /* exchanges are to carry container and pod: see option_checks() */
	const char *headers[SINK_HEADERS_MAX];
	size_t n_headers;

	uint64_t duration_ns; /* 0: until stopped */
	uint64_t count;	      /* 0: no limit */
	uint64_t interval_ns; /* 0: one report, at the end */
	uint64_t intervals;   /* 0: no limit */
	struct latency_options latency;
	struct conn_options conn;

	bool ebpf, check, verbose;
	bool no_sandbox;
	unsigned sandbox; /* SANDBOX_*: what this tool does beside what run_sandbox_sets() knows of */
	int ready_fd;	  /* -1: none */
	const char *record, *replay;

	/* rows of the tables that were used: for what does not go together */
	const struct option_spec *given[OPTION_SPECS_MAX];
	size_t n_given;
};

void options_init(struct options *o);
void options_release(struct options *o);

/* Was the option of that long name used? */
bool options_given(const struct options *o, const char *name);

#endif
