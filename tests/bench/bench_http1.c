/* SPDX-License-Identifier: Apache-2.0 */
/* Heads of HTTP/1 messages, parsed by ours and by http_parser, Node's until 2019: the same heads in the same
 * run. */
#include <dlfcn.h>

#include "http/http1_head.h"
#include "parse_bench.h"

#if __has_include(<http_parser.h>)
#include <http_parser.h>
#define PEER_LIBRARY "libhttp_parser.so.2.9"
#endif

#define HEADS	 2000
#define HEAD_MAX 2048

struct heads {
	bool requests;
	struct bytes list[HEADS];
};

static const char api_request[] = "GET /items/%u HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n";
static const char browser_request[] =
	"GET /api/v1/items/%u?fields=name,price HTTP/1.1\r\n"
	"Host: shop.example.com\r\n"
	"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0\r\n"
	"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
	"Accept-Language: en-US,en;q=0.5\r\n"
	"Accept-Encoding: gzip, deflate, br\r\n"
	"Referer: https://shop.example.com/articles/how-to-measure-things\r\n"
	"Connection: keep-alive\r\n"
	"Cookie: session=0123456789abcdef0123456789abcdef; theme=dark; consent=yes\r\n"
	"Upgrade-Insecure-Requests: 1\r\n"
	"Sec-Fetch-Dest: document\r\n"
	"Sec-Fetch-Mode: navigate\r\n"
	"\r\n";
static const char response[] = "HTTP/1.1 200 OK\r\n"
			       "Server: nginx/1.22.1\r\n"
			       "Date: Sun, 22 Nov 2026 14:44:00 GMT\r\n"
			       "Content-Type: application/json\r\n"
			       "Content-Length: %u\r\n"
			       "Last-Modified: Tue, 17 Nov 2026 10:00:00 GMT\r\n"
			       "Connection: keep-alive\r\n"
			       "ETag: \"637cbd2a-264\"\r\n"
			       "Cache-Control: public, max-age=31536000, immutable\r\n"
			       "Vary: Accept-Encoding\r\n"
			       "Strict-Transport-Security: max-age=63072000; includeSubDomains\r\n"
			       "Accept-Ranges: bytes\r\n"
			       "\r\n";

/* ---- ours ---- */

static void run_ours(const struct parse_workload *w)
{
	const struct heads *heads = w->input;
	static struct http1_head head;
	size_t consumed;

	for (size_t i = 0; i < HEADS; i++) {
		if (http1_head_parse(heads->list[i], &head, &consumed) != PARSE_DONE)
			parse_fail("http1_head_parse() refuses a head");
		parse_checksum += head.target.n;
		for (size_t f = 0; f < head.n_fields; f++)
			parse_checksum += head.fields[f].name.n + head.fields[f].value.n;
	}
}

/* ---- theirs ---- */

#ifdef PEER_LIBRARY
static struct {
	void (*init)(http_parser *parser, enum http_parser_type type);
	size_t (*execute)(http_parser *parser, const http_parser_settings *settings, const char *data,
			  size_t n);
} peer;

static int on_bytes(http_parser *parser, const char *at, size_t n)
{
	(void)parser;
	(void)at;
	parse_checksum += n;
	return 0;
}

/* Nothing follows: the next head is parsed from the start. */
static int on_headers_complete(http_parser *parser)
{
	(void)parser;
	return 1;
}

static void run_peer(const struct parse_workload *w)
{
	static const http_parser_settings settings = {
		.on_url = on_bytes,
		.on_header_field = on_bytes,
		.on_header_value = on_bytes,
		.on_headers_complete = on_headers_complete,
	};
	const struct heads *heads = w->input;
	http_parser parser;

	for (size_t i = 0; i < HEADS; i++) {
		struct bytes head = heads->list[i];

		peer.init(&parser, heads->requests ? HTTP_REQUEST : HTTP_RESPONSE);
		if (peer.execute(&parser, &settings, (const char *)head.p, head.n) != head.n)
			parse_fail("http_parser refuses a head");
	}
}

static bool load_peer(void)
{
	void *library = dlopen(PEER_LIBRARY, RTLD_NOW), *found[2];

	if (!library)
		return false;
	found[0] = dlsym(library, "http_parser_init");
	found[1] = dlsym(library, "http_parser_execute");
	/* object to function pointer, as POSIX does it */
	memcpy(&peer.init, &found[0], sizeof(found[0]));
	memcpy(&peer.execute, &found[1], sizeof(found[1]));
	return found[0] && found[1];
}
#endif

/* ---- both ---- */

static struct parse_workload make(const char *name, const char *format)
{
	struct heads *heads = malloc(sizeof(*heads));
	uint8_t *room = malloc((size_t)HEADS * HEAD_MAX);
	struct parse_workload w = {.name = name, .input = heads};
	struct http1_head head;
	size_t consumed;

	if (!heads || !room)
		parse_fail("out of memory");
	heads->requests = strncmp(format, "HTTP/", 5) != 0;
	for (unsigned i = 0; i < HEADS; i++) {
		uint8_t *at = room + (size_t)i * HEAD_MAX;
		int n = snprintf((char *)at, HEAD_MAX, format, i * 37); /* NOLINT: the formats are above */

		heads->list[i] = bytes_of(at, (size_t)n);
		if (http1_head_parse(heads->list[i], &head, &consumed) != PARSE_DONE)
			parse_fail("a head is wrong");
		w.bytes += (size_t)n;
		w.fields += head.n_fields;
	}
	return w;
}

int main(int argc, char **argv)
{
	struct parse_workload workloads[] = {
		make("short requests", api_request),
		make("browser requests", browser_request),
		make("responses", response),
	};
	struct parse_who whos[PARSE_WHO] = {{"ours", run_ours}};

#ifdef PEER_LIBRARY
	if (load_peer())
		whos[1] = (struct parse_who){"http_parser", run_peer};
#endif
	return parse_main(argc, argv, "HTTP/1 heads", workloads, sizeof(workloads) / sizeof(workloads[0]),
			  whos);
}
