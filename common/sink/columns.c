/* SPDX-License-Identifier: Apache-2.0 */
#include "sink/columns.h"

#include "sink/escape.h"
#include "sink/record.h"

/* ---- when and who ---- */

void column_seconds(const struct cell *c, const struct exchange *x)
{
	if (x->req.first_ns)
		text_put_ms(c->out, ((int64_t)x->req.first_ns - (int64_t)c->time->start_ns) / 1000);
}

void column_clock(const struct cell *c, const struct exchange *x)
{
	if (x->req.first_ns)
		text_put_str(c->out, wall_time_clock(c->time, x->req.first_ns));
}

void column_pid(const struct cell *c, const struct exchange *x)
{
	text_put_u64(c->out, x->pid);
}

void column_put_clipped(const struct cell *c, struct bytes value, size_t columns)
{
	size_t start = c->out->n;
	struct bytes escaped;

	escape_put(c->out, value);
	escaped = bytes_from(text_bytes(c->out), start);
	if (!c->wide)
		c->out->n = start + escape_fit(escaped, columns);
}

void column_comm(const struct cell *c, const struct exchange *x)
{
	if (x->comm)
		column_put_clipped(c, bytes_of_str(x->comm), COLUMN_COMM_WIDTH);
}

void column_role(const struct cell *c, const struct exchange *x)
{
	text_put_char(c->out, x->role == ROLE_SERVER ? 'S' : 'C');
	if (record_is_incomplete(x))
		text_put_char(c->out, '~');
	if (x->missing & MISSING_OPEN)
		text_put_char(c->out, '+');
}

/* ---- ends of the connection ---- */

/* "[2001:db8:1:2:3:4:5:6]:443" as "[2001:d..:5:6]:443": both ends of an
 * address tell more than one. */
static void put_shortened(struct text *out, const char *s, size_t n)
{
	const char *port = memrchr(s, ']', n);
	size_t tail = (size_t)(s + n - port), room = COLUMN_PEER_WIDTH - tail - 2, head = (room + 1) / 2;

	text_put(out, s, head);
	text_put(out, "..", 2);
	text_put(out, port - (room - head), room - head + tail);
}

void column_put_endpoint(const struct cell *c, const struct endpoint *e)
{
	char buf[ENDPOINT_TEXT_LEN];
	size_t n;

	if (!e->family)
		return;
	n = strlen(endpoint_text(e, buf));
	if (c->wide || n <= COLUMN_PEER_WIDTH || !memchr(buf, ']', n))
		text_put(c->out, buf, n);
	else
		put_shortened(c->out, buf, n);
}

void column_local(const struct cell *c, const struct exchange *x)
{
	column_put_endpoint(c, &x->local);
}

void column_peer(const struct cell *c, const struct exchange *x)
{
	column_put_endpoint(c, &x->remote);
}

void column_conn(const struct cell *c, const struct exchange *x)
{
	text_put_u64(c->out, x->conn);
}

void column_tls(const struct cell *c, const struct exchange *x)
{
	text_put_str(c->out, x->tls ? "yes" : "no");
}

/* ---- what happened ---- */

/* No status is never a number: "-closed", "-reset", "-timeout", "-gap", "-unseen", "-unknown". */
static void put_http_status(struct text *out, const struct exchange *x)
{
	const char *reason = no_status_name(x->no_status);

	if (x->status) {
		text_put_u64(out, (uint64_t)x->status);
	} else if (reason) {
		text_put_char(out, '-');
		text_put_str(out, reason);
	}
}

/* "200", "200/grpc 5" */
void column_status(const struct cell *c, const struct exchange *x)
{
	size_t start = c->out->n;

	put_http_status(c->out, x);
	if (!x->grpc || x->grpc->status < 0)
		return;
	if (c->out->n == start)
		text_put_char(c->out, '-');
	text_put_str(c->out, "/grpc ");
	text_put_u64(c->out, (uint64_t)x->grpc->status);
}

void column_method(const struct cell *c, const struct exchange *x)
{
	escape_put(c->out, x->method);
}

static void put_duration(const struct cell *c, int64_t ns)
{
	if (ns >= 0)
		text_put_ms(c->out, ns);
}

void column_latency(const struct cell *c, const struct exchange *x)
{
	put_duration(c, exchange_latency_ns(x));
}

void column_ttfb(const struct cell *c, const struct exchange *x)
{
	put_duration(c, exchange_ttfb_ns(x));
}

void column_queue(const struct cell *c, const struct exchange *x)
{
	put_duration(c, x->queue_ns);
}

void column_req_bytes(const struct cell *c, const struct exchange *x)
{
	text_put_u64(c->out, x->req_bytes);
}

void column_resp_bytes(const struct cell *c, const struct exchange *x)
{
	if (record_resp_bytes_known(x))
		text_put_u64(c->out, x->resp_bytes);
}

void column_version(const struct cell *c, const struct exchange *x)
{
	const char *version = record_version(x);

	if (version)
		text_put_str(c->out, version);
}

void column_flags(const struct cell *c, const struct exchange *x)
{
	unsigned left = x->missing;

	for (unsigned bit = 1; left; bit <<= 1) {
		if (left & bit && record_flag(bit)) {
			if (left != x->missing)
				text_put_char(c->out, ',');
			text_put_str(c->out, record_flag(bit));
		}
		left &= ~bit;
	}
}

/* ---- names ---- */

void column_container(const struct cell *c, const struct exchange *x)
{
	if (x->container)
		column_put_clipped(c, bytes_of_str(x->container), COLUMN_CONTAINER_WIDTH);
}

void column_pod(const struct cell *c, const struct exchange *x)
{
	if (!x->pod)
		return;
	if (x->namespace_) {
		escape_put(c->out, bytes_of_str(x->namespace_));
		text_put_char(c->out, '/');
	}
	escape_put(c->out, bytes_of_str(x->pod));
}

void column_host(const struct cell *c, const struct exchange *x)
{
	escape_put(c->out, mask_authority(c->masker, x->host));
}

void column_header(const struct cell *c, const struct exchange *x)
{
	const struct header_field *field = record_header(x, c->header);

	if (field && field->value.n)
		escape_put(c->out, mask_header(c->masker, field));
}

void column_path(const struct cell *c, const struct exchange *x)
{
	escape_put(c->out, mask_target(c->masker, record_path(x)));
}
