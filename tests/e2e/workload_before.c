/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workload_before - connections that are older than the tool.
 *
 *     workload_before [PLACE]
 *
 * Brings each connection into its state, prints "ready", waits for a line on
 * standard input (the tool has started meanwhile), goes on, and prints what
 * the tool must print.
 */
#include "workload.h"

#define BODY   5000
#define JOINED "\"flags_any\":[\"joined\"]"

static struct message request, response;

static void ask(const struct pair *p)
{
	say(p->client, request.bytes, request.n);
	hear(p->server, request.n);
}

static void answer(const struct pair *p, size_t from, size_t to)
{
	say(p->server, response.bytes + from, to - from);
	hear(p->client, to - from);
}

static void whole(const struct pair *p)
{
	ask(p);
	answer(p, 0, response.n);
}

static void half_answered(const struct pair *p)
{
	ask(p);
	answer(p, 0, response.head + BODY / 2);
}

static void rest_of_answer(const struct pair *p)
{
	answer(p, response.head + BODY / 2, response.n);
}

static void nothing(const struct pair *p)
{
	(void)p;
}

static void all_of_answer(const struct pair *p)
{
	answer(p, 0, response.n);
}

static void half_asked(const struct pair *p)
{
	say(p->client, request.bytes, request.head + BODY / 2);
	hear(p->server, request.head + BODY / 2);
}

static void rest_of_question(const struct pair *p)
{
	say(p->client, request.bytes + request.head + BODY / 2, request.n - request.head - BODY / 2);
	hear(p->server, request.n - request.head - BODY / 2);
	answer(p, 0, response.n);
}

/* What was under way when the tool started cannot be told; the next exchanges must be right. */
static const struct {
	const char *name;
	void (*before)(const struct pair *p), (*after)(const struct pair *p);
} states[] = {
	{"never used", nothing, nothing},
	{"used, then idle", whole, nothing},
	{"request waits for its answer", ask, all_of_answer},
	{"amid a response", half_answered, rest_of_answer},
	{"amid a request", half_asked, rest_of_question},
};
#define STATES (sizeof(states) / sizeof(states[0]))

static void go_on(const char *name, const struct pair *p)
{
	struct expected e = {.method = "POST",
			     .path = "/before",
			     .status = 200,
			     .req_bytes = request.n,
			     .resp_bytes = response.n,
			     .extra = JOINED};

	for (int i = 0; i < 2; i++) {
		whole(p);
		expect_both(name, p, &e);
	}
}

int main(int argc, char **argv)
{
	const struct place *place = workload_place(argc > 1 ? argv[1] : "tcp4");
	struct pair pairs[STATES];

	request = message_request("/before", BODY);
	response = message_response(200, BODY);
	/* No HTTP look-alike in these bodies: who joins amid a body cannot know better. */
	memset(request.bytes + request.head, 'x', BODY);
	memset(response.bytes + response.head, 'x', BODY);
	for (size_t i = 0; i < STATES; i++) {
		pairs[i] = pair_open(place);
		states[i].before(&pairs[i]);
	}
	puts("ready");
	fflush(stdout);
	getchar();
	for (size_t i = 0; i < STATES; i++) {
		states[i].after(&pairs[i]);
		go_on(states[i].name, &pairs[i]);
		pair_close(&pairs[i]);
	}
	return 0;
}
