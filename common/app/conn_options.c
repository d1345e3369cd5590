/* SPDX-License-Identifier: Apache-2.0 */
#include "app/conn_options.h"

#include "app/conn_order.h"
#include "app/option_checks.h"
#include "app/option_setters.h"
#include "app/option_values.h"
#include "app/options.h"

/* More rows than connections can be known: CONN_TABLE_MAX. */
#define ROWS_MAX 1000000
/* In --help; conns is of groups. */
#define SORT_KEYS                                                                                            \
	"pid, comm, role, laddr, raddr, proto,\nstate, rx, tx, req, err, p50, p99, rtt, retr, age,\nconns, " \
	"container, pod"

/* ---- values ---- */

static bool set_sort(struct options *o, const char *value, struct option_error *e)
{
	if (!conn_order_parse(value, &o->conn.sort))
		return option_fail(e, "-s: '%s' is no column to sort by; --help has their names", value);
	return true;
}

static bool set_by(struct options *o, const char *value, struct option_error *e)
{
	if (!conn_group_parse(value, &o->conn.by))
		return option_fail(e,
				   "--by: '%s' is nothing to group by (connection, process, peer, service, "
				   "container, pod)",
				   value);
	return true;
}

static bool set_rows(struct options *o, const char *value, struct option_error *e)
{
	if (!value_u64(value, ROWS_MAX, &o->conn.rows) || o->conn.rows == 0)
		return option_fail(e, "-r: '%s' is no number of rows (1 to %d); the role is --role", value,
				   ROWS_MAX);
	return true;
}

/* ---- the tables ---- */

#define FLAG(member) .kind = OPTION_FLAG, .flag = offsetof(struct options, member)

const struct option_spec options_conn_whose[] = {
	{"pid", 'p', .arg = "PID[,PID]", .set = option_set_pid,
	 .help = "only connections of these processes"},
	{"comm", 'c', .arg = "COMM", .set = option_set_comm,
	 .help = "only of processes of exactly this name, at\nmost 15 bytes; may be repeated"},
	{"uid", 'u', .arg = "UID[,UID]", .set = option_set_uid,
	 .help = "only of these users, by number or name"},
	{"container", .arg = "ID", .set = option_set_container,
	 .help = "only of this container; the beginning of the id\nwill do"},
	{"pod", .arg = "NS/NAME", .set = option_set_pod, .help = "only of this Kubernetes pod"},
	{0},
};

const struct option_spec options_conn_which[] = {
	{"localport", 'L', .arg = "PORT[,PORT]", .set = option_set_lport, .help = "only these local ports"},
	{"remoteport", 'D', .arg = "PORT[,PORT]", .set = option_set_rport, .help = "only these remote ports"},
	{"ipv4", '4', FLAG(capture.filter.only_ipv4), .help = "only IPv4"},
	{"ipv6", '6', FLAG(capture.filter.only_ipv6), .help = "only IPv6"},
	{"peer", .arg = "CIDR[,CIDR]", .set = option_set_peer,
	 .help = "only peers in these networks, as 10.1.0.0/16\nor ::1"},
	{"role", .arg = "client|server", .set = option_set_role,
	 .help = "only this end of connections (there is no letter\nfor it: -r is rows, as in BCC's top "
		 "tools)"},
	{0},
};

const struct option_spec options_conn_rows[] = {
	{"sort", 's', .arg = "KEY", .set = set_sort,
	 .help = "sort by a column, the largest first, texts from a\nto z: " SORT_KEYS},
	{"reverse", 'R', FLAG(conn.reverse), .help = "the other way round"},
	{"rows", 'r', .arg = "ROWS", .set = set_rows,
	 .help = "so many rows (20; all on the screen and with -j)"},
	{"by", 'g', .arg = "GROUP", .set = set_by,
	 .help = "a row for each connection (default), process,\npeer, service, container or pod"},
	{"graph", 't', FLAG(conn.graph), .help = "who calls whom instead of rows"},
	{"dot", FLAG(conn.dot), .help = "the same for Graphviz's dot(1), once unless count\nsays more"},
	{0},
};

const struct option_spec options_conn_view[] = {
	{"batch", 'b', FLAG(conn.batch),
	 .help = "blocks of text, no keys; the default when input\nor output "
		 "is no terminal"},
	{"noclear", 'C', FLAG(conn.noclear), .help = "as -b, and do not clear the screen"},
	{"wide", 'w', FLAG(wide), .help = "all columns, nothing shortened"},
	{"extended", 'x', FLAG(extended), .help = "also the columns of container and pod"},
	{"json", 'j', FLAG(json), .help = "one JSON object per row, see l7scope(7)"},
	{0},
};

/* ---- all together ---- */

bool conn_options_check(const struct options *o, struct option_error *e)
{
	/* JSON has all there is; a graph has no rows */
	static const char *const pairs[][2] = {
		{"json", "graph"},   {"json", "dot"},	 {"json", "wide"},   {"json", "extended"},
		{"json", "noclear"}, {"graph", "dot"},	 {"dot", "noclear"}, {"dot", "sort"},
		{"dot", "by"},	     {"dot", "reverse"}, {"dot", "rows"},    {"dot", "wide"},
		{"dot", "extended"},
	};

	return option_check_pairs(o, pairs, sizeof(pairs) / sizeof(pairs[0]), e);
}

/* Names tell of containers, also of processes that come later; so a list of the
 * container's processes as of now is only in the way. */
static struct capture_filter user_filter(const struct options *o)
{
	struct capture_filter f = o->capture.filter;

	f.n_cgroups = 0;
	if (!options_given(o, "pid"))
		f.n_pids = 0;
	return f;
}

void conn_options_apply(struct options *o, bool terminal)
{
	static const char *const groups[] = {"conn_stats", NULL};
	struct conn_options *c = &o->conn;

	c->screen = terminal && !c->batch && !c->noclear && !c->dot && !o->json;
	c->filter = user_filter(o);
	c->rows_shown = c->rows;
	if (!c->rows && !c->screen && !o->json && !c->graph && !c->dot)
		c->rows_shown = CONN_ROWS_DEFAULT;
	if (c->sort == CONN_COL_NAME)
		c->sort = CONN_COL_REQ;
	if (o->interval_ns == 0)
		o->interval_ns = CONN_INTERVAL_DEFAULT_NS;
	if (c->dot && o->intervals == 0)
		o->intervals = 1;
	o->name_containers = o->name_containers || c->screen || o->container || o->pod ||
			     c->by == CONN_BY_CONTAINER || c->by == CONN_BY_POD || c->graph || c->dot;
	o->capture.groups = groups;
	o->capture.latency.by = WIRE_BY_CONN;
}
