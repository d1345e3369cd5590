/* SPDX-License-Identifier: Apache-2.0 */
/* Cost of the tracker per exchange (two events), from few connections to many. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../replay/event_builder.h"
#include "exchange/tracker.h"

#define EXCHANGES 1000000
#define RUNS	  3 /* the best counts: others work on this machine, too */

static const char request[] =
	"GET /api/v1/items/4711?fields=name,price HTTP/1.1\r\n"
	"Host: shop.example.com\r\n"
	"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0\r\n"
	"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
	"Accept-Language: en-US,en;q=0.5\r\n"
	"Accept-Encoding: gzip, deflate, br\r\n"
	"Connection: keep-alive\r\n"
	"Cookie: session=0123456789abcdef0123456789abcdef; theme=dark\r\n"
	"Upgrade-Insecure-Requests: 1\r\n"
	"\r\n";
static const char response[] = "HTTP/1.1 200 OK\r\n"
			       "Server: nginx/1.22.1\r\n"
			       "Date: Sun, 22 Nov 2026 14:44:00 GMT\r\n"
			       "Content-Type: application/json\r\n"
			       "Content-Length: 3000\r\n"
			       "Connection: keep-alive\r\n"
			       "ETag: \"637cbd2a-264\"\r\n"
			       "Accept-Ranges: bytes\r\n"
			       "\r\n";

static uint64_t seen;

static void on_exchange(void *ctx, const struct exchange *x)
{
	(void)ctx;
	seen += x->status == 200;
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* One exchange on one connection: what a busy server's events look like. */
static void exchange(struct tracker *t, struct event_builder *b, struct built_event *e, uint64_t now_ns)
{
	b->entry_ns = b->exit_ns = now_ns;
	build_data(b, e, WIRE_RX, BUILD_NEW, bytes_of(request, sizeof(request) - 1));
	tracker_event(t, &e->event, e->data);
	build_data(b, e, WIRE_TX, BUILD_NEW, bytes_of(response, sizeof(response) - 1));
	build_post_skip(b, e, 3000);
	tracker_event(t, &e->event, e->data);
}

/* Nanoseconds per exchange, in turn on n connections. */
static double measure(size_t n)
{
	struct tracker_options options = {.on_exchange = on_exchange, .max_conns = n};
	struct tracker *t = tracker_new(&options);
	struct event_builder *conns = calloc(n, sizeof(*conns));
	struct built_event e;
	double start;

	if (!t || !conns)
		exit(1);
	for (size_t i = 0; i < n; i++) {
		event_builder_init(&conns[i], i + 1, true);
		exchange(t, &conns[i], &e, 1);
	}
	seen = 0;
	start = seconds();
	for (size_t i = 0; i < EXCHANGES; i++)
		exchange(t, &conns[i % n], &e, i + 2);
	start = seconds() - start;
	if (seen != EXCHANGES || tracker_stats(t).conns != n)
		exit(1);
	free(conns);
	tracker_free(t);
	return start / EXCHANGES * 1e9;
}

int main(void)
{
	static const size_t counts[] = {1, 10, 1000, 10000, 100000};

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		double best = 0;

		for (int run = 0; run < RUNS; run++) {
			double ns = measure(counts[i]);

			if (run == 0 || ns < best)
				best = ns;
		}
		printf("exchanges paired, %zu connections, ours\t%.0f\tns\n", counts[i], best);
	}
	return 0;
}
