/* SPDX-License-Identifier: Apache-2.0 */
/* latency_rows.h - the histograms that bpf_src/latency.bpf.c fills, read and emptied. */
#ifndef L7SCOPE_LATENCY_ROWS_H
#define L7SCOPE_LATENCY_ROWS_H

#include "transport/capture.h"
#include "transport/loader.h"

/* Makes the rows that must exist whatever happens: those of "other".  0, or -1 (errno). */
int latency_rows_prepare(const struct loaded *l);

/* See capture_latency_take(). */
int latency_rows_take(const struct loaded *l, capture_latency_fn *fn, void *ctx);

#endif
