/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn_columns.h - connections as lines of a table, for conn_text.c and the screen.
 *
 * A layout says which columns a terminal of a given width has room for:
 *
 *     40    COMM R RADDR REQ/s
 *     80    PID COMM R LADDR RADDR RX/s TX/s REQ/s ERR% P99, LADDR as its port alone
 *     150   PID COMM ROLE LADDR RADDR PROTO STATE RX/s TX/s REQ/s ERR% P50 P99 RTT RETR AGE
 *
 * All text is escaped; no line reaches the terminal's last column, where some wrap.
 */
#ifndef L7SCOPE_CONN_COLUMNS_H
#define L7SCOPE_CONN_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exchange/conn_record.h"
#include "sink/text.h"

/* Where the width of the output is not known. */
#define CONN_SCREEN_DEFAULT 80

/* In the order in which they are shown. */
enum conn_column {
	CONN_COL_NAME,	/* of a group */
	CONN_COL_CONNS, /* connections in a group */
	CONN_COL_PID,	/* "12+": more processes share it */
	CONN_COL_COMM,
	CONN_COL_ROLE, /* "client", or C; "*" follows when it was closed in this interval */
	CONN_COL_LADDR,
	CONN_COL_RADDR,
	CONN_COL_PROTO,
	CONN_COL_STATE, /* as conn_state_name(), but ESTAB; "closed" */
	CONN_COL_RX,	/* bytes per second: 1.2M, K is 1024 */
	CONN_COL_TX,
	CONN_COL_REQ,
	CONN_COL_ERR, /* per cent of requests */
	CONN_COL_P50,
	CONN_COL_P99,
	CONN_COL_RTT,
	CONN_COL_RETR, /* segments sent again in this interval */
	CONN_COL_AGE,  /* ">5m02s": older than the tool, which knows it for so long */
	CONN_COL_CONTAINER,
	CONN_COL_POD,
	CONN_COLS
};

struct conn_layout {
	unsigned screen;	   /* columns of the terminal, 0: nothing is cut */
	unsigned width[CONN_COLS]; /* 0: not shown */
};

struct conn_layout_options {
	unsigned screen; /* columns of the terminal; 0: CONN_SCREEN_DEFAULT */
	bool wide;	 /* all columns, nothing clipped or shortened, whatever the screen is */
	bool extended;	 /* container and pod, too */
	bool grouped;	 /* name and number of connections in place of who and which */
};

/* A layout is a plain value: nothing to release. */
void conn_layout_init(struct conn_layout *l, const struct conn_layout_options *o);
/* For wide ones: makes columns as wide as the longest cells of these records. */
void conn_layout_widen(struct conn_layout *l, const struct conn_record *records, size_t n);
/* Where a column that is shown begins, counted from 0. */
unsigned conn_layout_start(const struct conn_layout *l, enum conn_column column);

/* Each is one line with its newline; interval_ns: what counters are divided by, 0: rates are unknown. */
void conn_put_header(struct text *out, const struct conn_layout *l);
void conn_put_row(struct text *out, const struct conn_layout *l, const struct conn_record *r,
		  uint64_t interval_ns);
/* The whole value alone, as a wide row shows it: for details, and to search in. */
void conn_put_cell(struct text *out, enum conn_column column, const struct conn_record *r,
		   uint64_t interval_ns);

/* "RX/s" */
const char *conn_column_title(enum conn_column column);
/* "rx": what --sort calls it. */
const char *conn_column_key(enum conn_column column);

/* The kernel's name, "ESTABLISHED" (as tcpstates prints it); NULL: no such state. */
const char *conn_state_name(uint8_t state);
/* "client"; NULL: unknown. */
const char *conn_role_name(enum conn_role role);

#endif
