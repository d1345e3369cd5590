/* SPDX-License-Identifier: Apache-2.0 */
#include "app/source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/clock.h"
#include "app/privileges.h"
#include "transport/recording.h"

/* Events of a recording per poll: as many as a busy batch from the kernel. */
#define REPLAY_BATCH 1024
/* The clocks are read one after the other, so their offset jitters; a clock that
 * was set, or slewed for long, is off by more. */
#define CLOCK_MOVED_NS 1000000

struct source {
	struct capture *capture;   /* NULL: a recording */
	struct replayer *replayer; /* NULL: this kernel */
	struct recorder *recorder; /* NULL: no --record */
	uint64_t start_ns;
	int64_t wall_offset_ns;
	bool ended;
	char error[OPTION_ERROR_MAX];
	/* whom the events of this poll are for */
	capture_event_fn *fn;
	void *ctx;
};

static struct source *open_recording(struct source *s, const struct options *o, char *err, size_t err_size)
{
	s->replayer = replayer_open(o->replay, err, err_size);
	if (!s->replayer) {
		free(s);
		return NULL;
	}
	s->start_ns = replayer_info(s->replayer)->start_ns;
	s->wall_offset_ns = replayer_info(s->replayer)->wall_offset_ns;
	return s;
}

/* The file first: it is the cheaper thing to fail. */
static struct source *open_kernel(struct source *s, const struct options *o, char *err, size_t err_size)
{
	struct recording_info info = {.wall_offset_ns = clock_wall_offset_ns(), .start_ns = clock_now_ns()};
	static const uint64_t none[WIRE_COUNTERS];
	char ignored[OPTION_ERROR_MAX];

	if (!privileges_suffice(&o->capture, err, err_size))
		goto fail;
	if (o->record) {
		s->recorder = recorder_open(o->record, &info, err, err_size);
		if (!s->recorder)
			goto fail;
	}
	s->wall_offset_ns = info.wall_offset_ns;
	s->capture = capture_start(&o->capture, err, err_size);
	if (!s->capture)
		goto fail;
	s->start_ns = clock_now_ns();
	return s;
fail:
	if (s->recorder) {
		recorder_close(s->recorder, none, ignored, sizeof(ignored));
		unlink(o->record); /* holds nothing, and would be in the way next time */
	}
	free(s);
	return NULL;
}

struct source *source_open(const struct options *o, char *err, size_t err_size)
{
	struct source *s = calloc(1, sizeof(*s));

	if (!s) {
		snprintf(err, err_size, "out of memory");
		return NULL;
	}
	return o->replay ? open_recording(s, o, err, err_size) : open_kernel(s, o, err, err_size);
}

/* ---- events ---- */

/* A recording that cannot be written ends the run: source_close() says why. */
static void record_event(void *ctx, const struct wire_event *event, const uint8_t *data)
{
	struct source *s = ctx;

	if (recorder_write(s->recorder, event, data) < 0)
		s->ended = true;
	s->fn(s->ctx, event, data);
}

static int poll_kernel(struct source *s, int timeout_ms, capture_event_fn *fn, void *ctx)
{
	int n;

	if (s->recorder) {
		s->fn = fn;
		s->ctx = ctx;
		n = capture_poll(s->capture, timeout_ms, record_event, s);
	} else {
		n = capture_poll(s->capture, timeout_ms, fn, ctx);
	}
	if (n < 0)
		snprintf(s->error, sizeof(s->error), "cannot read the kernel's events: %s", strerror(errno));
	return n;
}

static int poll_recording(struct source *s, capture_event_fn *fn, void *ctx)
{
	const struct wire_event *event;
	const uint8_t *data;
	int n = 0, result = 1;

	while (n < REPLAY_BATCH && (result = replayer_next(s->replayer, &event, &data)) > 0) {
		fn(ctx, event, data);
		n++;
	}
	s->ended = result == 0;
	if (result == 0 || n > 0) /* a failure stays: the next poll tells it */
		return n;
	snprintf(s->error, sizeof(s->error), "%s", replayer_error(s->replayer));
	return -1;
}

int source_poll(struct source *s, int timeout_ms, capture_event_fn *fn, void *ctx)
{
	return s->replayer ? poll_recording(s, fn, ctx) : poll_kernel(s, timeout_ms, fn, ctx);
}

const char *source_error(const struct source *s)
{
	return s->error;
}

bool source_ended(const struct source *s)
{
	return s->ended;
}

/* ---- the end ---- */

void source_detach(struct source *s)
{
	if (s->capture)
		capture_detach(s->capture);
}

bool source_close(struct source *s, char *err, size_t err_size)
{
	uint64_t counters[WIRE_COUNTERS];
	bool good;

	if (!s)
		return true;
	source_counters(s, counters);
	source_detach(s);
	good = recorder_close(s->recorder, counters, err, err_size) == 0;
	capture_free(s->capture);
	replayer_free(s->replayer);
	free(s);
	return good;
}

/* ---- what else it knows ---- */

void source_counters(struct source *s, uint64_t counters[WIRE_COUNTERS])
{
	if (s->capture)
		capture_counters(s->capture, counters);
	else
		memcpy(counters, replayer_counters(s->replayer), WIRE_COUNTERS * sizeof(counters[0]));
}

int source_latency_take(struct source *s, capture_latency_fn *fn, void *ctx)
{
	return capture_latency_take(s->capture, fn, ctx);
}

bool source_measures_queue(const struct source *s)
{
	return s->capture && capture_measures_queue(s->capture);
}

int source_conns(struct source *s, capture_conn_fn *fn, void *ctx)
{
	return capture_conns(s->capture, fn, ctx);
}

size_t source_programs(struct source *s, struct capture_program list[CAPTURE_PROGRAMS_MAX])
{
	return s->capture ? capture_programs(s->capture, list) : 0;
}

const char *source_notice(struct source *s)
{
	return s->capture ? capture_notice(s->capture) : NULL;
}

const char *source_description(const struct source *s)
{
	return s->capture ? capture_description(s->capture) : "";
}

int64_t source_wall_offset_ns(struct source *s)
{
	int64_t now = s->capture ? clock_wall_offset_ns() : s->wall_offset_ns;

	if (llabs(now - s->wall_offset_ns) > CLOCK_MOVED_NS)
		s->wall_offset_ns = now;
	return s->wall_offset_ns;
}

uint64_t source_start_ns(const struct source *s)
{
	return s->start_ns;
}

bool source_alive(void *ctx, uint64_t sock, uint64_t conn)
{
	const struct source *s = ctx;

	return !s->capture || capture_conn_alive(s->capture, sock, conn);
}
