/* SPDX-License-Identifier: Apache-2.0 */
/* conn_options.h - the options that only conntop has, and what they lead to. */
#ifndef L7SCOPE_CONN_OPTIONS_H
#define L7SCOPE_CONN_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/conn_groups.h"
#include "app/option_table.h"
#include "sink/conn_columns.h"
#include "transport/capture.h"

/* Rows of a block of text, when -r does not say: as BCC's top tools. */
#define CONN_ROWS_DEFAULT 20
/* Seconds from one look to the next, when the command line does not say. */
#define CONN_INTERVAL_DEFAULT_NS 1000000000ull

struct conn_options {
	bool batch, noclear;
	bool graph, dot;
	bool reverse;
	enum conn_column sort; /* CONN_COL_NAME, which is no choice: not given */
	enum conn_group by;
	uint64_t rows; /* 0: not given */

	/* what follows from the others: see conn_options_apply() */
	bool screen;
	size_t rows_shown;	      /* 0: all */
	struct capture_filter filter; /* for user space: see conn_filter.h */
};

extern const struct option_spec options_conn_whose[]; /* -p -c -u --container --pod */
extern const struct option_spec options_conn_which[]; /* -L -D -4 -6 --peer --role */
extern const struct option_spec options_conn_rows[];  /* -s -R -r -g -t --dot */
extern const struct option_spec options_conn_view[];  /* -b -C -w -x -j */

/* struct tool's check. */
bool conn_options_check(const struct options *o, struct option_error *e);

/*
 * Once all options are known.  Chooses between the screen and blocks of text,
 * the interval and the number of rows where nothing was said, and the probe
 * groups.  terminal: standard input and output are one.
 */
void conn_options_apply(struct options *o, bool terminal);

#endif
