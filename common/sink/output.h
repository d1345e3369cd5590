/* SPDX-License-Identifier: Apache-2.0 */
/*
 * output.h - whole records to a file descriptor, few system calls.
 *
 * Records collect in memory and go out when the caller says so (at the end of
 * each batch of events, so that a reader never waits for the next one) or when
 * OUTPUT_FLUSH_AT bytes are pending.  Write errors are sticky; the
 * caller looks at `error` to tell EPIPE from others.
 *
 * A reader that does not read must not make the tool deaf to Ctrl-C: once
 * *stopping is true a write waits OUTPUT_STOP_WAIT_MS at most (ETIMEDOUT).
 */
#ifndef L7SCOPE_OUTPUT_H
#define L7SCOPE_OUTPUT_H

#include <signal.h>
#include <stdbool.h>

#include "sink/text.h"

/* Large enough that system calls do not count, small against memory. */
#define OUTPUT_FLUSH_AT	    (64 * 1024)
#define OUTPUT_STOP_WAIT_MS 2000

struct output {
	struct text pending;
	int fd;
	int own_fd;   /* a terminal's, opened anew; -1: none */
	int error;    /* errno of the first failure; 0: none */
	bool trickle; /* not a regular file: only as much per write as cannot block */
	bool terminal;
	const volatile sig_atomic_t *stopping; /* may be NULL */
};

void output_init(struct output *o, int fd, const volatile sig_atomic_t *stopping);
void output_release(struct output *o); /* does not flush, does not close the fd it was given */

/* A record is complete: flush if there is enough. */
void output_end_record(struct output *o);
/* false when an error is or was there. */
bool output_flush(struct output *o);
/* Sets `error` to EPIPE when nobody can read any more: a reader that leaves is
 * noticed also without anything to write. */
void output_check_reader(struct output *o);
/* Columns of the terminal; 0: not a terminal, or unknown. */
unsigned output_columns(const struct output *o);

#endif
