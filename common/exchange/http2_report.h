/* SPDX-License-Identifier: Apache-2.0 */
/* http2_report.h - a stream as the sinks see it. */
#ifndef L7SCOPE_HTTP2_REPORT_H
#define L7SCOPE_HTTP2_REPORT_H

#include "exchange/http2_streams.h"
#include "exchange/pairing.h"

/* Calls pr->on_exchange; missing: MISSING_* besides the stream's own. */
void http2_report(const struct pairing *pr, const struct http2_stream *s, unsigned missing);

#endif
