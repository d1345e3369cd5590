/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn_screen.h - conntop's screen: what conn_report.h has, drawn with ncurses.
 *
 * Above what is true of the whole machine and how the rows are chosen, below
 * the rows; see conn_keys.h for the rest.
 */
#ifndef L7SCOPE_CONN_SCREEN_H
#define L7SCOPE_CONN_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

#include "app/conn_report.h"
#include "app/options.h"
#include "sink/wall_time.h"

struct conn_screen; /* opaque */

/* Takes the terminal.  The others outlive the screen.  NULL with one plain sentence in err. */
struct conn_screen *conn_screen_new(const struct options *options, struct conn_report *report,
				    struct wall_time *time, char *err, size_t err_size);
/* Gives the terminal back; takes NULL. */
void conn_screen_free(struct conn_screen *s);

/* Space was pressed: what is seen stays. */
bool conn_screen_paused(const struct conn_screen *s);

/* Another interval was kept.  false: out of memory. */
bool conn_screen_update(struct conn_screen *s);
/* Does what keys ask for, if any was pressed.  false: quit, or the terminal went away, or out of memory. */
bool conn_screen_keys(struct conn_screen *s);

#endif
