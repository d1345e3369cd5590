/* SPDX-License-Identifier: Apache-2.0 */
#include "app/run_loop.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/clock.h"
#include "app/loss.h"
#include "app/own_cost.h"
#include "app/privileges.h"
#include "app/sandbox.h"
#include "app/standard_fds.h"
#include "app/stop.h"

/* The longest an event waits in the kernel's buffer; 100 wake-ups a second cost
 * about 0.1 % of a CPU. */
#define POLL_MS 10
/* The buffers take what 250,000 HTTP/2 exchanges a second, or the end of a process with 8,000
 * connections, leave in this time. */
#define QUIET_NS  20000000ull
#define NS_PER_MS 1000000

static unsigned sandbox_sets(const struct options *o)
{
	unsigned sets = o->sandbox;

	if (!o->replay)
		sets |= SANDBOX_EVENTS | (o->capture.no_tls ? 0 : SANDBOX_UPROBES);
	if (o->name_containers)
		sets |= SANDBOX_PROCESSES;
	return sets;
}

static bool protect(const struct run *r)
{
	char text[SANDBOX_TEXT_MAX] = "off (--no-sandbox)";
	uint64_t counters[WIRE_COUNTERS];

	/* libbpf reads the number of CPUs from a file, the first time */
	source_counters(r->source, counters);
	if (!r->options->no_sandbox && !sandbox_enter(r->tool, sandbox_sets(r->options), text)) {
		fprintf(stderr, "%s: %s\n", r->tool, text);
		return false;
	}
	if (r->options->verbose)
		fprintf(stderr, "sandbox: %s\n", text);
	return true;
}

static void describe(const char *description)
{
	if (*description)
		fprintf(stderr, "%s%s", description,
			description[strlen(description) - 1] == '\n' ? "" : "\n");
}

bool run_announce(const struct run *r)
{
	if (r->options->verbose)
		describe(source_description(r->source));
	if (!protect(r))
		return false;
	if (r->options->verbose)
		fprintf(stderr, "ready in %" PRIu64 " ms\n", (clock_now_ns() - r->started_ns) / NS_PER_MS);
	if (r->options->ready_fd >= 0 && write(r->options->ready_fd, "\n", 1) != 1)
		fprintf(stderr, "%s: --ready-fd: %s\n", r->tool, strerror(errno));
	return true;
}

static bool poll_once(const struct run *r, int timeout_ms, int *status)
{
	int n = source_poll(r->source, timeout_ms, r->event, r->event_ctx);
	const char *notice = source_notice(r->source);

	if (notice)
		fprintf(stderr, "%s: %s\n", r->tool, notice);
	if (n >= 0)
		return true;
	fprintf(stderr, "%s: %s\n", r->tool, source_error(r->source));
	*status = 1;
	return false;
}

static void report_losses(const struct run *r, struct loss *loss)
{
	uint64_t counters[WIRE_COUNTERS];

	source_counters(r->source, counters);
	loss_report(loss, r->tool, counters, stderr);
}

/* When what is due, CLOCK_MONOTONIC. */
struct schedule {
	uint64_t second;
	uint64_t interval; /* UINT64_MAX: never */
	uint64_t end;	   /* UINT64_MAX: when asked to */
	uint64_t interval_start;
};

static struct schedule schedule_init(const struct options *o, uint64_t now_ns)
{
	return (struct schedule){
		.second = now_ns,
		.interval = o->interval_ns ? now_ns + o->interval_ns : UINT64_MAX,
		.end = o->duration_ns ? now_ns + o->duration_ns : UINT64_MAX,
		.interval_start = now_ns,
	};
}

static uint64_t schedule_next(const struct schedule *s)
{
	uint64_t next = s->second < s->interval ? s->second : s->interval;

	return next < s->end ? next : s->end;
}

static bool is_over(const struct run *r, const struct schedule *s, uint64_t now_ns)
{
	return stop_requested || now_ns >= s->end || source_ended(r->source);
}

/* Blocked outside of ppoll(), a signal cannot slip in between the look at
 * stop_requested and the wait. */
static void sleep_until(uint64_t then_ns)
{
	uint64_t now = clock_now_ns(), ns = then_ns > now ? then_ns - now : 0;
	struct timespec wait = {(time_t)(ns / CLOCK_NS_PER_SECOND), (long)(ns % CLOCK_NS_PER_SECOND)};
	sigset_t stops, before;

	sigemptyset(&stops);
	sigaddset(&stops, SIGINT);
	sigaddset(&stops, SIGTERM);
	sigprocmask(SIG_BLOCK, &stops, &before);
	if (!stop_requested)
		ppoll(NULL, 0, &wait, &before);
	sigprocmask(SIG_SETMASK, &before, NULL);
}

/* Events, or the next thing to do. */
static bool wait_once(const struct run *r, const struct schedule *s, int *status)
{
	uint64_t now = clock_now_ns(), next = schedule_next(s);
	uint64_t ms = next > now ? (next - now + NS_PER_MS - 1) / NS_PER_MS : 0;

	if (r->quiet) {
		sleep_until(next < now + QUIET_NS ? next : now + QUIET_NS);
		ms = 0;
	}
	return poll_once(r, ms < POLL_MS ? (int)ms : POLL_MS, status) && r->batch(r->ctx);
}

static void each_second(const struct run *r, struct schedule *s, struct loss *loss, uint64_t now_ns)
{
	s->second = now_ns + CLOCK_NS_PER_SECOND;
	report_losses(r, loss);
	r->second(r->ctx, now_ns);
}

/* Boundaries stay where the first interval's begin puts them, however late we are. */
static bool end_interval(const struct run *r, struct schedule *s, uint64_t now_ns, int *status)
{
	uint64_t length = r->options->interval_ns;
	uint64_t start = s->interval_start, end = now_ns - (now_ns - start) % length;

	s->interval_start = end;
	s->interval = end + length;
	return poll_once(r, 0, status) && r->batch(r->ctx) && r->interval(r->ctx, start, end);
}

/* What was on its way when the probes went; then nothing is left to wait for. */
static void drain(const struct run *r, const struct schedule *s, int *status)
{
	uint64_t now = clock_now_ns(), end = now < s->end ? now : s->end;

	source_detach(r->source);
	if (!poll_once(r, 0, status) || !r->batch(r->ctx))
		return;
	if (r->interval && end > s->interval_start)
		r->interval(r->ctx, s->interval_start, end);
}

int run_loop(const struct run *r)
{
	uint64_t now = clock_now_ns();
	struct schedule s = schedule_init(r->options, now);
	struct loss loss = {0};
	int status = 0;

	while (!is_over(r, &s, now)) {
		if (now >= s.second)
			each_second(r, &s, &loss, now);
		if (!wait_once(r, &s, &status))
			return status;
		now = clock_now_ns();
		if (now >= s.interval && !end_interval(r, &s, now, &status))
			return status;
	}
	drain(r, &s, &status);
	return status;
}

static int print_ebpf(const char *tool, const struct options *o)
{
	char *text = capture_ebpf_text(&o->capture);

	if (!text) {
		fprintf(stderr, "%s: out of memory\n", tool);
		return 1;
	}
	fputs(text, stdout);
	free(text);
	return 0;
}

static int check(const struct options *o)
{
	char text[SANDBOX_TEXT_MAX] = "off (--no-sandbox)";

	if (!o->no_sandbox)
		sandbox_describe(sandbox_sets(o), text);
	printf("sandbox           %s\n", text);
	privileges_missing(&o->capture, text, sizeof(text));
	printf("capabilities      %s%s\n", *text ? "missing: " : "all there", text);
	return capture_check(&o->capture);
}

bool run_instead(const char *tool, const struct options *o, int *status)
{
	if (o->ebpf)
		*status = print_ebpf(tool, o);
	else if (o->check)
		*status = check(o);
	else
		return false;
	if (standard_fds_finish(tool))
		*status = 1;
	return true;
}

int run_source(const char *tool, const struct options *o, run_source_fn *fn, uint64_t started_ns)
{
	char err[OPTION_ERROR_MAX];
	struct source *source;
	int status;

	if (run_instead(tool, o, &status))
		return status;
	stop_install();
	source = source_open(o, err, sizeof(err));
	if (!source) {
		fprintf(stderr, "%s: %s\n", tool, err);
		return 1;
	}
	status = fn(o, source, started_ns);
	if (o->capture.times)
		own_cost_print(tool, source, stderr);
	if (!source_close(source, err, sizeof(err))) {
		fprintf(stderr, "%s: %s\n", tool, err);
		status = 1;
	}
	return status;
}
