/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn_terminal.h - the terminal, taken for conntop's screen and given back.
 *
 * It is given back however the tool ends: by conn_terminal_close(), by exit(),
 * and by a signal that kills.  Meanwhile what is written to standard error is
 * kept, if that is the terminal, too, and printed afterwards.
 */
#ifndef L7SCOPE_CONN_TERMINAL_H
#define L7SCOPE_CONN_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of what was written to standard error meanwhile the last lines are kept. */
#define CONN_TERMINAL_KEPT 8192

/* There is one terminal, so there is one of these.  false with a sentence in err. */
bool conn_terminal_open(char *err, size_t err_size);
void conn_terminal_close(void);

/* One key, as conn_keys.h names them; 0: none is there; CONN_TERMINAL_RESIZED. */
#define CONN_TERMINAL_RESIZED 0x3fffff
uint32_t conn_terminal_key(void);
/* The terminal went away. */
bool conn_terminal_gone(void);

/* The last line that was written to standard error; "" when there is none. */
const char *conn_terminal_message(void);

#endif
