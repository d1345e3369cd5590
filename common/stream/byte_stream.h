/* SPDX-License-Identifier: Apache-2.0 */
/*
 * byte_stream.h - where one direction of a connection stands.
 *
 * Turns the events of one direction into a list of what the parser must be
 * told: bytes lost, bytes left out on purpose, bytes.  Positions only grow:
 * what an event repeats (the kernel side ships the front of a split line
 * again) or brings too late is dropped.
 */
#ifndef L7SCOPE_BYTE_STREAM_H
#define L7SCOPE_BYTE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "wire.h"

enum piece_kind {
	PIECE_GAP,  /* n bytes lost */
	PIECE_SKIP, /* n bytes present, not shipped on purpose */
	PIECE_DATA, /* n bytes at data.p */
};

struct piece {
	enum piece_kind kind;
	struct bytes data; /* PIECE_DATA: the caller's, not copied */
	uint64_t n;	   /* > 0 */
};

/* What one event can hold: gap, skip, data, skip. */
#define PIECES_MAX 4

struct pieces {
	struct piece at[PIECES_MAX];
	size_t n;
	bool starts; /* the data piece begins with the first byte of message event->msg */
};

struct byte_stream {
	uint64_t expected; /* position of the next byte not accounted for */
};

/* Positions count from 0, where tracking began. */
void byte_stream_init(struct byte_stream *s);

/* Fills *out with what a WIRE_DATA event adds, in order, and moves on.
 * Whatever the event claims, positions neither wrap nor go back. */
void byte_stream_take(struct byte_stream *s, const struct wire_event *event, const uint8_t *data,
		      struct pieces *out);

/* When the connection is gone: of `total` bytes that passed in all, those no
 * event told of.  They count as told afterwards. */
uint64_t byte_stream_untold(struct byte_stream *s, uint64_t total);

#endif
