/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workload_many - a great number of short connections, ended in every way.
 *
 *     workload_many COUNT
 *
 * Waits for a line on standard input before each of its three steps, so that
 * what the kernel holds of it can be looked at in between: it opens and uses
 * HELD connections and says how many ends they have; it closes them and makes
 * COUNT others and says how many exchanges there were in all; it ends.
 */
#include "workload.h"

#define HELD 10

static const char get[] = "GET /many HTTP/1.1\r\nHost: workload.example\r\n\r\n";
static const char ok[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
static const char other[] = "\x16\x03\x01\x02 not http";

static void reset_on_close(int fd)
{
	struct linger at_once = {.l_onoff = 1, .l_linger = 0};

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
}

static void talk(const struct pair *p)
{
	say(p->client, get, sizeof(get) - 1);
	hear(p->server, sizeof(get) - 1);
	say(p->server, ok, sizeof(ok) - 1);
	hear(p->client, sizeof(ok) - 1);
}

/* Returns how many exchanges this connection carries. */
static long one(struct pair *p, long number)
{
	switch (number % 5) {
	case 0: /* no byte at all */
		return 0;
	case 1: /* something else than HTTP */
		say(p->client, other, sizeof(other) - 1);
		hear(p->server, sizeof(other) - 1);
		return 0;
	case 2: /* ended by a reset */
		talk(p);
		reset_on_close(p->client);
		return 1;
	case 3: /* left unanswered */
		say(p->client, get, sizeof(get) - 1);
		hear(p->server, sizeof(get) - 1);
		return 1;
	default:
		talk(p);
		talk(p);
		return 2;
	}
}

/* Says it and waits for the next line. */
static void step(const char *what, long n)
{
	printf("{\"%s\":%ld}\n", what, n);
	fflush(stdout);
	getchar();
}

static long hold_some(struct pair *p)
{
	struct pair held[HELD];

	for (int i = 0; i < HELD; i++) {
		pair_connect(p);
		talk(p);
		held[i] = *p;
	}
	step("held", 2L * HELD);
	for (int i = 0; i < HELD; i++) {
		close(held[i].client);
		close(held[i].server);
	}
	return HELD;
}

int main(int argc, char **argv)
{
	struct pair p = {.client = -1, .server = -1, .place = workload_place("tcp4")};
	long count = argc > 1 ? atol(argv[1]) : 0, exchanges;

	p.listener = workload_listen(p.place, &p.port);
	step("port", p.port);
	exchanges = hold_some(&p);
	for (long i = 0; i < count; i++) {
		pair_connect(&p);
		exchanges += one(&p, i);
		/* The side that closes first keeps the port in TIME_WAIT: let it be the server's. */
		if (i % 5 != 2)
			close(p.server);
		close(p.client);
		if (i % 5 == 2)
			close(p.server);
	}
	step("exchanges", exchanges);
	return 0;
}
