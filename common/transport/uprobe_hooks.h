/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uprobe_hooks.h - functions of libraries and programs that are given, or give,
 * the plain text of TLS connections, or header lists: data.
 *
 * Which program of bpf_src/tls_calls.bpf.c, go_headers.bpf.c and
 * nghttp2_headers.bpf.c goes to a function's entry is the hook's `entry`; those
 * with `returns` have another one at their return.
 */
#ifndef L7SCOPE_UPROBE_HOOKS_H
#define L7SCOPE_UPROBE_HOOKS_H

#include <stdbool.h>

/* Programs, in the order of enum tls_kind of bpf_src/tls_calls.bpf.c; which function of the BPF text each
 * is an instance of is in uprobe_program_functions[]. */
enum uprobe_program {
	UPROBE_WRITE,	  /* (connection, data, length) returns the length that was taken, <= 0: none */
	UPROBE_READ,	  /* (connection, room, size) returns the length that was read, <= 0: none */
	UPROBE_WRITE_EX,  /* (connection, data, length, &taken) returns 1 */
	UPROBE_READ_EX,	  /* (connection, room, size, &got) returns 1 */
	UPROBE_WRITE_EX2, /* (connection, data, length, flags, &taken) returns 1 */
	UPROBE_RECV,  /* (connection, room, size, flags, ...) as UPROBE_READ; flags may say: do not consume */
	UPROBE_OTHER, /* (connection, ...): passes no plain text, but reads or writes the socket */
	UPROBE_SET_FD,	/* (connection, descriptor) */
	UPROBE_FREE,	/* (connection): it will not be used again */
	UPROBE_NEW,	/* returns a new connection: goes to the return alone */
	UPROBE_BEGIN,	/* (connection): called before the connection passes anything, maybe several times */
	UPROBE_RETURN,	/* at the return of those with `returns` */
	UPROBE_GO_READ, /* Go's crypto/tls.(*Conn).Read and Write, at the entry ... */
	UPROBE_GO_WRITE,
	UPROBE_GO_NEW,	  /* (connection): its handshake begins */
	UPROBE_GO_RETURN, /* at each RET instruction of UPROBE_GO_READ's and _WRITE's */
	/* Functions that have header lists in clear, in the order of enum headers_kind of
	 * bpf_src/header_lists.bpf.c: only where USE_HEADERS is.  First those of Go. */
	UPROBE_HEADERS,
	UPROBE_GRPC_WRITE = UPROBE_HEADERS, /* (loopy writer, stream, end of stream, fields) */
	UPROBE_GRPC_CLIENT,		    /* (client, list) */
	UPROBE_GRPC_SERVER,		    /* (server, list), or (server, context, list) */
	UPROBE_HTTP_SERVER,		    /* (connection, list) */
	UPROBE_HTTP_CLIENT,		    /* (loop that reads of the connection, list) */
	UPROBE_BEGIN_SERVER,		    /* (response, connection): its fields go to the encoder ... */
	UPROBE_BEGIN_CLIENT,		    /* (stream, request): likewise */
	UPROBE_FIELD,			    /* ... (encoder, field), one after the other */
	UPROBE_END, /* (framer, list encoded): these were all, and the stream is known */
	/* libnghttp2 */
	UPROBE_NGHTTP2_READ,	  /* (session, bytes that were read, n) */
	UPROBE_NGHTTP2_GONE,	  /* (session) */
	UPROBE_NGHTTP2_REQUEST,	  /* (session, priority, fields, n, data) returns the stream ... */
	UPROBE_NGHTTP2_RESPONSE,  /* (session, stream, fields, n, data) returns 0 ... */
	UPROBE_NGHTTP2_TRAILER,	  /* (session, stream, fields, n) */
	UPROBE_NGHTTP2_LIST,	  /* (session, flags, stream, priority, fields, n): 1xx, mostly */
	UPROBE_NGHTTP2_SUBMITTED, /* ... at their return */
	UPROBE_PROGRAMS
};

enum uprobe_family {
	UPROBE_OPENSSL, /* and BoringSSL, LibreSSL */
	UPROBE_GNUTLS,
	UPROBE_NSS,
	UPROBE_NGHTTP2, /* no TLS: its HTTP/2 */
	UPROBE_GO,
	UPROBE_GO_HEADERS, /* gRPC's and net/http's HTTP/2 in programs of Go */
	UPROBE_FAMILIES
};

struct uprobe_hook {
	enum uprobe_family family;
	const char *function; /* the symbol */
	enum uprobe_program entry;
	bool returns;  /* its return tells how much it was */
	bool optional; /* not in every version: its absence is no fault */
};

/* Where bpf_src/go_headers.bpf.c takes members of structs to be, for the functions of a package. */
struct uprobe_layout {
	const char *package; /* what the hooks' functions begin with */
	const char *type, *member;
	long at;
};

/* Programs have it as a module of their own, and net/http has a copy of parts of it below "vendor/". */
#define UPROBE_X_NET "golang.org/x/net/"

extern const struct uprobe_layout uprobe_layouts[]; /* ends with a type of NULL */
extern const struct uprobe_hook uprobe_hooks[];	    /* ends with a function of NULL */
extern const char *const uprobe_program_functions[UPROBE_PROGRAMS];
extern const char *const uprobe_family_names[UPROBE_FAMILIES]; /* "OpenSSL", ... as users know them */

#endif
