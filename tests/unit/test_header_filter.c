/* SPDX-License-Identifier: Apache-2.0 */
/* Which header blocks and frames pass: by stream, by field, by status; and what late joining does to it. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/header_filter.h"
#include "harness.h"
#include "sample_http2.h"

#define FIELDS_MAX 16
#define NO_END	   false
#define ENDS	   true

/* A filter and the traffic it sees, on connection 7 of a server. */
struct scene {
	struct exchange_filter http;
	struct header_criteria criteria;
	struct header_filter filter;
};

static void scene_begin(struct scene *s)
{
	ck_assert(header_filter_init(&s->filter, &s->http, &s->criteria));
}

static void scene_end(struct scene *s)
{
	header_filter_release(&s->filter);
	header_criteria_release(&s->criteria);
	exchange_filter_release(&s->http);
}

static void want_match(struct scene *s, const char *text)
{
	char err[256];

	s->criteria.matches[s->criteria.n_matches] = header_match_new(text, err, sizeof(err));
	ck_assert_msg(s->criteria.matches[s->criteria.n_matches++] != NULL, "%s: %s", text, err);
}

static void want_path(struct scene *s, const char *text)
{
	char err[256];

	s->http.paths[s->http.n_paths++] = path_pattern_new(text, err, sizeof(err));
}

/* "name value|name value"; "?" is unknown. */
static size_t parse_fields(char *text, struct http2_block_field *fields)
{
	size_t n = 0;
	char *save = NULL;

	for (char *word = strtok_r(text, "|", &save); word; word = strtok_r(NULL, "|", &save)) {
		char *value = strchr(word, ' ');

		ck_assert(value && n < FIELDS_MAX);
		*value++ = '\0';
		fields[n++] = (struct http2_block_field){
			.name = strcmp(word, "?") == 0 ? bytes_of(NULL, 0) : bytes_of_str(word),
			.value = strcmp(value, "?") == 0 ? bytes_of(NULL, 0) : bytes_of_str(value),
		};
	}
	return n;
}

static bool block_passes(struct scene *s, enum http2_block_kind kind, uint32_t stream, const char *list,
			 bool ends)
{
	struct http2_block_field fields[FIELDS_MAX];
	char text[512];
	struct http2_block block;

	snprintf(text, sizeof(text), "%s", list);
	block = sample_block(kind, fields, parse_fields(text, fields));
	block.stream = stream;
	block.promised = kind == HTTP2_PUSH ? stream + 1 : 0;
	block.where.sent = kind != HTTP2_REQUEST;
	block.end_stream = ends;
	return header_filter_block(&s->filter, &block);
}

static bool frame_passes(struct scene *s, uint8_t type, uint32_t stream, uint8_t flags, bool sent)
{
	struct http2_frame_record record = sample_frame(type, flags, 0, NULL);

	record.frame.stream = stream;
	record.where.sent = sent;
	return header_filter_frame(&s->filter, &record);
}

#define GET_X	  ":method GET|:path /x|:authority a.example"
#define GRPC_CALL ":method POST|:path /p.S/M|:authority a.example|content-type application/grpc+proto"
#define GRPC_HEAD ":status 200|content-type application/grpc"

/* ---- streams ---- */

START_TEST(nothing_asked_for)
{
	struct scene s = {0};

	scene_begin(&s);
	ck_assert(!header_filter_needs_frames(&s.filter));
	ck_assert(block_passes(&s, HTTP2_TRAILERS, 5, "? ?", ENDS));
	ck_assert(frame_passes(&s, HTTP2_SETTINGS, 0, 0, true));
	scene_end(&s);
}
END_TEST

START_TEST(stream_numbers)
{
	struct scene s = {.criteria = {.streams = {5, 8}, .n_streams = 2}};

	scene_begin(&s);
	ck_assert(block_passes(&s, HTTP2_REQUEST, 5, GET_X, ENDS));
	ck_assert(!block_passes(&s, HTTP2_REQUEST, 7, GET_X, ENDS));
	ck_assert(block_passes(&s, HTTP2_PUSH, 7, GET_X, NO_END)); /* promises 8 */
	ck_assert(frame_passes(&s, HTTP2_WINDOW_UPDATE, 5, 0, true));
	ck_assert(!frame_passes(&s, HTTP2_WINDOW_UPDATE, 0, 0, true));
	scene_end(&s);
}
END_TEST

/* The request chooses the stream; what comes later needs no path of its own. */
START_TEST(requests_choose_streams)
{
	struct scene s = {0};

	want_path(&s, "/x");
	scene_begin(&s);
	ck_assert(header_filter_needs_frames(&s.filter));
	ck_assert(block_passes(&s, HTTP2_REQUEST, 5, GET_X, ENDS));
	ck_assert(!block_passes(&s, HTTP2_REQUEST, 7, ":method GET|:path /y", ENDS));
	ck_assert(block_passes(&s, HTTP2_INFORMATIONAL, 5, ":status 103", NO_END));
	ck_assert(block_passes(&s, HTTP2_RESPONSE, 5, ":status 200", NO_END));
	ck_assert(!block_passes(&s, HTTP2_RESPONSE, 7, ":status 200", NO_END));
	ck_assert(frame_passes(&s, HTTP2_DATA_FRAME, 5, 0, true));
	ck_assert(!frame_passes(&s, HTTP2_DATA_FRAME, 7, 0, true));
	ck_assert(!frame_passes(&s, HTTP2_PING, 0, 0, true));
	ck_assert(block_passes(&s, HTTP2_TRAILERS, 5, "x y", ENDS));
	scene_end(&s);
}
END_TEST

/* Both sides have ended it, or one has reset it: nothing is kept. */
START_TEST(ended_streams_are_dropped)
{
	struct scene s = {0};

	want_path(&s, "/");
	scene_begin(&s);
	ck_assert(block_passes(&s, HTTP2_REQUEST, 5, GET_X, ENDS));
	ck_assert(block_passes(&s, HTTP2_RESPONSE, 5, ":status 204", ENDS));
	ck_assert_uint_eq(stream_set_bits(s.filter.streams, 7, 5), 0);

	ck_assert(block_passes(&s, HTTP2_REQUEST, 7, GET_X, NO_END));
	ck_assert(frame_passes(&s, HTTP2_DATA_FRAME, 7, HTTP2_FLAG_END_STREAM, false));
	ck_assert(frame_passes(&s, HTTP2_DATA_FRAME, 7, 0, true));
	ck_assert(frame_passes(&s, HTTP2_DATA_FRAME, 7, HTTP2_FLAG_END_STREAM, true));
	ck_assert_uint_eq(stream_set_bits(s.filter.streams, 7, 7), 0);

	ck_assert(block_passes(&s, HTTP2_REQUEST, 9, GET_X, ENDS));
	ck_assert(frame_passes(&s, HTTP2_RST_STREAM, 9, 0, false));
	ck_assert_uint_eq(stream_set_bits(s.filter.streams, 7, 9), 0);

	ck_assert(block_passes(&s, HTTP2_PUSH, 11, GET_X, NO_END));
	ck_assert(block_passes(&s, HTTP2_RESPONSE, 12, ":status 200", ENDS));
	ck_assert_uint_eq(stream_set_bits(s.filter.streams, 7, 12), 0);
	scene_end(&s);
}
END_TEST

START_TEST(hosts_and_connect)
{
	char host[] = "a.example";
	struct scene s = {.http = {.hosts = {strdup(host)}, .n_hosts = 1}};

	scene_begin(&s);
	ck_assert(block_passes(&s, HTTP2_REQUEST, 1, GET_X, ENDS));
	ck_assert(block_passes(&s, HTTP2_REQUEST, 3, ":method GET|:path /|host a.example:80", ENDS));
	ck_assert(!block_passes(&s, HTTP2_REQUEST, 5, ":method GET|:path /|host b.example", ENDS));
	ck_assert(block_passes(&s, HTTP2_REQUEST, 7, ":method CONNECT|:authority a.example:443", NO_END));
	scene_end(&s);

	s = (struct scene){0};
	want_path(&s, "a.example");
	scene_begin(&s);
	ck_assert(block_passes(&s, HTTP2_REQUEST, 7, ":method CONNECT|:authority a.example:443", NO_END));
	ck_assert(!block_passes(&s, HTTP2_REQUEST, 9, GET_X, NO_END));
	scene_end(&s);
}
END_TEST

/* What could match anything does not match what is not known. */
START_TEST(unknown_matches_nothing)
{
	struct scene s = {0};

	want_path(&s, "~");
	scene_begin(&s);
	ck_assert(!block_passes(&s, HTTP2_REQUEST, 1, ":method GET|:path ?", ENDS));
	ck_assert(!block_passes(&s, HTTP2_REQUEST, 3, ":method GET|? ?", ENDS));
	scene_end(&s);

	s = (struct scene){0};
	want_match(&s, "x-id=~");
	scene_begin(&s);
	ck_assert(!block_passes(&s, HTTP2_REQUEST, 1, "x-id ?", ENDS));
	ck_assert(!block_passes(&s, HTTP2_REQUEST, 1, "? abc", ENDS));
	ck_assert(block_passes(&s, HTTP2_REQUEST, 1, "x-id ?|x-id a", ENDS));
	scene_end(&s);
}
END_TEST

/* ---- gRPC ---- */

START_TEST(grpc_calls)
{
	struct scene s = {.criteria = {.grpc = true}};

	scene_begin(&s);
	ck_assert(block_passes(&s, HTTP2_REQUEST, 1, GRPC_CALL, NO_END));
	ck_assert(!block_passes(&s, HTTP2_REQUEST, 3, GET_X, ENDS));
	ck_assert(block_passes(&s, HTTP2_RESPONSE, 1, ":status 200", NO_END));
	ck_assert(!block_passes(&s, HTTP2_RESPONSE, 3, ":status 200|content-type text/html", NO_END));
	ck_assert(frame_passes(&s, HTTP2_DATA_FRAME, 1, 0, true));
	ck_assert(block_passes(&s, HTTP2_TRAILERS, 1, "x y", ENDS));
	ck_assert(!block_passes(&s, HTTP2_REQUEST, 5,
				":method POST|content-type application/grpc-web|grpc-timeout 1S", ENDS));
	scene_end(&s);
}
END_TEST

/* Of an old connection whatever tells first, from there on. */
START_TEST(grpc_calls_joined_late)
{
	struct scene s = {.criteria = {.grpc = true}};

	scene_begin(&s);
	ck_assert(!block_passes(&s, HTTP2_REQUEST, 1, ":method POST|? ?", NO_END));
	ck_assert(block_passes(&s, HTTP2_RESPONSE, 1, GRPC_HEAD, NO_END));
	ck_assert(block_passes(&s, HTTP2_TRAILERS, 1, "? ?", ENDS));

	ck_assert(!block_passes(&s, HTTP2_RESPONSE, 3, ":status 200|content-type ?", NO_END));
	ck_assert(block_passes(&s, HTTP2_TRAILERS, 3, "grpc-status 0", ENDS));
	ck_assert(block_passes(&s, HTTP2_REQUEST, 5, ":method POST|? ?|grpc-timeout 5S", NO_END));
	scene_end(&s);
}
END_TEST

START_TEST(grpc_calls_of_a_path)
{
	struct scene s = {.criteria = {.grpc = true}};

	want_path(&s, "/p.S/");
	scene_begin(&s);
	ck_assert(block_passes(&s, HTTP2_REQUEST, 1, GRPC_CALL, NO_END));
	ck_assert(!block_passes(&s, HTTP2_REQUEST, 3, ":method POST|:path /p.S/M", NO_END));
	ck_assert(block_passes(&s, HTTP2_RESPONSE, 3, GRPC_HEAD, NO_END));  /* now both are known */
	ck_assert(!block_passes(&s, HTTP2_RESPONSE, 5, GRPC_HEAD, NO_END)); /* its path never will be */
	scene_end(&s);
}
END_TEST

/* ---- blocks ---- */

START_TEST(statuses)
{
	struct scene s = {0};
	char err[256];

	ck_assert(status_filter_parse(&s.http.status, "!2xx", err, sizeof(err)));
	scene_begin(&s);
	ck_assert(!header_filter_needs_frames(&s.filter));
	ck_assert(!block_passes(&s, HTTP2_REQUEST, 1, GET_X, ENDS));
	ck_assert(!block_passes(&s, HTTP2_RESPONSE, 1, ":status 200", NO_END));
	ck_assert(!block_passes(&s, HTTP2_RESPONSE, 1, ":status ?", NO_END));
	ck_assert(!block_passes(&s, HTTP2_RESPONSE, 1, ":status 2x0", NO_END));
	ck_assert(block_passes(&s, HTTP2_RESPONSE, 1, ":status 404", NO_END));
	ck_assert(block_passes(&s, HTTP2_INFORMATIONAL, 1, ":status 103", NO_END));
	scene_end(&s);
}
END_TEST

START_TEST(grpc_statuses)
{
	struct scene s = {0};
	char err[256];

	ck_assert(grpc_status_filter_parse(&s.http.grpc_status, "1-16", err, sizeof(err)));
	scene_begin(&s);
	ck_assert(!block_passes(&s, HTTP2_TRAILERS, 1, "grpc-status 0", ENDS));
	ck_assert(!block_passes(&s, HTTP2_TRAILERS, 1, "grpc-status ?", ENDS));
	ck_assert(!block_passes(&s, HTTP2_TRAILERS, 1, "grpc-status x", ENDS));
	ck_assert(!block_passes(&s, HTTP2_RESPONSE, 1, GRPC_HEAD, NO_END));
	ck_assert(block_passes(&s, HTTP2_TRAILERS, 1, "grpc-status 14|grpc-message gone", ENDS));
	ck_assert(block_passes(&s, HTTP2_RESPONSE, 1, GRPC_HEAD "|grpc-status 5", ENDS));
	scene_end(&s);
}
END_TEST

START_TEST(matches)
{
	struct scene s = {0};

	want_match(&s, "X-Request-Id=~^abc");
	want_match(&s, ":path=/x");
	scene_begin(&s);
	ck_assert(block_passes(&s, HTTP2_REQUEST, 1, GET_X "|x-request-id abc1", ENDS));
	ck_assert(!block_passes(&s, HTTP2_REQUEST, 1, GET_X "|x-request-id xabc", ENDS));
	ck_assert(!block_passes(&s, HTTP2_REQUEST, 1, GET_X, ENDS));
	ck_assert(!block_passes(&s, HTTP2_REQUEST, 1, ":path /xy|x-request-id abc", ENDS));
	ck_assert(block_passes(&s, HTTP2_REQUEST, 1, "x-request-id no|x-request-id abc|:path /x", ENDS));
	ck_assert_uint_eq(header_filter_given_up(&s.filter), 0);
	scene_end(&s);
}
END_TEST

START_TEST(an_empty_value_is_known)
{
	struct scene s = {0};

	want_match(&s, "x-empty=");
	scene_begin(&s);
	ck_assert(block_passes(&s, HTTP2_REQUEST, 1, "x-empty ", ENDS));
	ck_assert(!block_passes(&s, HTTP2_REQUEST, 1, "x-empty ?", ENDS));
	scene_end(&s);
}
END_TEST

START_TEST(costly_values_are_given_up)
{
	struct scene s = {0};
	char text[512] = "x ";

	memset(text + 2, 'a', 400);
	text[402] = '!';
	want_match(&s, "x=~^(a+)+$");
	scene_begin(&s);
	ck_assert(!block_passes(&s, HTTP2_REQUEST, 1, text, ENDS));
	ck_assert_uint_eq(header_filter_given_up(&s.filter), 1);
	scene_end(&s);
}
END_TEST

static const char *const wrong_matches[] = {"", "x", "=x", ":=x", "a b=x", "x=~(", "::a=b", "x=~[z-a]"};

START_TEST(wrong_matches_are_refused)
{
	char err[256];

	ck_assert_ptr_null(header_match_new(wrong_matches[_i], err, sizeof(err)));
	ck_assert_uint_gt(strlen(err), 10);
}
END_TEST

static void build_without_memory(void *ctx)
{
	char err[256];

	header_match_free(header_match_new(ctx, err, sizeof(err)));
}

static void filter_without_memory(void *ctx)
{
	struct scene s = {.criteria = {.grpc = true}};

	(void)ctx;
	if (header_filter_init(&s.filter, &s.http, &s.criteria))
		block_passes(&s, HTTP2_REQUEST, 1, GRPC_CALL, NO_END);
	scene_end(&s);
}

START_TEST(each_allocation_may_fail)
{
	char equal[] = "a=b", regex[] = "a=~b";

	fail_each_alloc(build_without_memory, equal);
	fail_each_alloc(build_without_memory, regex);
	fail_each_alloc(filter_without_memory, NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("header_filter");
	TCase *tc = tcase_create("header_filter");

	tcase_add_test(tc, nothing_asked_for);
	tcase_add_test(tc, stream_numbers);
	tcase_add_test(tc, requests_choose_streams);
	tcase_add_test(tc, ended_streams_are_dropped);
	tcase_add_test(tc, hosts_and_connect);
	tcase_add_test(tc, unknown_matches_nothing);
	tcase_add_test(tc, grpc_calls);
	tcase_add_test(tc, grpc_calls_joined_late);
	tcase_add_test(tc, grpc_calls_of_a_path);
	tcase_add_test(tc, statuses);
	tcase_add_test(tc, grpc_statuses);
	tcase_add_test(tc, matches);
	tcase_add_test(tc, an_empty_value_is_known);
	tcase_add_test(tc, costly_values_are_given_up);
	tcase_add_loop_test(tc, wrong_matches_are_refused, 0,
			    sizeof(wrong_matches) / sizeof(wrong_matches[0]));
	tcase_add_test(tc, each_allocation_may_fail);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
