/* SPDX-License-Identifier: Apache-2.0 */
#include "sink/wall_time.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define NS_PER_SECOND 1000000000LL
/* No second has this number, so that the first call fills the text. */
#define NO_SECOND INT64_MIN
/* Where the microseconds stand in "2026-01-02T03:04:05.123456Z". */
#define MICROSECONDS_AT 20

void wall_time_init(struct wall_time *w, int64_t offset_ns, uint64_t start_ns)
{
	*w = (struct wall_time){.offset_ns = offset_ns, .start_ns = start_ns};
	w->utc_second = w->local_second = NO_SECOND;
	tzset();
}

/* Splits into seconds and the nanoseconds after, also before 1970. */
static int64_t split(const struct wall_time *w, uint64_t mono_ns, int64_t *ns)
{
	int64_t t, second;

	/* in 2262; a damaged recording may have any time */
	if (__builtin_add_overflow(mono_ns, w->offset_ns, &t))
		t = INT64_MAX;
	second = t / NS_PER_SECOND;
	*ns = t % NS_PER_SECOND;
	if (*ns < 0) {
		*ns += NS_PER_SECOND;
		second--;
	}
	return second;
}

/* Both texts have a fixed length: a year of five digits is no year. */
static void format_second(char *buf, size_t size, const char *format, const struct tm *tm)
{
	if (strftime(buf, size, format, tm) == 0)
		snprintf(buf, size, "%.*s", (int)size - 1, "?");
}

const char *wall_time_rfc3339(struct wall_time *w, uint64_t mono_ns)
{
	int64_t ns, second = split(w, mono_ns, &ns);
	uint32_t us = (uint32_t)(ns / 1000);

	if (second != w->utc_second) {
		time_t t = second;
		struct tm tm;

		gmtime_r(&t, &tm);
		format_second(w->utc, sizeof(w->utc), "%Y-%m-%dT%H:%M:%S.000000Z", &tm);
		w->utc_second = second;
	}
	for (int i = MICROSECONDS_AT + 5; i >= MICROSECONDS_AT; i--, us /= 10)
		w->utc[i] = (char)('0' + us % 10);
	return w->utc;
}

const char *wall_time_clock(struct wall_time *w, uint64_t mono_ns)
{
	int64_t ns, second = split(w, mono_ns, &ns);

	if (second != w->local_second) {
		time_t t = second;
		struct tm tm;

		localtime_r(&t, &tm);
		format_second(w->local, sizeof(w->local), "%H:%M:%S", &tm);
		w->local_second = second;
	}
	return w->local;
}
