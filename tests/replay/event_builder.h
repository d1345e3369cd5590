/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event_builder.h - wire events written by hand, as the kernel side sends them.
 *
 * The builder of a connection keeps positions, message numbers and totals, so
 * that a test names only what matters.  Header only: test programs of three
 * kinds use it, and the Makefile links each from one source file.
 */
#ifndef L7SCOPE_TESTS_EVENT_BUILDER_H
#define L7SCOPE_TESTS_EVENT_BUILDER_H

#include <string.h>
#include <sys/socket.h>

#include "base/bytes.h"
#include "wire.h"

/* How the data relates to messages. */
enum build_as {
	BUILD_NEW,     /* begins the next message */
	BUILD_INTERIM, /* begins a 1xx response: the next message keeps the number */
	BUILD_MORE,    /* goes on with the message begun last */
};

struct event_builder {
	struct wire_event event; /* what all events of the connection share */
	uint64_t pos[2];	 /* by enum wire_dir */
	uint32_t next_msg[2];
	uint64_t entry_ns, exit_ns; /* of the next event; exit_ns must be set */
};

struct built_event {
	struct wire_event event;
	uint8_t data[WIRE_DATA_MAX];
};

/* 10.0.0.1:80 (server) or :40000 (client); the peer is 10.0.0.2. */
static inline void event_builder_init(struct event_builder *b, uint64_t conn, bool server)
{
	static const uint8_t local[4] = {10, 0, 0, 1}, remote[4] = {10, 0, 0, 2};

	memset(b, 0, sizeof(*b));
	b->event.conn = conn;
	b->event.sock = 0xffff888000000000u + conn * 0x1000;
	b->event.family = AF_INET;
	b->event.lport = server ? 80 : 40000;
	b->event.rport = server ? 40000 : 80;
	memcpy(b->event.laddr, local, sizeof(local));
	memcpy(b->event.raddr, remote, sizeof(remote));
	b->event.flags = server ? WIRE_F_SERVER : 0;
	b->event.pid = 1234;
	b->event.tid = 1235;
	b->event.uid = 33;
	b->event.netns = 4026531840;
	b->event.cgroup = 77;
	memcpy(b->event.comm, "builder", 8);
}

/* Bytes that pass without an event. */
static inline void build_lost(struct event_builder *b, unsigned dir, uint64_t n)
{
	b->pos[dir] += n;
}

/* Text must be shorter than WIRE_DATA_MAX; more is cut off. */
static inline void build_data(struct event_builder *b, struct built_event *out, unsigned dir,
			      enum build_as as, struct bytes text)
{
	struct wire_event *e = &out->event;

	*e = b->event;
	e->kind = WIRE_DATA;
	e->dir = dir;
	e->entry_ns = b->entry_ns;
	e->exit_ns = b->exit_ns;
	e->pos = b->pos[dir];
	e->len = text.n < WIRE_DATA_MAX ? text.n : WIRE_DATA_MAX;
	if (e->len)
		memcpy(out->data, text.p, e->len);
	e->msg = as == BUILD_MORE && b->next_msg[dir] ? b->next_msg[dir] - 1 : b->next_msg[dir];
	if (as != BUILD_MORE)
		e->flags |= WIRE_F_START;
	if (as == BUILD_NEW)
		b->next_msg[dir]++;
	b->pos[dir] += e->len;
	e->total_rx = b->pos[WIRE_RX];
	e->total_tx = b->pos[WIRE_TX];
}

/* Frames of HTTP/2; starts: the first byte is the first of a frame, or of the preface. */
static inline void build_frames(struct event_builder *b, struct built_event *out, unsigned dir, bool starts,
				struct bytes frames)
{
	build_data(b, out, dir, BUILD_MORE, frames);
	out->event.flags |= WIRE_F_HTTP2 | (starts ? WIRE_F_START : 0);
}

/* Adds n skipped bytes behind the data. */
static inline void build_post_skip(struct event_builder *b, struct built_event *out, uint64_t n)
{
	out->event.post_skip += n;
	b->pos[out->event.dir] += n;
	out->event.total_rx = b->pos[WIRE_RX];
	out->event.total_tx = b->pos[WIRE_TX];
}

/* n skipped bytes, and no data: how the end of a body arrives. */
static inline void build_skip(struct event_builder *b, struct built_event *out, unsigned dir, uint64_t n)
{
	b->pos[dir] += n;
	build_data(b, out, dir, BUILD_MORE, (struct bytes){0});
	out->event.pre_skip = n;
}

static inline void build_eof(struct event_builder *b, struct built_event *out)
{
	build_data(b, out, WIRE_RX, BUILD_MORE, (struct bytes){0});
	out->event.flags |= WIRE_F_EOF;
}

static inline void build_close(struct event_builder *b, struct built_event *out, unsigned reason)
{
	build_data(b, out, WIRE_RX, BUILD_MORE, (struct bytes){0});
	out->event.kind = WIRE_CLOSE;
	out->event.close_reason = reason;
	out->event.pos = 0;
	out->event.msg = 0;
}

#endif
