/* SPDX-License-Identifier: Apache-2.0 */
/* Header lists that programs tell, and blocks of late connections that lack fields: before, after, in vain.
 */
#include "harness.h"
#include "http2_talk.h"

#define GET_X ":method GET|:scheme http|:authority a.example|:path /x"
#define OK    ":status 200|server s"

static struct tracker_fixture f;
static struct talk t;
static char told[4096];

static void on_block(void *ctx, const struct http2_block *b)
{
	static const char *const kinds[] = {"request", "response", "informational", "trailers", "push"};
	size_t n = strlen(told);

	(void)ctx;
	snprintf(told + n, sizeof(told) - n, "%s %u unknown %zu of %zu%s\n", kinds[b->kind], b->stream,
		 b->unknown, b->n_fields, b->from_uprobe ? " uprobe" : "");
}

static void expect_blocks(const char *lines)
{
	ck_assert_str_eq(told, lines);
	told[0] = '\0';
}

/* Both sides have had one exchange, of which nothing was seen. */
static void begin_late(bool server)
{
	fixture_init_with(&f, server, (struct tracker_options){.on_block = on_block, .wait_for_lists = true});
	talk_init(&t, &f, server);
	f.conn.event.flags |= WIRE_F_JOINED;
	told[0] = '\0';
	t.lose = true;
	talk_ask(&t, 1, END_STREAM, GET_X);
	talk_answer(&t, 1, 0, OK);
	talk_answer(&t, 1, END_STREAM, "sum 7");
	t.lose = false;
	at(&f, 2000);
}

static void put_field(struct built_event *e, const char *field)
{
	size_t name = strcspn(field, " ");
	struct wire_field head = {.name = (uint16_t)name, .value = (uint16_t)strlen(field + name + 1)};

	memcpy(e->data + e->event.len, &head, sizeof(head));
	e->event.len += sizeof(head);
	memcpy(e->data + e->event.len, field, name);
	memcpy(e->data + e->event.len + name, field + name + 1, head.value);
	e->event.len += head.name + head.value;
}

/* What the program says of a request, or an answer. */
static void tell(bool request, uint32_t stream, uint8_t flags, const char *fields)
{
	struct built_event e = {.event = f.conn.event};
	char field[TALK_FIELD_MAX];

	e.event.kind = WIRE_HEADERS;
	e.event.conn = 0;
	e.event.dir = talk_dir(&t, request);
	e.event.exit_ns = f.conn.exit_ns;
	e.event.msg = stream;
	e.event.flags = flags & END_STREAM ? WIRE_F_END_STREAM : 0;
	for (size_t n; *fields; fields += n + (fields[n] == '|')) {
		n = strcspn(fields, "|");
		snprintf(field, sizeof(field), "%.*s", (int)n, fields);
		put_field(&e, field);
	}
	send_event(&f, &e);
}

static void finish(void)
{
	closed(&f, WIRE_CLOSE_LOCAL);
	expect(&f, "");
	expect_blocks("");
	expect_empty(&f);
	fixture_release(&f);
}

#define FILLED "1/3 GET a.example /x 200 req 4 resp 3 ttfb 0 lat 0 flags joined,uprobe\n"
#define BLOCKS                                                                                               \
	"request 3 unknown 0 of 4 uprobe\nresponse 3 unknown 0 of 2 uprobe\ntrailers 3 unknown 0 of 1 "      \
	"uprobe\n"

START_TEST(lists_first)
{
	begin_late(false);
	tell(true, 3, END_STREAM, GET_X);
	talk_ask(&t, 3, END_STREAM, GET_X);
	tell(false, 3, 0, OK);
	tell(false, 3, END_STREAM, "sum 7");
	talk_answer(&t, 3, 0, OK);
	talk_answer(&t, 3, END_STREAM, "sum 7");
	expect(&f, FILLED);
	expect_blocks(BLOCKS);
	finish();
}
END_TEST

START_TEST(lists_last)
{
	for (int server = 0; server <= 1; server++) {
		begin_late(server);
		talk_ask(&t, 3, END_STREAM, GET_X);
		expect_blocks("");
		tell(true, 3, END_STREAM, GET_X);
		talk_answer(&t, 3, 0, OK);
		talk_answer(&t, 3, END_STREAM, "sum 7");
		expect(&f, "");
		tell(false, 3, 0, OK);
		expect(&f, "");
		tell(false, 3, END_STREAM, "sum 7");
		expect(&f, FILLED);
		expect_blocks(BLOCKS);
		finish();
	}
}
END_TEST

/* It waits for a while, twice; a connection whose program says nothing waits no more.  (An answer of one
 * block where some may have passed unseen is taken for trailers.) */
START_TEST(no_lists)
{
	begin_late(false);
	for (uint32_t stream = 3; stream <= 7; stream += 2) {
		talk_ask(&t, stream, END_STREAM, GET_X);
		talk_answer(&t, stream, END_STREAM, OK);
		if (stream < 5) {
			expect(&f, "");
			at(&f, 2000 + stream * 1000000);
			talk_text(&t, WIRE_TX, "PING.0.0=12345678");
		}
	}
	tracker_settle(f.tracker);
	expect(&f, "1/3 - - - gap req 4 resp 2 ttfb - lat 0 flags joined,gap,partial\n"
		   "1/5 - - - unknown req 4 resp 2 ttfb 0 lat 0 flags partial\n"
		   "1/7 - - - unknown req 4 resp 2 ttfb 0 lat 0 flags partial\n");
	told[0] = '\0';
	finish();
}
END_TEST

/* Another number of fields, another end, another stream or direction, other ports, or what is known to be
 * otherwise. */
START_TEST(lists_that_do_not_fit)
{
	begin_late(false);
	tell(true, 3, END_STREAM, GET_X "|a b");
	tell(true, 3, 0, GET_X);
	tell(true, 5, END_STREAM, GET_X);
	tell(false, 3, END_STREAM, GET_X);
	f.conn.event.lport++;
	tell(true, 3, END_STREAM, GET_X);
	f.conn.event.lport--;
	tell(true, 3, END_STREAM, GET_X "|b d");
	talk_ask(&t, 3, END_STREAM, GET_X "|-b c");
	talk_answer(&t, 3, END_STREAM, "-:status 204");
	closed(&f, WIRE_CLOSE_LOCAL);
	expect(&f, "1/3 - - - 204 req 9 resp 13 ttfb 0 lat 0 flags joined,partial\n");
	expect_blocks("response 3 unknown 0 of 1\nrequest 3 unknown 4 of 5\n");
	expect_empty(&f);
	fixture_release(&f);
}
END_TEST

/* What is known keeps its place behind what is not. */
START_TEST(blocks_in_turn)
{
	begin_late(false);
	tell(true, 3, END_STREAM, GET_X);
	talk_ask(&t, 3, END_STREAM, GET_X);
	talk_answer(&t, 3, 0, OK);
	talk_answer(&t, 3, END_STREAM, "-all known");
	expect_blocks("request 3 unknown 0 of 4 uprobe\n");
	tell(false, 3, 0, OK);
	expect_blocks("response 3 unknown 0 of 2 uprobe\ntrailers 3 unknown 0 of 1\n");
	expect(&f, "1/3 GET a.example /x 200 req 4 resp 13 ttfb 0 lat 0 flags joined,uprobe\n");
	finish();
}
END_TEST

/* A block of unknown status was taken for the response. */
START_TEST(informational)
{
	begin_late(false);
	t.lose = true;
	talk_answer(&t, 1, 0, ":status 103|link l");
	t.lose = false;
	tell(true, 3, END_STREAM, GET_X);
	talk_ask(&t, 3, END_STREAM, GET_X);
	talk_answer(&t, 3, 0, ":status 103|link l");
	talk_answer(&t, 3, END_STREAM, OK);
	tell(false, 3, 0, ":status 103|link l");
	tell(false, 3, END_STREAM, OK);
	expect(&f, "1/3 GET a.example /x 200 req 4 resp 4 ttfb 0 lat 0 flags joined,uprobe\n");
	expect_blocks("request 3 unknown 0 of 4 uprobe\ninformational 3 unknown 0 of 2 uprobe\n"
		      "response 3 unknown 0 of 2 uprobe\n");
	finish();
}
END_TEST

/* Where the wire tells all, a list changes nothing. */
START_TEST(complete_connection)
{
	fixture_init_with(&f, true, (struct tracker_options){.on_block = on_block, .wait_for_lists = true});
	talk_init(&t, &f, true);
	talk_begin(&t);
	talk_ask(&t, 1, END_STREAM, GET_X);
	tell(true, 1, END_STREAM, GET_X);
	tell(false, 1, END_STREAM, OK);
	talk_answer(&t, 1, END_STREAM, OK);
	expect(&f, "1/1 GET a.example /x 200 req 59 resp 23 ttfb 0 lat 0 flags -\n");
	expect_blocks("request 1 unknown 0 of 4\nresponse 1 unknown 0 of 2\n");
	finish();
}
END_TEST

/* Lists and blocks that nobody asks for have bounds, and the tracker frees what is left. */
START_TEST(bounds)
{
	begin_late(false);
	f.bulk = true;
	for (uint32_t i = 3; i < 40001; i += 2)
		tell(true, i, END_STREAM, GET_X);
	for (uint32_t i = 50001; i < 70001; i += 2)
		talk_ask(&t, i, END_STREAM, GET_X);
	fixture_release(&f);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tracker_http2_lists");
	TCase *c = tcase_create("lists");

	tcase_set_timeout(c, 60);
	tcase_add_test(c, lists_first);
	tcase_add_test(c, lists_last);
	tcase_add_test(c, no_lists);
	tcase_add_test(c, lists_that_do_not_fit);
	tcase_add_test(c, blocks_in_turn);
	tcase_add_test(c, informational);
	tcase_add_test(c, complete_connection);
	tcase_add_test(c, bounds);
	suite_add_tcase(suite, c);
	return run_suite(suite);
}
