/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * nghttp2_headers.bpf.c - uprobes on libnghttp2: header lists that programs
 * submit, which are theirs in clear.  Those that they receive come out of
 * functions of the programs' own, whose names nobody knows.
 *
 * The library knows no sockets: it is given what was read from one, and that
 * tells (last_reads.bpf.c).
 */

struct nghttp2_session {
	u64 address, tgid;
};
BPF_TABLE("lru_hash", struct nghttp2_session, u64, nghttp2_socks, 16384);

/* A list that is being submitted, by thread: only when that has succeeded it is one. */
struct nghttp2_list {
	u64 session, fields, n;
	u32 stream, ends, kind, pad;
};
BPF_TABLE("lru_hash", u64, struct nghttp2_list, nghttp2_lists, 4096);

/* The last list of a session of which nothing was read yet: a client speaks first. */
BPF_F_TABLE("hash", struct nghttp2_session, struct headers, nghttp2_early, 256, BPF_F_NO_PREALLOC);

/* nghttp2_submit_headers(): it is to make the stream's number */
#define NEW_STREAM 0xffffffff

INLINE void name_session(struct nghttp2_session *s, u64 address)
{
	s->address = address;
	s->tgid = bpf_get_current_pid_tgid() >> 32;
}

/* nghttp2_data_provider: source, read_callback */
INLINE u32 has_no_data(u64 provider)
{
	return !provider || !word_of(provider + 8);
}

INLINE void take_submitted(void *ctx, u32 kind, struct nghttp2_list *l)
{
	l->kind = kind;
	l->session = TLS_ARG(ctx, di);
	if (kind == NGHTTP2_LIST) { /* (session, flags, stream, priority, fields, n, ...) */
		l->ends = TLS_ARG(ctx, si) & 1;
		l->stream = TLS_ARG(ctx, dx);
		l->fields = TLS_ARG(ctx, r8);
		l->n = TLS_ARG(ctx, r9);
		return;
	}
	/* (session, stream, fields, n [, data]); with a request, in the stream's place, its priority */
	l->stream = kind == NGHTTP2_REQUEST ? NEW_STREAM : TLS_ARG(ctx, si);
	l->fields = TLS_ARG(ctx, dx);
	l->n = TLS_ARG(ctx, cx);
	l->ends = kind == NGHTTP2_TRAILER || has_no_data(TLS_ARG(ctx, r8));
}

int on_nghttp2_submit(void *ctx)
{
	u64 id = bpf_get_current_pid_tgid();
	struct nghttp2_list l = {};
	u32 kind;

	KIND(kind);
	if (!caller_wanted(id >> 32))
		return 0;
	take_submitted(ctx, kind, &l);
	nghttp2_lists.update(&id, &l);
	return 0;
}

/* Its result: the stream that it has made, or 0. */
INLINE int was_accepted(struct nghttp2_list *l, s32 result)
{
	if (l->stream != NEW_STREAM)
		return result == 0;
	l->stream = result;
	return result > 0;
}

int on_nghttp2_submitted(void *ctx)
{
	u64 id = bpf_get_current_pid_tgid(), *sock;
	struct nghttp2_list *submitted, l;
	struct nghttp2_session key = {};
	struct headers_scratch *s;
	struct headers_hook *hook;
	u32 zero = 0;

	submitted = nghttp2_lists.lookup(&id);
	if (!submitted)
		return 0;
	l = *submitted;
	nghttp2_lists.delete(&id);
	hook = headers_hook(l.kind);
	s = headers_scratch.lookup(&zero);
	if (!hook || !s || !was_accepted(&l, TLS_ARG(ctx, ax)))
		return 0;
	if (!take_scratch(s))
		return 0;
	name_session(&key, l.session);
	sock = nghttp2_socks.lookup(&key);
	if (!sock || headers_wanted(&s->list.event, *sock)) {
		name_headers(&s->list.event, l.kind, WIRE_TX);
		s->list.event.msg = l.stream;
		s->list.event.flags = l.ends ? WIRE_F_END_STREAM : 0;
		add_fields(&s->list, l.fields, l.n, 1);
		if (sock)
			ship_headers(ctx, &s->list, hook);
		else
			nghttp2_early.update(&key, &s->list);
	}
	s->busy = 0;
	return 0;
}

INLINE void ship_early(void *ctx, struct nghttp2_session *key, u64 sock)
{
	struct headers *h = nghttp2_early.lookup(key);
	struct headers_hook *hook = h ? headers_hook(h->event.close_reason) : 0;

	if (!h)
		return;
	if (hook && headers_wanted(&h->event, sock)) {
		h->event.exit_ns = bpf_ktime_get_ns();
		ship_headers(ctx, h, hook);
	}
	nghttp2_early.delete(key);
}

/* nghttp2_session_mem_recv(session, in, n) */
int on_nghttp2_read(void *ctx)
{
	struct nghttp2_session key = {};
	u64 sock, *known;

	if (!caller_wanted(bpf_get_current_pid_tgid() >> 32))
		return 0;
	sock = sock_of_read(TLS_ARG(ctx, si), TLS_ARG(ctx, dx));
	if (!sock)
		return 0;
	name_session(&key, TLS_ARG(ctx, di));
	known = nghttp2_socks.lookup(&key);
	if (known && *known == sock)
		return 0;
	nghttp2_socks.update(&key, &sock);
	ship_early(ctx, &key, sock);
	return 0;
}

/* nghttp2_session_del(session): the next one may be at the same place */
int on_nghttp2_gone(void *ctx)
{
	struct nghttp2_session key = {};

	name_session(&key, TLS_ARG(ctx, di));
	nghttp2_socks.delete(&key);
	nghttp2_early.delete(&key);
	return 0;
}
