/* SPDX-License-Identifier: Apache-2.0 */
/* The setters of options that need no more than one value: see source_setters.c
 * for those that choose whose traffic is seen. */
#include "app/option_setters.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/option_values.h"
#include "app/options.h"

#define NS_PER_MS     1000000ull
#define NS_PER_SECOND 1000000000ull
/* A file descriptor's number; the usual limits are far below. */
#define FD_MAX 1048575
/* A report takes some milliseconds of the tool's time; a day is longer than
 * anybody waits for one. */
#define INTERVAL_MIN_NS (NS_PER_SECOND / 10)
#define INTERVAL_MAX_NS (86400 * NS_PER_SECOND)

/* The position of `value` among the names (NULL-ended); -1 when it is none. */
static int choose(const char *value, const char *const *names)
{
	for (int i = 0; names[i]; i++)
		if (strcmp(value, names[i]) == 0)
			return i;
	return -1;
}

/* ---- what HTTP says ---- */

bool option_set_min_ms(struct options *o, const char *value, struct option_error *e)
{
	if (!value_decimal(value, NS_PER_MS, &o->filter.min_ns))
		return option_fail(e, "'%s' is no number of milliseconds", value);
	return true;
}

struct string_list {
	char **items;
	size_t *n;
	struct option_error *e;
	const char *what;
	bool tokens;
};

static bool add_string(void *ctx, const char *item)
{
	struct string_list *list = ctx;

	if (list->tokens && !value_is_token(item))
		return option_fail(list->e, "'%s' is no %s", item, list->what);
	if (*list->n == FILTER_VALUES_MAX)
		return option_fail(list->e, "--%s takes at most %d values", list->what, FILTER_VALUES_MAX);
	list->items[*list->n] = strdup(item);
	if (!list->items[*list->n])
		return option_fail(list->e, "out of memory");
	++*list->n;
	return true;
}

static bool set_strings(struct string_list list, const char *value)
{
	option_fail(list.e, "--%s: '%s' is no list of names", list.what, value);
	return value_list(value, add_string, &list);
}

bool option_set_method(struct options *o, const char *value, struct option_error *e)
{
	struct exchange_filter *f = &o->filter;

	return set_strings((struct string_list){f->methods, &f->n_methods, e, "method", true}, value);
}

bool option_set_host(struct options *o, const char *value, struct option_error *e)
{
	struct exchange_filter *f = &o->filter;

	return set_strings((struct string_list){f->hosts, &f->n_hosts, e, "host", false}, value);
}

bool option_set_path(struct options *o, const char *value, struct option_error *e)
{
	struct exchange_filter *f = &o->filter;
	char why[OPTION_ERROR_MAX - sizeof("--path: ")];

	if (f->n_paths == FILTER_VALUES_MAX)
		return option_fail(e, "--path may be given at most %d times", FILTER_VALUES_MAX);
	f->paths[f->n_paths] = path_pattern_new(value, why, sizeof(why));
	if (!f->paths[f->n_paths])
		return option_fail(e, "--path: %s", why);
	f->n_paths++;
	return true;
}

bool option_set_status(struct options *o, const char *value, struct option_error *e)
{
	return status_filter_parse(&o->filter.status, value, e->text, sizeof(e->text));
}

bool option_set_grpc_status(struct options *o, const char *value, struct option_error *e)
{
	return grpc_status_filter_parse(&o->filter.grpc_status, value, e->text, sizeof(e->text));
}

/* ---- output and end ---- */

bool option_set_header(struct options *o, const char *value, struct option_error *e)
{
	if (!value_is_token(value))
		return option_fail(e, "--header: '%s' is no name of a header field", value);
	if (o->n_headers == SINK_HEADERS_MAX)
		return option_fail(e, "--header may be given at most %d times", SINK_HEADERS_MAX);
	o->headers[o->n_headers++] = value;
	return true;
}

bool option_set_open(struct options *o, const char *value, struct option_error *e)
{
	if (!value_decimal(value, NS_PER_SECOND, &o->open_ns))
		return option_fail(e, "--open: '%s' is no number of seconds", value);
	return true;
}

bool option_set_duration(struct options *o, const char *value, struct option_error *e)
{
	if (!value_decimal(value, NS_PER_SECOND, &o->duration_ns) || o->duration_ns == 0)
		return option_fail(e, "-d: '%s' is no number of seconds above 0", value);
	return true;
}

bool option_set_count(struct options *o, const char *value, struct option_error *e)
{
	if (!value_u64(value, UINT64_MAX, &o->count) || o->count == 0)
		return option_fail(e, "-n: '%s' is no whole number above 0", value);
	return true;
}

bool option_set_interval(struct options *o, const char *value, struct option_error *e)
{
	if (!value_decimal(value, NS_PER_SECOND, &o->interval_ns))
		return option_fail(e, "'%s' is no interval in seconds", value);
	if (o->interval_ns < INTERVAL_MIN_NS || o->interval_ns > INTERVAL_MAX_NS)
		return option_fail(e, "an interval of %s seconds is not between 0.1 and 86400", value);
	return true;
}

bool option_set_intervals(struct options *o, const char *value, struct option_error *e)
{
	if (!value_u64(value, UINT64_MAX, &o->intervals) || o->intervals == 0)
		return option_fail(e, "'%s' is no number of intervals: a whole number above 0", value);
	return true;
}

bool option_set_ready_fd(struct options *o, const char *value, struct option_error *e)
{
	uint64_t fd;

	if (!value_u64(value, FD_MAX, &fd) || fcntl((int)fd, F_GETFD) < 0)
		return option_fail(e, "--ready-fd: '%s' is no open file descriptor", value);
	o->ready_fd = (int)fd;
	return true;
}

/* ---- how to attach ---- */

bool option_set_headers(struct options *o, const char *value, struct option_error *e)
{
	static const char *const names[] = {"auto", "btf", "kernel", NULL};
	static const enum headers_from values[] = {HEADERS_AUTO, HEADERS_BTF, HEADERS_KERNEL};
	int i = choose(value, names);
	struct stat st;

	if (i >= 0) {
		o->capture.headers = values[i];
		return true;
	}
	if (stat(value, &st) || !S_ISDIR(st.st_mode))
		return option_fail(e, "--headers: '%s' is neither auto, btf, kernel nor a directory", value);
	o->capture.headers = HEADERS_DIR;
	o->capture.headers_dir = value;
	return true;
}

bool option_set_probes(struct options *o, const char *value, struct option_error *e)
{
	static const char *const names[] = {"auto", "tracepoint", "socket", "fentry", "kprobe", NULL};
	static const enum probes_from values[] = {PROBES_AUTO, PROBES_TRACEPOINT, PROBES_SOCKET,
						  PROBES_FENTRY, PROBES_KPROBE};
	int i = choose(value, names);

	if (i < 0)
		return option_fail(e, "--probes: '%s' is neither auto, tracepoint, socket, fentry nor kprobe",
				   value);
	o->capture.probes = values[i];
	return true;
}

bool option_set_transport(struct options *o, const char *value, struct option_error *e)
{
	static const char *const names[] = {"auto", "ring", "perf", NULL};
	static const enum transport_kind values[] = {TRANSPORT_AUTO, TRANSPORT_RING, TRANSPORT_PERF};
	int i = choose(value, names);

	if (i < 0)
		return option_fail(e, "--transport: '%s' is neither auto, ring nor perf", value);
	o->capture.transport = values[i];
	return true;
}

static bool set_file(const char **file, const char *value, const char *option, struct option_error *e)
{
	if (*value == '\0')
		return option_fail(e, "%s: the file's name is empty", option);
	*file = value;
	return true;
}

bool option_set_record(struct options *o, const char *value, struct option_error *e)
{
	return set_file(&o->record, value, "--record", e);
}

bool option_set_replay(struct options *o, const char *value, struct option_error *e)
{
	return set_file(&o->replay, value, "--replay", e);
}
