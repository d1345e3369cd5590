/* SPDX-License-Identifier: Apache-2.0 */
/*
 * perf_reader.h - events out of perf buffers, of which every CPU has its own:
 * put back into the order in which they happened, by their time.
 *
 * An event may be written a moment after another CPU's that has a later time,
 * so what is younger than PERF_READER_DELAY_MS waits for the next call.
 */
#ifndef L7SCOPE_PERF_READER_H
#define L7SCOPE_PERF_READER_H

#include <stdbool.h>

#include "transport/capture.h"

/* Far more than a program takes from reading the clock to writing its event. */
#define PERF_READER_DELAY_MS 20

struct perf_reader; /* opaque */

/* Of the maps "events" and "control" of bpf_src/perf_events.bpf.c, which stay the caller's, and into which it
 * puts the buffers.  NULL: errno. */
struct perf_reader *perf_reader_new(int events, int control);
void perf_reader_free(struct perf_reader *r);

/* Readable when a buffer is a quarter full. */
int perf_reader_fd(const struct perf_reader *r);

/* As capture_poll(), without waiting.  all: also the youngest, since nothing comes after them. */
int perf_reader_take(struct perf_reader *r, bool all, capture_event_fn *fn, void *ctx);

/* Events of data and of closes that the kernel says it had no room for.  Before Linux 5.1 the program
 * that sends them is not told. */
uint64_t perf_reader_lost_data(const struct perf_reader *r);
uint64_t perf_reader_lost_closes(const struct perf_reader *r);

#endif
