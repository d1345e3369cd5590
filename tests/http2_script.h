/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http2_script.h - one direction of an HTTP/2 connection, built frame by frame
 * or from text, and what http2_frames makes of it as text, for tests.
 *
 * As text a script is words divided by spaces:
 *
 *     PRI                    the client's connection preface
 *     HEADERS.4.1=abc        a frame: type (a name, or a number), flags (hex), stream
 *     DATA.0.1=#0500ff       payload in hex
 *     DATA.0.1*9             payload of nine 'x'
 *     DATA.0.1~9             a header that says nine, without the payload
 *     "abc  "#00ff           bytes that are in no frame
 *     {skip 5} {gap 5} {gap} {eof} {boundary}
 *
 * What comes out is written as one word per output:
 *
 *     P                      HTTP2_PREFACE
 *     <HEADERS.4.1           HTTP2_BEGIN
 *     [1:abc:12]             HTTP2_BLOCK of stream 1, with its bytes on the wire; [1:-:12] without
 *                            the block; [1>2:abc:16] promises 2; a '!' in front: after_loss
 *     >8 >-                  HTTP2_END, with the bytes of payload (of DATA: without padding), or
 *                            without payload
 *     L42                    HTTP2_LOST
 *     X                      HTTP2_BAD
 */
#ifndef L7SCOPE_TESTS_HTTP2_SCRIPT_H
#define L7SCOPE_TESTS_HTTP2_SCRIPT_H

#include "http/http2_frames.h"

#define HTTP2_PREFACE_TEXT "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
#define HTTP2_HOLES_MAX	   64
#define HTTP2_RUN_LOG_MAX  8192

/* ---- building ---- */

struct http2_hole {
	size_t at;		    /* before bytes[at] */
	enum http2_input_kind kind; /* HTTP2_IN_DATA: http2_frames_boundary() */
	uint64_t n;
};

struct http2_script {
	uint8_t *bytes;
	size_t n, cap;
	struct http2_hole holes[HTTP2_HOLES_MAX];
	size_t n_holes;
};

/* All zero is an empty script.  Each adds at the end, and aborts the test when
 * there is no memory. */
void http2_script_release(struct http2_script *s);
void http2_script_bytes(struct http2_script *s, const void *p, size_t n);
void http2_script_header(struct http2_script *s, struct http2_frame frame);
/* frame.length is that of the payload, whatever it says. */
void http2_script_frame(struct http2_script *s, struct http2_frame frame, struct bytes payload);
/* With `pad` bytes of padding (and the flag); frame.flags may have PRIORITY,
 * which gets its five bytes. */
void http2_script_padded(struct http2_script *s, struct http2_frame frame, struct bytes content, uint8_t pad);
/* A block in frames of at most `part` bytes: frame.type, then CONTINUATIONs. */
void http2_script_block(struct http2_script *s, struct http2_frame frame, struct bytes block, size_t part);
void http2_script_hole(struct http2_script *s, enum http2_input_kind kind, uint64_t n);
void http2_script_text(struct http2_script *s, const char *text);

/* ---- running ---- */

struct http2_run {
	struct http2_frames *frames;
	char log[HTTP2_RUN_LOG_MAX];
	size_t log_n;
	uint64_t payload; /* bytes since the last HTTP2_BEGIN */
	uint64_t hash;	  /* of all content that was shown, in order */
	/* Of each output but HTTP2_PAYLOAD, instead of the log. */
	void (*seen)(void *ctx, const struct http2_output *out);
	void *ctx;
};

void http2_run_input(struct http2_run *r, struct http2_input in);
/* The script in pieces of at most `step` bytes, and cut before byte `cut` (0: not). */
void http2_run_script(struct http2_run *r, const struct http2_script *s, size_t step, size_t cut);

struct http2_case {
	const char *name;
	bool client;
	enum http2_from from;
	const char *script, *log;
};

/* The script whole, byte by byte, in twos, and cut in two at every place (of a long one:
 * at some). */
void http2_check_case(const struct http2_case *c);

#endif
