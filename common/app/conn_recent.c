/* SPDX-License-Identifier: Apache-2.0 */
#include "app/conn_recent.h"

#include <string.h>

#include "sink/escape.h"
#include "sink/mask.h"
#include "sink/record.h"
#include "sink/text.h"

static bool same_endpoint(const struct endpoint *a, const struct endpoint *b)
{
	return a->family == b->family && a->port == b->port && memcmp(a->addr, b->addr, sizeof(a->addr)) == 0;
}

static bool is_watched(const struct conn_recent *r, const struct endpoint *local,
		       const struct endpoint *remote, uint32_t netns)
{
	return r->watching && r->netns == netns && same_endpoint(&r->local, local) &&
	       same_endpoint(&r->remote, remote);
}

void conn_recent_watch(struct conn_recent *r, const struct conn_record *record)
{
	if (is_watched(r, &record->local, &record->remote, record->netns))
		return;
	*r = (struct conn_recent){
		.watching = true, .local = record->local, .remote = record->remote, .netns = record->netns};
}

static void put_status(struct text *t, const struct exchange *x)
{
	const char *reason = no_status_name(x->no_status);

	if (x->status)
		text_put_u64(t, (uint64_t)x->status);
	else
		text_put_str(t, reason ? reason : "-");
	if (x->grpc && x->grpc->status >= 0) {
		text_put_str(t, " grpc ");
		text_put_u64(t, (uint64_t)x->grpc->status);
	}
}

static void put_latency(struct text *t, int64_t ns)
{
	if (ns < 0)
		text_put_char(t, '-');
	else
		text_put_ms(t, ns);
}

/* "200 1.234 ms GET /path" */
static void put_exchange(struct text *t, const struct exchange *x)
{
	struct masker masker;

	masker_init(&masker, false);
	put_status(t, x);
	text_put_char(t, ' ');
	put_latency(t, exchange_latency_ns(x));
	text_put_str(t, " ms ");
	escape_put(t, x->method);
	text_put_char(t, ' ');
	escape_put(t, mask_target(&masker, record_path(x)));
	masker_release(&masker);
}

void conn_recent_exchange(struct conn_recent *r, const struct exchange *x)
{
	char *line = r->lines[r->n % CONN_RECENT_MAX];
	struct text t = {0};
	size_t n;

	if (!is_watched(r, &x->local, &x->remote, x->netns))
		return;
	put_exchange(&t, x);
	n = t.failed ? 0 : escape_fit(text_bytes(&t), CONN_RECENT_LINE - 1);
	/* columns are not bytes: a character of several may not be cut */
	while (n >= CONN_RECENT_LINE || (n && n < t.n && (t.p[n] & 0xc0) == 0x80))
		n--;
	if (n)
		memcpy(line, t.p, n);
	line[n] = '\0';
	r->n++;
	text_release(&t);
}

const char *conn_recent_line(const struct conn_recent *r, size_t i)
{
	if (i >= r->n || i >= CONN_RECENT_MAX)
		return NULL;
	return r->lines[(r->n - 1 - i) % CONN_RECENT_MAX];
}
