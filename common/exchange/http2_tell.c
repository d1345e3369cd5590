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

struct http2_block http2_tell_make(const struct step *s, const struct http2_output *out,
				   enum http2_block_kind kind, char *comm)
{
	return (struct http2_block){
		.where = where(s, comm),
		.stream = out->frame.stream,
		.promised = out->promised,
		.kind = kind,
		.wire = out->wire,
		.end_stream = kind != HTTP2_PUSH && out->frame.flags & HTTP2_FLAG_END_STREAM,
		.after_loss = out->after_loss,
	};
}

void http2_tell_fields(const struct pairing *pr, struct http2_block *block)
{
	const struct http2_fields *f = pr->fields;

	if (!pr->on_block)
		return;
	block->fields = f->at;
	block->n_fields = f->n;
	block->unknown = f->unknown;
	block->dynamic = f->dynamic;
	block->bad = f->bad;
	block->from_uprobe = f->from_uprobe;
	pr->on_block(pr->ctx, block);
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
