/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn_figures.h - numbers in few columns.
 *
 * Rounded to what is shown, but something is never shown as nothing: "<1", "<0.1".
 * Independent of the locale, which a screen sets.
 */
#ifndef L7SCOPE_CONN_FIGURES_H
#define L7SCOPE_CONN_FIGURES_H

#include <stdint.h>

#include "sink/text.h"

/* Bytes per second in at most 4 columns: 0, 999, 1.0K, 12M; K is 1024.
 * All rates: nothing when interval_ns is 0. */
void figure_put_byte_rate(struct text *t, uint64_t bytes, uint64_t interval_ns);
/* 5 columns: 0.0, 99.9, 12345, 123K, 1.2M; K is 1000. */
void figure_put_rate(struct text *t, uint64_t count, uint64_t interval_ns);
/* 4 columns: 0, 999, 1.2K, 12M; K is 1000. */
void figure_put_count(struct text *t, uint64_t count);
/* Per cent, 4 columns: 0.0, 12.3, 100 (all of them, not nearly).  Nothing when `of` is 0. */
void figure_put_share(struct text *t, uint64_t part, uint64_t of);
/* 6 columns, 7 with the gap " ": 999us, 12.3ms, 123ms, 1.2s. */
void figure_put_duration(struct text *t, uint64_t us, const char *gap);
/* 6 columns: 12s, 3m05s, 23h59m, 12d03h, 120d. */
void figure_put_age(struct text *t, int64_t ns);

#endif
