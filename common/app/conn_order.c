/* SPDX-License-Identifier: Apache-2.0 */
#include "app/conn_order.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "base/histogram.h"
#include "sink/text.h"

/* Ages of those that are older than the tool, and differ only in how long it knows them. */
#define OLDER_NS 1e19
#define UNKNOWN	 (-1.0)

/* ---- what a column sorts by ---- */

static double pid(const struct conn_record *r)
{
	return r->pid ? r->pid : UNKNOWN;
}

static double role(const struct conn_record *r)
{
	return r->role ? r->role : UNKNOWN;
}

/* Those that ended come after all states. */
static double state(const struct conn_record *r)
{
	if (r->closed)
		return CONN_STATES;
	return r->state ? r->state : UNKNOWN;
}

static double conns(const struct conn_record *r)
{
	return (double)r->n;
}

static double rx(const struct conn_record *r)
{
	return r->bytes_known ? (double)r->rx_bytes : UNKNOWN;
}

static double tx(const struct conn_record *r)
{
	return r->bytes_known ? (double)r->tx_bytes : UNKNOWN;
}

static double requests(const struct conn_record *r)
{
	return r->http ? (double)r->requests : UNKNOWN;
}

static double errors(const struct conn_record *r)
{
	return r->http && r->requests ? (double)r->errors / (double)r->requests : UNKNOWN;
}

static double percentile(const struct conn_record *r, unsigned per_100000)
{
	if (!r->latency || !r->latency->count)
		return UNKNOWN;
	return (double)histogram_percentile_ns(r->latency, per_100000);
}

static double p50(const struct conn_record *r)
{
	return percentile(r, 50000);
}

static double p99(const struct conn_record *r)
{
	return percentile(r, 99000);
}

static double rtt(const struct conn_record *r)
{
	return r->rtt_us ? r->rtt_us : UNKNOWN;
}

static double retrans(const struct conn_record *r)
{
	return r->bytes_known ? r->retrans : UNKNOWN;
}

static double age(const struct conn_record *r)
{
	if (r->group.p)
		return UNKNOWN;
	return r->age_ns < 0 ? OLDER_NS + (double)r->seen_ns : (double)r->age_ns;
}

static struct bytes string(const char *s)
{
	return s ? bytes_of_str(s) : bytes_of(NULL, 0);
}

static struct bytes name(const struct conn_record *r)
{
	return r->group;
}

static struct bytes comm(const struct conn_record *r)
{
	return string(r->comm);
}

static struct bytes proto(const struct conn_record *r)
{
	return string(r->proto);
}

static struct bytes container(const struct conn_record *r)
{
	return string(r->container);
}

static struct bytes pod(const struct conn_record *r)
{
	return string(r->pod);
}

static const struct endpoint *local(const struct conn_record *r)
{
	return &r->local;
}

static const struct endpoint *remote(const struct conn_record *r)
{
	return &r->remote;
}

/* One of number, text and endpoint. */
static const struct sorting {
	double (*number)(const struct conn_record *r);
	struct bytes (*text)(const struct conn_record *r);
	const struct endpoint *(*endpoint)(const struct conn_record *r);
	bool ascending;
} sortings[CONN_COLS] = {
	[CONN_COL_NAME] = {.text = name},
	[CONN_COL_CONNS] = {.number = conns},
	[CONN_COL_PID] = {.number = pid, .ascending = true},
	[CONN_COL_COMM] = {.text = comm},
	[CONN_COL_ROLE] = {.number = role, .ascending = true},
	[CONN_COL_LADDR] = {.endpoint = local},
	[CONN_COL_RADDR] = {.endpoint = remote},
	[CONN_COL_PROTO] = {.text = proto},
	[CONN_COL_STATE] = {.number = state, .ascending = true},
	[CONN_COL_RX] = {.number = rx},
	[CONN_COL_TX] = {.number = tx},
	[CONN_COL_REQ] = {.number = requests},
	[CONN_COL_ERR] = {.number = errors},
	[CONN_COL_P50] = {.number = p50},
	[CONN_COL_P99] = {.number = p99},
	[CONN_COL_RTT] = {.number = rtt},
	[CONN_COL_RETR] = {.number = retrans},
	[CONN_COL_AGE] = {.number = age},
	[CONN_COL_CONTAINER] = {.text = container},
	[CONN_COL_POD] = {.text = pod},
};

bool conn_order_parse(const char *wanted, enum conn_column *by)
{
	for (unsigned i = 0; i < CONN_COLS; i++) {
		if (strcasecmp(conn_column_key(i), wanted) == 0) {
			*by = i;
			return true;
		}
	}
	return false;
}

/* ---- the filter ---- */

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

static bool begins(const char *text, const char *wanted, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (lower((uint8_t)text[i]) != lower((uint8_t)wanted[i]))
			return false;
	return true;
}

static bool contains(struct bytes text, const char *wanted)
{
	size_t n = strlen(wanted);

	for (size_t i = 0; i + n <= text.n; i++)
		if (begins((const char *)text.p + i, wanted, n))
			return true;
	return false;
}

/* t is scratch.  Figures are left out: each digit would be in some of them. */
static bool match(const char *filter, const struct conn_record *r, struct text *t)
{
	static const enum conn_column searched[] = {
		CONN_COL_NAME,	CONN_COL_PID,	CONN_COL_COMM,	CONN_COL_ROLE,	    CONN_COL_LADDR,
		CONN_COL_RADDR, CONN_COL_PROTO, CONN_COL_STATE, CONN_COL_CONTAINER, CONN_COL_POD,
	};

	if (!filter || !*filter)
		return true;
	text_clear(t);
	for (size_t i = 0; i < sizeof(searched) / sizeof(searched[0]); i++) {
		conn_put_cell(t, searched[i], r, 0);
		text_put_char(t, '\n');
	}
	return t->failed || contains(text_bytes(t), filter);
}

bool conn_order_match(const char *filter, const struct conn_record *r)
{
	struct text t;
	bool matches;

	text_init(&t);
	matches = match(filter, r, &t);
	text_release(&t);
	return matches;
}

/* ---- the order ---- */

struct conn_row_key {
	const struct conn_record *r;
	double number; /* UNKNOWN comes last */
	struct bytes text;
	double weight;
};

static struct conn_row_key key_of(const struct sorting *s, const struct conn_record *r)
{
	struct conn_row_key key = {
		.r = r,
		.weight = (double)r->requests * 1e6 + (double)r->rx_bytes + (double)r->tx_bytes,
	};

	if (s->number)
		key.number = s->number(r);
	else if (s->text)
		key.text = s->text(r);
	if ((s->text && !key.text.p) || (s->endpoint && !s->endpoint(r)->family))
		key.number = UNKNOWN;
	return key;
}

static int compare_bytes(struct bytes a, struct bytes b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n ? memcmp(a.p, b.p, n) : 0;

	return order ? order : (a.n > b.n) - (a.n < b.n);
}

static int compare_endpoints(const struct endpoint *a, const struct endpoint *b)
{
	int order;

	if (a->family != b->family)
		return (int)a->family - (int)b->family;
	order = memcmp(a->addr, b->addr, a->family == AF_INET ? 4 : sizeof(a->addr));
	return order ? order : (int)a->port - (int)b->port;
}

/* Both are known. */
static int compare_values(const struct sorting *s, const struct conn_row_key *a, const struct conn_row_key *b)
{
	int order = (a->number > b->number) - (a->number < b->number);

	if (s->text)
		return compare_bytes(a->text, b->text);
	if (s->endpoint)
		return compare_endpoints(s->endpoint(a->r), s->endpoint(b->r));
	return s->ascending ? order : -order;
}

static int compare_keys(const void *p, const void *q, void *ctx)
{
	const struct conn_row_key *a = p, *b = q;
	const struct conn_order *o = ctx;
	bool unknown = a->number == UNKNOWN;
	int order = 0;

	if (unknown != (b->number == UNKNOWN))
		return unknown ? 1 : -1;
	if (!unknown)
		order = compare_values(&sortings[o->by], a, b);
	if (order)
		return o->reverse ? -order : order;
	if (a->weight != b->weight)
		return a->weight > b->weight ? -1 : 1;
	return (a->r->id > b->r->id) - (a->r->id < b->r->id);
}

/* ---- rows ---- */

void conn_rows_release(struct conn_rows *rows)
{
	free(rows->p);
	free(rows->keys);
	*rows = (struct conn_rows){0};
}

static bool make_room(struct conn_rows *rows, size_t n)
{
	size_t max = rows->max ? rows->max : 256;

	if (n <= rows->max)
		return true;
	while (max < n)
		max *= 2;
	conn_rows_release(rows);
	rows->p = calloc(max, sizeof(*rows->p));
	rows->keys = calloc(max, sizeof(*rows->keys));
	if (!rows->p || !rows->keys) {
		conn_rows_release(rows);
		return false;
	}
	rows->max = max;
	return true;
}

bool conn_rows_choose(struct conn_rows *rows, const struct conn_order *order,
		      const struct conn_record *records, size_t n)
{
	struct text t;

	rows->n = rows->matched = 0;
	if (!make_room(rows, n))
		return false;
	text_init(&t);
	for (size_t i = 0; i < n; i++)
		if (match(order->filter, &records[i], &t))
			rows->keys[rows->matched++] = key_of(&sortings[order->by], &records[i]);
	text_release(&t);
	if (rows->matched)
		qsort_r(rows->keys, rows->matched, sizeof(*rows->keys), compare_keys, (void *)order);
	rows->n = order->rows && order->rows < rows->matched ? order->rows : rows->matched;
	for (size_t i = 0; i < rows->n; i++)
		rows->p[i] = *rows->keys[i].r;
	return true;
}
