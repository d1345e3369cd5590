/* SPDX-License-Identifier: Apache-2.0 */
#include "app/latency_options.h"

#include <string.h>

#include "app/latency_groups.h"
#include "app/option_checks.h"
#include "app/option_values.h"
#include "app/options.h"

/* Digits of a time: more than any number that is accepted has. */
#define TIME_DIGITS_MAX 30
/* Rows of an interval, at most; "other" comes on top. */
#define TOP_MAX 2000

_Static_assert(TOP_MAX <= LATENCY_GROUPS_MAX, "as many rows are told apart");
_Static_assert(STATUS_TERMS_MAX <= CAPTURE_LIST_MAX, "the kernel side takes all terms");

/* ---- values ---- */

static bool set_by(struct options *o, const char *value, struct option_error *e)
{
	return latency_by_parse(&o->latency.by, value, e->text, sizeof(e->text));
}

static bool set_top(struct options *o, const char *value, struct option_error *e)
{
	if (!value_u64(value, TOP_MAX, &o->latency.top) || o->latency.top == 0)
		return option_fail(e, "--top: '%s' is no number of rows (1 to %d)", value, TOP_MAX);
	return true;
}

/* "250ms".  Without a unit it would have to be guessed. */
static bool parse_time(const char *value, uint64_t *ns)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = {{"us", 1000}, {"ms", 1000000}, {"s", 1000000000}};
	size_t n = strspn(value, "0123456789.");
	char number[TIME_DIGITS_MAX + 1] = "";

	if (n > TIME_DIGITS_MAX)
		return false;
	memcpy(number, value, n);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(value + n, units[i].name) == 0)
			return value_decimal(number, units[i].ns, ns);
	return false;
}

static bool set_slo(struct options *o, const char *value, struct option_error *e)
{
	if (!parse_time(value, &o->latency.slo_ns) || o->latency.slo_ns == 0)
		return option_fail(e, "--slo: '%s' is no time above 0; write 800us, 250ms or 1.5s", value);
	return true;
}

/* ---- the tables ---- */

#define FLAG(member) .kind = OPTION_FLAG, .flag = offsetof(struct options, member)

const struct option_spec options_latency[] = {
	{"ttfb", FLAG(latency.ttfb), .help = "up to the response's first byte, not its last"},
	{"breakdown", 'B', FLAG(latency.breakdown),
	 .help = "also the parts: queue, read, service, transfer;\nconnect, send, wait, receive"},
	{"by", .arg = "KEY[,KEY]", .set = set_by,
	 .help = "a row for each pid, comm, role, peer, host,\nmethod, path, status, container, pod; may be\n"
		 "repeated"},
	{"fold-ids", FLAG(latency.fold_ids), .help = "with --by path: numbers, UUIDs and hex become *"},
	{"top", .arg = "N", .set = set_top, .help = "rows shown with --by (10); the rest is one, other"},
	{"slo", .arg = "TIME", .set = set_slo, .help = "also the share within 250ms, 800us, 1.5s"},
	{0},
};

const struct option_spec options_latency_view[] = {
	{"microseconds", 'u', FLAG(latency.us), .help = "in microseconds (default)"},
	{"milliseconds", 'm', FLAG(latency.ms), .help = "in milliseconds"},
	{"time", 'T', FLAG(time_clock), .help = "a line with the time, HH:MM:SS, before each report"},
	{"heatmap", FLAG(latency.heatmap), .help = "one line per interval, latencies as shades"},
	{"json", 'j', FLAG(json), .help = "one JSON object per row, see l7scope(7)"},
	{0},
};

/* ---- all together ---- */

bool latency_options_check(const struct options *o, struct option_error *e)
{
	/* JSON is always in microseconds; a heat map has one row, and no room for more */
	static const char *const pairs[][2] = {
		{"microseconds", "milliseconds"},
		{"milliseconds", "json"},
		{"breakdown", "ttfb"},
		{"heatmap", "json"},
		{"heatmap", "by"},
		{"heatmap", "breakdown"},
		{"heatmap", "slo"},
	};

	if (!option_check_pairs(o, pairs, sizeof(pairs) / sizeof(pairs[0]), e))
		return false;
	if (o->latency.fold_ids && !latency_by_has(&o->latency.by, BY_PATH))
		return option_fail(e, "--fold-ids folds paths, so it needs --by path");
	if (o->latency.top && o->latency.by.n == 0)
		return option_fail(e, "--top limits the rows of --by, so it needs --by");
	return true;
}

/* Only parsed messages have these. */
static bool needs_messages(const struct options *o)
{
	const struct latency_by_list *by = &o->latency.by;

	return latency_by_has(by, BY_HOST) || latency_by_has(by, BY_METHOD) || latency_by_has(by, BY_PATH) ||
	       o->filter.n_methods || o->filter.n_hosts || o->filter.n_paths || o->filter.grpc_status.n;
}

static unsigned wire_by(const struct latency_by_list *by)
{
	static const unsigned bits[BY_KEYS] = {
		[BY_PID] = WIRE_BY_PID,	   [BY_COMM] = WIRE_BY_COMM,	 [BY_ROLE] = WIRE_BY_ROLE,
		[BY_PEER] = WIRE_BY_PEER,  [BY_STATUS] = WIRE_BY_STATUS, [BY_CONTAINER] = WIRE_BY_CGROUP,
		[BY_POD] = WIRE_BY_CGROUP,
	};
	unsigned sum = 0;

	for (size_t i = 0; i < by->n; i++)
		sum |= bits[by->keys[i]];
	return sum;
}

static void tell_kernel(const struct latency_options *l, struct capture_latency *to)
{
	to->by = wire_by(&l->by);
	to->breakdown = l->breakdown;
	to->ttfb = l->ttfb;
	to->slo_ns = l->slo_ns;
	for (size_t i = 0; i < l->status.n; i++) {
		const struct status_term *term = &l->status.terms[i];

		to->statuses[i] = (struct capture_status){term->low, term->high, term->negated};
	}
	to->n_statuses = l->status.n;
}

void latency_options_apply(struct options *o)
{
	static const char *const in_kernel[] = {"http_latency", NULL}, *const messages[] = {"plain_http",
											    NULL};
	struct latency_options *l = &o->latency;

	if (l->top == 0)
		l->top = LATENCY_TOP_DEFAULT;
	l->status = o->filter.status;
	o->filter.status = (struct status_filter){0};
	l->in_kernel = !needs_messages(o);
	o->capture.groups = l->in_kernel ? in_kernel : messages;
	o->name_containers = latency_by_has(&l->by, BY_CONTAINER) || latency_by_has(&l->by, BY_POD);
	if (l->in_kernel)
		tell_kernel(l, &o->capture.latency);
}
