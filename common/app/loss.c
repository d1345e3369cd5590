/* SPDX-License-Identifier: Apache-2.0 */
#include "app/loss.h"

#include <inttypes.h>

static const struct cause {
	enum wire_counter counter;
	const char *what, *why;
} causes[] = {
	{WIRE_LOST_RING_FULL, "events", "ring buffer full"},
	{WIRE_LOST_CONTROL_FULL, "closes", "control buffer full"},
	{WIRE_LOST_CALLS_FULL, "calls", "too many at once"},
	{WIRE_LOST_CONNS_FULL, "connections", "too many at once"},
	{WIRE_LOST_SCRATCH_BUSY, "calls", "scratch memory busy"},
	{WIRE_LOST_UNREADABLE, "calls", "memory unreadable"},
	{WIRE_LOST_TOO_LONG, "calls", "too many messages in one"},
	{WIRE_LOST_UNTIMED, "exchanges", "could not be timed"},
	{WIRE_LOST_ROWS, "exchanges", "no memory"},
	{WIRE_LOST_HELD, "calls", "while probes were attached"},
	{WIRE_LOST_SKIPPED, "calls", "left out by the kernel"},
	{WIRE_LOST_RETURNS, "calls", "return missed by the kernel"},
};

#define N_CAUSES (sizeof(causes) / sizeof(causes[0]))

void loss_report(struct loss *l, const char *tool, const uint64_t counters[WIRE_COUNTERS], FILE *out)
{
	for (size_t i = 0; i < N_CAUSES; i++) {
		enum wire_counter c = causes[i].counter;

		if (counters[c] > l->reported[c])
			fprintf(out, "%s: lost %" PRIu64 " %s (%s)\n", tool, counters[c] - l->reported[c],
				causes[i].what, causes[i].why);
		l->reported[c] = counters[c];
	}
}

uint64_t loss_sum(const uint64_t counters[WIRE_COUNTERS])
{
	uint64_t sum = 0;

	for (size_t i = 0; i < N_CAUSES; i++)
		sum += counters[causes[i].counter];
	return sum;
}

static void print_cause(const struct cause *cause, uint64_t n, const char **separator, FILE *out)
{
	if (n == 0)
		return;
	fprintf(out, "%s%s: %s %" PRIu64, *separator, cause->what, cause->why, n);
	*separator = ", ";
}

static void print_lost(const struct closing *c, FILE *out)
{
	const struct cause memory = {WIRE_COUNTERS, "events", "out of memory"};
	const char *separator = " (";
	uint64_t sum = loss_sum(c->counters) + c->stats.no_memory;

	fprintf(out, ", lost %" PRIu64, sum);
	for (size_t i = 0; i < N_CAUSES; i++)
		print_cause(&causes[i], c->counters[causes[i].counter], &separator, out);
	print_cause(&memory, c->stats.no_memory, &separator, out);
	if (sum)
		fputc(')', out);
}

static void print_if(const char *what, uint64_t n, FILE *out)
{
	if (n)
		fprintf(out, ", %s %" PRIu64, what, n);
}

/* What rarely happens; ends the line. */
static void print_rest(const struct closing *c, FILE *out)
{
	const struct tracker_stats *stats = &c->stats;

	print_if("connections forgotten", stats->evicted, out);
	print_if("streams forgotten", stats->http2_given_up + c->streams_forgotten, out);
	print_if("framing lost", stats->http2_lost, out);
	print_if("blocks not decoded", stats->http2_bad_blocks, out);
	print_if("paths too costly for --path", c->paths_given_up, out);
	print_if("values too costly for --match", c->values_given_up, out);
	fputc('\n', out);
}

void loss_print_closing(const struct closing *c, FILE *out)
{
	fprintf(out, "%s: exchanges %" PRIu64 ", printed %" PRIu64, c->tool, c->stats.exchanges, c->printed);
	print_lost(c, out);
	fprintf(out, ", gaps %" PRIu64 ", orphans %" PRIu64 ", in flight %" PRIu64, c->stats.gaps,
		c->stats.orphans, c->stats.in_flight);
	print_if("told while open", c->stats.http2_open, out);
	print_if("fields unknown", c->stats.http2_unknown, out);
	print_rest(c, out);
}

void loss_print_closing_counts(const struct closing *c, FILE *out)
{
	fprintf(out, "%s: exchanges %" PRIu64 ", errors %" PRIu64, c->tool, c->counted, c->errors);
	print_lost(c, out);
	print_rest(c, out);
}

void loss_print_closing_blocks(const struct closing *c, FILE *out)
{
	fprintf(out, "%s: blocks %" PRIu64 ", printed %" PRIu64 ", fields unknown %" PRIu64, c->tool,
		c->stats.http2_blocks, c->printed, c->stats.http2_unknown);
	print_lost(c, out);
	fprintf(out, ", gaps %" PRIu64, c->stats.gaps);
	print_rest(c, out);
}
