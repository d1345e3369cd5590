/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * tls_threads.bpf.c - which thread is inside a function of a TLS library, and
 * which socket it uses there.
 *
 * What such a thread writes to the socket, or reads from it, is ciphertext:
 * nobody follows it.  no_tls.bpf.c is in its place where TLS is not traced.
 */

/* A function that was entered, and what its arguments said. */
struct tls_call {
	u64 object;   /* the library's connection */
	u64 buffer;   /* plain text, or room for it */
	u64 length;   /* where the function writes how much it was; 0: it returns that */
	u64 entry_ns; /* 0 when that is not to be told */
	u64 sock;     /* what the thread used meanwhile; 0: none so far */
	u64 writes;   /* Go: what the connection is followed as that it writes to; 0: not yet */
	u64 stack;    /* pointer to it, at the function's entry */
	u8 kind;      /* enum tls_kind of tls_calls.bpf.c */
	u8 plain;     /* the same bytes went to the socket: no TLS */
	u8 inside;    /* the thread is in another one that this one has called: see CALLED_INSIDE */
	u8 inner;     /* ... and was: its ciphertext is another connection's plain text */
	u8 pad[4];
};

/* By thread; Go's by goroutine.  As many as can be inside one at a moment. */
BPF_TABLE("hash", u64, struct tls_call, tls_calls, 16384);

/* Of the thread's number, the bit for a function that another one of them calls: TLS inside TLS, which is
 * how a client speaks through a proxy with TLS.  Not one of a thread id (PID_MAX_LIMIT is 2^22). */
#define CALLED_INSIDE (1ULL << 30)

/* Processes that map a library whose functions get their programs one after the other, 0 for all: of what
 * they do meanwhile, one half would be seen. */
BPF_TABLE("hash", u32, u32, tls_holds, 1024);

/* A call on a socket, of the current thread: 1: it is part of one of a TLS library. */
INLINE int inside_tls(u64 sock, u64 buffer, u32 shape)
{
	u64 id = bpf_get_current_pid_tgid();
	struct tls_call *t = tls_calls.lookup(&id);

	if (!t)
		return 0;
	if (t->inside) {
		id |= CALLED_INSIDE;
		t = tls_calls.lookup(&id);
		if (!t)
			return 0;
	}
	t->sock = sock;
	/* NSPR's functions are those of plain sockets, too */
	if (t->buffer && shape == SHAPE_BUFFER && buffer == t->buffer)
		t->plain = 1;
	return !t->plain;
}

/* The connection that ends with its socket: the one of plain text in it, if there is one. */
INLINE u64 key_of_sock(u64 sock)
{
	u64 key = sock | KEY_TLS, inner = sock | KEY_TLS | KEY_INNER;

	if (conns.lookup(&inner))
		return inner; /* there is more than one state change to come */
	return conns.lookup(&key) ? key : sock;
}
