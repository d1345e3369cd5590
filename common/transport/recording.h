/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recording.h - raw events kept in a file (--record), and read back (--replay).
 *
 * A recording holds what the kernel side sent, unchanged, so that a replay
 * runs all of user space again.  It holds payload (heads of requests and
 * responses with their secrets), hence mode 0600.
 *
 * The file, in the byte order of the machine that made it:
 *
 *     header    magic, byte order mark, format version, sizeof(struct wire_event),
 *               number of counters, clock offset, start, release
 *     event     u32 n, then n bytes: struct wire_event and its data
 *     ...
 *     end       u32 0, then the kernel's counters (u64 each)
 *
 * Not portable between format versions, nor between layouts of struct
 * wire_event: it says so and refuses.
 */
#ifndef L7SCOPE_RECORDING_H
#define L7SCOPE_RECORDING_H

#include <stddef.h>
#include <stdint.h>

#include "wire.h"

/* Changes with any change to the file or to the meaning of struct wire_event. */
#define RECORDING_VERSION 1

/* __NEW_UTS_LEN, and NUL */
#define RECORDING_RELEASE_LEN 65

/* What a replay must know of the machine that recorded. */
struct recording_info {
	int64_t wall_offset_ns;		     /* CLOCK_REALTIME - CLOCK_MONOTONIC */
	uint64_t start_ns;		     /* CLOCK_MONOTONIC when the recording began */
	char release[RECORDING_RELEASE_LEN]; /* of the kernel, NUL-terminated; as uname -r prints it */
};

/* ---- writing ---- */

struct recorder; /* opaque */

/* Creates the file; an existing one is refused.  An empty info->release stands
 * for this machine's.  NULL with one plain sentence in err. */
struct recorder *recorder_open(const char *path, const struct recording_info *info, char *err,
			       size_t err_size);

/* event->len bytes at data.  0, or -1 when writing failed, now or before
 * (disk full); recorder_close() says why. */
int recorder_write(struct recorder *r, const struct wire_event *event, const uint8_t *data);

/* Completes the file with the kernel's counters; frees r (takes NULL).  0, or
 * -1 with one plain sentence in err when anything could not be written; what
 * is there can still be replayed up to that point. */
int recorder_close(struct recorder *r, const uint64_t counters[WIRE_COUNTERS], char *err, size_t err_size);

/* ---- reading ---- */

struct replayer; /* opaque */

/* NULL with one plain sentence in err: cannot be read, is no recording, or one
 * of another version or layout. */
struct replayer *replayer_open(const char *path, char *err, size_t err_size);
void replayer_free(struct replayer *r); /* takes NULL */

const struct recording_info *replayer_info(const struct replayer *r);

/* 1: *event and *data are the next event, valid until the next call and
 * checked by wire_event_valid().  0: the end.  -1: cut short or damaged;
 * replayer_error() has one plain sentence.  0 and -1 stay. */
int replayer_next(struct replayer *r, const struct wire_event **event, const uint8_t **data);
const char *replayer_error(const struct replayer *r);

/* The kernel's counters; all 0 before the end. */
const uint64_t *replayer_counters(const struct replayer *r);

#endif
