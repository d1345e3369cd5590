/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event_pieces.h - what the kernel side sent in one sample, as the events
 * wire.h describes.
 *
 * Of HTTP/2 a sample holds many short pieces with DATA left out between them
 * (WIRE_F_SKIPS); whoever reads events knows only single ones.
 */
#ifndef L7SCOPE_EVENT_PIECES_H
#define L7SCOPE_EVENT_PIECES_H

#include <stddef.h>

#include "transport/capture.h"

/*
 * Hands each event of a sample of n bytes to fn, as wire_event_valid() promises
 * them; returns how many.  What is not valid is passed over: 0.
 */
int event_pieces(const void *raw, size_t n, capture_event_fn *fn, void *ctx);

#endif
