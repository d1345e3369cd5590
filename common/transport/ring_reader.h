/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ring_reader.h - events out of the kernel's ring buffers, which keep the
 * order in which they were written: one for data, one for closes.
 */
#ifndef L7SCOPE_RING_READER_H
#define L7SCOPE_RING_READER_H

#include "transport/capture.h"

struct ring_reader; /* opaque */

/* Of the maps "events" and "control" of bpf_src/ring_events.bpf.c, which stay the caller's.  NULL: errno. */
struct ring_reader *ring_reader_new(int events, int control);
void ring_reader_free(struct ring_reader *r);

/* Readable when the data buffer is. */
int ring_reader_fd(const struct ring_reader *r);

/* As capture_poll(), without waiting. */
int ring_reader_take(struct ring_reader *r, capture_event_fn *fn, void *ctx);

#endif
