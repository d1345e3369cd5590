/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/uprobe_hooks.h"

#include <stddef.h>

#define X_NET	     UPROBE_X_NET
#define GRPC(method) UPROBE_GO_HEADERS, "google.golang.org/grpc/internal/transport." method
/* net/http's HTTP/2: types of a package, and what their names begin with in it */
#define HTTP2_OF(package, front)                                                                             \
	{UPROBE_GO_HEADERS, package "(*" front "serverConn).processHeaders", UPROBE_HTTP_SERVER, false,      \
	 true},                                                                                              \
		{UPROBE_GO_HEADERS, package "(*" front "clientConnReadLoop).processHeaders",                 \
		 UPROBE_HTTP_CLIENT, false, true},                                                           \
		{UPROBE_GO_HEADERS, package "(*" front "writeResHeaders).writeFrame", UPROBE_BEGIN_SERVER,   \
		 false, true},                                                                               \
		{UPROBE_GO_HEADERS, package "(*" front "clientStream).encodeAndWriteHeaders",                \
		 UPROBE_BEGIN_CLIENT, false, true},                                                          \
	{                                                                                                    \
		UPROBE_GO_HEADERS, package "(*" front "Framer).WriteHeaders", UPROBE_END, false, true        \
	}

const struct uprobe_hook uprobe_hooks[] = {
	{UPROBE_OPENSSL, "SSL_write", UPROBE_WRITE, true, false},
	{UPROBE_OPENSSL, "SSL_read", UPROBE_READ, true, false},
	{UPROBE_OPENSSL, "SSL_write_ex", UPROBE_WRITE_EX, true, true},
	{UPROBE_OPENSSL, "SSL_read_ex", UPROBE_READ_EX, true, true},
	{UPROBE_OPENSSL, "SSL_write_ex2", UPROBE_WRITE_EX2, true, true},
	{UPROBE_OPENSSL, "SSL_do_handshake", UPROBE_OTHER, true, true},
	{UPROBE_OPENSSL, "SSL_new", UPROBE_NEW, false, true},
	{UPROBE_OPENSSL, "SSL_set_fd", UPROBE_SET_FD, false, true},
	{UPROBE_OPENSSL, "SSL_free", UPROBE_FREE, false, true},
	/* gnutls_record_send() calls gnutls_record_send2() */
	{UPROBE_GNUTLS, "gnutls_record_send", UPROBE_WRITE, true, false},
	{UPROBE_GNUTLS, "gnutls_record_recv", UPROBE_READ, true, false},
	{UPROBE_GNUTLS, "gnutls_handshake", UPROBE_OTHER, true, true},
	{UPROBE_GNUTLS, "gnutls_credentials_set", UPROBE_BEGIN, false, true},
	{UPROBE_GNUTLS, "gnutls_deinit", UPROBE_FREE, false, true},
	{UPROBE_NSS, "PR_Write", UPROBE_WRITE, true, false},
	{UPROBE_NSS, "PR_Read", UPROBE_READ, true, false},
	{UPROBE_NSS, "PR_Send", UPROBE_WRITE, true, true},
	{UPROBE_NSS, "PR_Recv", UPROBE_RECV, true, true},
	/* a layer of TLS that is put on one of these later keeps its address (PR_PushIOLayer) */
	{UPROBE_NSS, "PR_OpenTCPSocket", UPROBE_NEW, false, true},
	{UPROBE_NSS, "PR_NewTCPSocket", UPROBE_NEW, false, true},
	{UPROBE_NSS, "PR_Accept", UPROBE_NEW, false, true},
	{UPROBE_NSS, "PR_Close", UPROBE_FREE, false, true},
	{UPROBE_NGHTTP2, "nghttp2_session_mem_recv", UPROBE_NGHTTP2_READ, false, false},
	{UPROBE_NGHTTP2, "nghttp2_session_mem_recv2", UPROBE_NGHTTP2_READ, false, true},
	{UPROBE_NGHTTP2, "nghttp2_session_del", UPROBE_NGHTTP2_GONE, false, true},
	{UPROBE_NGHTTP2, "nghttp2_submit_request", UPROBE_NGHTTP2_REQUEST, true, true},
	{UPROBE_NGHTTP2, "nghttp2_submit_request2", UPROBE_NGHTTP2_REQUEST, true, true},
	{UPROBE_NGHTTP2, "nghttp2_submit_response", UPROBE_NGHTTP2_RESPONSE, true, false},
	{UPROBE_NGHTTP2, "nghttp2_submit_response2", UPROBE_NGHTTP2_RESPONSE, true, true},
	{UPROBE_NGHTTP2, "nghttp2_submit_trailer", UPROBE_NGHTTP2_TRAILER, true, true},
	{UPROBE_NGHTTP2, "nghttp2_submit_headers", UPROBE_NGHTTP2_LIST, true, true},
	{UPROBE_GO, "crypto/tls.(*Conn).Write", UPROBE_GO_WRITE, true, false},
	{UPROBE_GO, "crypto/tls.(*Conn).Read", UPROBE_GO_READ, true, false},
	{UPROBE_GO, "crypto/tls.(*Conn).clientHandshake", UPROBE_GO_NEW, false, true},
	{UPROBE_GO, "crypto/tls.(*Conn).serverHandshake", UPROBE_GO_NEW, false, true},
	{GRPC("(*loopyWriter).writeHeader"), UPROBE_GRPC_WRITE, false, true},
	{GRPC("(*http2Client).operateHeaders"), UPROBE_GRPC_CLIENT, false, true},
	{GRPC("(*http2Server).operateHeaders"), UPROBE_GRPC_SERVER, false, true},
	HTTP2_OF("net/http.", "http2"),
	/* Go 1.27 and later */
	HTTP2_OF("net/http/internal/http2.", ""),
	{UPROBE_GO_HEADERS, "vendor/" X_NET "http2/hpack.(*Encoder).WriteField", UPROBE_FIELD, false, true},
	HTTP2_OF(X_NET "http2.", ""),
	{UPROBE_GO_HEADERS, X_NET "http2/hpack.(*Encoder).WriteField", UPROBE_FIELD, false, true},
	{0, NULL, 0, false, false},
};

#define OF_GRPC	  "google.golang.org/grpc/internal/transport."
#define OF_HTTP	  "net/http."
#define OF_HTTP_2 "net/http/internal/http2."
#define OF_X_NET  X_NET "http2."

const struct uprobe_layout uprobe_layouts[] = {
	{OF_GRPC, OF_GRPC "loopyWriter", "framer", 40},
	{OF_GRPC, OF_GRPC "framer", "writer", 0},
	{OF_GRPC, X_NET "http2.MetaHeadersFrame", "Fields", 8},
	{OF_GRPC, X_NET "http2.FrameHeader", "StreamID", 8},
	{OF_GRPC, X_NET "http2/hpack.HeaderField", "Value", 16},
	{OF_HTTP, OF_HTTP "http2MetaHeadersFrame", "Fields", 8},
	{OF_HTTP, OF_HTTP "http2FrameHeader", "StreamID", 8},
	{OF_HTTP, OF_HTTP "http2clientConnReadLoop", "cc", 0},
	{OF_HTTP, OF_HTTP "http2clientStream", "cc", 0},
	{OF_HTTP_2, OF_HTTP_2 "MetaHeadersFrame", "Fields", 8},
	{OF_HTTP_2, OF_HTTP_2 "FrameHeader", "StreamID", 8},
	{OF_HTTP_2, OF_HTTP_2 "clientConnReadLoop", "cc", 0},
	{OF_HTTP_2, OF_HTTP_2 "clientStream", "cc", 0},
	{OF_X_NET, OF_X_NET "MetaHeadersFrame", "Fields", 8},
	{OF_X_NET, OF_X_NET "FrameHeader", "StreamID", 8},
	{OF_X_NET, OF_X_NET "clientConnReadLoop", "cc", 0},
	{OF_X_NET, OF_X_NET "clientStream", "cc", 0},
	{NULL, NULL, NULL, 0},
};

const char *const uprobe_program_functions[UPROBE_PROGRAMS] = {
	[UPROBE_WRITE] = "on_tls_enter",
	[UPROBE_READ] = "on_tls_enter",
	[UPROBE_WRITE_EX] = "on_tls_enter",
	[UPROBE_READ_EX] = "on_tls_enter",
	[UPROBE_WRITE_EX2] = "on_tls_enter",
	[UPROBE_RECV] = "on_tls_enter",
	[UPROBE_OTHER] = "on_tls_enter",
	[UPROBE_SET_FD] = "on_tls_object",
	[UPROBE_FREE] = "on_tls_object",
	[UPROBE_NEW] = "on_tls_object",
	[UPROBE_BEGIN] = "on_tls_object",
	[UPROBE_RETURN] = "on_tls_return",
	[UPROBE_GO_READ] = "on_tls_enter",
	[UPROBE_GO_WRITE] = "on_tls_enter",
	[UPROBE_GO_NEW] = "on_tls_object",
	[UPROBE_GO_RETURN] = "on_tls_return",
	[UPROBE_GRPC_WRITE] = "on_headers",
	[UPROBE_GRPC_CLIENT] = "on_headers",
	[UPROBE_GRPC_SERVER] = "on_headers",
	[UPROBE_HTTP_SERVER] = "on_headers",
	[UPROBE_HTTP_CLIENT] = "on_headers",
	[UPROBE_BEGIN_SERVER] = "on_headers_begin",
	[UPROBE_BEGIN_CLIENT] = "on_headers_begin",
	[UPROBE_FIELD] = "on_headers_field",
	[UPROBE_END] = "on_headers_end",
	[UPROBE_NGHTTP2_READ] = "on_nghttp2_read",
	[UPROBE_NGHTTP2_GONE] = "on_nghttp2_gone",
	[UPROBE_NGHTTP2_REQUEST] = "on_nghttp2_submit",
	[UPROBE_NGHTTP2_RESPONSE] = "on_nghttp2_submit",
	[UPROBE_NGHTTP2_TRAILER] = "on_nghttp2_submit",
	[UPROBE_NGHTTP2_LIST] = "on_nghttp2_submit",
	[UPROBE_NGHTTP2_SUBMITTED] = "on_nghttp2_submitted",
};

const char *const uprobe_family_names[UPROBE_FAMILIES] = {
	[UPROBE_OPENSSL] = "OpenSSL", [UPROBE_GNUTLS] = "GnuTLS", [UPROBE_NSS] = "NSS",
	[UPROBE_NGHTTP2] = "nghttp2", [UPROBE_GO] = "Go",	  [UPROBE_GO_HEADERS] = "Go's HTTP/2 headers",
};
