/* SPDX-License-Identifier: Apache-2.0 */
/*
 * follow.h - one connection following its events: positions, then messages,
 * then pairs.
 */
#ifndef L7SCOPE_FOLLOW_H
#define L7SCOPE_FOLLOW_H

#include "exchange/connection.h"
#include "exchange/pairing.h"
#include "wire.h"

/* A WIRE_DATA event of this connection. */
void follow_data(struct pairing *pr, struct connection *c, const struct wire_event *event,
		 const uint8_t *data);

/* A WIRE_CLOSE event: reports all that is left. */
void follow_close(struct pairing *pr, struct connection *c, const struct wire_event *event);

/* Reports all that is left. */
void follow_flush(struct pairing *pr, struct connection *c, enum no_status reason);

/* Gives back what the connection holds; nothing may be left to report. */
void follow_release(struct pairing *pr, struct connection *c);

#endif
