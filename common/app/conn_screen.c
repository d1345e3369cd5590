/* SPDX-License-Identifier: Apache-2.0 */
#include "app/conn_screen.h"

#include <curses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/conn_details.h"
#include "app/conn_keys.h"
#include "app/conn_terminal.h"
#include "app/conn_watch.h"
#include "sink/conn_columns.h"
#include "sink/escape.h"

/* What is above the rows: the machine, how rows are chosen, the titles. */
#define HEAD_LINES (CONN_SUMMARY_LINES + 1)
/* The least that something can be seen on; else nothing is drawn. */
#define LINES_MIN   (HEAD_LINES + 2)
#define COLUMNS_MIN 10

struct conn_screen {
	const struct options *options;
	struct conn_report *report;
	struct wall_time *time;
	struct conn_keys keys;
	struct conn_view view;
	struct conn_interval shown; /* summary NULL: nothing yet */
	uint64_t selected;	    /* the record's id; 0: none */
	struct conn_watch *watch;   /* of the connection whose details are shown */
	bool watched;		    /* it saw something new */
	struct text text;	    /* what is drawn next */
};

_Static_assert(CONN_COLS <= 32, "conn_keys.sorts has a bit for each");

/* ---- which row is which, from one interval to the next ---- */

static const struct conn_record *selected_record(const struct conn_screen *s)
{
	const struct conn_keys *k = &s->keys;

	return k->has_selected && k->selected < s->shown.n_records ? &s->shown.records[k->selected] : NULL;
}

static void remember_selected(struct conn_screen *s)
{
	const struct conn_record *r = selected_record(s);

	s->selected = r ? r->id : 0;
}

/* Rows moved, came and went; what was selected is still the same connection. */
static void find_selected(struct conn_screen *s)
{
	for (size_t i = 0; s->selected && i < s->shown.n_records; i++) {
		if (s->shown.records[i].id == s->selected) {
			s->keys.selected = i;
			return;
		}
	}
	/* on the page of details it may come back; on the rows another line is as good */
	if (s->keys.page == CONN_PAGE_DETAILS)
		s->keys.has_selected = false;
}

static bool rebuild(struct conn_screen *s)
{
	s->view.order.by = (enum conn_column)s->keys.sort;
	s->view.order.reverse = s->keys.reverse;
	s->view.order.filter = s->keys.filter;
	s->view.by = (enum conn_group)s->keys.group;
	s->view.topology = s->keys.page == CONN_PAGE_TOPOLOGY;
	if (!conn_report_kept_rows(s->report, &s->view, &s->shown))
		return false;
	if (s->selected && s->keys.page != CONN_PAGE_TOPOLOGY) {
		s->keys.has_selected = true;
		find_selected(s);
	}
	return true;
}

/* ---- drawing ---- */

static uint64_t interval_ns(const struct conn_screen *s)
{
	return s->shown.summary->end_ns - s->shown.summary->start_ns;
}

/* One line of text at row y; what is too long is cut. */
static void draw_line(int y, struct bytes line, int attributes)
{
	size_t n = escape_fit(line, (size_t)COLS - 1);

	move(y, 0);
	clrtoeol();
	attrset(attributes);
	addnstr((const char *)line.p, (int)n);
	attrset(A_NORMAL);
}

/* The next line of *rest, without its newline. */
static bool next_line(struct bytes *rest, struct bytes *line)
{
	const uint8_t *end = rest->n ? memchr(rest->p, '\n', rest->n) : NULL;

	if (rest->n == 0)
		return false;
	line->p = rest->p;
	line->n = end ? (size_t)(end - rest->p) : rest->n;
	*rest = bytes_from(*rest, line->n + 1);
	return true;
}

/* Of the text those lines from `skip` on that fit into rows from `y` on. */
static size_t draw_text(int y, struct bytes text, size_t skip, int rows)
{
	struct bytes line;
	size_t n = 0;

	for (; next_line(&text, &line); n++) {
		if (n < skip || n - skip >= (size_t)rows)
			continue;
		draw_line(y + (int)(n - skip), line, A_NORMAL);
	}
	return n;
}

static void put_choice(const struct conn_screen *s, struct text *t)
{
	const struct conn_keys *k = &s->keys;
	const char *message = conn_terminal_message();

	if (k->paused)
		text_put_str(t, "[paused] ");
	if (k->typing || k->n_filter) {
		text_put_char(t, '/');
		escape_put(t, bytes_of_str(k->filter));
		text_put_str(t, k->typing ? "_  " : "  ");
	}
	text_put_str(t, "sort ");
	text_put_str(t, conn_column_title(s->view.order.by));
	text_put_str(t, k->reverse ? " reversed, by " : ", by ");
	text_put_str(t, conn_group_name((enum conn_group)k->group));
	text_put_str(t, ", h help");
	if (*message) {
		text_put_str(t, "  ");
		escape_put(t, bytes_of_str(message));
	}
	text_put_char(t, '\n');
}

static void draw_head(struct conn_screen *s)
{
	text_clear(&s->text);
	conn_put_summary(&s->text, s->time, &s->shown, (unsigned)COLS);
	put_choice(s, &s->text);
	draw_text(0, text_bytes(&s->text), 0, HEAD_LINES);
}

/* The line of titles; the column that rows are sorted by is set off. */
static void draw_titles(struct conn_screen *s, const struct conn_layout *layout)
{
	enum conn_column sort = s->view.order.by;
	struct bytes rest, line;

	text_clear(&s->text);
	conn_put_header(&s->text, layout);
	rest = text_bytes(&s->text);
	if (!next_line(&rest, &line))
		return;
	draw_line(HEAD_LINES, line, A_REVERSE);
	if (layout->width[sort])
		mvchgat(HEAD_LINES, (int)conn_layout_start(layout, sort), (int)layout->width[sort],
			A_REVERSE | A_BOLD | A_UNDERLINE, 0, NULL);
}

static uint32_t sortable(const struct conn_layout *layout)
{
	uint32_t columns = 0;

	for (unsigned i = 0; i < CONN_COLS; i++)
		columns |= layout->width[i] ? 1u << i : 0;
	return columns;
}

static void draw_rows(struct conn_screen *s)
{
	const struct conn_keys *k = &s->keys;
	struct conn_layout_options o = {
		.screen = (unsigned)COLS,
		.wide = s->options->wide,
		.extended = s->options->extended,
		.grouped = k->group != 0,
	};
	struct conn_layout layout;
	struct bytes rest, line;

	conn_layout_init(&layout, &o);
	s->keys.sorts = sortable(&layout);
	conn_layout_widen(&layout, s->shown.records, s->shown.n_records);
	draw_titles(s, &layout);
	for (size_t i = 0; i < k->height && k->top + i < s->shown.n_records; i++) {
		bool selected = k->has_selected && k->selected == k->top + i;

		text_clear(&s->text);
		conn_put_row(&s->text, &layout, &s->shown.records[k->top + i], interval_ns(s));
		rest = text_bytes(&s->text);
		if (next_line(&rest, &line))
			draw_line(HEAD_LINES + 1 + (int)i, line, selected ? A_REVERSE : A_NORMAL);
	}
}

static void put_details(struct conn_screen *s, struct text *t)
{
	const struct conn_record *r = selected_record(s);

	if (!r) {
		text_put_str(t, "This connection is gone, or the filter leaves it out.\n");
		return;
	}
	if (!r->group.p)
		conn_recent_watch(&s->report->recent, r);
	conn_put_details(t, r, &s->report->recent, conn_watch_state(s->watch), interval_ns(s));
}

static void put_help(struct text *t)
{
	for (size_t i = 0; conn_keys_help[i]; i++) {
		text_put_str(t, conn_keys_help[i]);
		text_put_char(t, '\n');
	}
}

static const char *const page_titles[] = {
	[CONN_PAGE_ROWS] = "",
	[CONN_PAGE_TOPOLOGY] = "CLIENT -> SERVER",
	[CONN_PAGE_DETAILS] = "DETAILS",
	[CONN_PAGE_HELP] = "KEYS",
};

/* Pages of text: how long they are is known when they are made. */
static void draw_page(struct conn_screen *s)
{
	struct conn_keys *k = &s->keys;
	struct bytes rest, line;

	text_clear(&s->text);
	if (k->page == CONN_PAGE_HELP)
		put_help(&s->text);
	else if (k->page == CONN_PAGE_DETAILS)
		put_details(s, &s->text);
	else
		conn_put_edges(&s->text, &s->shown, (unsigned)COLS);
	rest = text_bytes(&s->text);
	draw_line(HEAD_LINES, bytes_of_str(page_titles[k->page]), A_REVERSE);
	for (k->n = 0; next_line(&rest, &line); k->n++)
		;
	conn_keys_fit(k);
	draw_text(HEAD_LINES + 1, text_bytes(&s->text), k->top, (int)k->height);
}

static void draw(struct conn_screen *s)
{
	erase();
	s->keys.height = LINES >= LINES_MIN ? (size_t)(LINES - HEAD_LINES - 1) : 0;
	if (s->keys.height && COLS >= COLUMNS_MIN) {
		draw_head(s);
		if (s->keys.page == CONN_PAGE_ROWS) {
			s->keys.n = s->shown.n_records;
			conn_keys_fit(&s->keys);
			draw_rows(s);
		} else {
			draw_page(s);
		}
	}
	refresh();
}

/* ---- the exchanges of the connection whose details are shown ---- */

/* Those of HTTP/2 come by the report. */
static void on_watched(void *ctx, const struct exchange *x)
{
	struct conn_screen *s = ctx;

	if (x->stream >= 0)
		return;
	conn_recent_exchange(&s->report->recent, x);
	s->watched = true;
}

static bool is_watchable(const struct conn_record *r)
{
	return !r->group.p && !r->closed && r->remote.port && (!r->proto || strcmp(r->proto, "http/1") == 0);
}

/* true: there is more to show. */
static bool watch(struct conn_screen *s)
{
	const struct conn_record *r = s->keys.page == CONN_PAGE_DETAILS ? selected_record(s) : NULL;
	const char *state = conn_watch_state(s->watch);

	s->watched = false;
	/* one that is gone has said all; what was seen of it stays */
	if (s->keys.page != CONN_PAGE_DETAILS || (r && is_watchable(r)))
		conn_watch_set(s->watch, r);
	conn_watch_poll(s->watch);
	return r && (s->watched || state != conn_watch_state(s->watch));
}

/* ---- life ---- */

struct conn_screen *conn_screen_new(const struct options *options, struct conn_report *report,
				    struct wall_time *time, char *err, size_t err_size)
{
	struct conn_screen *s = calloc(1, sizeof(*s));

	if (!s) {
		snprintf(err, err_size, "out of memory");
		return NULL;
	}
	s->options = options;
	s->report = report;
	s->time = time;
	conn_view_init(&s->view, options);
	s->keys = (struct conn_keys){
		.page = options->conn.graph ? CONN_PAGE_TOPOLOGY : CONN_PAGE_ROWS,
		.sort = s->view.order.by,
		.reverse = s->view.order.reverse,
		.group = s->view.by,
		.n_groups = CONN_GROUPS,
	};
	s->watch = conn_watch_new(options, on_watched, s);
	if (!s->watch)
		snprintf(err, err_size, "out of memory");
	else if (conn_terminal_open(err, err_size))
		return s;
	conn_screen_free(s);
	return NULL;
}

void conn_screen_free(struct conn_screen *s)
{
	if (!s)
		return;
	conn_terminal_close();
	conn_watch_free(s->watch);
	conn_view_release(&s->view);
	text_release(&s->text);
	free(s);
}

bool conn_screen_paused(const struct conn_screen *s)
{
	return s->keys.paused;
}

bool conn_screen_update(struct conn_screen *s)
{
	if (!rebuild(s))
		return false;
	draw(s);
	return !s->text.failed;
}

bool conn_screen_keys(struct conn_screen *s)
{
	enum conn_effect most = watch(s) ? CONN_KEY_REDRAW : CONN_KEY_NOTHING;
	uint32_t key;

	while ((key = conn_terminal_key()) != 0) {
		enum conn_effect effect = CONN_KEY_REDRAW;

		if (key != CONN_TERMINAL_RESIZED)
			effect = conn_keys_press(&s->keys, key);
		if (s->keys.page == CONN_PAGE_ROWS)
			remember_selected(s);
		if (effect > most)
			most = effect;
	}
	if (most == CONN_KEY_QUIT || conn_terminal_gone())
		return false;
	if (!s->shown.summary || most == CONN_KEY_NOTHING)
		return true;
	if (most == CONN_KEY_REBUILD && !rebuild(s))
		return false;
	draw(s);
	return !s->text.failed;
}
