/* SPDX-License-Identifier: Apache-2.0 */
#include "sink/conn_figures.h"

#include "sink/latency_text.h"

#define NS_PER_SECOND 1000000000ull
/* From here on days alone are shown: hours tell nothing more. */
#define AGE_LONG_DAYS 100

static uint64_t rounded(double v)
{
	return (uint64_t)(v + 0.5);
}

static double per_second(uint64_t n, uint64_t interval_ns)
{
	return (double)n * (double)NS_PER_SECOND / (double)interval_ns;
}

/* 1.2K, 12K, 123K; below a thousand as a whole number. */
static void put_scaled(struct text *t, double v, double base)
{
	static const char units[] = "KMGTPEZY";
	size_t u = 0;

	if (v > 0 && v < 0.5) {
		text_put_str(t, "<1");
		return;
	}
	/* 999.5 would be rounded to four digits */
	for (; v >= 999.5 && units[u]; u++)
		v /= base;
	if (u && v < 9.95)
		latency_put_fixed(t, rounded(v * 10), 1);
	else
		text_put_u64(t, rounded(v));
	if (u)
		text_put_char(t, units[u - 1]);
}

void figure_put_byte_rate(struct text *t, uint64_t bytes, uint64_t interval_ns)
{
	if (interval_ns)
		put_scaled(t, per_second(bytes, interval_ns), 1024);
}

void figure_put_rate(struct text *t, uint64_t count, uint64_t interval_ns)
{
	double v;

	if (!interval_ns)
		return;
	v = per_second(count, interval_ns);
	if (v > 0 && v < 0.05)
		text_put_str(t, "<0.1");
	else if (v < 99.95)
		latency_put_fixed(t, rounded(v * 10), 1);
	else if (v < 99999.5)
		text_put_u64(t, rounded(v));
	else
		put_scaled(t, v, 1000);
}

void figure_put_count(struct text *t, uint64_t count)
{
	put_scaled(t, (double)count, 1000);
}

void figure_put_share(struct text *t, uint64_t part, uint64_t of)
{
	uint64_t per_mille;

	if (!of)
		return;
	if (part >= of) {
		text_put_str(t, "100");
		return;
	}
	/* rounded down: nearly all is not all */
	per_mille = (uint64_t)((double)part * 1000 / (double)of);
	if (part && !per_mille)
		text_put_str(t, "<0.1");
	else
		latency_put_fixed(t, per_mille < 1000 ? per_mille : 999, 1);
}

/* In units of `unit` us: one decimal below 100. */
static void put_in_unit(struct text *t, uint64_t us, uint64_t unit)
{
	uint64_t tenths = (us + unit / 20) / (unit / 10);

	if (tenths < 1000)
		latency_put_fixed(t, tenths, 1);
	else
		text_put_u64(t, (us + unit / 2) / unit);
}

void figure_put_duration(struct text *t, uint64_t us, const char *gap)
{
	const char *name = "us";

	if (us < 1000) {
		text_put_u64(t, us);
	} else if (us < 999500) {
		put_in_unit(t, us, 1000);
		name = "ms";
	} else {
		put_in_unit(t, us, 1000000);
		name = "s";
	}
	text_put_str(t, gap);
	text_put_str(t, name);
}

static void put_two_units(struct text *t, uint64_t n, unsigned per_large, const char *names)
{
	uint64_t small = n % per_large;

	text_put_u64(t, n / per_large);
	text_put_char(t, names[0]);
	text_put_char(t, (char)('0' + small / 10));
	text_put_char(t, (char)('0' + small % 10));
	text_put_char(t, names[1]);
}

void figure_put_age(struct text *t, int64_t ns)
{
	uint64_t s = ns > 0 ? (uint64_t)ns / NS_PER_SECOND : 0, minutes = s / 60, hours = minutes / 60;

	if (minutes == 0) {
		text_put_u64(t, s);
		text_put_char(t, 's');
	} else if (hours == 0) {
		put_two_units(t, s, 60, "ms");
	} else if (hours < 24) {
		put_two_units(t, minutes, 60, "hm");
	} else if (hours < AGE_LONG_DAYS * 24) {
		put_two_units(t, hours, 24, "dh");
	} else {
		text_put_u64(t, hours / 24);
		text_put_char(t, 'd');
	}
}
