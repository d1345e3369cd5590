/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_tools.c - raw events through the tracker to everything that httpsnoop and http2hdr can print of them.
 *
 * JSON must be sound by a parser that is not ours; tables have no control characters, and only UTF-8.  A
 * secret that a header field of credentials has, and nothing else of the exchange, is in no output.  The
 * input is that of fuzz_events, see event_script.h.
 */
#include <strings.h>

#include "../unit/json_sound.h"
#include "event_script.h"
#include "exchange/tracker.h"
#include "require.h"
#include "sink/header_sink.h"
#include "sink/sink.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SINKS	      4
#define HEADER_SINKS  3
#define FIRST_JSON    3 /* of sinks */
#define HEADERS_JSON  2
#define SECRET	      "s3cr3t"
#define START_WALL_NS 1767323045000000000ll

struct fuzz {
	struct tracker *tracker;
	struct output out;
	struct wall_time time;
	struct sink *sinks[SINKS];
	struct header_sink *header_sinks[HEADER_SINKS];
};

/* ---- what comes out ---- */

/* One line, without its end. */
static void check_text(struct bytes line)
{
	while (line.n) {
		uint32_t code = 0;
		size_t length = utf8_decode(line, &code);

		REQUIRE(length && utf8_is_shown(code));
		line = bytes_from(line, length);
	}
}

static void check_lines(struct output *out, bool json)
{
	char *line = out->pending.p, *end;

	REQUIRE(!out->pending.failed);
	text_put_char(&out->pending, '\0');
	line = out->pending.p;
	for (; *line; line = end + 1) {
		end = strchr(line, '\n');
		REQUIRE(end);
		check_text(bytes_of(line, (size_t)(end - line)));
		if (json) {
			char *copy = strndup(line, (size_t)(end - line) + 1);

			REQUIRE(copy && is_sound(copy));
			free(copy);
		}
	}
}

/* Was there a NUL?  Then strlen() is less than what was written. */
static void check_whole(const struct output *out, size_t n)
{
	REQUIRE(strlen(out->pending.p) == n);
}

static bool has_secret(struct bytes b)
{
	return b.n && memmem(b.p, b.n, SECRET, strlen(SECRET));
}

static bool is_credential(struct bytes name)
{
	static const char *const names[] = {"authorization", "proxy-authorization", "cookie", "set-cookie",
					    "x-api-key"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (name.n == strlen(names[i]) && strncasecmp((const char *)name.p, names[i], name.n) == 0)
			return true;
	}
	return false;
}

/* Is it anywhere where it may be shown? */
static bool in_fields(const struct header_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		if (has_secret(list->fields[i].name) ||
		    (!is_credential(list->fields[i].name) && has_secret(list->fields[i].value)))
			return true;
	}
	return false;
}

static bool secret_is_elsewhere(const struct exchange *x)
{
	return has_secret(x->method) || has_secret(x->target) || has_secret(x->scheme) ||
	       has_secret(x->host) || has_secret(x->path) || has_secret(bytes_of_str(x->comm)) ||
	       (x->grpc && (has_secret(x->grpc->service) || has_secret(x->grpc->method) ||
			    has_secret(x->grpc->message))) ||
	       in_fields(&x->req_headers) || in_fields(&x->resp_headers) || in_fields(&x->trailers);
}

static void on_exchange(void *ctx, const struct exchange *x)
{
	struct fuzz *f = ctx;
	bool shown = secret_is_elsewhere(x);

	for (int i = 0; i < SINKS; i++) {
		size_t n;

		text_clear(&f->out.pending);
		f->sinks[i]->exchange(f->sinks[i], x);
		n = f->out.pending.n;
		check_lines(&f->out, i >= FIRST_JSON);
		check_whole(&f->out, n);
		REQUIRE(shown || !has_secret(bytes_of(f->out.pending.p, n)));
	}
}

static void on_block(void *ctx, const struct http2_block *block)
{
	struct fuzz *f = ctx;

	for (int i = 0; i < HEADER_SINKS; i++) {
		size_t n;

		text_clear(&f->out.pending);
		f->header_sinks[i]->block(f->header_sinks[i], block);
		n = f->out.pending.n;
		check_lines(&f->out, i >= HEADERS_JSON);
		check_whole(&f->out, n);
	}
}

static void on_frame(void *ctx, const struct http2_frame_record *frame)
{
	struct fuzz *f = ctx;

	for (int i = 0; i < HEADER_SINKS; i++) {
		size_t n;

		text_clear(&f->out.pending);
		f->header_sinks[i]->frame(f->header_sinks[i], frame);
		n = f->out.pending.n;
		check_lines(&f->out, i >= HEADERS_JSON);
		check_whole(&f->out, n);
	}
}

/* ---- what goes in ---- */

static void open_sinks(struct fuzz *f)
{
	struct sink_options plain = {.out = &f->out, .time = &f->time}, all = plain;
	struct header_sink_options headers = {.out = &f->out, .time = &f->time}, wide = headers;

	all.time_seconds = all.time_clock = all.wide = all.extended = all.show_headers = true;
	plain.headers[0] = "Cookie";
	plain.headers[1] = "x";
	plain.n_headers = 2;
	f->sinks[0] = table_sink_new(&plain);
	f->sinks[1] = table_sink_new(&all);
	all.wide = false;
	f->sinks[2] = table_sink_new(&all);
	f->sinks[FIRST_JSON] = json_sink_new(&all);
	wide.time_seconds = wide.time_clock = wide.wide = wide.show_headers = true;
	f->header_sinks[0] = header_text_new(&headers);
	f->header_sinks[1] = header_text_new(&wide);
	f->header_sinks[HEADERS_JSON] = header_json_new(&wide);
	for (int i = 0; i < SINKS; i++)
		REQUIRE(f->sinks[i]);
	for (int i = 0; i < HEADER_SINKS; i++)
		REQUIRE(f->header_sinks[i]);
}

static void close_sinks(struct fuzz *f)
{
	for (int i = 0; i < SINKS; i++)
		f->sinks[i]->free(f->sinks[i]);
	for (int i = 0; i < HEADER_SINKS; i++)
		f->header_sinks[i]->free(f->header_sinks[i]);
	output_release(&f->out);
}

static void on_event(void *ctx, const struct wire_event *e, const uint8_t *data)
{
	struct fuzz *f = ctx;

	tracker_event(f->tracker, e, data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = {0};
	struct event_script script = {.in = {data, size}, .now_ns = 1000000, .fn = on_event, .ctx = &f};
	struct tracker_options options = {.on_exchange = on_exchange,
					  .on_block = on_block,
					  .on_frame = on_frame,
					  .ctx = &f,
					  .open_interval_ns = 5000};

	output_init(&f.out, -1, NULL);
	wall_time_init(&f.time, START_WALL_NS, 0);
	f.tracker = tracker_new(&options);
	REQUIRE(f.tracker);
	open_sinks(&f);
	while (script.in.n)
		event_script_step(&script);
	tracker_free(f.tracker);
	close_sinks(&f);
	return 0;
}
