/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workload_timed - exchanges whose times are known.
 *
 *     workload_timed ROUNDS SLEEP_US...
 *
 * One thread plays both ends, so that every time the tool measures lies
 * between two readings of the same clock taken here: what it prints as bounds
 * holds on a machine however busy, as the tool's times are the calls' own.
 */
#include <time.h>

#include "workload.h"

#define BODY 2000

enum moment {
	M_START,      /* before the request is written */
	M_ASKED,      /* after */
	M_TAKEN,      /* request read; the server thinks */
	M_ANSWERING,  /* before the response's head is written */
	M_HEAD_SAID,  /* after */
	M_HEAD_HEARD, /* head read by the client; the server thinks again */
	M_FINISHING,  /* before the body is written */
	M_BODY_SAID,  /* after */
	M_DONE,	      /* body read by the client */
	MOMENTS
};

static long now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000L + t.tv_nsec / 1000;
}

static void think(long us)
{
	struct timespec t = {us / 1000000, us % 1000000 * 1000};

	nanosleep(&t, NULL);
}

/* Rounding down to whole microseconds, here and in the tool, may cost one. */
static void expect_times(const char *role, const struct pair *p, struct expected e, const long at[MOMENTS])
{
	bool client = strcmp(role, "client") == 0;
	long ttfb_min = client ? at[M_HEAD_SAID] - at[M_ASKED] : at[M_ANSWERING] - at[M_TAKEN];
	long ttfb_max = (client ? at[M_HEAD_HEARD] : at[M_HEAD_SAID]) - at[M_START];
	long latency_min = client ? at[M_BODY_SAID] - at[M_ASKED] : at[M_FINISHING] - at[M_TAKEN];
	long latency_max = (client ? at[M_DONE] : at[M_BODY_SAID]) - at[M_START];
	char extra[256];

	snprintf(extra, sizeof(extra),
		 "\"ttfb_us_min\":%ld,\"ttfb_us_max\":%ld,\"latency_us_min\":%ld,\"latency_us_max\":%ld",
		 ttfb_min - 1, ttfb_max + 1, latency_min - 1, latency_max + 1);
	e.extra = extra;
	expect_side(e.path + 1, p, role, &e);
}

static void timed_exchange(struct pair *p, long sleep_us)
{
	struct message request, response = message_response(200, BODY);
	struct expected e = {.method = "POST", .status = 200, .resp_bytes = response.n};
	long at[MOMENTS];
	char path[64];

	snprintf(path, sizeof(path), "/%ld us", sleep_us);
	path[strcspn(path, " ")] = '-';
	request = message_request(path, 100);
	e.path = path;
	e.req_bytes = request.n;
	at[M_START] = now_us();
	say(p->client, request.bytes, request.n);
	at[M_ASKED] = now_us();
	hear(p->server, request.n);
	at[M_TAKEN] = now_us();
	think(sleep_us);
	at[M_ANSWERING] = now_us();
	say(p->server, response.bytes, response.head);
	at[M_HEAD_SAID] = now_us();
	hear(p->client, response.head);
	at[M_HEAD_HEARD] = now_us();
	think(sleep_us);
	at[M_FINISHING] = now_us();
	say(p->server, response.bytes + response.head, BODY);
	at[M_BODY_SAID] = now_us();
	hear(p->client, BODY);
	at[M_DONE] = now_us();
	expect_times("client", p, e, at);
	expect_times("server", p, e, at);
	free(request.bytes);
	free(response.bytes);
}

int main(int argc, char **argv)
{
	long rounds = argc > 2 ? atol(argv[1]) : 0;

	if (rounds <= 0) {
		fprintf(stderr, "usage: workload_timed ROUNDS SLEEP_US...\n");
		return 2;
	}
	for (int i = 2; i < argc; i++) {
		struct pair p = pair_open(workload_place("tcp4"));

		for (long round = 0; round < rounds; round++)
			timed_exchange(&p, atol(argv[i]));
		pair_close(&p);
	}
	return 0;
}
