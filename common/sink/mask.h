/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mask.h - secrets do not leave the tool unless asked for.
 *
 * Masked: the values of Authorization, Proxy-Authorization, Cookie,
 * Set-Cookie and X-Api-Key; values their sender marked as never to be indexed
 * (HPACK); values whose name is unknown (HPACK, after joining late); in targets,
 * authorities and in header values that hold one (Location, Referer,
 * ...) the user information of a URL and the values of query parameters whose
 * name says secret: its last word is token, secret, key, password, sig, ...
 */
#ifndef L7SCOPE_MASK_H
#define L7SCOPE_MASK_H

#include <stdbool.h>

#include "base/bytes.h"
#include "exchange/exchange.h"
#include "sink/text.h"

#define MASK_TEXT "<masked>"

struct masker {
	bool show_secrets;   /* hand everything through */
	struct text scratch; /* holds the last masked target */
};

void masker_init(struct masker *m, bool show_secrets);
void masker_release(struct masker *m);

/* Each returns its argument, or a view that is valid until the next call.
 * Out of memory: the whole text is masked. */
/* name.p, value.p NULL: unknown; an unknown value stays so. */
struct bytes mask_header(struct masker *m, const struct header_field *field);
/* A target or path in any of the forms of RFC 9112 3.2, or a URL. */
struct bytes mask_target(struct masker *m, struct bytes target);
/* host[:port], with user information in absolute targets. */
struct bytes mask_authority(struct masker *m, struct bytes authority);

#endif
