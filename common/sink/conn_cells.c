/* SPDX-License-Identifier: Apache-2.0 */
#include "sink/conn_cells.h"

#include <netinet/tcp.h>

#include "sink/columns.h"
#include "sink/conn_figures.h"
#include "sink/escape.h"

/* ---- names ---- */

const char *conn_state_name(uint8_t state)
{
	static const char *const names[CONN_STATES] = {
		NULL,	 "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2",    "TIME_WAIT",
		"CLOSE", "CLOSE_WAIT",	"LAST_ACK", "LISTEN",	"CLOSING",   "NEW_SYN_RECV",
	};

	return state < CONN_STATES ? names[state] : NULL;
}

const char *conn_role_name(enum conn_role role)
{
	return role == CONN_CLIENT ? "client" : role == CONN_SERVER ? "server" : NULL;
}

/* ---- cells: appending nothing means unknown ---- */

static void put_clipped(const struct conn_cell *c, const char *value)
{
	struct cell cell = {.out = c->out, .wide = c->width == 0};

	if (value)
		column_put_clipped(&cell, bytes_of_str(value), c->width);
}

static void put_name(const struct conn_cell *c)
{
	if (c->r->group.p)
		escape_put(c->out, c->r->group);
}

static void put_conns(const struct conn_cell *c)
{
	if (c->width)
		figure_put_count(c->out, c->r->n);
	else
		text_put_u64(c->out, c->r->n);
}

/* All that are known, "12,13", and how many more there are, "12,13+5". */
static void put_pids(const struct conn_cell *c)
{
	const struct conn_record *r = c->r;

	for (size_t i = 0; i < r->n_owner_pids; i++) {
		if (i)
			text_put_char(c->out, ',');
		text_put_u64(c->out, r->owners[i]);
	}
	if (r->n_owners > r->n_owner_pids) {
		text_put_char(c->out, '+');
		text_put_u64(c->out, r->n_owners - r->n_owner_pids);
	}
}

static void put_pid(const struct conn_cell *c)
{
	const struct conn_record *r = c->r;

	if (!r->pid)
		return;
	if (r->n_owners > 1 && r->n_owner_pids && !c->width) {
		put_pids(c);
		return;
	}
	text_put_u64(c->out, r->pid);
	if (r->n_owners > 1)
		text_put_char(c->out, '+');
}

static void put_comm(const struct conn_cell *c)
{
	put_clipped(c, c->r->comm);
}

static void put_role(const struct conn_cell *c)
{
	const char *name = conn_role_name(c->r->role);

	if (name && c->width && c->width < CONN_ROLE_WORD_WIDTH)
		text_put_char(c->out, c->r->role == CONN_CLIENT ? 'C' : 'S');
	else if (name)
		text_put_str(c->out, name);
	else if (c->r->closed)
		text_put_char(c->out, '-');
	if (c->r->closed)
		text_put_char(c->out, '*');
}

static void put_endpoint(const struct conn_cell *c, const struct endpoint *e)
{
	struct cell cell = {.out = c->out, .wide = c->width == 0};

	column_put_endpoint(&cell, e);
}

/* In little room its port alone: of a server that is what it serves. */
static void put_local(const struct conn_cell *c)
{
	if (!c->width || c->width >= COLUMN_PEER_WIDTH) {
		put_endpoint(c, &c->r->local);
	} else if (c->r->local.family) {
		text_put_char(c->out, ':');
		text_put_u64(c->out, c->r->local.port);
	}
}

static void put_remote(const struct conn_cell *c)
{
	put_endpoint(c, &c->r->remote);
}

static void put_proto(const struct conn_cell *c)
{
	put_clipped(c, c->r->proto);
}

/* ESTABLISHED is what nearly all are, and the longest of the usual ones. */
static void put_state(const struct conn_cell *c)
{
	if (c->r->closed)
		text_put_str(c->out, "closed");
	else if (c->r->state == TCP_ESTABLISHED)
		text_put_str(c->out, "ESTAB");
	else
		put_clipped(c, conn_state_name(c->r->state));
}

static void put_rx(const struct conn_cell *c)
{
	if (c->r->bytes_known)
		figure_put_byte_rate(c->out, c->r->rx_bytes, c->interval_ns);
}

static void put_tx(const struct conn_cell *c)
{
	if (c->r->bytes_known)
		figure_put_byte_rate(c->out, c->r->tx_bytes, c->interval_ns);
}

static void put_requests(const struct conn_cell *c)
{
	if (c->r->http)
		figure_put_rate(c->out, c->r->requests, c->interval_ns);
}

static void put_errors(const struct conn_cell *c)
{
	if (c->r->http)
		figure_put_share(c->out, c->r->errors, c->r->requests);
}

static void put_percentile(const struct conn_cell *c, unsigned per_100000)
{
	const struct histogram *h = c->r->latency;

	if (h && h->count)
		figure_put_duration(c->out, histogram_percentile_ns(h, per_100000) / 1000, "");
}

static void put_p50(const struct conn_cell *c)
{
	put_percentile(c, 50000);
}

static void put_p99(const struct conn_cell *c)
{
	put_percentile(c, 99000);
}

static void put_rtt(const struct conn_cell *c)
{
	if (c->r->rtt_us)
		figure_put_duration(c->out, c->r->rtt_us, "");
}

static void put_retrans(const struct conn_cell *c)
{
	if (c->r->bytes_known)
		figure_put_count(c->out, c->r->retrans);
}

static void put_age(const struct conn_cell *c)
{
	const struct conn_record *r = c->r;

	if (r->group.p)
		return;
	if (r->age_ns >= 0) {
		figure_put_age(c->out, r->age_ns);
	} else if (r->seen_ns > 0) {
		text_put_char(c->out, '>');
		figure_put_age(c->out, r->seen_ns);
	}
}

static void put_container(const struct conn_cell *c)
{
	put_clipped(c, c->r->container);
}

static void put_pod(const struct conn_cell *c)
{
	if (!c->r->pod)
		return;
	if (c->r->namespace_) {
		escape_put(c->out, bytes_of_str(c->r->namespace_));
		text_put_char(c->out, '/');
	}
	escape_put(c->out, bytes_of_str(c->r->pod));
}

/* ---- columns ---- */

const struct conn_cell_kind conn_cells[CONN_COLS] = {
	[CONN_COL_NAME] = {"name", "NAME", false, true, put_name},
	[CONN_COL_CONNS] = {"conns", "CONNS", true, false, put_conns},
	[CONN_COL_PID] = {"pid", "PID", false, false, put_pid},
	[CONN_COL_COMM] = {"comm", "COMM", false, false, put_comm},
	[CONN_COL_ROLE] = {"role", "ROLE", false, false, put_role},
	[CONN_COL_LADDR] = {"laddr", "LADDR", false, false, put_local},
	[CONN_COL_RADDR] = {"raddr", "RADDR", false, false, put_remote},
	[CONN_COL_PROTO] = {"proto", "PROTO", false, false, put_proto},
	[CONN_COL_STATE] = {"state", "STATE", false, false, put_state},
	[CONN_COL_RX] = {"rx", "RX/s", true, false, put_rx},
	[CONN_COL_TX] = {"tx", "TX/s", true, false, put_tx},
	[CONN_COL_REQ] = {"req", "REQ/s", true, false, put_requests},
	[CONN_COL_ERR] = {"err", "ERR%", true, false, put_errors},
	[CONN_COL_P50] = {"p50", "P50", true, false, put_p50},
	[CONN_COL_P99] = {"p99", "P99", true, false, put_p99},
	[CONN_COL_RTT] = {"rtt", "RTT", true, false, put_rtt},
	[CONN_COL_RETR] = {"retr", "RETR", true, false, put_retrans},
	[CONN_COL_AGE] = {"age", "AGE", true, false, put_age},
	[CONN_COL_CONTAINER] = {"container", "CONTAINER", false, false, put_container},
	[CONN_COL_POD] = {"pod", "POD", false, true, put_pod},
};
