/* SPDX-License-Identifier: Apache-2.0 */
/* HPACK decoding, ours beside libnghttp2's inflater: the same blocks in the same run. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../hpack_peer.h"
#include "http/hpack.h"

#define BLOCKS	   2000
#define FIELDS_MAX 24
#define FIELD_MAX  512
#define BLOCK_MAX  8192
/* The best counts: others work on this machine, too. */
#define RUNS 15

struct list {
	struct peer_field fields[FIELDS_MAX];
	char values[FIELDS_MAX][FIELD_MAX];
	size_t n;
};

struct workload {
	const char *name;
	void (*fill)(struct list *l, unsigned i);
	uint8_t *wire;
	struct bytes blocks[BLOCKS];
	size_t wire_n, fields;
};

static uint64_t checksum;

/* ---- header lists ---- */

__attribute__((format(printf, 3, 4))) static void add(struct list *l, const char *name, const char *format,
						      ...)
{
	struct peer_field *field = &l->fields[l->n];
	char *value = l->values[l->n++];
	va_list args;

	va_start(args, format);
	vsnprintf(value, FIELD_MAX, format, args);
	va_end(args);
	*field = (struct peer_field){
		.name = (uint8_t *)name,
		.name_n = strlen(name),
		.value = (uint8_t *)value,
		.value_n = strlen(value),
	};
}

/* Numbers that look random and are the same in each run. */
static unsigned scrambled(unsigned i)
{
	i = (i ^ (i >> 15)) * 0x2c1b3c6d;
	i = (i ^ (i >> 12)) * 0x297a2d39;
	return i ^ (i >> 15);
}

static void browser_request(struct list *l, unsigned i)
{
	static const char *const kinds[] = {"css/site", "js/app", "img/photo", "api/v1/items", "fonts/sans"};

	add(l, ":method", "GET");
	add(l, ":scheme", "https");
	add(l, ":authority", i % 7 ? "www.example.com" : "static.example.com");
	add(l, ":path", "/%s/%u?v=%08x", kinds[i % 5], i, scrambled(i));
	add(l, "user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Firefox/115.0");
	add(l, "accept",
	    i % 5 < 3 ? "image/avif,image/webp,*/*"
		      : "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");
	add(l, "accept-language", "en-US,en;q=0.5");
	add(l, "accept-encoding", "gzip, deflate, br");
	add(l, "referer", "https://www.example.com/articles/%u/how-to-measure-things", i / 20);
	add(l, "cookie", "session=%08x%08x%08x%08x; theme=dark; consent=yes", 1, scrambled(2), scrambled(3),
	    scrambled(4));
	add(l, "sec-fetch-dest", i % 5 == 2 ? "image" : "script");
	add(l, "sec-fetch-mode", "no-cors");
	add(l, "sec-fetch-site", "same-origin");
	if (i % 3 == 0)
		add(l, "if-none-match", "\"%x-%x\"", scrambled(i * 3), i);
}

static void browser_response(struct list *l, unsigned i)
{
	static const char *const types[] = {"text/css", "application/javascript", "image/webp",
					    "application/json", "font/woff2"};

	add(l, ":status", i % 11 ? "200" : "304");
	add(l, "server", "nginx/1.22.1");
	add(l, "date", "Sun, 22 Nov 2026 14:%02u:%02u GMT", i / 600 % 60, i / 10 % 60);
	add(l, "content-type", "%s", types[i % 5]);
	add(l, "content-length", "%u", scrambled(i) % 200000);
	add(l, "last-modified", "Tue, 17 Nov 2026 %02u:%02u:%02u GMT", i % 24, i % 60, i * 7 % 60);
	add(l, "etag", "\"%x-%x\"", scrambled(i * 3), i);
	add(l, "cache-control", i % 4 ? "public, max-age=31536000, immutable" : "no-cache");
	add(l, "vary", "Accept-Encoding");
	add(l, "strict-transport-security", "max-age=63072000; includeSubDomains; preload");
	add(l, "x-request-id", "%08x-%04x-4%03x-a%03x-%08x%04x", scrambled(i), i & 0xffff,
	    scrambled(i + 1) & 0xfff, i & 0xfff, scrambled(i + 2), scrambled(i + 3) & 0xffff);
}

static void grpc_request(struct list *l, unsigned i)
{
	static const char *const calls[] = {"inventory.v1.Stock/Reserve", "inventory.v1.Stock/Get",
					    "billing.Invoices/ListByCustomer"};

	add(l, ":method", "POST");
	add(l, ":scheme", "http");
	add(l, ":path", "/%s", calls[i % 3]);
	add(l, ":authority", "inventory.default.svc.cluster.local:50051");
	add(l, "content-type", "application/grpc");
	add(l, "user-agent", "grpc-go/1.60.1");
	add(l, "te", "trailers");
	add(l, "grpc-timeout", "%uu", 990000 + scrambled(i) % 10000);
	add(l, "traceparent", "00-%08x%08x%08x%08x-%08x%08x-01", scrambled(i), scrambled(i + 1),
	    scrambled(i + 2), scrambled(i + 3), scrambled(i + 4), scrambled(i + 5));
}

/* Headers and trailers in turn. */
static void grpc_response(struct list *l, unsigned i)
{
	if (i % 2) {
		add(l, "grpc-status", i % 50 == 1 ? "5" : "0");
		if (i % 50 == 1)
			add(l, "grpc-message", "item %u is not there", i);
		else
			add(l, "grpc-message", "%s", "");
		return;
	}
	add(l, ":status", "200");
	add(l, "content-type", "application/grpc");
}

static struct workload workloads[] = {
	{.name = "browser requests", .fill = browser_request},
	{.name = "browser responses", .fill = browser_response},
	{.name = "gRPC requests", .fill = grpc_request},
	{.name = "gRPC responses", .fill = grpc_response},
};

/* ---- measuring ---- */

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void fail(const char *what)
{
	fprintf(stderr, "bench_hpack: %s\n", what);
	exit(1);
}

static void encode(struct workload *w)
{
	void *deflater;

	w->wire = malloc((size_t)BLOCKS * BLOCK_MAX);
	if (!w->wire || peer.deflate_new(&deflater, HPACK_TABLE_INITIAL) != 0)
		fail("out of memory");
	for (unsigned i = 0; i < BLOCKS; i++) {
		static struct list l;
		ssize_t n;

		l.n = 0;
		w->fill(&l, i);
		n = peer.deflate(deflater, w->wire + w->wire_n, BLOCK_MAX, l.fields, l.n);
		if (n < 0)
			fail("the deflater refuses a list");
		w->blocks[i] = bytes_of(w->wire + w->wire_n, n);
		w->wire_n += n;
		w->fields += l.n;
	}
	peer.deflate_del(deflater);
}

/* Both look at the same of each field: what any user of it would. */
static void on_field(void *ctx, const struct hpack_field *field)
{
	(void)ctx;
	checksum += field->name.n + field->value.n + (field->value.n ? field->value.p[0] : 0);
}

static void on_peer_field(void *ctx, const struct peer_field *field)
{
	(void)ctx;
	checksum += field->name_n + field->value_n + (field->value_n ? field->value[0] : 0);
}

static double run_ours(const struct workload *w, bool complete)
{
	struct hpack *h = hpack_new(complete);
	double start = seconds();

	for (unsigned i = 0; i < BLOCKS; i++)
		if (hpack_decode(h, w->blocks[i], on_field, NULL) != HPACK_OK)
			fail("hpack_decode() refuses a block");
	start = seconds() - start;
	hpack_free(h);
	return start;
}

static double run_peer(const struct workload *w)
{
	void *inflater;
	double start;

	if (peer.inflate_new(&inflater) != 0)
		fail("out of memory");
	start = seconds();
	for (unsigned i = 0; i < BLOCKS; i++)
		if (!peer_inflate_block(inflater, w->blocks[i], on_peer_field, NULL))
			fail("the inflater refuses a block");
	start = seconds() - start;
	peer.inflate_del(inflater);
	return start;
}

static void print_line(const struct workload *w, const char *who, double best)
{
	printf("hpack: %-18s %-18s %6.0f MB/s on the wire, %6.1f M fields/s\n", w->name, who,
	       (double)w->wire_n / best / 1e6, (double)w->fields / best / 1e6);
}

static double least(double best, double value)
{
	return best == 0 || value < best ? value : best;
}

/* In turn, so that what else happens on the machine meets both. */
static bool measure(struct workload *w)
{
	double ours = 0, late = 0, theirs = 0;

	encode(w);
	for (int run = 0; run < RUNS; run++) {
		uint64_t first = checksum, second;

		ours = least(ours, run_ours(w, true));
		second = checksum;
		theirs = least(theirs, run_peer(w));
		if (second - first != checksum - second)
			fail("the decoders differ");
		late = least(late, run_ours(w, false));
	}
	print_line(w, "ours", ours);
	print_line(w, "ours, joined late", late);
	print_line(w, "libnghttp2", theirs);
	printf("hpack: %-18s ours is %.2f times as fast; %.1f bytes per field\n", w->name, theirs / ours,
	       (double)w->wire_n / (double)w->fields);
	free(w->wire);
	return ours <= theirs;
}

int main(void)
{
	bool reached = true;

	if (!peer_load()) {
		printf("hpack: not measured: " PEER_LIBRARY " is not there\n");
		return 0;
	}
	for (size_t i = 0; i < sizeof(workloads) / sizeof(workloads[0]); i++)
		reached &= measure(&workloads[i]);
	if (!reached)
		printf("hpack: NOT REACHED: at least libnghttp2's throughput\n");
	return !reached;
}
