/* SPDX-License-Identifier: Apache-2.0 */
/* record.h - parts of an exchange that every sink words alike. */
#ifndef L7SCOPE_RECORD_H
#define L7SCOPE_RECORD_H

#include "exchange/exchange.h"

/* "client", "server" */
const char *record_role(const struct exchange *x);
/* "1.0", "1.1", "2", "3"; NULL when unknown. */
const char *record_version(const struct exchange *x);

/* What the path column shows: the path, else the target as it was sent. */
struct bytes record_path(const struct exchange *x);

/* The name of the flag that `bit` (one of MISSING_*) stands for; NULL when there is none. */
const char *record_flag(unsigned bit);
/* Do the flags say that something of this exchange was not seen? */
bool record_is_incomplete(const struct exchange *x);

/* Bytes that were lost cannot be counted. */
bool record_resp_bytes_known(const struct exchange *x);

/* "unary", "client-streaming", ...; NULL when unknown. */
const char *record_grpc_mode(const struct grpc_call *call);

/* A field of x, with p NULL where it is unknown: only HPACK leaves anything so,
 * while an empty value of HTTP/1 may be nowhere, too. */
struct header_field record_field(const struct exchange *x, const struct header_field *field);

/* The first field of that name: in the request, else the response, else the
 * trailers.  NULL when there is none. */
const struct header_field *record_header(const struct exchange *x, const char *name);

#endif
