/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * header_lists.bpf.c - header lists of HTTP/2 that functions of programs have in
 * clear: what is common to the hooks on all of them.
 *
 * A connection that is older than the tool has used HPACK's table for things
 * that were never seen.  Its lists are shipped from here; those of connections
 * seen from their beginning are not, for the wire tells them all.
 *
 * What is read is a program's memory.  All is checked before it is believed, and
 * a hook that finds what cannot be a header list goes off, for that process.
 */

/* enum uprobe_program of common/transport/uprobe_hooks.h, behind those of enum tls_kind */
enum headers_kind {
	HEADERS_GRPC_WRITE = TLS_GO_RETURN + 1,
	HEADERS_GRPC_CLIENT,
	HEADERS_GRPC_SERVER,
	HEADERS_HTTP_SERVER,
	HEADERS_HTTP_CLIENT,
	HEADERS_BEGIN_SERVER,
	HEADERS_BEGIN_CLIENT,
	HEADERS_FIELD,
	HEADERS_END,
	NGHTTP2_READ,
	NGHTTP2_GONE,
	NGHTTP2_REQUEST,
	NGHTTP2_RESPONSE,
	NGHTTP2_TRAILER,
	NGHTTP2_LIST,
	NGHTTP2_SUBMITTED,
};

/* Fields of one list; more are cut off. */
#define HEADERS_FIELDS_MAX 48
/* ... so many are none. */
#define HEADERS_ABSURD_BITS 12
#define HEADERS_NAME_MAX    256
#define HEADERS_MASK	    (WIRE_HEADERS_MAX - 1)
/* A hook that has found nothing sensible so often, and never anything else, is off. */
#define HEADERS_UNFIT_MAX 4
/* In event.flags, of what is not shipped: there were more fields, or longer ones. */
#define HEADERS_CUT 0x8000
/* Where an object has its net.Conn: words looked at. */
#define HEADERS_WORDS 32

/* hpack.HeaderField of Go; see also add_fields(). */
struct header_field {
	u64 name, name_n, value, value_n, sensitive;
};
#define HEADER_FIELD_SIZE 40

struct headers {
	struct wire_event event;
	u8 data[2 * WIRE_HEADERS_MAX]; /* half of it for the verifier */
	u64 name, value, stop; /* of add_field(): what comes from memory has no past to the verifier */
	u64 next;	       /* number of the field that add_fields() comes to */
};

struct headers_scratch {
	u32 busy;
	u32 unfit;
	struct headers list;
};

/* A hook of a process. */
struct headers_hook {
	u32 fits, unfit; /* calls */
	u32 conn_at;	 /* where its object has the net.Conn's data; 0: not known yet */
	u32 told;
	u32 tried; /* words that it is not at */
};

BPF_PERCPU_ARRAY(headers_scratch, struct headers_scratch, 1);
/* tgid << 8 | kind */
BPF_TABLE("lru_hash", u64, struct headers_hook, headers_hooks, 4096);
/* By goroutine: lists that are given field by field, of late connections alone. */
BPF_F_TABLE("hash", u64, struct headers, headers_open, 1024, BPF_F_NO_PREALLOC);

INLINE u64 word_of(u64 address)
{
	u64 word = 0;

	bpf_probe_read_user(&word, sizeof(word), (void *)address);
	return word;
}

/* Nobody knows where its objects have their connections. */
INLINE int is_hopeless(struct headers_hook *hook)
{
	return hook->tried > HEADERS_WORDS && !hook->conn_at;
}

/* ---- whose ---- */

INLINE struct headers_hook *headers_hook(u32 kind)
{
	u64 key = bpf_get_current_pid_tgid() >> 32 << 8 | kind;
	struct headers_hook none = {}, *hook;

	if (!caller_wanted(key >> 8))
		return 0;
	hook = headers_hooks.lookup(&key);
	if (!hook) {
		headers_hooks.update(&key, &none);
		hook = headers_hooks.lookup(&key);
	}
	return hook && !hook->told ? hook : 0;
}

/* Is a connection's list of any use?  e: names it. */
INLINE int headers_wanted(struct wire_event *e, u64 sock)
{
	u64 key = sock | KEY_TLS;
	struct conn *c = conns.lookup(&key);
	u16 rport = 0;

	if (!c) {
		key = sock;
		c = conns.lookup(&key);
	}
	if (c && (!(c->joined | c->gapped) || c->ignored))
		return 0;
	e->conn = c ? c->id : 0;
	e->sock = key;
	READ_MEMBER(e->lport, sock, sock_skc_num);
	READ_MEMBER(rport, sock, sock_skc_dport);
	e->rport = bpf_ntohs(rport);
	return 1;
}

INLINE void name_headers(struct wire_event *e, u32 kind, u32 dir)
{
	u64 id = bpf_get_current_pid_tgid();

	e->kind = WIRE_HEADERS;
	e->close_reason = kind;
	e->dir = dir;
	e->pid = id >> 32;
	e->tid = id;
	e->exit_ns = bpf_ktime_get_ns();
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	e->flags = e->msg = e->len = 0;
}

/* ---- a list ---- */

/* n bytes that have room; not 0: they cannot be read. */
INLINE u64 add_bytes(struct headers *h, u64 from, u64 n)
{
	u64 at = h->event.len & HEADERS_MASK;

	n &= HEADERS_MASK;
	h->event.len = at + n;
	return bpf_probe_read_user(&h->data[at], n, (void *)from);
}

/* Without branches: see http1_follow.bpf.c.  h->stop: there is no more to add; e->flags says why. */
INLINE void add_field(struct headers *h, struct header_field *f)
{
	u64 name = f->name_n, value = f->value_n, unfit, fits, end;
	struct wire_field head = {};

	unfit = is_zero(name) | (1 - is_zero((name | value) >> 32));
	unfit |= 1 - is_less(name & 0xffffffff, HEADERS_NAME_MAX + 1);
	end = h->event.len + sizeof(head) + (name & 0xffffffff) + (value & 0xffffffff);
	fits = (1 - unfit) & is_less(end, WIRE_HEADERS_MAX);
	h->name = name * fits;
	h->value = value * fits;
	h->event.flags |= unfit * WIRE_F_UNFIT | (1 - fits) * HEADERS_CUT;
	h->stop = 1 - fits;
	FORGET();
	head.name = h->name;
	head.value = h->value;
	head.never_indexed = f->sensitive & 1;
	bpf_probe_read_kernel(&h->data[h->event.len & HEADERS_MASK], sizeof(head), &head);
	h->event.len += sizeof(head) * (1 - h->stop);
	FORGET();
	unfit = add_bytes(h, f->name, h->name);
	FORGET();
	unfit |= add_bytes(h, f->value, h->value);
	unfit = 1 - is_zero(unfit);
	h->event.flags |= unfit * WIRE_F_UNFIT;
	h->stop |= unfit;
	FORGET();
}

/* nv: they are nghttp2_nv, which have both lengths behind both texts. */
INLINE void add_fields(struct headers *h, u64 fields, u64 n, int nv)
{
	struct header_field f;
	u64 length;

	OPAQUE(n);
	h->event.flags |= (1 - is_zero(n >> HEADERS_ABSURD_BITS)) * WIRE_F_UNFIT |
			  is_less(HEADERS_FIELDS_MAX, n & 0xffffffff) * HEADERS_CUT;
	OPAQUE(n);
	h->next = 0;
	FORGET();
	REPEAT (HEADERS_FIELDS_MAX) {
		if (h->next >= n)
			break;
		/* what cannot be read is all 0, and no field */
		bpf_probe_read_user(&f, sizeof(f), (void *)(fields + h->next * HEADER_FIELD_SIZE));
		if (nv) {
			length = f.value;
			f.value = f.name_n;
			f.name_n = length;
		}
		add_field(h, &f);
		h->next++;
		if (h->stop)
			break;
		FORGET();
	}
}

INLINE void ship_headers(void *ctx, struct headers *h, struct headers_hook *hook)
{
	struct wire_event *e = &h->event;
	u64 n = e->len;

	if (e->flags & WIRE_F_UNFIT) {
		hook->unfit++;
		if ((hook->fits || hook->unfit < HEADERS_UNFIT_MAX) && !is_hopeless(hook))
			return;
		hook->told = 1;
		n = e->len = 0;
	} else {
		hook->fits = 1;
	}
	OPAQUE(n);
	if (n > WIRE_HEADERS_MAX || e->flags & HEADERS_CUT || !(n | hook->told))
		return;
	if (put_event(ctx, h, sizeof(*e) + n))
		count(WIRE_LOST_RING_FULL);
}

/* Until s->busy is cleared again.  0: this program has interrupted another one on the same CPU. */
INLINE int take_scratch(struct headers_scratch *s)
{
	if (s->busy) {
		count(WIRE_LOST_SCRATCH_BUSY);
		return 0;
	}
	s->busy = 1;
	return 1;
}

/* What the hook saw makes no sense. */
INLINE void tell_unfit(void *ctx, struct headers_scratch *s, struct headers_hook *hook, u32 kind)
{
	if (s->busy)
		return;
	s->busy = 1;
	name_headers(&s->list.event, kind, 0);
	s->list.event.flags = WIRE_F_UNFIT;
	ship_headers(ctx, &s->list, hook);
	s->busy = 0;
}
