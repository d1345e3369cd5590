/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http1_head.h - start line and header fields of one HTTP/1 message.
 *
 * A leaf parser: no allocation, no state, no I/O.  All results point into the
 * caller's bytes and live as long as those do.  RFC 9112 sections 2 to 6.
 */
#ifndef L7SCOPE_HTTP1_HEAD_H
#define L7SCOPE_HTTP1_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/* The longest head that is parsed.  Servers refuse more: nginx 32 KiB, apache
 * 8 KiB a line, node 16 KiB; 64 KiB leaves room for those configured higher. */
#define HTTP1_HEAD_MAX 65536
/* Fields kept per head; further ones still count for framing. */
#define HTTP1_FIELDS_MAX 128
/* The longest method.  The registry's longest has 17 letters; a limit tells
 * text that is no HTTP from a method early. */
#define HTTP1_METHOD_MAX 64

enum http1_kind { HTTP1_REQUEST, HTTP1_RESPONSE };

/* How the body is delimited, from the head alone (RFC 9112 6.3). */
enum http1_body {
	HTTP1_BODY_NONE,
	HTTP1_BODY_LENGTH, /* content_length bytes */
	HTTP1_BODY_CHUNKED,
	HTTP1_BODY_UNTIL_CLOSE, /* responses only */
};

struct http1_field {
	struct bytes name, value; /* value without surrounding whitespace */
};

struct http1_head {
	enum http1_kind kind;
	uint8_t version_minor;	     /* HTTP/1.x */
	struct bytes method, target; /* requests */
	int status;		     /* responses: 100..999 */
	struct bytes reason;	     /* responses; may be empty */
	struct http1_field fields[HTTP1_FIELDS_MAX];
	size_t n_fields;
	bool more_fields; /* there were more than HTTP1_FIELDS_MAX */
	enum http1_body body;
	uint64_t content_length; /* HTTP1_BODY_LENGTH */
};

/* Three-way result of every parser here.  MORE is never an error. */
enum parse_result { PARSE_DONE, PARSE_MORE, PARSE_BAD };

/*
 * Parses one complete head at the start of `in` (any empty lines before a
 * request line are part of it, RFC 9112 2.2).  On PARSE_DONE *consumed is the
 * head's length with its empty line.  PARSE_MORE: no empty line yet.
 * head->body assumes a response to a method with a body; the caller corrects
 * for HEAD and CONNECT.
 */
enum parse_result http1_head_parse(struct bytes in, struct http1_head *head, size_t *consumed);

/* Could these be the first bytes of a message?  true also for a proper prefix
 * of a method or of "HTTP/1."; false for an empty view. */
bool http1_looks_like_start(struct bytes in);

#endif
