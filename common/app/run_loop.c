/* SPDX-License-Identifier: Apache-2.0 */
#include "app/run_loop.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/clock.h"
#include "app/loss.h"
#include "app/standard_fds.h"
#include "app/stop.h"

/* The longest an event waits in the kernel's buffer; 100 wake-ups a second cost
 * about 0.1 % of a CPU. */
#define POLL_MS	  10
#define NS_PER_MS 1000000

void run_announce(const struct run *r)
{
	const char *description = source_description(r->source);

	if (r->options->verbose) {
		if (*description)
			fprintf(stderr, "%s%s", description,
				description[strlen(description) - 1] == '\n' ? "" : "\n");
		fprintf(stderr, "ready in %" PRIu64 " ms\n", (clock_now_ns() - r->started_ns) / NS_PER_MS);
	}
	if (r->options->ready_fd >= 0 && write(r->options->ready_fd, "\n", 1) != 1)
		fprintf(stderr, "%s: --ready-fd: %s\n", r->tool, strerror(errno));
}

static bool poll_once(const struct run *r, int timeout_ms, int *status)
{
	if (source_poll(r->source, timeout_ms, r->event, r->event_ctx) >= 0)
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

static bool is_over(const struct run *r, uint64_t end_ns, uint64_t now_ns)
{
	return stop_requested || (end_ns && now_ns >= end_ns) || source_ended(r->source);
}

/* What was on its way when the probes went; then nothing is left to wait for. */
static void drain(const struct run *r, int *status)
{
	source_detach(r->source);
	if (poll_once(r, 0, status))
		r->batch(r->ctx);
}

int run_loop(const struct run *r)
{
	uint64_t now = clock_now_ns(), next_second = now;
	uint64_t end = r->options->duration_ns ? now + r->options->duration_ns : 0;
	struct loss loss = {0};
	int status = 0;

	while (!is_over(r, end, now)) {
		if (now >= next_second) {
			next_second = now + CLOCK_NS_PER_SECOND;
			report_losses(r, &loss);
			r->second(r->ctx, now);
		}
		if (!poll_once(r, POLL_MS, &status) || !r->batch(r->ctx))
			return status;
		now = clock_now_ns();
	}
	drain(r, &status);
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

bool run_instead(const char *tool, const struct options *o, int *status)
{
	if (o->ebpf)
		*status = print_ebpf(tool, o);
	else if (o->check)
		*status = capture_check(&o->capture);
	else
		return false;
	if (standard_fds_finish(tool))
		*status = 1;
	return true;
}
