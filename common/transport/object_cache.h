/* SPDX-License-Identifier: Apache-2.0 */
/*
 * object_cache.h - what was compiled is kept in memory (/run) for the next start:
 * compiling takes ten times as long as all the rest.
 *
 * A text contains all that it depends on: the offsets of the running kernel's
 * types too.  It is kept with what was made of it, and compared as a whole.
 * Only root's own files are believed; who may not write there compiles each time.
 */
#ifndef L7SCOPE_OBJECT_CACHE_H
#define L7SCOPE_OBJECT_CACHE_H

#include <stdbool.h>

#include "transport/object.h"

/* Is there anything at all?  Costs a system call. */
bool object_cache_exists(void);

/* Reads into *o what was made of this text.  false: there is nothing. */
bool object_cache_get(const char *text, struct object *o);

/* Keeps it; failing is no fault.  The oldest goes when there are too many. */
void object_cache_put(const char *text, const struct object *o);

#endif
