/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/http2_tell.h"

#include <string.h>

/* comm: of WIRE_COMM_LEN + 1 bytes. */
static struct http2_where where(const struct step *s, char *comm)
{
	const struct connection *c = s->c;
	const struct wire_event *event = s->event;

	memcpy(comm, event->comm, WIRE_COMM_LEN);
	comm[WIRE_COMM_LEN] = '\0';
	return (struct http2_where){
		.conn = c->number,
		.pid = event->pid,
		.tid = event->tid,
		.uid = event->uid,
		.comm = comm,
		.role = c->role,
		.sent = (s->kind == HTTP1_REQUEST) == (c->role == ROLE_CLIENT),
		.local = c->local,
		.remote = c->remote,
		.netns = c->netns,
		.cgroup = event->cgroup,
		.tls = c->tls,
		.ns = s->end_ns,
	};
}

void http2_tell_block(const struct step *s, const struct http2_output *out, enum http2_block_kind kind)
{
	const struct http2_fields *fields = s->pairing->fields;
	char comm[WIRE_COMM_LEN + 1];
	struct http2_block block;

	if (!s->pairing->on_block)
		return;
	block = (struct http2_block){
		.where = where(s, comm),
		.stream = out->frame.stream,
		.promised = out->promised,
		.kind = kind,
		.fields = fields->at,
		.n_fields = fields->n,
		.unknown = fields->unknown,
		.dynamic = fields->dynamic,
		.wire = out->wire,
		.end_stream = kind != HTTP2_PUSH && out->frame.flags & HTTP2_FLAG_END_STREAM,
		.after_loss = out->after_loss,
		.bad = fields->bad,
	};
	s->pairing->on_block(s->pairing->ctx, &block);
}

void http2_tell_frame(const struct step *s, const struct http2_output *out)
{
	char comm[WIRE_COMM_LEN + 1];
	struct http2_frame_record record;

	if (!s->pairing->on_frame)
		return;
	record = (struct http2_frame_record){where(s, comm), out->frame, out->payload};
	s->pairing->on_frame(s->pairing->ctx, &record);
}
