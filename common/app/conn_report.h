/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn_report.h - from what is known of connections to what conntop shows.
 *
 * Joins the sources (sock_diag, /proc, the kernel's probes) in the table, once
 * per interval, and makes rows of it as the user wants them.
 */
#ifndef L7SCOPE_CONN_REPORT_H
#define L7SCOPE_CONN_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "app/conn_feed.h"
#include "app/conn_recent.h"
#include "app/conn_snapshot.h"
#include "app/conn_table.h"
#include "app/conn_view.h"
#include "app/loss.h"
#include "app/options.h"
#include "app/source.h"
#include "exchange/tracker.h"
#include "sink/conn_sink.h"
#include "transport/sock_diag.h"
#include "transport/socket_owners.h"

struct conn_report {
	const struct options *options;
	struct source *source;
	struct sock_diag *sockets;
	struct socket_owners *owners;
	struct containers *containers; /* NULL: not wanted */
	struct conn_table *table;
	struct conn_feed feed;
	struct tracker *tracker; /* HTTP/2 */
	struct conn_recent recent;

	struct conn_snapshot kept;
	struct conn_summary summary; /* of the last interval */
	uint64_t requests, errors;   /* over all intervals */
	uint64_t intervals;	     /* taken */
	uint64_t lost;		     /* as of the last one */
};

/* The others outlive the report.  false with one plain sentence in err. */
bool conn_report_init(struct conn_report *r, const struct options *options, struct source *source, char *err,
		      size_t err_size);
void conn_report_release(struct conn_report *r);

/* A capture_event_fn; ctx is the report. */
void conn_report_event(void *ctx, const struct wire_event *event, const uint8_t *data);

/* Once a second. */
void conn_report_collect(struct conn_report *r, uint64_t now_ns);

/*
 * The interval ends: asks all sources.  What follows is counted in the next
 * one.  Between take and next the records are there, see conn_report_rows();
 * conn_report_keep() copies them, so that they stay.  false with a sentence
 * in err.
 */
bool conn_report_take(struct conn_report *r, uint64_t start_ns, uint64_t end_ns, char *err, size_t err_size);
bool conn_report_keep(struct conn_report *r); /* false: out of memory */
void conn_report_next(struct conn_report *r, uint64_t now_ns);

/* Rows, or edges, as the view says; valid until the next call or change.  false: out of memory. */
bool conn_report_rows(struct conn_report *r, struct conn_view *view, struct conn_interval *out);
/* The same of what was kept. */
bool conn_report_kept_rows(struct conn_report *r, struct conn_view *view, struct conn_interval *out);

/* All that loss_print_closing_counts() needs, but the tool's name. */
struct closing conn_report_closing(const struct conn_report *r);

#endif
