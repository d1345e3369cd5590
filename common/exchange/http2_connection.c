/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/http2_connection.h"

#include <stdlib.h>

struct http2_connection *http2_connection_new(void)
{
	return calloc(1, sizeof(struct http2_connection));
}

static void half_release(struct http2_half *half, struct http2_pool *pool)
{
	pool->held -= half->held;
	http2_frames_free(half->frames);
	hpack_free(half->hpack);
	*half = (struct http2_half){0};
}

void http2_connection_free(struct http2_connection *h, struct http2_pool *pool)
{
	if (!h)
		return;
	half_release(&h->half[HTTP1_REQUEST], pool);
	half_release(&h->half[HTTP1_RESPONSE], pool);
	if (h->streams.buckets) {
		pool->held -= sizeof(*h->streams.buckets) << h->streams.bits;
		free(h->streams.buckets);
	}
	free(h);
}

bool http2_half_open(struct http2_half *half, enum http1_kind kind, enum http2_from from)
{
	half->frames = http2_frames_new(kind == HTTP1_REQUEST, from);
	half->hpack = hpack_new(from == HTTP2_FROM_START);
	half->lost = from == HTTP2_FROM_MIDDLE;
	if (half->frames && half->hpack)
		return true;
	http2_frames_free(half->frames);
	hpack_free(half->hpack);
	half->frames = NULL;
	half->hpack = NULL;
	return false;
}

void http2_half_wait(struct http2_half *half, uint64_t now_ns)
{
	if (!half->lost_ns)
		half->lost_ns = now_ns;
	half->lost_again_ns = now_ns;
}

void http2_half_account(struct http2_half *half, struct http2_pool *pool, size_t n)
{
	bool collects = half->lost || half->in_block || (half->in_frame && !half->in_data);

	half->collecting = collects ? half->collecting + n : 0;
	if (half->collecting > HTTP2_BLOCK_MAX)
		half->collecting = HTTP2_BLOCK_MAX;
	pool->held -= half->held;
	half->held = half->collecting + hpack_held(half->hpack);
	pool->held += half->held;
}
