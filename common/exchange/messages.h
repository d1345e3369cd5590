/* SPDX-License-Identifier: Apache-2.0 */
/* messages.h - what a stream finds, and what it does not, told to the pairs. */
#ifndef L7SCOPE_MESSAGES_H
#define L7SCOPE_MESSAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "exchange/connection.h"
#include "exchange/pairing.h"
#include "wire.h"

/* One direction taking in one piece of input. */
struct step {
	struct pairing *pairing;
	struct connection *c;
	const struct wire_event *event;
	enum http1_kind kind;
	enum no_status reason;	      /* of a response that ends in this piece without a status */
	bool gap;		      /* the piece is a gap */
	uint64_t end_ns;	      /* what ends in this piece ended then; 0: unknown */
	uint64_t last_ns;	      /* at EOF: when the last byte of the responses passed; 0: unknown */
	uint64_t consumed;	      /* bytes of the piece used so far, if it is data */
	struct header_entry *waiting; /* the block under way waits for its list */
};

static inline struct half *step_half(const struct step *s)
{
	return &s->c->half[s->kind];
}

/* What is read was there when the call returned, what is written when it was
 * entered. */
static inline uint64_t step_first_byte_ns(const struct step *s)
{
	return s->event->dir == WIRE_TX ? s->event->entry_ns : s->event->exit_ns;
}

/* What the stream found. */
void messages_take(struct step *s, const struct http1_output *out);
/* n bytes of this direction were lost (0: unknown). */
void messages_hole(struct step *s, uint64_t n);
/* The next byte is the first of a message that the kernel side gives the
 * number in s->event.  Nothing may be under way. */
void messages_renumber(struct step *s);

#endif
