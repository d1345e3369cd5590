/* SPDX-License-Identifier: Apache-2.0 */
#include "http/grpc.h"

/* "Compressed-Flag: 0 / 1"; anything else is no message. */
#define FLAG_MAX 1

static uint64_t less(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void take_prefix(struct grpc_counter *c)
{
	const uint8_t *p = c->prefix;

	c->prefix_len = 0;
	if (p[0] > FLAG_MAX) {
		c->lost = true;
		return;
	}
	c->messages++;
	c->remaining = (uint32_t)p[1] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 8 | p[4];
}

/* Returns how many of the n bytes it used; 0: a prefix is not shown. */
static uint64_t take_part(struct grpc_counter *c, const uint8_t *p, uint64_t n)
{
	uint64_t part;

	if (c->remaining) {
		part = less(n, c->remaining);
		c->remaining -= part;
		c->bytes += part;
		return part;
	}
	if (!p)
		return 0;
	part = less(n, sizeof(c->prefix) - c->prefix_len);
	memcpy(c->prefix + c->prefix_len, p, part);
	c->prefix_len += part;
	if (c->prefix_len == sizeof(c->prefix))
		take_prefix(c);
	return part;
}

void grpc_counter_take(struct grpc_counter *c, const uint8_t *p, uint64_t n)
{
	while (n && !c->lost) {
		uint64_t part = take_part(c, p, n);

		if (!part)
			c->lost = true;
		n -= part;
		if (p)
			p += part;
	}
}
