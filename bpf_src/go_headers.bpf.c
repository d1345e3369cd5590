/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * go_headers.bpf.c - uprobes on functions of Go's HTTP/2 and gRPC that have
 * header lists in clear, of objects laid out as these versions of Go and gRPC have
 * them.
 */

/* ---- lists that are given whole ---- */

/* x/net's *MetaHeadersFrame, and net/http's */
struct go_list {
	u64 object; /* leads to the connection */
	u64 fields, n;
	u32 stream, ends;
	u32 dir;
};

/* FrameHeader: valid, Type, Flags, Length (u32), StreamID (u32) */
INLINE int take_frame(struct go_list *l, u64 frame)
{
	u64 header = word_of(frame), first = word_of(header);

	l->stream = word_of(header + 8);
	l->ends = first >> 16 & 1;
	l->fields = word_of(frame + 8);
	l->n = word_of(frame + 16);
	l->dir = WIRE_RX;
	return (first >> 8 & 0xff) == FRAME_HEADERS && l->stream && l->stream >> 31 == 0;
}

/* What this function's arguments say.  0: nothing that makes sense. */
INLINE int take_headers(void *ctx, u32 kind, struct go_list *l)
{
	l->object = TLS_ARG(ctx, ax);
	if (kind == HEADERS_GRPC_WRITE) { /* loopyWriter.framer.writer has the connection */
		l->object = word_of(word_of(l->object + 40));
		l->stream = TLS_ARG(ctx, bx);
		l->ends = TLS_ARG(ctx, cx) & 1;
		l->fields = TLS_ARG(ctx, di);
		l->n = TLS_ARG(ctx, si);
		l->dir = WIRE_TX;
		return l->stream && l->stream >> 31 == 0;
	}
	if (kind == HEADERS_HTTP_CLIENT)
		l->object = word_of(l->object);
	/* gRPC's server got a context in front of it in 1.5x */
	return take_frame(l, TLS_ARG(ctx, bx)) ||
	       (kind == HEADERS_GRPC_SERVER && take_frame(l, TLS_ARG(ctx, di)));
}

int on_headers(void *ctx)
{
	struct headers_scratch *s;
	struct headers_hook *hook;
	struct go_list l = {};
	u32 kind, zero = 0, fits;
	u64 sock;

	KIND(kind);
	hook = headers_hook(kind);
	s = headers_scratch.lookup(&zero);
	if (!hook || !s)
		return 0;
	fits = take_headers(ctx, kind, &l);
	sock = fits ? headers_sock(l.object, kind, hook) : 0;
	if (!fits || is_hopeless(hook))
		tell_unfit(ctx, s, hook, kind);
	if (!sock)
		return 0;
	if (!take_scratch(s))
		return 0;
	if (headers_wanted(&s->list.event, sock)) {
		name_headers(&s->list.event, kind, l.dir);
		s->list.event.msg = l.stream;
		s->list.event.flags = l.ends ? WIRE_F_END_STREAM : 0;
		add_fields(&s->list, l.fields, l.n, 0);
		ship_headers(ctx, &s->list, hook);
	}
	s->busy = 0;
	return 0;
}

/* ---- lists that are given field by field, to the encoder ---- */

/* net/http begins to write a list. */
int on_headers_begin(void *ctx)
{
	u64 g = tls_caller(ctx, TLS_GO_READ), object, sock;
	struct headers_scratch *s;
	struct headers_hook *hook;
	u32 kind, zero = 0;

	KIND(kind);
	hook = headers_hook(kind);
	s = headers_scratch.lookup(&zero);
	if (!hook || !s)
		return 0;
	headers_open.delete(&g);
	/* a frame's writer is given the connection as an interface; a stream's first member is it */
	object = kind == HEADERS_BEGIN_SERVER ? TLS_ARG(ctx, cx) : word_of(TLS_ARG(ctx, ax));
	sock = headers_sock(object, kind, hook);
	if (is_hopeless(hook))
		tell_unfit(ctx, s, hook, kind);
	if (!sock)
		return 0;
	if (!take_scratch(s))
		return 0;
	if (headers_wanted(&s->list.event, sock)) {
		name_headers(&s->list.event, kind, WIRE_TX);
		headers_open.update(&g, &s->list);
	}
	s->busy = 0;
	return 0;
}

/* hpack.(*Encoder).WriteField(e, f) */
int on_headers_field(void *ctx)
{
	u64 g = tls_caller(ctx, TLS_GO_READ);
	struct headers *h = headers_open.lookup(&g);
	struct header_field f;

	if (!h || h->event.flags & (HEADERS_CUT | WIRE_F_UNFIT))
		return 0;
	f.name = TLS_ARG(ctx, bx);
	f.name_n = TLS_ARG(ctx, cx);
	f.value = TLS_ARG(ctx, di);
	f.value_n = TLS_ARG(ctx, si);
	f.sensitive = TLS_ARG(ctx, r8);
	add_field(h, &f);
	return 0;
}

/* http2.(*Framer).WriteHeaders(f, p): p is on the stack, behind the return address: StreamID, BlockFragment
 * (8), EndStream (32) */
int on_headers_end(void *ctx)
{
	u64 g = tls_caller(ctx, TLS_GO_READ), p = TLS_ARG(ctx, sp) + 8;
	struct headers *h = headers_open.lookup(&g);
	struct headers_hook *hook;

	if (!h)
		return 0;
	hook = headers_hook(HEADERS_END);
	if (hook) {
		h->event.msg = (u32)word_of(p);
		if (!h->event.msg || h->event.msg >> 31)
			h->event.flags |= WIRE_F_UNFIT;
		h->event.flags |= word_of(p + 32) & 1 ? WIRE_F_END_STREAM : 0;
		ship_headers(ctx, h, hook);
	}
	headers_open.delete(&g);
	return 0;
}
