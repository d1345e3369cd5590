/* SPDX-License-Identifier: Apache-2.0 */
/* HPACK decoding, ours beside libnghttp2's inflater: the same blocks in the same run. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "../hpack_peer.h"
#include "http/hpack.h"
#include "parse_bench.h"

#define BLOCKS	   2000
#define FIELDS_MAX 24
#define FIELD_MAX  512
#define BLOCK_MAX  8192

struct list {
	struct peer_field fields[FIELDS_MAX];
	char values[FIELDS_MAX][FIELD_MAX];
	size_t n;
};

struct blocks {
	struct bytes list[BLOCKS];
};

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

/* ---- what is decoded ---- */

static struct parse_workload encode(const char *name, void (*fill)(struct list *l, unsigned i))
{
	struct blocks *blocks = malloc(sizeof(*blocks));
	uint8_t *wire = malloc((size_t)BLOCKS * BLOCK_MAX);
	struct parse_workload w = {.name = name, .input = blocks};
	void *deflater;

	if (!blocks || !wire || peer.deflate_new(&deflater, HPACK_TABLE_INITIAL) != 0)
		parse_fail("out of memory");
	for (unsigned i = 0; i < BLOCKS; i++) {
		static struct list l;
		ssize_t n;

		l.n = 0;
		fill(&l, i);
		n = peer.deflate(deflater, wire + w.bytes, BLOCK_MAX, l.fields, l.n);
		if (n < 0)
			parse_fail("the deflater refuses a list");
		blocks->list[i] = bytes_of(wire + w.bytes, n);
		w.bytes += (size_t)n;
		w.fields += l.n;
	}
	peer.deflate_del(deflater);
	return w;
}

/* All look at the same of each field: what any user of it would. */
static void on_field(void *ctx, const struct hpack_field *field)
{
	(void)ctx;
	parse_checksum += field->name.n + field->value.n + (field->value.n ? field->value.p[0] : 0);
}

static void on_peer_field(void *ctx, const struct peer_field *field)
{
	(void)ctx;
	parse_checksum += field->name_n + field->value_n + (field->value_n ? field->value[0] : 0);
}

static void run_ours(const struct parse_workload *w)
{
	const struct blocks *blocks = w->input;
	struct hpack *h = hpack_new(true);

	for (unsigned i = 0; i < BLOCKS; i++)
		if (hpack_decode(h, blocks->list[i], on_field, NULL) != HPACK_OK)
			parse_fail("hpack_decode() refuses a block");
	hpack_free(h);
}

static void run_peer(const struct parse_workload *w)
{
	const struct blocks *blocks = w->input;
	void *inflater;

	if (peer.inflate_new(&inflater) != 0)
		parse_fail("out of memory");
	for (unsigned i = 0; i < BLOCKS; i++)
		if (!peer_inflate_block(inflater, blocks->list[i], on_peer_field, NULL))
			parse_fail("the inflater refuses a block");
	peer.inflate_del(inflater);
}

int main(int argc, char **argv)
{
	static const struct parse_who whos[PARSE_WHO] = {{"ours", run_ours}, {"libnghttp2", run_peer}};

	/* without it there is nothing to decode, either */
	if (!peer_load()) {
		fprintf(stderr, "HPACK: not measured: " PEER_LIBRARY " is not there\n");
		return 0;
	}
	{
		const struct parse_workload workloads[] = {
			encode("browser requests", browser_request),
			encode("browser responses", browser_response),
			encode("gRPC requests", grpc_request),
			encode("gRPC responses", grpc_response),
		};

		return parse_main(argc, argv, "HPACK", workloads, sizeof(workloads) / sizeof(workloads[0]),
				  whos);
	}
}
