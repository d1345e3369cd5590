/* SPDX-License-Identifier: Apache-2.0 */
#include "sink/latency_text.h"

#include "sink/escape.h"

const struct latency_quantile latency_quantiles[LATENCY_QUANTILES] = {
	{"p50", "p50", 50000},
	{"p90", "p90", 90000},
	{"p99", "p99", 99000},
	{"p99.9", "p99_9", 99900},
};

void latency_put_fixed(struct text *t, uint64_t value, unsigned decimals)
{
	uint64_t unit = 1;

	for (unsigned i = 0; i < decimals; i++)
		unit *= 10;
	text_put_u64(t, value / unit);
	if (decimals)
		text_put_char(t, '.');
	for (unit /= 10; unit; unit /= 10)
		text_put_char(t, (char)('0' + value / unit % 10));
}

void latency_put_time(struct text *t, uint64_t ns, enum latency_unit unit)
{
	latency_put_fixed(t, ns / 1000, unit == LATENCY_MS ? 3 : 0);
}

void latency_put_share(struct text *t, const struct histogram *h)
{
	uint64_t all = h->count + h->errors;

	/* no overflow: a million exchanges a second make 2^50 in 35 years */
	if (all)
		latency_put_fixed(t, h->within * 10000 / all, 2);
	else
		text_put_char(t, '-');
}

void latency_clip(struct text *t, size_t start, size_t columns)
{
	struct bytes cell = bytes_from(text_bytes(t), start);

	if (escape_columns(cell) <= columns)
		return;
	t->n = start + escape_fit(cell, columns - 1);
	text_put_char(t, '>');
}

static size_t missing(const struct text *t, size_t start, size_t columns)
{
	size_t used = escape_columns(bytes_from(text_bytes(t), start));

	return used < columns ? columns - used : 0;
}

void latency_pad_right(struct text *t, size_t start, size_t columns)
{
	text_put_spaces(t, missing(t, start, columns));
}

void latency_pad_left(struct text *t, size_t start, size_t columns)
{
	size_t n = missing(t, start, columns);

	text_put_spaces(t, n);
	if (n && !t->failed) {
		memmove(t->p + start + n, t->p + start, t->n - start - n);
		memset(t->p + start, ' ', n);
	}
}
