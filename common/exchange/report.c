/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/report.h"

#include "exchange/target.h"

static struct bytes field_value(const struct header_list *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++) {
		if (bytes_equal_nocase(list->fields[i].name, name))
			return list->fields[i].value;
	}
	return (struct bytes){0};
}

/* RFC 9112 3.2.2 and 3.3: an absolute-form's authority outranks Host; CONNECT
 * names its peer in the target. */
static void fill_target(struct exchange *x, bool connect)
{
	struct target_parts parts = target_split(x->target);

	x->host = parts.authority;
	if (!x->host.n)
		x->host = field_value(&x->req_headers, "host");
	if (!x->host.n && connect)
		x->host = x->target;
	x->path = parts.path;
}

static enum no_status why_no_status(const struct pair *p)
{
	if (p->status)
		return NO_STATUS_NONE;
	return p->message[HTTP1_RESPONSE].has_head ? NO_STATUS_UNKNOWN : p->no_status;
}

void report_fill(struct exchange *x, const struct connection *c, const struct pair *p)
{
	const struct message *req = &p->message[HTTP1_REQUEST], *resp = &p->message[HTTP1_RESPONSE];

	*x = (struct exchange){
		.conn = c->number,
		.pid = p->pid,
		.tid = p->tid,
		.uid = p->uid,
		.comm = p->comm,
		.role = c->role,
		.local = c->local,
		.remote = c->remote,
		.netns = c->netns,
		.cgroup = p->cgroup,
		.tls = c->tls,
		.version_major = 1,
		.version_minor = p->version_minor,
		.stream = -1,
		.method = req->head.method,
		.target = req->head.target,
		.scheme = bytes_of_str(c->tls ? "https" : "http"),
		.status = p->status,
		.no_status = why_no_status(p),
		.req_bytes = req->bytes,
		.resp_bytes = resp->bytes,
		.req = req->times,
		.resp = resp->times,
		.queue_ns = -1,
		.req_headers = req->head.fields,
		.resp_headers = resp->head.fields,
		.trailers = p->trailers.fields,
		.missing = p->missing | (c->joined && !c->reported ? MISSING_JOINED : 0),
	};
	fill_target(x, p->answer_to == HTTP1_TO_CONNECT);
}
