/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http2_story.h - random conversations over HTTP/2, and their events kept, for
 * tests of the tracker that change or leave out some.
 *
 * Every stream's fields carry its number, so that a value that ends up with
 * another stream shows.
 */
#ifndef L7SCOPE_TESTS_HTTP2_STORY_H
#define L7SCOPE_TESTS_HTTP2_STORY_H

#include <stdlib.h>

#include "http2_talk.h"

/* ---- events, kept ---- */

struct story {
	struct built_event *events;
	size_t n, room;
};

static struct story story_kept;

static inline void story_keep(struct tracker_fixture *f, const struct built_event *e)
{
	struct story *s = &story_kept;

	(void)f;
	if (s->n == s->room) {
		s->room = s->room ? 2 * s->room : 64;
		s->events = realloc(s->events, s->room * sizeof(*s->events));
		ck_assert_ptr_nonnull(s->events);
	}
	s->events[s->n++] = *e;
}

static inline void story_release(void)
{
	free(story_kept.events);
	story_kept = (struct story){0};
}

/* ---- conversations ---- */

#define STORY_STREAMS_MAX 64

struct story_stream {
	uint32_t id;
	bool grpc, asked, sent, headed, over; /* over: the response is complete, or the stream reset */
};

struct story_maker {
	struct talk t;
	uint32_t random, last_ask, last_push;
	uint64_t us;
	bool still; /* the clock is */
	struct story_stream at[STORY_STREAMS_MAX];
	size_t n;
};

static inline uint32_t story_random(struct story_maker *m, uint32_t below)
{
	m->random = m->random * 1664525u + 1013904223u;
	return (uint32_t)((uint64_t)m->random * below >> 32);
}

static inline void story_ask(struct story_maker *m, struct story_stream *s)
{
	static const char *const grpc = ":method POST|:scheme http|:authority h%u|:path /pkg.S/M%u|"
					"content-type application/grpc|te trailers|x-req r%u|!cookie c%u";
	static const char *const plain = ":method %s|:scheme http|:authority h%u|:path /s%u|agent x|"
					 "x-req r%u|!cookie c%u";
	char fields[256];
	uint32_t id = s->id;

	s->asked = true;
	s->sent = !s->grpc && story_random(m, 2);
	if (s->grpc)
		snprintf(fields, sizeof(fields), grpc, id % 3, id, id, id);
	else
		snprintf(fields, sizeof(fields), plain, s->sent ? "GET" : "POST", id % 3, id, id, id);
	m->t.part = story_random(m, 4) ? 0 : 20;
	talk_ask(&m->t, id, s->sent ? END_STREAM : 0, fields);
}

/* One to three messages of gRPC, or some other bytes; shown, or skipped by the kernel side. */
static inline void story_data(struct story_maker *m, const struct story_stream *s, bool request, bool end)
{
	static const uint8_t message[] = {0, 0, 0, 0, 3, 'a', 'b', 'c'};
	struct http2_frame frame = {.stream = s->id, .flags = end ? END_STREAM : 0};
	uint8_t all[3 * sizeof(message)] = {0};
	size_t n = story_random(m, 3) + 1;

	if (story_random(m, 3) == 0) {
		frame.length = 2000 + 5;
		talk_skipped(&m->t, request, frame, bytes_of("\0\0\0\x07\xd0", 5));
		return;
	}
	for (size_t i = 0; i < n; i++)
		memcpy(all + i * sizeof(message), message, sizeof(message));
	talk_frame(&m->t, request, frame, bytes_of(all, n * sizeof(message)));
}

static inline void story_send(struct story_maker *m, struct story_stream *s)
{
	uint32_t what = story_random(m, 4);

	s->sent = what < 2;
	if (what == 0 && !s->grpc)
		talk_headers(&m->t, true, s->id, END_STREAM, "x-sum s");
	else
		story_data(m, s, true, s->sent);
}

static inline void story_head(struct story_maker *m, struct story_stream *s)
{
	char fields[128];

	if (story_random(m, 5) == 0) {
		snprintf(fields, sizeof(fields), ":status 103|link l%u", s->id);
		talk_answer(&m->t, s->id, 0, fields);
	}
	snprintf(fields, sizeof(fields), ":status %u|server x|x-resp r%u%s", 200 + s->id % 100, s->id,
		 s->grpc ? "|content-type application/grpc" : "");
	s->headed = true;
	s->over = !s->grpc && story_random(m, 4) == 0;
	talk_answer(&m->t, s->id, s->over ? END_STREAM : 0, fields);
}

static inline void story_answer(struct story_maker *m, struct story_stream *s)
{
	char trailers[64];

	if (story_random(m, 2)) {
		story_data(m, s, false, false);
		return;
	}
	s->over = true;
	if (s->grpc || story_random(m, 4) == 0) {
		snprintf(trailers, sizeof(trailers), "grpc-status %u|x-end e%u", s->id % 17, s->id);
		talk_answer(&m->t, s->id, END_STREAM, trailers);
	} else {
		story_data(m, s, false, true);
	}
}

static inline struct story_stream *story_add(struct story_maker *m, uint32_t id, bool grpc)
{
	struct story_stream *s = &m->at[m->n++];

	*s = (struct story_stream){.id = id, .grpc = grpc};
	return s;
}

static inline void story_push(struct story_maker *m, const struct story_stream *by)
{
	char fields[128];
	struct story_stream *s;

	if (m->n == STORY_STREAMS_MAX)
		return;
	m->last_push += 2;
	snprintf(fields, sizeof(fields), ":method GET|:scheme http|:authority h|:path /s%u", m->last_push);
	talk_push(&m->t, by->id, m->last_push, fields);
	s = story_add(m, m->last_push, false);
	s->asked = s->sent = true;
}

static inline void story_step(struct story_maker *m, struct story_stream *s)
{
	if (!m->still)
		at(m->t.f, m->us += 10);
	if (!s->asked) {
		story_ask(m, s);
	} else if (story_random(m, 40) == 0) {
		talk_reset(&m->t, story_random(m, 2), s->id, 8);
		s->over = s->sent = true;
	} else if (!s->sent && (s->over || story_random(m, 2))) {
		story_send(m, s);
	} else if (!s->headed) {
		if (story_random(m, 10) == 0 && s->id % 2)
			story_push(m, s);
		else
			story_head(m, s);
	} else {
		story_answer(m, s);
	}
}

/* `streams` of the client's, up to `at_once` at a time; then the connection closes. */
static inline void story_tell(struct story_maker *m, struct tracker_fixture *f, uint32_t seed,
			      uint32_t streams, uint32_t at_once)
{
	m->random = seed;
	m->last_ask = 1;
	m->us = 1000;
	talk_init(&m->t, f, seed % 2);
	talk_begin(&m->t);
	for (;;) {
		size_t i;

		while (m->n < at_once && m->last_ask < 2 * streams) {
			story_add(m, m->last_ask, m->last_ask % 3 == 0);
			m->last_ask += 2;
		}
		if (!m->n)
			break;
		for (i = 0; m->at[i].asked && i + 1 < m->n;) /* streams begin in order */
			i++;
		if (m->at[i].asked || story_random(m, 2))
			i = story_random(m, i + 1);
		story_step(m, &m->at[i]);
		if (m->at[i].over && m->at[i].sent)
			memmove(&m->at[i], &m->at[i + 1], (--m->n - i) * sizeof(m->at[0]));
		if (story_random(m, 50) == 0)
			talk_text(&m->t, WIRE_RX, "PING.0.0=12345678 WINDOW_UPDATE.0.0=#00000001");
	}
	closed(f, WIRE_CLOSE_LOCAL);
}

#endif
