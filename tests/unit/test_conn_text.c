/* SPDX-License-Identifier: Apache-2.0 */
/* conntop's lines: which columns fit, what stands in them, hostile names, blocks. */
#include <check.h>

#include "harness.h"
#include "sample_conns.h"
#include "sink/conn_columns.h"
#include "sink/escape.h"
#include "sink/utf8.h"

static struct conn_run run;
static struct text text;

static void setup(void)
{
	run_init(&run);
	text_init(&text);
}

static void teardown(void)
{
	text_release(&text);
	run_release(&run);
}

static const char *ended(void)
{
	text_put_char(&text, '\0');
	return text.p;
}

/* A header and the sample's rows. */
static const char *table(const struct conn_layout_options *o)
{
	struct conn_layout l;

	text_clear(&text);
	conn_layout_init(&l, o);
	conn_layout_widen(&l, run.records, SAMPLE_RECORDS);
	conn_put_header(&text, &l);
	for (size_t i = 0; i < SAMPLE_RECORDS; i++)
		conn_put_row(&text, &l, &run.records[i], 2 * SECOND);
	return ended();
}

static const char *table_of_width(unsigned screen)
{
	return table(&(struct conn_layout_options){.screen = screen});
}

/* ---- which columns ---- */

START_TEST(columns_40)
{
	ck_assert_str_eq(table_of_width(40), "COMM     R  RADDR                 REQ/s\n"
					     "curl     C  10.0.0.9:80            12.0\n"
					     "nginx    S* [2001:db8::7]:50000     0.0\n"
					     "-        -  -                         -\n");
}
END_TEST

#define TABLE_80                                                                                             \
	"PID      COMM       R  LADDR  RADDR                 RX/s TX/s REQ/s ERR%    P99\n"                  \
	"1234     curl       C  :43210 10.0.0.9:80           1.2M  900  12.0 12.5  1.2ms\n"                  \
	"9+       nginx      S* :443   [2001:db8::7]:50000      0    0   0.0    -      -\n"                  \
	"-        -          -  -      -                        -    -     -    -      -\n"

START_TEST(columns_80)
{
	ck_assert_str_eq(table_of_width(80), TABLE_80);
	ck_assert_str_eq(table_of_width(0), TABLE_80);
	/* the last column stays empty */
	ck_assert_ptr_null(
		strstr(table_of_width(79),
		       "LADDR  RADDR                 RX/s TX/s REQ/s ERR%    P99\n1234     curl      "));
}
END_TEST

START_TEST(columns_150)
{
	ck_assert_str_eq(table_of_width(150), "PID      COMM            ROLE    LADDR                 RADDR  "
					      "               PROTO  STATE      "
					      "RX/s TX/s REQ/s ERR%    P50    P99    RTT RETR     AGE\n"
					      "1234     curl            client  10.0.0.5:43210        "
					      "10.0.0.9:80           http/1 ESTAB      "
					      "1.2M  900  12.0 12.5  1.2ms  1.2ms   42us    3   3m05s\n"
					      "9+       nginx           server* [2001:d..3:4:5:6]:443 "
					      "[2001:db8::7]:50000   -      closed     "
					      "   0    0   0.0    -      -      -      -    0    >12s\n"
					      "-        -               -       -                     -      "
					      "               -      -          "
					      "   -    -     -    -      -      -      -    -       -\n");
}
END_TEST

START_TEST(columns_wide)
{
	struct conn_layout_options o = {.screen = 40, .wide = true, .extended = true};

	ck_assert_str_eq(
		table(&o),
		"PID       COMM            ROLE    LADDR                      RADDR                 PROTO  "
		"STATE  "
		"    RX/s TX/s REQ/s ERR%    P50    P99    RTT RETR     AGE CONTAINER                        "
		"POD\n"
		"1234      curl            client  10.0.0.5:43210             10.0.0.9:80           http/1 "
		"ESTAB  "
		"    1.2M  900  12.0 12.5  1.2ms  1.2ms   42us    3   3m05s -                                "
		"-\n"
		"9,10,11+2 nginx           server* [2001:db8:1:2:3:4:5:6]:443 [2001:db8::7]:50000   -      "
		"closed "
		"       0    0   0.0    -      -      -      -    0    >12s 0123456789abcdef0123456789abcdef "
		"shop/web-1\n"
		"-         -               -       -                          -                     -      - "
		"     "
		"       -    -     -    -      -      -      -    -       - -                                "
		"-\n");
}
END_TEST

START_TEST(columns_extended)
{
	struct conn_layout_options o = {.screen = 200, .extended = true};

	ck_assert_ptr_nonnull(strstr(table(&o), " 0123456789ab shop/web-1\n"));
	o.screen = 80;
	ck_assert_ptr_nonnull(strstr(table(&o), "CONTAINER"));
	o.extended = false;
	o.screen = 250;
	ck_assert_ptr_null(strstr(table(&o), "CONTAINER"));
}
END_TEST

START_TEST(columns_of_groups)
{
	struct conn_layout_options o = {.screen = 80, .grouped = true};

	run.records[0].group = bytes_of_str("10.0.0.9:80 (shop.example.com)");
	run.records[0].n = 1234567;
	run.records[1].group = bytes_of_str("nginx");
	run.records[2].group = bytes_of("", 0);
	ck_assert_str_eq(table(&o),
			 "NAME                       CONNS RX/s TX/s REQ/s ERR%    P50    P99    RTT RETR\n"
			 "10.0.0.9:80 (shop.example>  1.2M 1.2M  900  12.0 12.5  1.2ms  1.2ms   42us    3\n"
			 "nginx                          1    0    0   0.0    -      -      -      -    0\n"
			 "-                              1    -    -     -    -      -      -      -    -\n");
	o.screen = 40;
	ck_assert_str_eq(table(&o), "NAME                 CONNS REQ/s    P99\n"
				    "10.0.0.9:80 (shop.e>  1.2M  12.0  1.2ms\n"
				    "nginx                    1   0.0      -\n"
				    "-                        1     -      -\n");
	o.wide = true;
	ck_assert_ptr_nonnull(strstr(table(&o), "\n10.0.0.9:80 (shop.example.com) "));
	ck_assert_ptr_nonnull(strstr(text.p, " 1234567 "));
}
END_TEST

START_TEST(where_columns_begin)
{
	struct conn_layout l;

	for (unsigned screen = 40; screen <= 250; screen++) {
		conn_layout_init(&l, &(struct conn_layout_options){.screen = screen, .extended = screen % 2});
		text_clear(&text);
		conn_put_header(&text, &l);
		for (enum conn_column i = 0; i < CONN_COLS; i++) {
			const char *title = conn_column_title(i), *at;
			unsigned start = conn_layout_start(&l, i);

			if (!l.width[i])
				continue;
			at = text.p + start + strspn(text.p + start, " ");
			ck_assert_msg(strncmp(at, title, 1) == 0, "%u %s", screen, title);
		}
	}
}
END_TEST

/* ---- cells ---- */

static const char *cell(enum conn_column column, size_t record)
{
	text_clear(&text);
	conn_put_cell(&text, column, &run.records[record], 2 * SECOND);
	return ended();
}

START_TEST(whole_cells)
{
	ck_assert_str_eq(cell(CONN_COL_PID, 1), "9,10,11+2");
	ck_assert_str_eq(cell(CONN_COL_LADDR, 1), "[2001:db8:1:2:3:4:5:6]:443");
	ck_assert_str_eq(cell(CONN_COL_CONTAINER, 1), "0123456789abcdef0123456789abcdef");
	ck_assert_str_eq(cell(CONN_COL_POD, 1), "shop/web-1");
	ck_assert_str_eq(cell(CONN_COL_ROLE, 0), "client");
	ck_assert_str_eq(cell(CONN_COL_RX, 0), "1.2M");
	for (enum conn_column i = CONN_COL_PID; i < CONN_COLS; i++)
		ck_assert_msg(strcmp(cell(i, 2), "-") == 0, "%s", conn_column_key(i));
	run.records[0].n_owners = 3; /* pids not known */
	ck_assert_str_eq(cell(CONN_COL_PID, 0), "1234+");
	run.records[2].closed = true;
	ck_assert_str_eq(cell(CONN_COL_ROLE, 2), "-*");
	ck_assert_str_eq(cell(CONN_COL_STATE, 2), "closed");
	run.records[0].state = 200;
	ck_assert_str_eq(cell(CONN_COL_STATE, 0), "-");
}
END_TEST

START_TEST(no_interval)
{
	text_clear(&text);
	for (enum conn_column i = CONN_COL_RX; i <= CONN_COL_REQ; i++)
		conn_put_cell(&text, i, &run.records[0], 0);
	ck_assert_str_eq(ended(), "---");
}
END_TEST

START_TEST(names_of_states)
{
	ck_assert_str_eq(conn_state_name(TCP_ESTABLISHED), "ESTABLISHED");
	ck_assert_str_eq(conn_state_name(TCP_FIN_WAIT2), "FIN_WAIT2");
	ck_assert_str_eq(conn_state_name(TCP_CLOSING), "CLOSING");
	ck_assert_str_eq(conn_state_name(12), "NEW_SYN_RECV");
	ck_assert_ptr_null(conn_state_name(0));
	ck_assert_ptr_null(conn_state_name(CONN_STATES));
	ck_assert_ptr_null(conn_state_name(255));
}
END_TEST

/* ---- nothing acts on the terminal, no line is too long ---- */

static void check_lines(const char *lines, size_t screen)
{
	while (*lines) {
		size_t n = strcspn(lines, "\n");

		ck_assert(lines[n] == '\n');
		ck_assert_msg(escape_columns(bytes_of(lines, n)) < screen, "%zu: %s", screen, lines);
		for (struct bytes left = bytes_of(lines, n); left.n;) {
			uint32_t code = 0;
			size_t length = utf8_decode(left, &code);

			ck_assert_msg(length && utf8_is_shown(code), "%s", lines);
			left = bytes_from(left, length);
		}
		lines += n + 1;
	}
}

#define HOSTILE "\x1b[2J\n\x9b\xff\xe2\x80\xae\xf0\x9f\x92\xa9\\\"\x7f"

static void make_hostile(struct conn_record *r)
{
	r->pid = UINT32_MAX;
	r->n_owners = SIZE_MAX;
	r->comm = r->container = r->pod = r->namespace_ = r->proto = HOSTILE HOSTILE HOSTILE;
	r->group = bytes_of_str(HOSTILE HOSTILE HOSTILE HOSTILE);
	r->local = r->remote = sample_end("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 65535);
	r->rx_bytes = r->tx_bytes = r->requests = UINT64_MAX;
	r->errors = UINT64_MAX / 2;
	r->rtt_us = r->retrans = UINT32_MAX;
	r->age_ns = -1;
	r->seen_ns = INT64_MAX;
	r->bytes_known = r->http = r->closed = true;
	r->n = SIZE_MAX;
	r->latency = &run.slow;
}

START_TEST(hostile_rows)
{
	make_hostile(&run.records[0]);
	run.records[1].comm = "";
	for (unsigned screen = 2; screen <= 250; screen++)
		for (unsigned kind = 0; kind < 4; kind++) {
			struct conn_layout_options o = {
				.screen = screen, .extended = kind & 1, .grouped = kind & 2};

			check_lines(table(&o), screen);
		}
	check_lines(table(&(struct conn_layout_options){.screen = 1}), 1000);
	check_lines(table(&(struct conn_layout_options){.wide = true, .extended = true}), SIZE_MAX);
	ck_assert_ptr_nonnull(strstr(text.p, " \\x1b[2J\\x0a\\x9b\\xff\\u202e\xf0\x9f\x92\xa9\\\\\"\\x7f"));
}
END_TEST

/* ---- blocks ---- */

START_TEST(begins_as_bcc)
{
	ck_assert_str_eq(sample_begin(&run, conn_text_new(&run.options)),
			 "Tracing connections... Hit Ctrl-C to end.\n");
}
END_TEST

#define SUMMARY                                                                                              \
	"05:04:07 loadavg: 0.12 1.50 -\n"                                                                    \
	"connections: opened 5, closed 1; ESTAB 2, TIME_WAIT 40, LISTEN 3\n"                                 \
	"rx 1.2M/s, tx 900/s; requests 12.0/s, errors 12.5 %, in flight 1"

START_TEST(a_block)
{
	ck_assert_str_eq(sample_interval(&run, conn_text_new(&run.options)), "\n" SUMMARY "\n" TABLE_80);
	run.options.clear = true;
	ck_assert_str_eq(sample_interval(&run, conn_text_new(&run.options)),
			 "\033[H\033[J" SUMMARY "\n" TABLE_80);
}
END_TEST

START_TEST(a_block_with_misses)
{
	run.summary.lost = 7;
	run.summary.ownerless = 1;
	run.summary.n_records = 1033;
	ck_assert_ptr_nonnull(strstr(sample_interval(&run, conn_text_new(&run.options)),
				     SUMMARY "; lost 7; no owner 1; rows 3 of 1033\n"));
}
END_TEST

START_TEST(an_empty_block)
{
	run.summary = (struct conn_summary){.load = {1e300, 0.999, 0}, .start_ns = 1, .end_ns = 1};
	run.interval.n_records = 0;
	ck_assert_str_eq(sample_interval(&run, conn_text_new(&run.options)),
			 "\n05:04:00 loadavg: - 1.00 0.00\n"
			 "connections: opened 0, closed 0\n"
			 "rx -, tx -; requests -, in flight 0\n"
			 "PID      COMM       R  LADDR  RADDR                 RX/s TX/s REQ/s ERR%    P99\n");
}
END_TEST

START_TEST(summary_fits_the_screen)
{
	struct conn_interval i = run.interval;

	for (size_t s = 0; s < CONN_STATES; s++)
		run.summary.states[s] = UINT64_MAX;
	run.summary.lost = run.summary.ownerless = run.summary.opened = run.summary.inflight = UINT64_MAX;
	run.summary.n_records = SIZE_MAX;
	for (unsigned screen = 2; screen <= 250; screen++) {
		size_t lines = 0;

		text_clear(&text);
		conn_put_summary(&text, &run.time, &i, screen);
		check_lines(ended(), screen);
		for (const char *p = text.p; *p; p++)
			lines += *p == '\n';
		ck_assert_uint_eq(lines, CONN_SUMMARY_LINES);
	}
}
END_TEST

START_TEST(extended_without_a_terminal)
{
	run.options.extended = true;
	ck_assert_ptr_nonnull(
		strstr(sample_interval(&run, conn_text_new(&run.options)), " AGE CONTAINER    POD\n"));
}
END_TEST

static void print_without_memory(void *ctx)
{
	output_release(&run.out);
	output_init(&run.out, -1, NULL);
	(void)ctx;
	sample_without_memory(&run, conn_text_new(&run.options));
}

START_TEST(each_allocation_may_fail)
{
	run.options.wide = run.options.extended = true;
	make_hostile(&run.records[0]);
	fail_each_alloc(print_without_memory, NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("conn_text");
	TCase *tc = tcase_create("conn_text");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, columns_40);
	tcase_add_test(tc, columns_80);
	tcase_add_test(tc, columns_150);
	tcase_add_test(tc, columns_wide);
	tcase_add_test(tc, columns_extended);
	tcase_add_test(tc, columns_of_groups);
	tcase_add_test(tc, where_columns_begin);
	tcase_add_test(tc, whole_cells);
	tcase_add_test(tc, no_interval);
	tcase_add_test(tc, names_of_states);
	tcase_add_test(tc, hostile_rows);
	tcase_add_test(tc, begins_as_bcc);
	tcase_add_test(tc, a_block);
	tcase_add_test(tc, a_block_with_misses);
	tcase_add_test(tc, an_empty_block);
	tcase_add_test(tc, summary_fits_the_screen);
	tcase_add_test(tc, extended_without_a_terminal);
	tcase_add_test(tc, each_allocation_may_fail);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
