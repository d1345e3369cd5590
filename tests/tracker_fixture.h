/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tracker_fixture.h - a tracker whose exchanges become lines of text.
 *
 * A line reads, for a complete exchange and for one without response,
 *
 *     1 GET a.example /x 200 req 38 resp 43 ttfb 100 lat 250 flags -
 *     1 GET a.example /x closed req 38 resp 0 ttfb - lat - flags gap,joined
 *
 * the connection's number first, times in microseconds.  HTTP/2 has "1/3" for
 * stream 3; a gRPC call has, before the flags, service, method, status ('!':
 * derived), mode, messages sent/received, and the message if there is one:
 *
 *     ... grpc pkg.Echo Say 0 unary 1/1 flags -
 */
#ifndef L7SCOPE_TESTS_TRACKER_FIXTURE_H
#define L7SCOPE_TESTS_TRACKER_FIXTURE_H

#include "exchange/tracker.h"
#include "replay/event_builder.h"

#define FIXTURE_TEXT_MAX 16384

struct tracker_fixture {
	struct tracker *tracker;
	struct event_builder conn; /* the one the calls below speak of */
	char text[FIXTURE_TEXT_MAX];
	void (*also)(struct tracker_fixture *f, const struct exchange *x); /* NULL, or more to look at */
	/* NULL, or who gets the events in the place of the tracker */
	void (*instead)(struct tracker_fixture *f, const struct built_event *e);
	uint64_t seen;
	bool bulk; /* many events: without guard pages and text, only counted */
};

/* tracker is NULL when there was no memory for it. */
void fixture_init(struct tracker_fixture *f, bool server, size_t max_conns);
/* Other options than these; on_exchange and ctx are set. */
void fixture_init_with(struct tracker_fixture *f, bool server, struct tracker_options options);
void fixture_release(struct tracker_fixture *f);
/* Goes on with a new connection. */
void fixture_conn(struct tracker_fixture *f, uint64_t conn, bool server);

/* Entry and exit of the calls that follow, in microseconds; 0 is not allowed. */
void at(struct tracker_fixture *f, uint64_t us);
void between(struct tracker_fixture *f, uint64_t entry_us, uint64_t exit_us);

/* Data that begins a message; that goes on with it; with skipped bytes behind. */
void rx(struct tracker_fixture *f, const char *text);
void tx(struct tracker_fixture *f, const char *text);
void rx_more(struct tracker_fixture *f, const char *text);
void tx_more(struct tracker_fixture *f, const char *text);
void tx_interim(struct tracker_fixture *f, const char *text);
void tx_then_skip(struct tracker_fixture *f, const char *text, uint64_t n);
void rx_then_skip(struct tracker_fixture *f, const char *text, uint64_t n);
/* Skipped bytes alone. */
void rx_skip(struct tracker_fixture *f, uint64_t n);
void tx_skip(struct tracker_fixture *f, uint64_t n);
/* A whole event that does not arrive; `messages` begin in it. */
void rx_lost(struct tracker_fixture *f, const char *text, unsigned messages);
void tx_lost(struct tracker_fixture *f, const char *text, unsigned messages);
void eof(struct tracker_fixture *f);
void closed(struct tracker_fixture *f, unsigned reason);

/* The lines so far, which are then forgotten. */
void expect(struct tracker_fixture *f, const char *lines);
/* Nothing in the table, nothing in flight. */
void expect_empty(struct tracker_fixture *f);

/* An event changed by hand. */
void send_event(struct tracker_fixture *f, const struct built_event *e);

#endif
