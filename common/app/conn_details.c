/* SPDX-License-Identifier: Apache-2.0 */
#include "app/conn_details.h"

#include "sink/conn_columns.h"
#include "sink/escape.h"

/* Where the values begin. */
#define VALUE_COLUMN 18

static void put_label(struct text *out, const char *label)
{
	size_t n = strlen(label);

	text_put_str(out, label);
	text_put_spaces(out, n < VALUE_COLUMN ? VALUE_COLUMN - n : 1);
}

/* Numbers of 0 are as good as any other where they are known. */
static void put_number(struct text *out, const char *label, uint64_t value)
{
	put_label(out, label);
	text_put_u64(out, value);
	text_put_char(out, '\n');
}

static void put_cell(struct text *out, const char *label, enum conn_column column,
		     const struct conn_record *r, uint64_t interval_ns)
{
	size_t start;

	put_label(out, label);
	start = out->n;
	conn_put_cell(out, column, r, interval_ns);
	if (out->n == start)
		text_put_char(out, '-');
	text_put_char(out, '\n');
}

static void put_owners(struct text *out, const struct conn_record *r)
{
	if (r->n_owners < 2)
		return;
	put_label(out, "shared by");
	for (size_t i = 0; i < r->n_owner_pids; i++) {
		if (i)
			text_put_str(out, ", ");
		text_put_u64(out, r->owners[i]);
	}
	if (r->n_owners > r->n_owner_pids) {
		text_put_str(out, ", and ");
		text_put_u64(out, r->n_owners - r->n_owner_pids);
		text_put_str(out, " more");
	}
	text_put_char(out, '\n');
}

static void put_who(struct text *out, const struct conn_record *r)
{
	static const struct {
		const char *label;
		enum conn_column column;
	} cells[] = {
		{"process", CONN_COL_PID},  {"name", CONN_COL_COMM},	  {"container", CONN_COL_CONTAINER},
		{"pod", CONN_COL_POD},	    {"role", CONN_COL_ROLE},	  {"local", CONN_COL_LADDR},
		{"remote", CONN_COL_RADDR}, {"protocol", CONN_COL_PROTO}, {"state", CONN_COL_STATE},
		{"age", CONN_COL_AGE},
	};

	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++)
		put_cell(out, cells[i].label, cells[i].column, r, 0);
	put_number(out, "user", r->uid);
	put_owners(out, r);
	put_number(out, "network namespace", r->netns);
}

static void put_tcp(struct text *out, const struct conn_record *r, uint64_t interval_ns)
{
	put_cell(out, "received/s", CONN_COL_RX, r, interval_ns);
	put_cell(out, "sent/s", CONN_COL_TX, r, interval_ns);
	put_cell(out, "round trip", CONN_COL_RTT, r, interval_ns);
	put_cell(out, "sent again", CONN_COL_RETR, r, interval_ns);
	if (!r->bytes_known)
		return;
	put_number(out, "received in all", r->rx_total);
	put_number(out, "sent in all", r->tx_total);
	put_number(out, "not read yet", r->unread);
	put_number(out, "not acknowledged", r->unsent);
}

static void put_http(struct text *out, const struct conn_record *r, uint64_t interval_ns)
{
	if (!r->http)
		return;
	put_cell(out, "requests/s", CONN_COL_REQ, r, interval_ns);
	put_cell(out, "errors, %", CONN_COL_ERR, r, interval_ns);
	put_cell(out, "p50", CONN_COL_P50, r, interval_ns);
	put_cell(out, "p99", CONN_COL_P99, r, interval_ns);
	put_number(out, "in flight", r->inflight);
}

static void put_recent(struct text *out, const struct conn_record *r, const struct conn_recent *recent)
{
	const char *line;

	text_put_char(out, '\n');
	if (!conn_recent_line(recent, 0)) {
		text_put_str(out,
			     "HTTP/1 is counted in the kernel. Its exchanges, one by one:\n    httpsnoop");
		if (r->pid) {
			text_put_str(out, " -p ");
			text_put_u64(out, r->pid);
		}
		text_put_str(out, " -L ");
		text_put_u64(out, r->local.port);
		text_put_str(out, " -D ");
		text_put_u64(out, r->remote.port);
		text_put_char(out, '\n');
		return;
	}
	text_put_str(out, "last exchanges, since they are shown here:\n");
	for (size_t i = 0; (line = conn_recent_line(recent, i)); i++) {
		text_put_str(out, line);
		text_put_char(out, '\n');
	}
}

void conn_put_details(struct text *out, const struct conn_record *r, const struct conn_recent *recent,
		      uint64_t interval_ns)
{
	if (r->group.p) {
		put_cell(out, "group", CONN_COL_NAME, r, interval_ns);
		put_cell(out, "connections", CONN_COL_CONNS, r, interval_ns);
	} else {
		put_who(out, r);
	}
	put_tcp(out, r, interval_ns);
	put_http(out, r, interval_ns);
	if (!r->group.p)
		put_recent(out, r, recent);
}
