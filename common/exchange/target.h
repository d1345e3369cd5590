/* SPDX-License-Identifier: Apache-2.0 */
/* target.h - the parts of a request target (RFC 9112 section 3.2). */
#ifndef L7SCOPE_TARGET_H
#define L7SCOPE_TARGET_H

#include "base/bytes.h"

struct target_parts {
	struct bytes authority; /* absolute-form only, without user information (RFC 9110 4.2.4) */
	struct bytes path;	/* path and query; the other forms ("*", "host:port") as they are */
};

/* The parts point into the target, but for the path "/" of an absolute-form
 * that has none (RFC 9110 4.2.3), which is static. */
struct target_parts target_split(struct bytes target);

#endif
