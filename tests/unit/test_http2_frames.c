/* SPDX-License-Identifier: Apache-2.0 */
/* test_http2_frames.c - directions of HTTP/2 connections, cut into frames: from their start, with holes, and
 * the place lost and found. */
#include "harness.h"

#include <stdlib.h>

#include "http2_script.h"

#define CLIENT true, HTTP2_FROM_START
#define SERVER false, HTTP2_FROM_START

/* ---- from the start ---- */

static const struct http2_case plain_cases[] = {
	{"nothing", CLIENT, "", ""},
	{"preface", CLIENT, "PRI", "P"},
	{"part of a preface", CLIENT, "\"PRI", ""},
	{"client", CLIENT, "PRI SETTINGS.0.0=#000300000064 HEADERS.5.1=abc",
	 "P <SETTINGS.0.0 >6 <HEADERS.5.1 [1:abc:12] >-"},
	{"server", SERVER, "SETTINGS.0.0 SETTINGS.1.0 HEADERS.4.1=ab DATA.1.1=hello",
	 "<SETTINGS.0.0 >0 <SETTINGS.1.0 >0 <HEADERS.4.1 [1:ab:11] >- <DATA.1.1 >5"},
	{"no preface", CLIENT, "\"GET", "X"},
	{"almost a preface", CLIENT, "\"PRI#20 SETTINGS.0.0", "X"},
	{"no SETTINGS behind the preface", CLIENT, "PRI HEADERS.5.1=abc", "P X"},
	{"no SETTINGS first", SERVER, "HEADERS.5.1=abc SETTINGS.0.0", "X"},
	{"SETTINGS that acknowledge first", SERVER, "SETTINGS.1.0", "X"},
	{"a TLS record", SERVER, "\"#160303007a0200007603 SETTINGS.0.0", "X"},
	{"HTTP/1", SERVER, "\"HTTP/1.1\r\n", "X"},
	{"nothing after that", SERVER, "\"HTTP/1.1\r\n {gap} {skip 5} {eof} {boundary} HEADERS.5.1=a", "X"},
	{"all kinds", SERVER,
	 "SETTINGS.0.0 DATA.0.1=ab HEADERS.4.1=cd PRIORITY.0.1=12345 RST_STREAM.0.1=#00000008 "
	 "PUSH_PROMISE.4.1=#00000002616263 PING.0.0=12345678 GOAWAY.0.0=#0000000100000000616263 "
	 "WINDOW_UPDATE.0.0=#00000001 WINDOW_UPDATE.0.7=#00000001",
	 "<SETTINGS.0.0 >0 <DATA.0.1 >2 <HEADERS.4.1 [1:cd:11] >- <PRIORITY.0.1 >5 <RST_STREAM.0.1 >4 "
	 "<PUSH_PROMISE.4.1 [1>2:abc:16] >- <PING.0.0 >8 <GOAWAY.0.0 >11 <WINDOW_UPDATE.0.0 >4 "
	 "<WINDOW_UPDATE.0.7 >4"},
	{"unknown kinds", SERVER, "SETTINGS.0.0 12.ff.0=abc 0x10.0.3 255.0.1*300 PING.1.0=12345678",
	 "<SETTINGS.0.0 >0 <12.ff.0 >- <16.0.3 >- <255.0.1 >- <PING.1.0 >8"},
	{"undefined flags are ignored", SERVER, "SETTINGS.0.0 DATA.f6.1=a PING.fe.0=12345678",
	 "<SETTINGS.0.0 >0 <DATA.f6.1 >1 <PING.fe.0 >8"},
	{"empty ones", SERVER, "SETTINGS.0.0 DATA.0.1 DATA.1.1 HEADERS.4.3 CONTINUATION.4.3",
	 "<SETTINGS.0.0 >0 <DATA.0.1 >0 <DATA.1.1 >0 <HEADERS.4.3 [3::9] >- L9"},
	{"raised frame size", SERVER, "SETTINGS.0.0 DATA.0.1*16385 DATA.0.1~16777215",
	 "<SETTINGS.0.0 >0 <DATA.0.1 >16385 <DATA.0.1"},
};

START_TEST(plain)
{
	http2_check_case(&plain_cases[_i]);
}
END_TEST

/* ---- padding, priority, blocks ---- */

static const struct http2_case block_cases[] = {
	{"padded DATA", SERVER, "SETTINGS.0.0 DATA.8.1=#0261620000 DATA.9.1=#00616263",
	 "<SETTINGS.0.0 >0 <DATA.8.1 >2 <DATA.9.1 >3"},
	{"nothing but padding", SERVER, "SETTINGS.0.0 DATA.8.1=#020000 DATA.8.1=#00 HEADERS.c.1=#00",
	 "<SETTINGS.0.0 >0 <DATA.8.1 >0 <DATA.8.1 >0 <HEADERS.c.1 [1::10] >-"},
	{"padded HEADERS", SERVER, "SETTINGS.0.0 HEADERS.c.1=#036162000000 HEADERS.d.1=#00616263",
	 "<SETTINGS.0.0 >0 <HEADERS.c.1 [1:ab:15] >- <HEADERS.d.1 [1:abc:13] >-"},
	{"priority", SERVER, "SETTINGS.0.0 HEADERS.24.1=#00000000106162 HEADERS.2c.1=#01800000031061626300",
	 "<SETTINGS.0.0 >0 <HEADERS.24.1 [1:ab:16] >- <HEADERS.2c.1 [1:abc:19] >-"},
	{"padded PUSH_PROMISE", SERVER, "SETTINGS.0.0 PUSH_PROMISE.c.1=#0280000004616200 PING.0.0=12345678",
	 "<SETTINGS.0.0 >0 <PUSH_PROMISE.c.1 [1>4:a:17] >- <PING.0.0 >8"},
	{"continued", SERVER, "SETTINGS.0.0 HEADERS.1.1=ab CONTINUATION.0.1=cd CONTINUATION.4.1=ef",
	 "<SETTINGS.0.0 >0 <HEADERS.1.1 >- <CONTINUATION.0.1 >- <CONTINUATION.4.1 [1:abcdef:33] >-"},
	{"continued, with empty parts", SERVER,
	 "SETTINGS.0.0 HEADERS.0.1 CONTINUATION.0.1 CONTINUATION.0.1=cd CONTINUATION.4.1",
	 "<SETTINGS.0.0 >0 <HEADERS.0.1 >- <CONTINUATION.0.1 >- <CONTINUATION.0.1 >- <CONTINUATION.4.1 "
	 "[1:cd:38] >-"},
	{"continued, padded", SERVER,
	 "SETTINGS.0.0 HEADERS.28.1=#02000000001061620000 CONTINUATION.4.1=cd HEADERS.4.3=e",
	 "<SETTINGS.0.0 >0 <HEADERS.28.1 >- <CONTINUATION.4.1 [1:abcd:30] >- <HEADERS.4.3 [3:e:10] >-"},
	{"continued promise", SERVER, "SETTINGS.0.0 PUSH_PROMISE.0.1=#0000000261 CONTINUATION.4.1=b",
	 "<SETTINGS.0.0 >0 <PUSH_PROMISE.0.1 >- <CONTINUATION.4.1 [1>2:ab:24] >-"},
	{"something between", SERVER, "SETTINGS.0.0 HEADERS.0.1=a PING.0.0=12345678",
	 "<SETTINGS.0.0 >0 <HEADERS.0.1 >- L9"},
	{"an unknown kind between", SERVER, "SETTINGS.0.0 HEADERS.0.1=a 12.0.1",
	 "<SETTINGS.0.0 >0 <HEADERS.0.1 >- L9"},
	{"another stream's", SERVER, "SETTINGS.0.0 HEADERS.0.1=a CONTINUATION.4.3=b",
	 "<SETTINGS.0.0 >0 <HEADERS.0.1 >- L9"},
	{"continues nothing", SERVER, "SETTINGS.0.0 CONTINUATION.4.3=b", "<SETTINGS.0.0 >0 L9"},
	{"too much padding of DATA", SERVER, "SETTINGS.0.0 DATA.8.1=#03ab", "<SETTINGS.0.0 >0 <DATA.8.1 L0"},
	{"too much padding of HEADERS", SERVER, "SETTINGS.0.0 HEADERS.2c.1=#03000000001061",
	 "<SETTINGS.0.0 >0 <HEADERS.2c.1 L0"},
	{"no room for the pad length", SERVER, "SETTINGS.0.0 DATA.8.1", "<SETTINGS.0.0 >0 L9"},
	{"no room for the priority", SERVER, "SETTINGS.0.0 HEADERS.24.1=abcd", "<SETTINGS.0.0 >0 L9"},
	{"no room for the promise", SERVER, "SETTINGS.0.0 PUSH_PROMISE.4.1=abc", "<SETTINGS.0.0 >0 L9"},
	{"DATA on stream 0", SERVER, "SETTINGS.0.0 DATA.0.0=abc", "<SETTINGS.0.0 >0 L9"},
	{"PING on a stream", SERVER, "SETTINGS.0.0 PING.0.1=12345678", "<SETTINGS.0.0 >0 L9"},
	{"length of RST_STREAM", SERVER, "SETTINGS.0.0 RST_STREAM.0.1=abc", "<SETTINGS.0.0 >0 L9"},
	{"length of SETTINGS", SERVER, "SETTINGS.0.0 SETTINGS.0.0=abc", "<SETTINGS.0.0 >0 L9"},
	{"SETTINGS that acknowledge and set", SERVER, "SETTINGS.0.0 SETTINGS.1.0=abcdef",
	 "<SETTINGS.0.0 >0 L9"},
	{"length of GOAWAY", SERVER, "SETTINGS.0.0 GOAWAY.0.0=abcdefg", "<SETTINGS.0.0 >0 L9"},
	{"length of WINDOW_UPDATE", SERVER, "SETTINGS.0.0 WINDOW_UPDATE.0.0=abc", "<SETTINGS.0.0 >0 L9"},
	{"a client's push", CLIENT, "PRI SETTINGS.0.0 PUSH_PROMISE.4.1=#0000000261", "P <SETTINGS.0.0 >0 L9"},
	{"a client's even stream", CLIENT, "PRI SETTINGS.0.0 HEADERS.4.2=a", "P <SETTINGS.0.0 >0 L9"},
};

START_TEST(blocks)
{
	http2_check_case(&block_cases[_i]);
}
END_TEST

/* ---- skips and gaps ---- */

static const struct http2_case hole_cases[] = {
	{"whole payload skipped", SERVER, "SETTINGS.0.0 DATA.1.1~9 {skip 9} PING.0.0=12345678",
	 "<SETTINGS.0.0 >0 <DATA.1.1 >9 <PING.0.0 >8"},
	{"tail skipped in parts", SERVER,
	 "SETTINGS.0.0 DATA.1.1~9 \"abc {skip 3}{skip 0}{skip 3} PING.0.0=12345678",
	 "<SETTINGS.0.0 >0 <DATA.1.1 >9 <PING.0.0 >8"},
	{"middle lost", SERVER, "SETTINGS.0.0 DATA.1.1~9 \"abc {gap 3} \"abc PING.0.0=12345678",
	 "<SETTINGS.0.0 >0 <DATA.1.1 >9 <PING.0.0 >8"},
	{"tail lost", SERVER, "SETTINGS.0.0 DATA.1.1~9 \"abc {gap 6} PING.0.0=12345678",
	 "<SETTINGS.0.0 >0 <DATA.1.1 >9 <PING.0.0 >8"},
	{"beyond the tail lost", SERVER, "SETTINGS.0.0 DATA.1.1~9 \"abc {gap 7}",
	 "<SETTINGS.0.0 >0 <DATA.1.1 >9 L1"},
	{"skipped beyond the tail", SERVER, "SETTINGS.0.0 DATA.1.1~9 \"abc {skip 16}",
	 "<SETTINGS.0.0 >0 <DATA.1.1 >9 L10"},
	{"unknown number lost", SERVER, "SETTINGS.0.0 DATA.1.1~9 \"abc {gap}",
	 "<SETTINGS.0.0 >0 <DATA.1.1 L0"},
	{"padding skipped", SERVER, "SETTINGS.0.0 DATA.8.1~9 \"#0361 {skip 5} \"xx PING.0.0=12345678",
	 "<SETTINGS.0.0 >0 <DATA.8.1 >5 <PING.0.0 >8"},
	{"padding lost from its middle", SERVER,
	 "SETTINGS.0.0 DATA.8.1~5 \"#036100 {gap 2} PING.0.0=12345678",
	 "<SETTINGS.0.0 >0 <DATA.8.1 >1 <PING.0.0 >8"},
	{"pad length skipped", SERVER,
	 "SETTINGS.0.0 DATA.8.1~9 {skip 9} DATA.8.1~1 {skip 1} PING.0.0=12345678",
	 "<SETTINGS.0.0 >0 <DATA.8.1 >8 <DATA.8.1 >0 <PING.0.0 >8"},
	{"pad length alone lost", SERVER, "SETTINGS.0.0 DATA.8.1~9 {gap 1} \"12345678 PING.0.0=12345678",
	 "<SETTINGS.0.0 >0 <DATA.8.1 >8 <PING.0.0 >8"},
	{"between frames", SERVER, "SETTINGS.0.0 {gap 4} PING.0.0=12345678", "<SETTINGS.0.0 >0 L4"},
	{"skip between frames", SERVER, "SETTINGS.0.0 {skip 4} PING.0.0=12345678", "<SETTINGS.0.0 >0 L4"},
	{"in a frame header", SERVER, "SETTINGS.0.0 \"#00000500 {gap 5} \"abcde", "<SETTINGS.0.0 >0 L9"},
	{"in a preface", CLIENT, "\"PRI {gap 21} SETTINGS.0.0", "L24"},
	{"in a block", SERVER, "SETTINGS.0.0 HEADERS.4.1~5 \"ab {skip 3}",
	 "<SETTINGS.0.0 >0 <HEADERS.4.1 L3"},
	{"in another frame", SERVER, "SETTINGS.0.0 PING.0.0~8 \"ab {gap 6} {gap 5}",
	 "<SETTINGS.0.0 >0 <PING.0.0 L6"},
	{"in an unknown frame", SERVER, "SETTINGS.0.0 12.0.0~8 \"ab {gap 6}", "<SETTINGS.0.0 >0 <12.0.0 L6"},
	{"none", SERVER, "SETTINGS.0.0 {skip 0} {eof} PING.0.0=12345678 {eof}",
	 "<SETTINGS.0.0 >0 <PING.0.0 >8"},
	{"eof in a frame", SERVER, "SETTINGS.0.0 PING.0.0~8 \"ab {eof}", "<SETTINGS.0.0 >0 <PING.0.0"},
	{"found again", SERVER,
	 "SETTINGS.0.0 {gap 50} \"tail HEADERS.4.3=a DATA.1.3=xx PING.0.0=12345678 HEADERS.5.5=b",
	 "<SETTINGS.0.0 >0 L50 <HEADERS.4.3 ![3:a:10] >- <DATA.1.3 >2 <PING.0.0 >8 <HEADERS.5.5 [5:b:10] >-"},
	{"hole in what is being found", SERVER,
	 "SETTINGS.0.0 {gap 9} HEADERS.4.3=a PING.0.0=12345678 {gap 7} "
	 "HEADERS.4.5=a PING.0.0=12345678 HEADERS.4.7=a {gap}",
	 "<SETTINGS.0.0 >0 L9 <HEADERS.4.5 ![5:a:10] >- <PING.0.0 >8 <HEADERS.4.7 [7:a:10] >- L43"},
	{"a gap in DATA loses no block", SERVER, "SETTINGS.0.0 DATA.0.1~9 {gap 9} HEADERS.4.1=a",
	 "<SETTINGS.0.0 >0 <DATA.0.1 >9 <HEADERS.4.1 [1:a:10] >-"},
	{"boundary", SERVER, "SETTINGS.0.0 {gap} \"abc {boundary} HEADERS.4.1=a HEADERS.4.3=b",
	 "<SETTINGS.0.0 >0 L0 <HEADERS.4.1 ![1:a:10] >- <HEADERS.4.3 [3:b:10] >-"},
	{"boundary in a frame", SERVER,
	 "SETTINGS.0.0 PING.0.0~8 \"abc {boundary} CONTINUATION.4.1=x HEADERS.4.1=a",
	 "<SETTINGS.0.0 >0 <PING.0.0 <CONTINUATION.4.1 >- <HEADERS.4.1 ![1:a:10] >-"},
	{"boundary where one is", SERVER, "SETTINGS.0.0 HEADERS.0.1=a {boundary} CONTINUATION.4.1=b",
	 "<SETTINGS.0.0 >0 <HEADERS.0.1 >- <CONTINUATION.4.1 [1:ab:20] >-"},
};

START_TEST(holes)
{
	http2_check_case(&hole_cases[_i]);
}
END_TEST

/* ---- joining ---- */

#define FRAME  true, HTTP2_FROM_FRAME
#define MIDDLE true, HTTP2_FROM_MIDDLE
#define ANSWER false, HTTP2_FROM_MIDDLE

static const struct http2_case join_cases[] = {
	{"at a frame", FRAME, "HEADERS.5.7=abc DATA.1.7*70000",
	 "<HEADERS.5.7 [7:abc:12] >- <DATA.1.7 >70000"},
	{"at a frame that is none", FRAME, "\"123456789 HEADERS.5.7=abc", "X"},
	{"at a frame that is not a client's", FRAME, "HEADERS.5.8=abc", "X"},
	{"at a first frame that is too long", FRAME, "DATA.0.1~16385", "X"},
	{"at a frame, but lost before", FRAME, "{gap} HEADERS.5.7=abc", "L0"},
	{"at a preface", FRAME, "PRI SETTINGS.0.0 HEADERS.5.1=a",
	 "P <SETTINGS.0.0 >0 <HEADERS.5.1 [1:a:10] >-"},
	{"at what only begins like a preface", FRAME, "\"PUT#20", "X"},
	{"within a block", FRAME, "CONTINUATION.0.1=ab CONTINUATION.4.1=cd HEADERS.5.3=e HEADERS.5.5=f",
	 "<CONTINUATION.0.1 >- <CONTINUATION.4.1 >- <HEADERS.5.3 ![3:e:10] >- <HEADERS.5.5 [5:f:10] >-"},
	{"three frames", MIDDLE, "HEADERS.5.7=a HEADERS.5.9=b HEADERS.5.11=c",
	 "<HEADERS.5.7 ![7:a:10] >- <HEADERS.5.9 [9:b:10] >- <HEADERS.5.11 [11:c:10] >-"},
	{"two frames", MIDDLE, "HEADERS.5.7=a HEADERS.5.9=b {gap} HEADERS.5.11=c", ""},
	{"behind the rest of one", MIDDLE, "\"restofone HEADERS.4.7=a DATA.1.7=#0000000000 PING.1.0=12345678",
	 "<HEADERS.4.7 ![7:a:10] >- <DATA.1.7 >5 <PING.1.0 >8"},
	{"large ones", MIDDLE, "\"restofone HEADERS.4.7*16384 DATA.0.9*16384 DATA.1.7=a",
	 "<HEADERS.4.7 ![7:...:16393] >- <DATA.0.9 >16384 <DATA.1.7 >1"},
	{"a block that began before", ANSWER, "CONTINUATION.4.7=a HEADERS.4.9=b DATA.1.9=c",
	 "<CONTINUATION.4.7 >- <HEADERS.4.9 ![9:b:10] >- <DATA.1.9 >1"},
	{"blocks must be continued", ANSWER,
	 "HEADERS.0.7*64 HEADERS.4.9=b DATA.1.9=c WINDOW_UPDATE.0.0=#00000001",
	 "<HEADERS.4.9 ![9:b:10] >- <DATA.1.9 >1 <WINDOW_UPDATE.0.0 >4"},
	{"DATA first", MIDDLE, "DATA.0.7=a DATA.0.7=a DATA.0.7=a PING.0.0=12345678 DATA.0.7=a DATA.0.7=a",
	 "<PING.0.0 >8 <DATA.0.7 >1 <DATA.0.7 >1"},
	{"a client has odd streams", MIDDLE, "HEADERS.4.8=a HEADERS.4.10=b HEADERS.4.12=c", ""},
	{"no empty ones", ANSWER, "DATA.0.2 DATA.0.2 DATA.0.2 SETTINGS.0.0 SETTINGS.0.0 SETTINGS.0.0", ""},
	{"payload that is implausible", ANSWER,
	 "WINDOW_UPDATE.0.0=#00000000 WINDOW_UPDATE.0.0=#00000000 HEADERS.4.9=b DATA.1.9=c", ""},
	{"lost after it was found", ANSWER,
	 "HEADERS.4.3=a HEADERS.4.5=a HEADERS.4.7=a \"#000000000000000000 \"xyz PING.0.0=12345678 "
	 "HEADERS.4.7=a HEADERS.4.9=a {gap}",
	 "<HEADERS.4.3 ![3:a:10] >- <HEADERS.4.5 [5:a:10] >- <HEADERS.4.7 [7:a:10] >- L9 <PING.0.0 >8 "
	 "<HEADERS.4.7 ![7:a:10] >- <HEADERS.4.9 [9:a:10] >- L12"},
};

START_TEST(joins)
{
	http2_check_case(&join_cases[_i]);
}
END_TEST

/* ---- limits ---- */

/* A block of n bytes in frames of `part`, one frame behind it, in pieces of several sizes. */
static void check_long_block(size_t n, size_t part, const char *log)
{
	static const size_t steps[] = {SIZE_MAX, 1, 1000, 20000};
	struct http2_frame headers = {.type = HTTP2_HEADERS, .stream = 1};
	uint8_t *block = malloc(n);

	memset(block, 'b', n);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct http2_run r = {.frames = http2_frames_new(false, HTTP2_FROM_FRAME)};
		struct http2_script s = {0};
		const char *at;

		http2_script_text(&s, "SETTINGS.1.0");
		http2_script_block(&s, headers, bytes_of(block, n), part);
		http2_script_text(&s, "HEADERS.4.3=a");
		http2_run_script(&r, &s, steps[i], 0);
		at = strchr(r.log, '[');
		ck_assert_msg(at && strcmp(at, log) == 0, "steps of %zu: got %s, want %s", steps[i], r.log,
			      log);
		http2_frames_free(r.frames);
		http2_script_release(&s);
	}
	free(block);
}

START_TEST(block_too_long)
{
	check_long_block(HTTP2_BLOCK_MAX, SIZE_MAX, "[1:...:65545] >- <HEADERS.4.3 [3:a:10] >-");
	check_long_block(HTTP2_BLOCK_MAX, 16384, "[1:...:65572] >- <HEADERS.4.3 [3:a:10] >-");
	check_long_block(HTTP2_BLOCK_MAX + 1, SIZE_MAX, "[1:-:65546] >- <HEADERS.4.3 [3:a:10] >-");
	check_long_block(HTTP2_BLOCK_MAX + 1, 16384, "[1:-:65582] >- <HEADERS.4.3 [3:a:10] >-");
	check_long_block(300000, 16384, "[1:-:300171] >- <HEADERS.4.3 [3:a:10] >-");
}
END_TEST

START_TEST(goaway_too_long)
{
	struct http2_run r = {.frames = http2_frames_new(false, HTTP2_FROM_START)};
	struct http2_script s = {0};

	http2_script_text(&s, "SETTINGS.0.0 GOAWAY.0.0*65536 GOAWAY.0.0*65537 GOAWAY.0.0*9");
	http2_run_script(&r, &s, 1000, 0);
	ck_assert_str_eq(r.log, "<SETTINGS.0.0 >0 <GOAWAY.0.0 >65536 <GOAWAY.0.0 >- <GOAWAY.0.0 >9");
	http2_frames_free(r.frames);
	http2_script_release(&s);
}
END_TEST

/* ---- the rest of the interface ---- */

START_TEST(names)
{
	ck_assert_str_eq(http2_frame_name(HTTP2_DATA_FRAME), "DATA");
	ck_assert_str_eq(http2_frame_name(HTTP2_CONTINUATION), "CONTINUATION");
	ck_assert_ptr_null(http2_frame_name(10));
	ck_assert_ptr_null(http2_frame_name(255));
	ck_assert_str_eq(http2_error_name(0), "NO_ERROR");
	ck_assert_str_eq(http2_error_name(8), "CANCEL");
	ck_assert_str_eq(http2_error_name(13), "HTTP_1_1_REQUIRED");
	ck_assert_ptr_null(http2_error_name(14));
	ck_assert_ptr_null(http2_error_name(UINT32_MAX));
}
END_TEST

static const struct {
	const char *frame;
	bool plausible;
} looks[] = {
	{"SETTINGS.0.0", true},
	{"SETTINGS.1.0", true},
	{"SETTINGS.0.0=#000300000064", true},
	{"SETTINGS.0.0=#000000000064", false},
	{"SETTINGS.2.0", false},
	{"SETTINGS.0.1", false},
	{"DATA.0.1~16384", true},
	{"DATA.0.1~16385", false},
	{"DATA.0.0=a", false},
	{"DATA.8.1=#0261", false},
	{"DATA.8.1=#0161", true},
	{"DATA.4.1=a", false},
	{"HEADERS.5.1=a", true},
	{"HEADERS.5.1=#80", false},
	{"HEADERS.4.1", false},
	{"HEADERS.24.1=12345", false},
	{"HEADERS.24.1=123456", true},
	{"PRIORITY.0.1=1234", false},
	{"PRIORITY.0.1=12345", true},
	{"RST_STREAM.0.1=#0000000d", true},
	{"RST_STREAM.0.1=#0000000e", false},
	{"PUSH_PROMISE.4.1=#0000000261", true},
	{"PUSH_PROMISE.4.2=#0000000261", false},
	{"PING.1.0=12345678", true},
	{"GOAWAY.0.0=#0000000100000000", true},
	{"GOAWAY.0.0=#8000000100000000", false},
	{"WINDOW_UPDATE.0.0=#00000001", true},
	{"WINDOW_UPDATE.0.0=#7fffffff", true},
	{"WINDOW_UPDATE.0.0=#00000000", false},
	{"WINDOW_UPDATE.0.0=#80000000", false},
	{"CONTINUATION.4.1=a", true},
	{"10.0.0", false},
};

START_TEST(plausible)
{
	struct http2_script s = {0};

	http2_script_text(&s, looks[_i].frame);
	ck_assert_msg(http2_frame_plausible(s.bytes, s.n) == looks[_i].plausible, "%s", looks[_i].frame);
	s.bytes[5] |= 0x80; /* reserved */
	ck_assert(!http2_frame_plausible(s.bytes, s.n));
	http2_script_release(&s);
}
END_TEST

/* Payload of DATA, and what is whole in the input, is handed through. */
START_TEST(not_copied)
{
	struct http2_frames *f = http2_frames_new(false, HTTP2_FROM_START);
	struct http2_script s = {0};
	struct http2_input in = {.kind = HTTP2_IN_DATA};
	struct http2_output out;
	int seen = 0;

	http2_script_text(&s, "SETTINGS.0.0=#000300000064 HEADERS.c.1=#016162630000 DATA.8.1=#01646500");
	in.data = bytes_of(s.bytes, s.n);
	while ((out = http2_frames_next(f, &in)).kind != HTTP2_MORE) {
		if (!out.payload.n)
			continue;
		ck_assert(out.payload.p > s.bytes && out.payload.p + out.payload.n <= s.bytes + s.n);
		seen++;
	}
	ck_assert_int_eq(seen, 3);
	http2_frames_free(f);
	http2_frames_free(NULL);
	http2_script_release(&s);
}
END_TEST

/* ---- no memory ---- */

/* Whatever fails: no crash, no leak, and it finds its place again. */
static void starve(void *ctx)
{
	const struct http2_script *s = ctx;
	struct http2_run r = {.frames = http2_frames_new(false, HTTP2_FROM_MIDDLE)};

	if (!r.frames)
		return;
	http2_run_script(&r, s, 7, 0);
	http2_frames_boundary(r.frames);
	r.log_n = 0;
	r.log[0] = '\0';
	http2_run_input(
		&r, (struct http2_input){.kind = HTTP2_IN_DATA, .data = bytes_of("\0\0\1\1\4\0\0\0\1a", 10)});
	if (!strstr(r.log, "[1:a:10] >-"))
		ck_abort_msg("%s", r.log);
	http2_frames_free(r.frames);
}

START_TEST(survives_each_failure)
{
	struct http2_script s = {0};

	http2_script_text(&s, "\"rest HEADERS.4.1=aaaaaaaaaaaaaaaaa PING.0.0=12345678 HEADERS.0.1=aaaaaaaaaa "
			      "CONTINUATION.4.1=aaaaaaaaaaaaaaaaaaaaaa {gap} HEADERS.4.3=a HEADERS.4.3=a "
			      "HEADERS.4.3=a PING.0.0=12345678 {skip 5}");
	fail_each_alloc(starve, &s);
	http2_script_release(&s);
}
END_TEST

START_TEST(no_memory_shows_as_lost)
{
	struct http2_run r = {.frames = http2_frames_new(false, HTTP2_FROM_FRAME)};
	struct http2_input in = {.kind = HTTP2_IN_DATA, .data = bytes_of("\0\0\5\1\4\0\0\0\1ab", 11)};

	if (harness_alloc_hooked()) {
		harness_fail_alloc(0);
		http2_run_input(&r, in);
		harness_fail_alloc(-1);
		ck_assert_str_eq(r.log, "<HEADERS.4.1 L0");
	}
	http2_frames_free(r.frames);
}
END_TEST

#define N(array) (int)(sizeof(array) / sizeof((array)[0]))

static Suite *suite(void)
{
	Suite *s = suite_create("http2_frames");
	TCase *t = tcase_create("all");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, plain, 0, N(plain_cases));
	tcase_add_loop_test(t, blocks, 0, N(block_cases));
	tcase_add_loop_test(t, holes, 0, N(hole_cases));
	tcase_add_loop_test(t, joins, 0, N(join_cases));
	tcase_add_test(t, block_too_long);
	tcase_add_test(t, goaway_too_long);
	tcase_add_test(t, names);
	tcase_add_loop_test(t, plausible, 0, N(looks));
	tcase_add_test(t, not_copied);
	tcase_add_test(t, survives_each_failure);
	tcase_add_test(t, no_memory_shows_as_lost);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	return run_suite(suite());
}
