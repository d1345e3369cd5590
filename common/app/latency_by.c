/* SPDX-License-Identifier: Apache-2.0 */
#include "app/latency_by.h"

#include <stdarg.h>
#include <stdio.h>

#include "app/latency_groups.h"
#include "app/option_values.h"
#include "app/path_fold.h"
#include "exchange/exchange.h"
#include "sink/latency_sink.h"
#include "sink/record.h"

/* Of a container's id: as many as docker ps shows. */
#define CONTAINER_DIGITS 12
#define TEXT_SIZE	 sizeof(((struct latency_by_text *)NULL)->text[0])

_Static_assert(BY_KEYS <= LATENCY_KEYS_MAX, "a row has room for all keys");
_Static_assert(TEXT_SIZE >= LATENCY_VALUE_MAX, "values are cut by latency_groups, not here");

static const char *const names[BY_KEYS] = {
	[BY_PID] = "pid",   [BY_COMM] = "comm",	    [BY_ROLE] = "role",
	[BY_PEER] = "peer", [BY_HOST] = "host",	    [BY_METHOD] = "method",
	[BY_PATH] = "path", [BY_STATUS] = "status", [BY_CONTAINER] = "container",
	[BY_POD] = "pod",
};

const char *latency_by_name(enum latency_by key)
{
	return names[key];
}

/* ---- the list ---- */

bool latency_by_has(const struct latency_by_list *l, enum latency_by key)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->keys[i] == key)
			return true;
	return false;
}

struct parsing {
	struct latency_by_list list;
	char *err;
	size_t err_size;
};

__attribute__((format(printf, 2, 3))) static bool fail(struct parsing *p, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(p->err, p->err_size, format, args);
	va_end(args);
	return false;
}

static bool add_name(void *ctx, const char *name)
{
	struct parsing *p = ctx;
	size_t key = 0;

	while (key < BY_KEYS && strcmp(names[key], name) != 0)
		key++;
	if (key == BY_KEYS)
		return fail(p,
			    "--by: '%s' is none of pid, comm, role, peer, host, method, path, status, "
			    "container and pod",
			    name);
	if (latency_by_has(&p->list, key))
		return fail(p, "--by: '%s' is named twice", name);
	p->list.keys[p->list.n++] = key;
	return true;
}

bool latency_by_parse(struct latency_by_list *l, const char *list, char *err, size_t err_size)
{
	struct parsing p = {*l, err, err_size};

	fail(&p, "--by: '%s' is no list of names", list);
	if (!value_list(list, add_name, &p))
		return false;
	*l = p.list;
	return true;
}

/* ---- the values ---- */

static const struct bytes unknown = {NULL, 0};

static struct bytes put_number(char *text, unsigned number)
{
	return bytes_of(text, (size_t)snprintf(text, TEXT_SIZE, "%u", number));
}

static struct bytes peer_of(const struct exchange *x, char *text)
{
	return x->remote.family ? bytes_of_str(endpoint_addr(&x->remote, text)) : unknown;
}

/* RFC 3986 3.2: [userinfo "@"] host [":" port].  Colons are in an IPv6
 * address, too, which should be bracketed and may not be. */
static struct bytes host_alone(struct bytes authority)
{
	const uint8_t *at = memrchr(authority.p, '@', authority.n), *colon;
	struct bytes host = at ? bytes_from(authority, (size_t)(at - authority.p) + 1) : authority;
	size_t end;

	colon = host.n ? memrchr(host.p, ':', host.n) : NULL;
	if (!colon)
		return host;
	end = (size_t)(colon - host.p);
	for (size_t i = end + 1; i < host.n; i++)
		if (host.p[i] < '0' || host.p[i] > '9')
			return host;
	if (memchr(host.p, ':', end) && host.p[end - 1] != ']')
		return host;
	return bytes_of(host.p, end);
}

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

/* Hosts compare without case (RFC 3986 3.2.2). */
static struct bytes host_of(const struct exchange *x, char *text)
{
	struct bytes host = x->host.n ? host_alone(x->host) : unknown;
	size_t n = host.n < TEXT_SIZE ? host.n : TEXT_SIZE;

	if (!x->host.n)
		return unknown;
	for (size_t i = 0; i < n; i++)
		text[i] = (char)lower(host.p[i]);
	return bytes_of(text, n);
}

static struct bytes path_of(const struct exchange *x, bool fold_ids, char *text)
{
	struct bytes path = record_path(x);

	if (!path.n)
		return unknown;
	return fold_ids ? path_fold(path, text, TEXT_SIZE) : path_without_query(path);
}

static struct bytes container_of(const struct exchange *x)
{
	return x->container ? bytes_of(x->container, strnlen(x->container, CONTAINER_DIGITS)) : unknown;
}

static struct bytes pod_of(const struct exchange *x, char *text)
{
	if (!x->pod || !x->namespace_)
		return unknown;
	snprintf(text, TEXT_SIZE, "%s/%s", x->namespace_, x->pod);
	return bytes_of_str(text);
}

static struct bytes value_of(enum latency_by key, const struct exchange *x, bool fold_ids, char *text)
{
	switch (key) {
	case BY_PID:
		return put_number(text, x->pid);
	case BY_COMM:
		return x->comm ? bytes_of_str(x->comm) : unknown;
	case BY_ROLE:
		return bytes_of_str(record_role(x));
	case BY_PEER:
		return peer_of(x, text);
	case BY_HOST:
		return host_of(x, text);
	case BY_METHOD:
		return x->method.n ? x->method : unknown;
	case BY_PATH:
		return path_of(x, fold_ids, text);
	case BY_STATUS:
		return x->status ? put_number(text, (unsigned)x->status) : unknown;
	case BY_CONTAINER:
		return container_of(x);
	case BY_POD:
		return pod_of(x, text);
	case BY_KEYS:
		break;
	}
	return unknown;
}

void latency_by_values(const struct latency_by_list *l, const struct exchange *x, bool fold_ids,
		       struct latency_by_text *t, struct bytes *values)
{
	for (size_t i = 0; i < l->n; i++)
		values[i] = value_of(l->keys[i], x, fold_ids, t->text[i]);
}
