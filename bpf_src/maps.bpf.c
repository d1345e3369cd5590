/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * maps.bpf.c - state kept in the kernel, and the helpers to count with.
 *
 * conns  a TCP connection that has carried the start of an HTTP message
 * runs   per-CPU scratch of the program run that follows one call
 */

enum shape { SHAPE_BUFFER, SHAPE_IOVEC, SHAPE_MSGHDR, SHAPE_MMSGHDR, SHAPE_NONE };

struct call {
	u64 sock;
	u64 entry_ns;
	u64 buffer; /* the buffer, or what points to it: see shape */
	u32 count;  /* bytes asked for; iovecs or messages */
	u8 shape;
	u8 dir;
	u8 carried;	  /* KEY_TLS: bytes of plain text passed before in this direction ... */
	u8 carried_other; /* ... and in the other one */
};

/* A connection is known by the address of its struct sock; one of plain text
 * within TLS by that and KEY_TLS, or by something else (KEY_NO_SOCK).  One inside
 * another one's plain text (a proxy that speaks TLS) is KEY_INNER, too. */
#define KEY_TLS	    1
#define KEY_NO_SOCK 2
#define KEY_INNER   4

/* What follows next in one direction.  Only the kernel's share of HTTP/1
 * framing: enough to know which bytes nobody needs. */
enum phase {
	PHASE_START,	  /* a start line */
	PHASE_HEAD,	  /* field lines */
	PHASE_BODY,	  /* `remaining` bytes of body */
	PHASE_CHUNK,	  /* a chunk-size line */
	PHASE_CHUNK_DATA, /* `remaining` bytes of chunk and its CRLF */
	PHASE_TRAILER,	  /* trailer field lines */
	PHASE_TO_CLOSE,	  /* body until the connection closes */
	PHASE_TUNNEL,	  /* after 101, or 2xx to CONNECT: count only */
	PHASE_UPGRADED,	  /* after 101: the first bytes tell whether this goes on as HTTP/2 */
	PHASE_FRAME,	  /* HTTP/2: a frame header */
	PHASE_PAYLOAD,	  /* ... `front` bytes of a frame that are shipped, of `remaining` */
	PHASE_DATA,	  /* ... `remaining` bytes of DATA that nobody needs */
	PHASE_LOST,	  /* lost its place: wait for a call that begins with a start line, or a frame */
};

enum coding { CODING_NONE, CODING_CHUNKED, CODING_OTHER };

/* A line split over two calls is kept up to this length; every line framing
 * needs (start line's front, Content-Length, Transfer-Encoding, chunk size)
 * is shorter. */
#define CARRY_MAX 63

struct direction {
	u64 total;	    /* bytes passed since tracking began */
	u64 unshipped;	    /* bytes skipped on purpose since the last event */
	u64 remaining;	    /* PHASE_BODY, PHASE_CHUNK_DATA, PHASE_PAYLOAD, PHASE_DATA */
	u64 last_exit_ns;   /* a call entered before this one overlapped */
	u64 first_ns;	    /* when the first byte of the message under way passed; 0: unknown */
	u64 ended_first_ns; /* first_ns of the message before */
	u32 msg;	    /* number of the message under way or next */
	u16 status;	    /* of the response under way */
	u8 phase;
	u8 carry_len;
	u8 mid_line;	/* inside a line too long to carry: its front was seen */
	u8 has_length;	/* Content-Length seen in this head, value in `remaining` */
	u8 coding;	/* enum coding: Transfer-Encoding seen in this head */
	u8 is_response; /* kind of the message under way */
	u8 eof_sent;
	u8 grpc_dense; /* HTTP/2: on grpc_stream messages begin within frames of DATA */
	u8 in_data;    /* ... the frame is DATA */
	u8 guessed;    /* `msg` is a guess since the place was found again: amid pipelining */
	u32 sequence;  /* TCP's number of the byte that is expected next */
	u32 front;
	u32 grpc_stream; /* stream (as on the wire) that a gRPC message was last seen on */
	u32 grpc_left;	 /* bytes of that message still to come */
	u64 carry[8];
};

#ifdef LATENCY
/* Requests begun but not answered on one connection, that can be timed. */
#define PENDING_MAX 32

enum pending_set { PENDING_NONE, PENDING_RESPONSE, PENDING_HEAD, PENDING_REQUEST };

struct pending {
	u64 first_ns;	 /* request's first byte; 0: unknown */
	u64 complete_ns; /* its last; 0: not yet */
	u64 before_ns;	 /* how long it queued, or the connection took to open; 0: not measured */
	u32 msg;	 /* which request */
	u32 set;	 /* enum pending_set.  PENDING_HEAD: the request's head is not complete;
			    PENDING_RESPONSE: the members above are the response's first byte, its
			    last, and its status */
};

/* An exchange that is complete, to be counted. */
struct timed {
	u64 first_ns, complete_ns, before_ns; /* see struct pending */
	u64 response_ns, end_ns;	      /* response's first byte and last */
	u32 status;
	u32 ready; /* there is one */
};

struct timing {
	struct pending pending[PENDING_MAX];
	u64 before_ns;	  /* pending.before_ns of the request that comes next */
	u64 queue_unsure; /* what is read next has queued for longer than is known */
};
#endif

struct conn {
	union {
		struct wire_conn wire;
		struct { /* the same members, for short */
			u64 id, cgroup;
			u32 netns, pid, tid, uid;
			u16 lport, rport;
			u8 family, is_server, joined, http2;
			u8 laddr[16], raddr[16];
			char comm[WIRE_COMM_LEN];
			u32 inflight;
		};
	};
	u64 heads;    /* bit n % 64: request n is a HEAD */
	u64 connects; /* bit n % 64: request n is a CONNECT */
	struct direction dir[2];
	u8 confirmed;	 /* a whole start line was seen */
	u8 ended;	 /* closed by the peer; the local end goes on to find out */
	u8 reason;	 /* enum wire_close_reason of that */
	u8 ignored;	 /* of a role that is not wanted; known, so that it is not looked at again */
	u8 unpositioned; /* TCP's sequence numbers are not those of the bytes: TLS, MPTCP, kernel TLS */
	u8 tls;		 /* plain text within TLS */
	u8 gapped;	 /* HTTP/2: what was to be shipped was not */
	u8 asked;	 /* since a request began, no response did */
	u8 pipelined;	 /* one began before the response to the one before had ended */
	u8 pad[3];
	u32 writers; /* goroutines inside a write, which return from it after others have closed, too */
#ifdef LATENCY
	struct timing timing; /* all zero in struct run's `fresh`, for ever */
#endif
};

/* What has to be cleared of a conn that is made anew. */
#ifdef LATENCY
#define CONN_CLEARED __builtin_offsetof(struct conn, timing)
#else
#define CONN_CLEARED sizeof(struct conn)
#endif

/* The window is copied behind what was carried over; the verifier sees both
 * bounds added, hence twice the room. */
#define WINDOW_MAX  4096
#define WINDOW_MASK (2 * WINDOW_MAX - 1)
#define WINDOW_ROOM (2 * WINDOW_MAX + 64)

/* Where in the caller's memory the run is. */
struct cursor {
	u64 left;     /* bytes of the call (of the message, for mmsghdrs) not yet copied or passed over */
	u64 skip;     /* of these, bytes to pass over before copying */
	u64 segments; /* user address of the iovec array */
	u64 n_segments;
	u64 next_segment;
	u64 base; /* rest of the current segment */
	u64 segment_left;
};

struct abi_iovec { /* ABI: struct iovec */
	u64 base, len;
};

struct abi_msghdr { /* ABI: struct user_msghdr; 64 bytes as struct mmsghdr */
	u64 name, namelen, iov, iovlen, control, controllen, flags;
	u32 mmsg_len, pad;
};

/* What loops write is here, not on the stack: there the verifier tells apart what was written and what was
 * not, and walks a loop until all its ways have written the same. */
struct run {
	u32 busy;
	u32 shape;
	u64 sock;
	struct cursor cur;
	struct cursor front; /* where the window's first byte behind what was carried comes from */
	u32 have;	     /* bytes in the window */
	u32 at;		     /* next byte of the window to look at */
	u32 line;	     /* where the current line begins: all before is done with */
	u32 mid;	     /* at the rest of a line whose front was in an earlier window */
	u32 starting;	     /* a start line is due */
	u32 lines;	     /* start and field lines seen in this window */
	u32 start_line;	     /* the first of them, [start_line, start_end) */
	u32 start_end;
	u32 length_line; /* Content-Length's line + 1; 0: none */
	u32 coding_line; /* Transfer-Encoding's, and its end */
	u32 coding_end;
	u32 head_done; /* the empty line was found */
	u32 cut;       /* the first line goes on beyond the window */
	u32 chunk_ok, chunk_stop;
	u64 chunk_size;
	u32 must_ship;
	u32 dir;
	u32 messages;	  /* mmsghdrs still to do */
	u32 start;	  /* enum start: how the call begins, where that was asked */
	u32 steps;	  /* windows of this call so far */
	u64 message;	  /* user address of the next mmsghdr */
	struct call call; /* the call that is followed */
	s64 returned;	  /* what it returned */
	u64 entering;	  /* its connection has not been looked at yet */
	struct conn fresh;
	u32 ended; /* a message ended in this step that is to be timed: number ended_msg */
	u32 ended_msg;
	u64 ended_first_ns;
#ifdef LATENCY
	struct timed timed;
#endif
	struct wire_event event; /* shipped together with the window behind it */
	u8 window[WINDOW_ROOM];
	u32 from;     /* HTTP/2: the window before it is in the parcel, or left out */
	u32 stop;     /* ... no frame can begin like this */
	u32 windows;  /* ... looked at by this program */
	u32 parcel_n; /* ... bytes in the parcel */
	u32 carried;  /* ... of the window, from before */
	u32 empty;    /* ... was the parcel before it */
	struct {      /* ... what is shipped of several windows */
		struct wire_event event;
		struct wire_skips skips;
		u8 data[4 * WINDOW_MAX]; /* half of it for the verifier */
	} parcel;
	union { /* the caller's, as last read */
		struct abi_iovec iovec;
		struct abi_msghdr msghdr;
	} read;
};

/* Grows with use: about 450 bytes each. */
BPF_F_TABLE("hash", u64, struct conn, conns, 65536, BPF_F_NO_PREALLOC);
BPF_PERCPU_ARRAY(runs, struct run, 1);
BPF_PERCPU_ARRAY(counters, u64, WIRE_COUNTERS);
/* Programs that others go on in. */
#define STEP_FOLLOW	    0
#define STEP_ENDED	    1
#define STEP_ENTER	    2
#define STEP_ENTER_DATALESS 3
#define STEP_RARE	    4
#define STEP_HTTP2	    5
#define STEP_UPGRADED	    6
BPF_PROG_ARRAY(steps, 7);

#define INLINE static inline __attribute__((always_inline))
/* Hides a value's origin, so that the verifier merges paths. */
#define OPAQUE(x) asm volatile("" : "+r"(x))
/* Numbers that are put in when the program is loaded (common/transport/program_load.c): so one text is
 * several programs, and is the same whoever's traffic is asked for. */
#define KIND(kind) asm volatile("%0 = 0x5eed4aff" : "=r"(kind))
#define NUMBER(i)                                                                                            \
	({                                                                                                   \
		u64 number_;                                                                                 \
		asm volatile("%0 = %1" : "=r"(number_) : "i"(0x5eed4b00 + (i)));                             \
		number_;                                                                                     \
	})
/* Nothing read from memory before is kept in a register beyond this point: at
 * the head of a loop all paths then look alike to the verifier, which walks
 * each iteration once instead of once per path. */
#define FORGET() asm volatile("" ::: "memory")

/*
 * A loop that ends by itself.  Linux 6.9 has an instruction for its head, may_goto (BPF_JMP | BPF_JCOND),
 * with which the verifier walks it until nothing new comes, twice or so; older ones walk each iteration, so
 * that there must not be many: n, and who comes to an end sooner goes on in the next step.
 */
#ifdef MAY_GOTO
INLINE u64 is_endless(void)
{
	u64 endless;

	/* after so many iterations as no loop has, it jumps over what says no */
	asm volatile("%0 = 1\n"
		     ".8byte 0x100e5\n"
		     "%0 = 0"
		     : "=r"(endless));
	return endless;
}

#define REPEAT(n) while (!is_endless())
#else
#define REPEAT(n) _Pragma("nounroll") for (int i_ = 0; i_ < (n); i_++)
#endif

INLINE void count(u32 which)
{
	u64 *value = counters.lookup(&which);

	if (value)
		*value += 1;
}

INLINE struct direction *direction_of(struct conn *c, u32 dir)
{
	u64 at = (dir & 1) * sizeof(struct direction);

	OPAQUE(at);
	if (at > sizeof(struct direction))
		at = 0;
	return (struct direction *)((void *)c->dir + at);
}

INLINE int in_lines(u32 phase)
{
	return phase == PHASE_START || phase == PHASE_HEAD || phase == PHASE_CHUNK || phase == PHASE_TRAILER;
}

/* What comes is no line, but bytes to be passed over or a tunnel's. */
INLINE int in_body(u32 phase)
{
	return phase == PHASE_BODY || phase == PHASE_CHUNK_DATA || phase == PHASE_TO_CLOSE ||
	       phase == PHASE_TUNNEL;
}

/* The direction that carries responses. */
INLINE struct direction *responses_of(struct conn *c)
{
	return direction_of(c, c->is_server ? WIRE_TX : WIRE_RX);
}

/* A run is over ... */
INLINE void end_run(struct run *r)
{
	r->busy = 0;
}

/* ... of a connection that may have ended meanwhile. */
INLINE void leave_run(void *ctx, struct run *r, struct conn *c)
{
	r->busy = 0;
	if (c->ended)
		steps.call(ctx, STEP_ENDED);
}
