/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source.h - where raw events come from: this kernel, or a recording.
 *
 * Also keeps the recording that --record asks for: all events that pass are
 * written to it first.
 */
#ifndef L7SCOPE_SOURCE_H
#define L7SCOPE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/options.h"
#include "transport/capture.h"

struct source; /* opaque */

/* o->capture.groups must be set.  NULL with one plain sentence in err. */
struct source *source_open(const struct options *o, char *err, size_t err_size);

/* As capture_poll(); after -1 source_error() has a sentence. */
int source_poll(struct source *s, int timeout_ms, capture_event_fn *fn, void *ctx);
const char *source_error(const struct source *s);

/* A recording has an end. */
bool source_ended(const struct source *s);

/* No more events come; those on their way can still be polled. */
void source_detach(struct source *s);

/* Detaches, and completes the recording.  false with a sentence in err when
 * that failed.  Frees s; takes NULL. */
bool source_close(struct source *s, char *err, size_t err_size);

void source_counters(struct source *s, uint64_t counters[WIRE_COUNTERS]);

/* As capture_latency_take(), capture_measures_queue(); not for a recording. */
int source_latency_take(struct source *s, capture_latency_fn *fn, void *ctx);
bool source_measures_queue(const struct source *s);
/* As capture_conns(); not for a recording. */
int source_conns(struct source *s, capture_conn_fn *fn, void *ctx);

/* As capture_programs(); none for a recording. */
size_t source_programs(struct source *s, struct capture_program list[CAPTURE_PROGRAMS_MAX]);

/* As capture_notice(). */
const char *source_notice(struct source *s);

/* For -v; "" for a recording. */
const char *source_description(const struct source *s);

/* CLOCK_REALTIME - CLOCK_MONOTONIC of the machine the events are from.  The same
 * value until the clock has moved by more than a millisecond, and in a replay
 * the one of the recording. */
int64_t source_wall_offset_ns(struct source *s);

/* CLOCK_MONOTONIC there, when this source began. */
uint64_t source_start_ns(const struct source *s);

/* A tracker_alive_fn; ctx is the source.  In a recording all are alive. */
bool source_alive(void *ctx, uint64_t sock, uint64_t conn);

#endif
