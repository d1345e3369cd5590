/* SPDX-License-Identifier: Apache-2.0 */
#include "app/conn_details.h"

#include "sink/conn_columns.h"
#include "sink/escape.h"

/* Two fields to a line: a screen of 24 lines has room for some exchanges, too. */
#define VALUE_WIDTH   18 /* from a label's begin to its value's */
#define SECOND_COLUMN 42

static size_t line_width(const struct text *out)
{
	size_t n = 0;

	while (n < out->n && out->p[out->n - n - 1] != '\n')
		n++;
	return n;
}

static void end_line(struct text *out)
{
	if (line_width(out))
		text_put_char(out, '\n');
}

static void put_label(struct text *out, const char *label)
{
	size_t n = strlen(label), width = line_width(out);

	if (width >= SECOND_COLUMN)
		end_line(out);
	else if (width)
		text_put_spaces(out, SECOND_COLUMN - width);
	text_put_str(out, label);
	text_put_spaces(out, n < VALUE_WIDTH ? VALUE_WIDTH - n : 1);
}

/* Numbers of 0 are as good as any other where they are known. */
static void put_number(struct text *out, const char *label, uint64_t value)
{
	put_label(out, label);
	text_put_u64(out, value);
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
}

static void put_owners(struct text *out, const struct conn_record *r)
{
	if (r->n_owners < 2)
		return;
	end_line(out);
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
	end_line(out);
}

static void put_who(struct text *out, const struct conn_record *r)
{
	static const struct {
		const char *label;
		enum conn_column column;
	} cells[] = {
		{"process", CONN_COL_PID}, {"name", CONN_COL_COMM},   {"container", CONN_COL_CONTAINER},
		{"pod", CONN_COL_POD},	   {"local", CONN_COL_LADDR}, {"remote", CONN_COL_RADDR},
		{"role", CONN_COL_ROLE},   {"state", CONN_COL_STATE}, {"protocol", CONN_COL_PROTO},
		{"age", CONN_COL_AGE},
	};

	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++)
		put_cell(out, cells[i].label, cells[i].column, r, 0);
	put_number(out, "user", r->uid);
	put_number(out, "network namespace", r->netns);
	put_owners(out, r);
	end_line(out);
}

static void put_tcp(struct text *out, const struct conn_record *r, uint64_t interval_ns)
{
	put_cell(out, "received/s", CONN_COL_RX, r, interval_ns);
	put_cell(out, "sent/s", CONN_COL_TX, r, interval_ns);
	put_cell(out, "round trip", CONN_COL_RTT, r, interval_ns);
	put_cell(out, "sent again", CONN_COL_RETR, r, interval_ns);
	end_line(out);
	if (!r->bytes_known)
		return;
	put_number(out, "received in all", r->rx_total);
	put_number(out, "sent in all", r->tx_total);
	put_number(out, "not read yet", r->unread);
	put_number(out, "not acknowledged", r->unsent);
	end_line(out);
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
	end_line(out);
}

static void put_recent(struct text *out, const struct conn_recent *recent, const char *none)
{
	const char *line;

	text_put_str(out, "\nlast exchanges, since they are shown here: ");
	if (!conn_recent_line(recent, 0))
		escape_put(out, bytes_of_str(none));
	text_put_char(out, '\n');
	for (size_t i = 0; (line = conn_recent_line(recent, i)); i++) {
		text_put_str(out, line);
		text_put_char(out, '\n');
	}
}

void conn_put_details(struct text *out, const struct conn_record *r, const struct conn_recent *recent,
		      const char *none, uint64_t interval_ns)
{
	if (r->group.p) {
		put_cell(out, "group", CONN_COL_NAME, r, interval_ns);
		put_cell(out, "connections", CONN_COL_CONNS, r, interval_ns);
		end_line(out);
	} else {
		put_who(out, r);
	}
	put_tcp(out, r, interval_ns);
	put_http(out, r, interval_ns);
	if (!r->group.p)
		put_recent(out, recent, none);
}
