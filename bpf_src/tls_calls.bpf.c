/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * tls_calls.bpf.c - uprobes on functions of TLS libraries: the plain text that
 * they are given, or give, is followed like that of any call.
 *
 * Its connection is known by the struct sock, marked (KEY_TLS).  Which one that
 * is, tells the socket that a thread uses inside the library; a program that
 * moves the ciphertext itself (memory BIOs) tells nothing: its connection is
 * known by the library's object, and has no addresses.
 *
 * One program serves many functions: it is loaded once for each kind, with the
 * constant of KIND() replaced.
 */

/* enum uprobe_program of common/transport/uprobe_hooks.h, in this order */
enum tls_kind {
	TLS_WRITE,
	TLS_READ,
	TLS_WRITE_EX,
	TLS_READ_EX,
	TLS_WRITE_EX2,
	TLS_RECV,
	TLS_OTHER,
	TLS_SET_FD,
	TLS_FREE,
	TLS_NEW,
	TLS_BEGIN,
	TLS_RETURN,
	TLS_GO_READ,
	TLS_GO_WRITE,
	TLS_GO_NEW,
	TLS_GO_RETURN,
};

#define PR_MSG_PEEK 2 /* NSPR's prio.h */

struct tls_key {
	u64 object;
	u64 tgid;
};

/* What is known of a library's connection.  One that is forgotten is found
 * again when its socket is used, as one that is older than the tool. */
struct tls_conn {
	u64 sock;	 /* 0: not known */
	u64 key;	 /* what it is followed as; 0: not yet */
	u64 passed[2];	 /* bytes of plain text seen in each direction */
	u32 fresh;	 /* seen from its beginning */
	u32 rx_known;	 /* rx_sequence holds something */
	u32 rx_sequence; /* TCP's number of the byte that was expected next when it was first written to */
	u32 read_seen;	 /* a read was seen from its entry */
	u32 inner;	 /* its ciphertext is another one's plain text */
	u32 pad;
};
BPF_TABLE("lru_hash", struct tls_key, struct tls_conn, tls_conns, 65536);

/* In assembler, for the verifier takes no computed offset from ctx. */
#define TLS_ARG(ctx, member)                                                                                 \
	({                                                                                                   \
		u64 value_;                                                                                  \
		asm volatile("%0 = *(u64 *)(%1 + %2)"                                                        \
			     : "=r"(value_)                                                                  \
			     : "r"(ctx), "i"(MEMBER_pt_regs_##member));                                      \
		value_;                                                                                      \
	})

INLINE int tls_is_read(u32 kind)
{
	return kind == TLS_READ || kind == TLS_READ_EX || kind == TLS_RECV || kind == TLS_GO_READ;
}

INLINE int tls_is_go(u32 kind)
{
	return kind >= TLS_GO_READ;
}

/* What a call is known by until it returns: the thread, or the goroutine, which may change threads.  Its
 * struct is at a user's address, so no two of one process are equal, nor any to a thread's. */
INLINE u64 tls_caller(void *ctx, u32 kind)
{
	u64 id = bpf_get_current_pid_tgid();

	if (tls_is_go(kind))
		return (id >> 32 << 40) ^ TLS_ARG(ctx, r14) ^ 1ULL << 63;
	return id;
}

INLINE struct tls_conn *tls_conn_of(struct tls_key *key)
{
	struct tls_conn none = {}, *c = tls_conns.lookup(key);

	if (c)
		return c;
	tls_conns.update(key, &none);
	return tls_conns.lookup(key);
}

/*
 * The socket of Go's *tls.Conn: its conn is an interface of {type, data}; a
 * *net.TCPConn's first member is the *netFD, which has the descriptor at 16 and
 * at 80 the network's name: the proof that it is one.
 */
INLINE u64 sock_of_go(u64 conn)
{
	u64 tcp = 0, net_fd = 0, fd = 0, name = 0;
	u8 text[4] = {};

	bpf_probe_read_user(&tcp, sizeof(tcp), (void *)conn + 8);
	bpf_probe_read_user(&net_fd, sizeof(net_fd), (void *)tcp);
	bpf_probe_read_user(&fd, sizeof(fd), (void *)net_fd + 16);
	bpf_probe_read_user(&name, sizeof(name), (void *)net_fd + 80);
	bpf_probe_read_user(text, 3, (void *)name);
	if (text[0] != 't' || text[1] != 'c' || text[2] != 'p')
		return 0;
	return sock_of_fd(fd);
}

INLINE void tls_take_arguments(void *ctx, u32 kind, struct tls_call *t)
{
	if (tls_is_go(kind)) {
		t->object = TLS_ARG(ctx, ax);
		t->buffer = TLS_ARG(ctx, bx);
		t->sock = sock_of_go(t->object);
		return;
	}
	t->object = TLS_ARG(ctx, di);
	if (kind == TLS_OTHER)
		return;
	t->buffer = TLS_ARG(ctx, si);
	if (kind == TLS_WRITE_EX || kind == TLS_READ_EX)
		t->length = TLS_ARG(ctx, cx);
	else if (kind == TLS_WRITE_EX2)
		t->length = TLS_ARG(ctx, r8);
}

/*
 * Go's clients always have a read under way.  That of a connection older than
 * the tool was not seen when it began, so the answer that it gets is not seen at
 * all.  TCP tells: it has passed on bytes between the first write and the next
 * read.  Requests and answers would be paired one off, so the connection is
 * given up, and taken up anew by what comes next.
 */
INLINE void tls_look_for_missed_read(struct tls_call *t)
{
	struct tls_key key = {.object = t->object, .tgid = bpf_get_current_pid_tgid() >> 32};
	struct tls_conn *c = tls_conn_of(&key);
	u64 followed;
	u32 now = 0;

	if (!c || c->fresh || c->read_seen || !t->sock)
		return;
	READ_MEMBER(now, t->sock, tcp_sock_copied_seq);
	if (t->kind == TLS_GO_WRITE) {
		if (!c->rx_known)
			c->rx_sequence = now;
		c->rx_known = 1;
		return;
	}
	c->read_seen = 1;
	followed = c->key;
	if (c->rx_known && now != c->rx_sequence && conns.lookup(&followed))
		drop_conn(followed);
}

INLINE int is_held(u32 tgid)
{
	u32 all = 0;

	return tls_holds.lookup(&tgid) || tls_holds.lookup(&all);
}

/* What it moves is missing then: the connection is taken up anew by what comes next. */
INLINE void give_up_held(u64 object)
{
	struct tls_key key = {.object = object, .tgid = bpf_get_current_pid_tgid() >> 32};
	struct tls_conn *c = tls_conns.lookup(&key);
	u64 followed = c ? c->key : 0;

	if (!followed || !conns.lookup(&followed))
		return;
	drop_conn(followed);
	count(WIRE_LOST_HELD);
}

/* Its end is told when the goroutine is back: another one may close the connection before that. */
INLINE void begin_writing(struct tls_call *t)
{
	struct tls_key key = {.object = t->object, .tgid = bpf_get_current_pid_tgid() >> 32};
	struct tls_conn *c = tls_conns.lookup(&key);
	u64 followed = c ? c->key : 0;
	struct conn *conn = followed ? conns.lookup(&followed) : 0;

	if (!conn)
		return;
	__sync_fetch_and_add(&conn->writers, 1);
	t->writes = followed;
}

/* 1: the connection has ended meanwhile. */
INLINE int end_writing(u64 followed)
{
	struct conn *conn = conns.lookup(&followed);

	if (!conn)
		return 0;
	__sync_fetch_and_add(&conn->writers, -1);
	return conn->ended;
}

/* Is this one called by another one of the thread, of another connection?  One whose return was missed has
 * a stack that is in use no more. */
INLINE int calls_inside(u64 id, struct tls_call *t)
{
	struct tls_call *outer = tls_calls.lookup(&id);

	if (!outer || outer->object == t->object || outer->stack <= t->stack)
		return 0;
	outer->inside = 1;
	outer->inner = 1;
	return 1;
}

int on_tls_enter(void *ctx)
{
	struct tls_call t = {};
	u64 id;
	u32 kind;

	KIND(kind);
	if (!caller_wanted(bpf_get_current_pid_tgid() >> 32))
		return 0;
	if (kind == TLS_RECV && TLS_ARG(ctx, cx) & PR_MSG_PEEK)
		return 0;
	t.kind = kind;
	tls_take_arguments(ctx, kind, &t);
	if (is_held(bpf_get_current_pid_tgid() >> 32)) {
		give_up_held(t.object);
		return 0;
	}
	if (tls_is_go(kind))
		tls_look_for_missed_read(&t);
	if (kind == TLS_GO_WRITE)
		begin_writing(&t);
	t.entry_ns = bpf_ktime_get_ns();
	t.stack = TLS_ARG(ctx, sp);
	id = tls_caller(ctx, kind);
	if (!tls_is_go(kind) && calls_inside(id, &t))
		id |= CALLED_INSIDE;
	if (tls_calls.update(&id, &t))
		count(WIRE_LOST_CALLS_FULL);
	return 0;
}

/* How many bytes of plain text it was. */
INLINE s64 tls_result(void *ctx, struct tls_call *t)
{
	u64 length = 0;

	if (t->kind == TLS_OTHER || t->plain)
		return 0;
	if (tls_is_go(t->kind))
		return TLS_ARG(ctx, ax);
	if (!t->length) /* an int, or an ssize_t that fits into one */
		return (s32)TLS_ARG(ctx, ax);
	if ((u32)TLS_ARG(ctx, ax) != 1)
		return 0;
	bpf_probe_read_user(&length, sizeof(length), (void *)t->length);
	return length;
}

INLINE u64 tls_conn_key(struct tls_key *key, u64 sock, u32 inner)
{
	/* a user's address has 47 bits; those of the tgid that do not fit seldom differ */
	return sock ? sock | KEY_TLS | (inner ? KEY_INNER : 0)
		    : (key->tgid << 47 ^ (key->object & ~7ULL)) | KEY_TLS | KEY_NO_SOCK;
}

/* It is the one inside that returns: the one around it uses the same socket. */
INLINE struct tls_call *leave_inside(u64 *id, struct tls_call *around)
{
	struct tls_call *t;

	*id |= CALLED_INSIDE;
	around->inside = 0;
	t = tls_calls.lookup(id);
	if (t)
		around->sock = t->sock;
	return t;
}

/* The struct sock of one that still awaits its writers is used again. */
INLINE void drop_ended(u64 key)
{
	struct conn *conn = conns.lookup(&key);

	if (conn && conn->ended)
		drop_conn(key);
}

/* The library's function is over: follow what it moved. */
int on_tls_return(void *ctx)
{
	struct tls_key key = {};
	struct tls_call *entered, t;
	struct tls_conn *c;
	struct call k = {};
	u64 id;
	u32 kind;
	s64 n;

	KIND(kind);
	id = tls_caller(ctx, kind);
	entered = tls_calls.lookup(&id);
	if (entered && entered->inside && entered->stack + sizeof(u64) != TLS_ARG(ctx, sp))
		entered = leave_inside(&id, entered);
	if (!entered)
		return 0;
	t = *entered;
	tls_calls.delete(&id);
	key.object = t.object;
	key.tgid = bpf_get_current_pid_tgid() >> 32;
	n = tls_result(ctx, &t);
	if (t.writes && end_writing(t.writes) && n <= 0) {
		k.sock = t.writes;
		follow_call(ctx, &k, -1);
		return 0;
	}
	c = t.plain ? 0 : tls_conn_of(&key);
	if (!c)
		return 0;
	c->inner |= t.inner;
	if (t.sock && t.sock != c->sock) {
		c->sock = t.sock;
		/* what has begun without a socket goes on so */
		if (!(c->key & KEY_NO_SOCK))
			c->key = 0;
	}
	/* 0 is the end of what the peer sends, where the function returns the length */
	if (n < 0 || (n == 0 && (t.kind != TLS_READ && t.kind != TLS_RECV)))
		return 0;
	if (!c->key) {
		c->key = tls_conn_key(&key, c->sock, c->inner);
		drop_ended(c->key);
	}
	k.sock = c->key;
	k.dir = tls_is_read(t.kind) ? WIRE_RX : WIRE_TX;
	k.carried = !c->fresh || c->passed[k.dir & 1];
	k.carried_other = !c->fresh || c->passed[!(k.dir & 1)];
	c->passed[k.dir & 1] += n;
	k.shape = SHAPE_BUFFER;
	k.buffer = t.buffer;
	k.entry_ns = k.dir == WIRE_TX ? t.entry_ns : 0;
	k.count = 1;
	follow_call(ctx, &k, n);
	return 0;
}

/* Connections made, bound to a descriptor, given up. */
int on_tls_object(void *ctx)
{
	struct tls_key key = {};
	struct tls_conn *c, fresh = {};
	struct conn *followed;
	u64 sock = 0, id;
	u32 kind;

	KIND(kind);
	if (!caller_wanted(bpf_get_current_pid_tgid() >> 32))
		return 0;
	key.object = kind == TLS_NEW || kind == TLS_GO_NEW ? TLS_ARG(ctx, ax) : TLS_ARG(ctx, di);
	key.tgid = bpf_get_current_pid_tgid() >> 32;
	if (kind == TLS_SET_FD) {
		sock = sock_of_fd(TLS_ARG(ctx, si));
		c = tls_conn_of(&key);
		if (c && sock)
			c->sock = sock;
		return 0;
	}
	c = tls_conns.lookup(&key);
	if (kind != TLS_FREE) {
		fresh.fresh = 1;
		if (!c || kind != TLS_BEGIN)
			tls_conns.update(&key, &fresh);
		return 0;
	}
	if (!c)
		return 0;
	id = c->key;
	tls_conns.delete(&key);
	followed = conns.lookup(&id);
	/* one that has a socket ends with it */
	if (followed && id & (KEY_NO_SOCK | KEY_INNER))
		close_conn(ctx, followed, id, WIRE_CLOSE_LOCAL);
	return 0;
}

/* raw_tracepoint:sched_process_exit: see on_thread_exit() */
int on_tls_thread_exit(struct bpf_raw_tracepoint_args *ctx)
{
	u64 id = bpf_get_current_pid_tgid();

	tls_calls.delete(&id);
	id |= CALLED_INSIDE;
	tls_calls.delete(&id);
	return 0;
}
