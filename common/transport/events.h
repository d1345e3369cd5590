/* SPDX-License-Identifier: Apache-2.0 */
/*
 * events.h - raw bytes from a kernel buffer or a file, checked before anything
 * believes them.
 */
#ifndef L7SCOPE_EVENTS_H
#define L7SCOPE_EVENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "wire.h"

/*
 * Do these n bytes hold a struct wire_event with its data?  They need no
 * alignment (a perf buffer's samples have little) and may be followed by
 * padding.  After true:
 *
 *  - kind, dir, close_reason and (of data events) family are ones wire.h names
 *  - len <= WIRE_DATA_MAX, and so many bytes follow the struct
 *  - pre_skip <= pos, and pos + len + post_skip does not wrap
 *  - of a header list: msg is a stream, len <= WIRE_HEADERS_MAX, and the data are whole fields with names;
 *    none at all only with WIRE_F_UNFIT
 */
bool wire_event_valid(const void *raw, size_t n);

#endif
