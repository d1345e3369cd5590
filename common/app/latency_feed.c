/* SPDX-License-Identifier: Apache-2.0 */
#include "app/latency_feed.h"

#include <stddef.h>
#include <string.h>

#include "app/container.h"

bool latency_feed_init(struct latency_feed *f, const struct options *options)
{
	const struct latency_options *l = &options->latency;
	bool names = l->in_kernel && options->name_containers;

	*f = (struct latency_feed){.options = options};
	f->groups = latency_groups_new(l->by.n, l->breakdown ? WIRE_PARTS : 1);
	if (names)
		f->containers = containers_new(NULL);
	return f->groups && (f->containers || !names);
}

void latency_feed_release(struct latency_feed *f)
{
	latency_groups_free(f->groups);
	containers_free(f->containers);
}

static struct histogram *row_of(struct latency_feed *f, const struct exchange *x)
{
	const struct latency_options *l = &f->options->latency;
	struct bytes values[LATENCY_KEYS_MAX];
	struct latency_by_text text;

	latency_by_values(&l->by, x, l->fold_ids, &text, values);
	return latency_groups_row(f->groups, values);
}

/* ---- the kernel's rows ---- */

/* The two are one layout, told to two compilers. */
#define SAME(member)                                                                                         \
	_Static_assert(offsetof(struct histogram, member) == offsetof(struct wire_latency, member) &&        \
			       sizeof(((struct histogram *)0)->member) ==                                    \
				       sizeof(((struct wire_latency *)0)->member),                           \
		       "layout of wire_latency." #member)

SAME(count);
SAME(sum_ns);
SAME(min_ns);
SAME(max_ns);
SAME(within);
SAME(errors);
SAME(ms);
SAME(buckets);
_Static_assert(HISTOGRAM_SUB_BITS == WIRE_LATENCY_SUB_BITS && HISTOGRAM_TOP_BITS == WIRE_LATENCY_TOP_BITS,
	       "the kernel's buckets are histogram.h's");
_Static_assert(WIRE_PARTS <= LATENCY_PARTS_MAX, "a row has room for all parts");

/* What a key says of its exchanges, as if it were one of them. */
static struct exchange exchange_like(struct latency_feed *f, const struct wire_latency_key *key,
				     char comm[WIRE_COMM_LEN + 1])
{
	struct exchange x = {
		.pid = key->pid,
		.comm = comm,
		.role = key->role == 1 ? ROLE_CLIENT : ROLE_SERVER,
		.remote.family = key->family,
		.status = key->status,
	};

	memcpy(comm, key->comm, WIRE_COMM_LEN);
	comm[WIRE_COMM_LEN] = '\0';
	memcpy(x.remote.addr, key->peer, sizeof(x.remote.addr));
	if (f->containers) {
		const struct container_info *info = containers_lookup(f->containers, 0, key->cgroup);

		x.container = info->id;
		x.pod = info->pod;
		x.namespace_ = info->namespace_;
	}
	return x;
}

static struct histogram *row_of_key(struct latency_feed *f, const struct wire_latency_key *key)
{
	char comm[WIRE_COMM_LEN + 1];
	struct exchange x;

	if (key->other)
		return latency_groups_row(f->groups, NULL);
	x = exchange_like(f, key, comm);
	return row_of(f, &x);
}

void latency_feed_row(void *ctx, const struct wire_latency_key *key, const struct wire_latency *row)
{
	struct latency_feed *f = ctx;
	struct histogram h;

	if (key->part >= (f->options->latency.breakdown ? WIRE_PARTS : 1))
		return;
	memcpy(&h, row, sizeof(h));
	histogram_merge(&row_of_key(f, key)[key->part], &h);
	if (key->part == WIRE_PART_TOTAL) {
		f->counted += h.count;
		f->errors += h.errors;
	}
}

/* ---- exchanges ---- */

static bool wants_status(const struct latency_feed *f, const struct exchange *x)
{
	const struct status_filter *wanted = &f->options->latency.status;

	return wanted->n == 0 || (x->status && status_filter_match(wanted, x->status));
}

/* Is there a response, or none?  Nobody knows. */
static bool is_unknown(const struct exchange *x)
{
	return !x->status && (x->no_status == NO_STATUS_GAP || x->no_status == NO_STATUS_UNSEEN);
}

/* -1: not known. */
static int64_t duration_ns(const struct latency_options *l, const struct exchange *x)
{
	if (l->ttfb)
		return exchange_ttfb_ns(x);
	if (l->breakdown && (!x->req.last_ns || !x->resp.first_ns))
		return -1;
	return exchange_latency_ns(x);
}

static uint64_t between(uint64_t low, uint64_t ns, uint64_t high)
{
	if (ns < low)
		return low;
	return ns > high ? high : ns;
}

/* Each part begins where the one before it ends, so that they add up.  A
 * response may overtake the rest of its request: as in latency.bpf.c. */
static void add_parts(struct histogram *row, const struct exchange *x, uint64_t limit_ns)
{
	unsigned part = x->role == ROLE_SERVER ? WIRE_PART_READ : WIRE_PART_SEND;
	uint64_t queued = x->queue_ns > 0 ? (uint64_t)x->queue_ns : 0, begin = x->req.first_ns;
	uint64_t end = between(begin, x->resp.last_ns, UINT64_MAX);
	uint64_t answer = between(begin, x->resp.first_ns, end);
	uint64_t complete = between(begin, x->req.last_ns, answer);

	histogram_add(&row[WIRE_PART_TOTAL], queued + end - begin, limit_ns);
	if (queued)
		histogram_add(&row[WIRE_PART_QUEUE], queued, limit_ns);
	histogram_add(&row[part], complete - begin, limit_ns);
	histogram_add(&row[part + 1], answer - complete, limit_ns);
	histogram_add(&row[part + 2], end - answer, limit_ns);
}

static void add_complete(struct latency_feed *f, const struct exchange *x)
{
	const struct latency_options *l = &f->options->latency;
	int64_t ns = duration_ns(l, x);

	if (ns < 0) {
		/* with neither, tracing began in the middle of the request */
		f->untimed += x->req.first_ns || x->missing & MISSING_GAP;
		return;
	}
	f->counted++;
	if (l->breakdown)
		add_parts(row_of(f, x), x, l->slo_ns);
	else
		histogram_add(row_of(f, x), (uint64_t)ns, l->slo_ns);
}

void latency_feed_exchange(void *ctx, const struct exchange *x)
{
	struct latency_feed *f = ctx;
	struct exchange failed = *x;

	if (x->missing & MISSING_OPEN) /* told again when it ends */
		return;
	if (is_unknown(x)) {
		f->untimed++;
	} else if (exchange_has_complete_response(x)) {
		if (wants_status(f, x))
			add_complete(f, x);
	} else if (status_filter_match(&f->options->latency.status, 0)) {
		failed.status = 0;
		row_of(f, &failed)->errors++;
		f->errors++;
	}
}
