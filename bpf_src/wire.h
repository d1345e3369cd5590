/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * wire.h - what the BPF side hands to user space.
 *
 * The one header both sides share.  Fixed-width types only; every struct has
 * the same layout for gcc on the host and clang for BPF (sizes are asserted
 * on the user side, in common/transport/events.c).
 *
 * The kernel side follows HTTP/1 framing just far enough to know which bytes
 * nobody needs: heads, chunk-size lines and trailers are shipped, bodies are
 * skipped.  A skip is stated, so that user space can tell it from a loss:
 *
 *     expected position
 *     |<-- pre_skip -->|<-- len bytes of data -->|<-- post_skip -->|
 *                      ^ pos                                       next event expected here
 *
 * If pos - pre_skip lies beyond the position expected, what is in between was
 * lost (a gap).
 */
#ifndef L7SCOPE_WIRE_H
#define L7SCOPE_WIRE_H

#include <linux/types.h>

/* The largest piece of one call that a single event carries. */
#define WIRE_DATA_MAX 2048

#define WIRE_COMM_LEN 16

enum wire_kind {
	WIRE_DATA = 1,	  /* struct wire_event, then len bytes */
	WIRE_CLOSE = 2,	  /* struct wire_event with len 0: the connection is gone; see close_reason */
	WIRE_GONE = 3,	  /* likewise, of any TCP connection (conntop), HTTP or not: total_rx and total_tx are
			     the bytes it carried, pos the segments sent again, pre_skip the round trip in us,
			     entry_ns when it was opened (0: before tracking began, WIRE_F_JOINED), pid who
			     opened or closed it (0: unknown); conn, msg, dir are 0 */
	WIRE_HEADERS = 4, /* struct wire_event, then len bytes: a header list of HTTP/2 in clear, as a
			     function of the program was given it: struct wire_field and its text, one after
			     the other. msg is the stream; conn is 0 when the connection is not followed yet,
			     then sock and the ports name it; close_reason is the hook (enum uprobe_program of
			     common/transport/uprobe_hooks.h) */
};

enum wire_dir {
	WIRE_RX = 0, /* read by the traced process */
	WIRE_TX = 1, /* written by it */
};

/* wire_event.flags */
#define WIRE_F_START	  0x0001 /* data[0] is the first byte of message number `msg` */
#define WIRE_F_EOF	  0x0002 /* RX: read returned 0, the peer sends no more */
#define WIRE_F_JOINED	  0x0004 /* the connection already carried bytes when it was first seen */
#define WIRE_F_OVERLAP	  0x0008 /* another call in the same direction was under way: order uncertain */
#define WIRE_F_UNREADABLE 0x0010 /* user memory of this call could not be read: a gap follows */
#define WIRE_F_TOO_LONG	  0x0020 /* more heads in one call than the kernel side follows: a gap follows */
#define WIRE_F_DATALESS	  0x0040 /* sendfile, splice, MSG_TRUNC: bytes moved that no buffer holds */
#define WIRE_F_SERVER	  0x0080 /* role, from message kind and direction: requests are read */
#define WIRE_F_TLS	  0x0100 /* plaintext of a TLS connection */
#define WIRE_F_HTTP2                                                                                         \
	0x0200			 /* HTTP/2: WIRE_F_START: data[0] is the first byte of a frame (or of the    \
				    connection preface); skips are payload of DATA frames */
#define WIRE_F_SKIPS	  0x0400 /* struct wire_skips comes before the data (never out of common/transport) */
#define WIRE_F_END_STREAM 0x0800 /* WIRE_HEADERS: the block ends its direction of the stream */
#define WIRE_F_UNFIT                                                                                         \
	0x1000		      /* ... there are no fields: what the hook saw cannot be a header list, and     \
				 it is off for this process (never out of common/transport) */
#define WIRE_F_GUESSED 0x2000 /* `msg` is a guess: the kernel side lost its place amid pipelining */

enum wire_close_reason {
	WIRE_CLOSE_LOCAL = 0,	/* closed by a local process or by the peer's FIN and ours */
	WIRE_CLOSE_RESET = 1,	/* RST received (ECONNRESET) */
	WIRE_CLOSE_TIMEOUT = 2, /* TCP gave up (ETIMEDOUT) */
	/* RST received after the peer's FIN (EPIPE): all that it sent had arrived */
	WIRE_CLOSE_RESET_AFTER_END = 3,
};

/* Times are CLOCK_MONOTONIC nanoseconds.  Ports are in host order. */
struct wire_event {
	__u64 conn;	 /* identity of the connection: unique while the machine is up, never reused */
	__u64 sock;	 /* key of the kernel's connection map: see KEY_TLS of maps.bpf.c */
	__u64 pos;	 /* position of data[0] in this direction, counted from where tracking began */
	__u64 pre_skip;	 /* bytes before pos that were not shipped on purpose */
	__u64 post_skip; /* bytes after the data that were not shipped on purpose */
	__u64 entry_ns;	 /* when the call was entered (RX: 0 when not measured); WIRE_F_EOF, WIRE_CLOSE:
			    when the last bytes before passed in the direction of the responses */
	__u64 exit_ns;	 /* when it returned; WIRE_CLOSE: when the state changed */
	__u64 cgroup;	 /* cgroup v2 id of the caller, 0 when unknown */
	__u32 pid;	 /* thread group of the caller; WIRE_CLOSE: of the last one that did I/O */
	__u32 tid;
	__u32 uid;
	__u32 netns; /* inode number of the network namespace */
	__u32 msg;   /* number of the message data[0] belongs to, from 0, per direction; 1xx responses
			count as part of the response they precede */
	__u16 len;   /* bytes of data */
	__u16 flags; /* WIRE_F_* */
	__u8 kind;   /* enum wire_kind */
	__u8 dir;    /* enum wire_dir; 0 for WIRE_CLOSE */
	__u8 close_reason;
	__u8 family; /* AF_INET or AF_INET6; v4-mapped addresses arrive as AF_INET; 0 with WIRE_F_TLS: which
			socket it is, is not known */
	__u16 lport;
	__u16 rport;
	__u8 laddr[16]; /* AF_INET: the first four bytes */
	__u8 raddr[16];
	char comm[WIRE_COMM_LEN];
	__u64 total_rx; /* bytes that passed in each direction since tracking began, this call included */
	__u64 total_tx;
};

/* Bytes left out on purpose between those of one event's data. */
#define WIRE_SKIPS 16
struct wire_skips {
	__u32 n;
	__u32 pad;
	struct {
		__u32 at; /* this many bytes of the data come before */
		__u32 n;
	} skip[WIRE_SKIPS];
};

/* Bytes of one WIRE_HEADERS: servers allow lists of 4 to 16 KiB, most have some hundred bytes. */
#define WIRE_HEADERS_MAX 4096
struct wire_field {
	__u16 name, value; /* bytes of each, which follow in this order */
	__u8 never_indexed;
	__u8 pad[3];
};

/* A connection that the kernel side follows: what struct conn of maps.bpf.c
 * begins with. */
struct wire_conn {
	__u64 id; /* wire_event.conn */
	__u64 cgroup;
	__u32 netns;
	__u32 pid, tid, uid; /* last that did I/O */
	__u16 lport, rport;
	__u8 family, is_server, joined, http2;
	__u8 laddr[16], raddr[16];
	char comm[WIRE_COMM_LEN];
	__u32 inflight; /* HTTP/1 requests begun and not answered, where exchanges are timed in the kernel */
	__u32 pad;
};

/* ---- histograms kept in the kernel (httplat) ---- */

/* Buckets as in common/base/histogram.h, whose bounds these are. */
#define WIRE_LATENCY_SUB_BITS 4
#define WIRE_LATENCY_TOP_BITS 30
#define WIRE_LATENCY_BUCKETS  432
#define WIRE_LATENCY_MS_SLOTS 21

/* What rows are told apart by; a member of the key that is not asked for is 0. */
#define WIRE_BY_PID    0x01
#define WIRE_BY_COMM   0x02
#define WIRE_BY_ROLE   0x04
#define WIRE_BY_PEER   0x08
#define WIRE_BY_STATUS 0x10
#define WIRE_BY_CGROUP 0x20
#define WIRE_BY_CONN   0x40

/* Parts of an exchange's time, in the order they pass. */
enum wire_latency_part {
	WIRE_PART_TOTAL,   /* the sum of the parts below */
	WIRE_PART_QUEUE,   /* server: request readable until read */
	WIRE_PART_READ,	   /* server: request's first byte read until its last */
	WIRE_PART_SERVICE, /* server: request complete until the response's first byte */
	WIRE_PART_WRITE,   /* server: response's first byte until its last */
	WIRE_PART_CONNECT, /* client: opening the connection, for its first request */
	WIRE_PART_SEND,	   /* client: request's first byte until its last */
	WIRE_PART_WAIT,	   /* client: request complete until the response's first byte */
	WIRE_PART_RECEIVE, /* client: response's first byte until its last */
	WIRE_PARTS
};

struct wire_latency_key {
	__u64 conn; /* wire_conn.id */
	__u64 cgroup;
	__u8 peer[16]; /* AF_INET: the first four bytes */
	char comm[WIRE_COMM_LEN];
	__u32 pid;
	__u16 status; /* 0: no response */
	__u16 cpu;    /* rows are counted per CPU: they share no cache line */
	__u8 family;
	__u8 role;  /* 1: client, 2: server; 0: not asked for */
	__u8 part;  /* enum wire_latency_part; WIRE_PART_TOTAL without breakdown */
	__u8 side;  /* which half is being filled: the reader takes the other */
	__u8 other; /* 1: all keys that found no room */
	__u8 pad[3];
};

struct wire_latency {
	__u64 count; /* sum of the buckets */
	__u64 sum_ns;
	__u64 min_ns, max_ns;
	__u64 within; /* of count: not longer than the limit asked for */
	__u64 errors; /* exchanges that ended without a complete response; not in count */
	__u64 ms[WIRE_LATENCY_MS_SLOTS];
	__u64 buckets[WIRE_LATENCY_BUCKETS];
	__u64 failed; /* of count: status 500 and more; only with WIRE_BY_CONN */
};

/* Where the kernel side can lose or give up something.  Index into the `counters` map;
 * recordings keep them by number: new ones go to the end. */
enum wire_counter {
	WIRE_LOST_RING_FULL,	/* data events not delivered: ring buffer full */
	WIRE_LOST_CONTROL_FULL, /* close events not delivered */
	WIRE_LOST_CALLS_FULL,	/* calls not followed: too many threads inside a call */
	WIRE_LOST_CONNS_FULL,	/* connections not followed: map full */
	WIRE_LOST_SCRATCH_BUSY, /* calls not followed: per-CPU scratch in use */
	WIRE_LOST_UNREADABLE,	/* calls whose memory could not be read */
	WIRE_LOST_TOO_LONG,	/* calls with more heads than one run follows */
	WIRE_STAT_CONNS_MADE,
	WIRE_STAT_CONNS_GONE,
	WIRE_LOST_UNTIMED, /* exchanges that could not be timed */
	WIRE_LOST_ROWS,	   /* exchanges not counted in any row: no memory */
	WIRE_LOST_HELD,	   /* TLS calls on followed connections while probes were being attached */
	WIRE_LOST_SKIPPED, /* programs that the kernel did not run: it tells (common/transport/skipped_runs.c)
			    */
	WIRE_LOST_RETURNS, /* calls whose return the kernel did not tell: a kretprobe's nmissed */
	WIRE_COUNTERS
};

#endif
