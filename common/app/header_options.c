/* SPDX-License-Identifier: Apache-2.0 */
#include "app/header_options.h"

#include "app/common_options.h"
#include "app/option_checks.h"
#include "app/option_setters.h"
#include "app/option_values.h"
#include "app/options.h"

/* RFC 9113 5.1.1: 31 bits. */
#define STREAM_MAX 0x7fffffff

/* ---- values ---- */

struct stream_list {
	struct header_criteria *c;
	struct option_error *e;
};

static bool add_stream(void *ctx, const char *item)
{
	struct stream_list *list = ctx;
	uint64_t stream;

	if (!value_u64(item, STREAM_MAX, &stream))
		return option_fail(list->e, "--stream: '%s' is no number of a stream (0 to %d)", item,
				   STREAM_MAX);
	if (list->c->n_streams == FILTER_VALUES_MAX)
		return option_fail(list->e, "--stream takes at most %d values", FILTER_VALUES_MAX);
	list->c->streams[list->c->n_streams++] = (uint32_t)stream;
	return true;
}

static bool set_stream(struct options *o, const char *value, struct option_error *e)
{
	struct stream_list list = {&o->header_criteria, e};

	option_fail(e, "--stream: '%s' is not a list of numbers separated by commas", value);
	return value_list(value, add_stream, &list);
}

static bool set_match(struct options *o, const char *value, struct option_error *e)
{
	struct header_criteria *c = &o->header_criteria;
	char why[OPTION_ERROR_MAX - sizeof("--match: ")];

	if (c->n_matches == FILTER_VALUES_MAX)
		return option_fail(e, "--match may be given at most %d times", FILTER_VALUES_MAX);
	c->matches[c->n_matches] = header_match_new(value, why, sizeof(why));
	if (!c->matches[c->n_matches])
		return option_fail(e, "--match: %s", why);
	c->n_matches++;
	return true;
}

/* ---- the tables ---- */

#define FLAG(member) .kind = OPTION_FLAG, .flag = offsetof(struct options, member)

static const struct option_spec of_streams[] = {
	{"stream", .arg = "N[,N]", .set = set_stream,
	 .help = "only the streams of these numbers, on any\nconnection"},
	{"grpc", FLAG(header_criteria.grpc), .help = "only streams that carry a gRPC call"},
	{0},
};

static const struct option_spec of_blocks[] = {
	{"match", .arg = "NAME=VALUE|NAME=~REGEX", .set = set_match,
	 .help = "only with a field of that name and value, or\nwhose value matches the regular expression; "
		 "may\n"
		 "be repeated: all must be there"},
	{"status", .arg = "5xx,404,!2xx", .set = option_set_status,
	 .help = "only with these statuses; ! takes away"},
	{"grpc-status", .arg = "LIST", .set = option_set_grpc_status,
	 .help = "only with these gRPC statuses: numbers, ranges,\nnames, as 1-16 or UNAVAILABLE,14; ! takes "
		 "away"},
	{0},
};

static const struct option_spec of_view[] = {
	{"show-headers", 'H', FLAG(show_headers), .help = "the header list, below each line"},
	{"frames", 'f', FLAG(frames),
	 .help = "also the frames that hold no header block: DATA,\nSETTINGS, RST_STREAM, GOAWAY and all "
		 "others"},
	{"timestamp", 't', FLAG(time_seconds), .help = "column TIME(s): seconds since start"},
	{"time", 'T', FLAG(time_clock), .help = "column TIME: HH:MM:SS"},
	{"wide", 'w', FLAG(wide), .help = "both addresses, nothing shortened"},
	{"json", 'j', FLAG(json), .help = "one JSON object per line, see l7scope(7)"},
	{"show-secrets", FLAG(show_secrets), .help = "do not mask credentials and cookies"},
	{0},
};

const struct option_group option_groups_headers[] = {
	{"whose traffic", options_process},
	{"", options_user},
	{"", options_container},
	{"which connections", options_connection},
	{"which streams, from the block that tells on", of_streams},
	{"", options_request},
	{"which header blocks, each by itself", of_blocks},
	{"what is printed", of_view},
	{"when it ends", options_duration},
	{"", options_count},
	{"how it attaches", options_attach},
	{"recordings", options_file},
	{"about", options_about},
	{0},
};

/* ---- all together ---- */

static bool has_none(const struct status_filter *f)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->terms[i].low == 0)
			return true;
	return false;
}

static bool check_none(const struct options *o, struct option_error *e)
{
	const char *option = has_none(&o->filter.status)	? "--status"
			     : has_none(&o->filter.grpc_status) ? "--grpc-status"
								: NULL;

	return !option ||
	       option_fail(e,
			   "%s: none is for exchanges; it chooses no header blocks, most of which have none",
			   option);
}

static bool check_streams(const struct options *o, struct option_error *e)
{
	for (size_t i = 0; i < o->header_criteria.n_streams && !o->frames; i++)
		if (o->header_criteria.streams[i] == 0)
			return option_fail(e, "--stream 0 has no header blocks, only other frames: add -f");
	return true;
}

bool header_options_check(const struct options *o, struct option_error *e)
{
	/* other frames have no fields, so nothing of them would pass */
	static const char *const pairs[][2] = {
		{"frames", "match"},
		{"frames", "status"},
		{"frames", "grpc-status"},
	};

	return option_check_pairs(o, pairs, sizeof(pairs) / sizeof(pairs[0]), e) && check_none(o, e) &&
	       check_streams(o, e);
}
