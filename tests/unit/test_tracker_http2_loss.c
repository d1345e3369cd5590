/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/2 in the tracker with events missing: joined late at every event, and lost
 * at random.  What is told then must be the truth, or said to be unknown.
 */
#include "harness.h"
#include "http/http1_head.h"
#include "http2_story.h"

#define IDS_MAX	  256
#define KNOWN_MAX 1024

/* What is true of one stream. */
struct truth {
	bool told, interim;
	unsigned missing;
	int status;
	enum no_status no_status;
	uint64_t req_bytes, resp_bytes;
	struct message_times req, resp;
	size_t fields[3];
	struct grpc_call grpc; /* views unused */
	bool is_grpc;
	char known[2][KNOWN_MAX]; /* by enum http1_kind: "|name value|name value|" */
};

static struct truth truths[IDS_MAX];
static struct tracker_fixture f;

/* What a run with events missing told. */
static struct run {
	bool told[IDS_MAX], asked[IDS_MAX];
	uint64_t conn, exact, all, known, fields;
} run;

/* ---- the truth ---- */

static void add_known(char *known, struct http2_block_field field)
{
	size_t n = strlen(known);

	ck_assert_ptr_nonnull(field.name.p);
	ck_assert_ptr_nonnull(field.value.p);
	ck_assert_uint_lt(n + field.name.n + field.value.n + 4, KNOWN_MAX);
	sprintf(known + n, "%s%.*s %.*s|", n ? "" : "|", (int)field.name.n, field.name.p, (int)field.value.n,
		field.value.p);
}

static uint32_t subject(const struct http2_block *b)
{
	return b->kind == HTTP2_PUSH ? b->promised : b->stream;
}

static enum http1_kind side(const struct http2_block *b)
{
	bool from_client = b->where.sent == (b->where.role == ROLE_CLIENT);

	return from_client || b->kind == HTTP2_PUSH ? HTTP1_REQUEST : HTTP1_RESPONSE;
}

static void true_block(void *ctx, const struct http2_block *b)
{
	(void)ctx;
	ck_assert_uint_eq(b->unknown, 0);
	ck_assert(!b->bad && !b->after_loss);
	for (size_t i = 0; i < b->n_fields; i++)
		add_known(truths[subject(b)].known[side(b)], b->fields[i]);
	truths[subject(b)].interim |= b->kind == HTTP2_INFORMATIONAL;
}

static void true_exchange(struct tracker_fixture *fixture, const struct exchange *x)
{
	struct truth *t = &truths[x->stream];

	(void)fixture;
	ck_assert(!t->told);
	t->told = true;
	t->missing = x->missing;
	t->status = x->status;
	t->no_status = x->no_status;
	t->req_bytes = x->req_bytes;
	t->resp_bytes = x->resp_bytes;
	t->req = x->req;
	t->resp = x->resp;
	t->fields[0] = x->req_headers.n;
	t->fields[1] = x->resp_headers.n;
	t->fields[2] = x->trailers.n;
	t->is_grpc = x->grpc;
	if (x->grpc)
		t->grpc = *x->grpc;
}

/* ---- against it ---- */

/* A ck_assert() costs more than all it is to check here. */
#define MUST(condition)                                                                                      \
	do {                                                                                                 \
		if (!(condition))                                                                            \
			ck_abort_msg("%s", #condition);                                                      \
	} while (0)

static void check_field(uint32_t stream, enum http1_kind kind, struct bytes name, struct bytes value)
{
	char text[KNOWN_MAX];

	run.fields++;
	run.known += name.p && value.p;
	if (name.p && value.p)
		snprintf(text, sizeof(text), "|%.*s %.*s|", (int)name.n, name.p, (int)value.n, value.p);
	else if (name.p)
		snprintf(text, sizeof(text), "|%.*s ", (int)name.n, name.p);
	else if (value.p)
		snprintf(text, sizeof(text), " %.*s|", (int)value.n, value.p);
	else
		return;
	if (!strstr(truths[stream].known[kind], text))
		ck_abort_msg("stream %u: '%s' is not in '%s'", stream, text, truths[stream].known[kind]);
}

static void check_block(void *ctx, const struct http2_block *b)
{
	(void)ctx;
	MUST(!b->bad);
	for (size_t i = 0; i < b->n_fields; i++)
		check_field(subject(b), side(b), b->fields[i].name, b->fields[i].value);
	if (b->kind == HTTP2_REQUEST || b->kind == HTTP2_PUSH)
		run.asked[subject(b)] = true;
}

static void check_list(const struct exchange *x, enum http1_kind kind, struct header_list list)
{
	for (size_t i = 0; i < list.n; i++)
		check_field(x->stream, kind, list.fields[i].name, list.fields[i].value);
}

static void check_name(const struct exchange *x, const char *name, struct bytes value)
{
	if (value.n)
		check_field(x->stream, HTTP1_REQUEST, bytes_of_str(name), value);
}

static void check_grpc(const struct truth *t, const struct grpc_call *g, bool ended)
{
	MUST(t->is_grpc);
	if (ended || !g->status_derived) /* else from RST_STREAM, before the gap shows */
		MUST(g->status == -1 || g->status == t->grpc.status);
	MUST(g->sent <= t->grpc.sent);
	MUST(g->received <= t->grpc.received);
	if (!ended) /* cut short, and said to be */
		return;
	MUST(g->sent == -1 || g->sent == t->grpc.sent);
	MUST(g->received == -1 || g->received == t->grpc.received);
	MUST(g->mode == GRPC_MODE_UNKNOWN || g->mode == t->grpc.mode);
}

static void check_whole(const struct truth *t, const struct exchange *x)
{
	MUST(x->status == t->status);
	MUST(x->no_status == t->no_status);
	MUST(x->req_bytes == t->req_bytes);
	if (!t->interim) /* a 1xx of its own may be among what was lost before the response */
		MUST(x->resp_bytes == t->resp_bytes);
	MUST(memcmp(&x->req, &t->req, sizeof(x->req)) == 0);
	MUST(memcmp(&x->resp, &t->resp, sizeof(x->resp)) == 0);
	MUST(x->req_headers.n == t->fields[0]);
	MUST(x->resp_headers.n == t->fields[1]);
	MUST(x->trailers.n == t->fields[2]);
	if (x->grpc)
		MUST(x->grpc->status == t->grpc.status);
	run.exact++;
}

static void check_time(uint64_t ns, uint64_t truth)
{
	MUST(!ns || ns == truth);
}

/* Of the first byte, and of the last one when the message is whole. */
static void check_exchange(struct tracker_fixture *fixture, const struct exchange *x)
{
	const struct truth *t = &truths[x->stream];
	unsigned missing = x->missing & ~MISSING_JOINED;

	(void)fixture;
	MUST(t->told && !run.told[x->stream]);
	run.told[x->stream] = true;
	run.all++;
	MUST(!x->status || x->status == t->status);
	if (x->no_status != NO_STATUS_RESET) /* that of one direction comes before a gap in the other shows */
		MUST(x->no_status == NO_STATUS_NONE || x->no_status == t->no_status || missing & MISSING_GAP);
	MUST(x->req_bytes <= t->req_bytes);
	MUST(x->resp_bytes <= t->resp_bytes);
	check_time(x->req.first_ns, t->req.first_ns);
	check_name(x, ":method", x->method);
	check_name(x, ":path", x->path);
	check_name(x, ":authority", x->host);
	check_list(x, HTTP1_REQUEST, x->req_headers);
	check_list(x, HTTP1_RESPONSE, x->resp_headers);
	check_list(x, HTTP1_RESPONSE, x->trailers);
	if (x->grpc)
		check_grpc(t, x->grpc, !(missing & (MISSING_GAP | MISSING_TRUNCATED)));
	if (missing == t->missing && !(missing & MISSING_TRUNCATED) && x->no_status != NO_STATUS_RESET)
		check_whole(t, x);
}

/* ---- runs ---- */

static void start(bool truth)
{
	struct tracker_options options = {.on_block = truth ? true_block : check_block};

	fixture_init_with(&f, false, options);
	f.bulk = true;
	f.also = truth ? true_exchange : check_exchange;
}

/* The events come again, as another connection's. */
static void again(void)
{
	run = (struct run){.conn = run.conn + 1};
}

static void pass(struct built_event e)
{
	e.event.conn = run.conn;
	send_event(&f, &e);
}

static void end(void)
{
	expect_empty(&f);
	for (int i = 0; i < IDS_MAX; i++)
		ck_assert_msg(!run.asked[i] || run.told[i], "stream %d is not told", i);
}

/* A conversation, and the truth about it. */
static void tell(uint32_t seed, size_t step)
{
	struct story_maker m = {.t.step = step};

	memset(truths, 0, sizeof(truths));
	start(true);
	fixture_conn(&f, 1, seed % 2);
	f.instead = story_keep;
	story_tell(&m, &f, seed, 40, 1 + seed % 12);
	f.instead = NULL;
	for (size_t i = 0; i < story_kept.n; i++)
		send_event(&f, &story_kept.events[i]);
	expect_empty(&f);
	ck_assert_uint_ge(f.seen, 40);
	ck_assert_uint_eq(tracker_stats(f.tracker).http2_bad_blocks, 0);
	fixture_release(&f);
	start(false);
}

static void finish(void)
{
	fixture_release(&f);
	story_release();
}

/* As the kernel side joins: each direction from its next event on that begins with a frame. */
static void replay_from(size_t first)
{
	uint64_t origin[2];
	bool begun[2] = {false, false};

	again();
	for (size_t i = first; i < story_kept.n; i++) {
		struct built_event e = story_kept.events[i];
		unsigned dir = e.event.dir;

		e.event.flags |= WIRE_F_JOINED;
		if (e.event.kind == WIRE_DATA && !begun[dir] && !(e.event.flags & WIRE_F_START))
			continue;
		if (e.event.kind == WIRE_DATA && !begun[dir]) {
			begun[dir] = true;
			origin[dir] = e.event.pos;
		}
		e.event.pos -= begun[dir] ? origin[dir] : 0;
		e.event.total_rx = begun[WIRE_RX] ? e.event.total_rx - origin[WIRE_RX] : 0;
		e.event.total_tx = begun[WIRE_TX] ? e.event.total_tx - origin[WIRE_TX] : 0;
		pass(e);
	}
	end();
}

START_TEST(late_join)
{
	uint64_t known = 0, fields = 0, exact = 0, all = 0;

	tell(100 + _i, _i % 3 == 2 ? 33 : 0);
	for (size_t first = 0; first < story_kept.n; first++) {
		replay_from(first);
		known += run.known;
		fields += run.fields;
		exact += run.exact;
		all += run.all;
	}
	ck_assert_uint_gt(known, fields / 2);
	ck_assert_uint_gt(exact, all / 100); /* what was indexed before is not known in most */
	finish();
}
END_TEST

/* One event in `one_in` is lost; never that the connection is gone. */
static void replay_losing(uint32_t seed, uint32_t one_in)
{
	struct story_maker m = {.random = seed};

	again();
	for (size_t i = 0; i < story_kept.n; i++) {
		if (i + 1 < story_kept.n && story_random(&m, one_in) == 0)
			continue;
		pass(story_kept.events[i]);
	}
	end();
}

START_TEST(random_loss)
{
	uint64_t exact = 0, all = 0;

	tell(200 + _i, _i % 2 ? 0 : 41);
	for (uint32_t i = 0; i < 150; i++) {
		replay_losing(1000 * _i + i, 5 + i % 60);
		exact += run.exact;
		all += run.all;
	}
	ck_assert_uint_gt(exact, 0);
	ck_assert_uint_gt(all, 150 * 10);
	finish();
}
END_TEST

/* Each event in turn. */
START_TEST(one_lost)
{
	tell(300 + _i, _i % 2 ? 0 : 27);
	for (size_t lost = 0; lost + 1 < story_kept.n; lost++) {
		uint64_t before = tracker_stats(f.tracker).http2_lost;

		again();
		for (size_t i = 0; i < story_kept.n; i++) {
			if (i != lost)
				pass(story_kept.events[i]);
		}
		ck_assert_uint_le(tracker_stats(f.tracker).http2_lost, before + 1);
		end();
	}
	finish();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tracker, HTTP/2 with events missing");
	TCase *tc = tcase_create("missing");

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, late_join, 0, 4);
	tcase_add_loop_test(tc, random_loss, 0, 4);
	tcase_add_loop_test(tc, one_lost, 0, 4);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
