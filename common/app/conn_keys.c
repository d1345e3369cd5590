/* SPDX-License-Identifier: Apache-2.0 */
#include "app/conn_keys.h"

#include <string.h>

/* Bits of conn_keys.sorts. */
#define SORTS_MAX 32

const char *const conn_keys_help[] = {
	"q            quit",
	"space        pause, and go on",
	"< >          sort by the column to the left, to the right",
	"r            reverse the order",
	"/            only rows that contain what you type; Enter keeps it, Esc clears it",
	"g            group by process, peer, service, container, pod; and not at all",
	"t            topology: who calls whom; and the rows again",
	"Enter        details of the selected row; and back",
	"up down      select a row; also k and j",
	"PgUp PgDn    a page up, down",
	"Home End     the first row, the last",
	"Esc          back; on the rows: select none, and clear the filter",
	"h ?          this text; and back",
	NULL,
};

/* ---- moving ---- */

/* Only rows can be selected; of the rest another part is seen. */
static bool selects(const struct conn_keys *k)
{
	return k->page == CONN_PAGE_ROWS;
}

static void show_selected(struct conn_keys *k)
{
	if (k->selected >= k->n)
		k->selected = k->n - 1;
	if (k->selected < k->top)
		k->top = k->selected;
	if (k->height && k->selected >= k->top + k->height)
		k->top = k->selected - k->height + 1;
}

void conn_keys_fit(struct conn_keys *k)
{
	size_t most = k->n > k->height ? k->n - k->height : 0;

	if (selects(k) && k->n == 0)
		k->has_selected = false;
	if (selects(k) && k->has_selected)
		show_selected(k);
	if (k->top > most)
		k->top = most;
}

static enum conn_effect move(struct conn_keys *k, bool down, size_t by)
{
	size_t *at = selects(k) ? &k->selected : &k->top;

	if (k->n == 0)
		return CONN_KEY_NOTHING;
	if (selects(k) && !k->has_selected) {
		k->has_selected = true;
		k->selected = k->top;
	} else if (down) {
		*at = by < k->n - *at ? *at + by : k->n - 1;
	} else {
		*at = by < *at ? *at - by : 0;
	}
	conn_keys_fit(k);
	return CONN_KEY_REDRAW;
}

static enum conn_effect press_moving(struct conn_keys *k, uint32_t key)
{
	size_t page = k->height ? k->height : 1;

	switch (key) {
	case CONN_KEY_UP:
	case 'k':
		return move(k, false, 1);
	case CONN_KEY_DOWN:
	case 'j':
		return move(k, true, 1);
	case CONN_KEY_PAGE_UP:
		return move(k, false, page);
	case CONN_KEY_PAGE_DOWN:
		return move(k, true, page);
	case CONN_KEY_HOME:
	case CONN_KEY_END:
		/* the first key of others only selects what is seen; with these a place is meant */
		k->has_selected = k->has_selected || selects(k);
		return move(k, key == CONN_KEY_END, k->n);
	default:
		return CONN_KEY_NOTHING;
	}
}

/* ---- the filter ---- */

static enum conn_effect clear_filter(struct conn_keys *k)
{
	k->typing = false;
	k->n_filter = 0;
	k->filter[0] = '\0';
	return CONN_KEY_REBUILD;
}

static size_t put_utf8(char out[4], uint32_t c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

static enum conn_effect erase(struct conn_keys *k)
{
	while (k->n_filter && (k->filter[k->n_filter - 1] & 0xc0) == 0x80)
		k->n_filter--;
	if (k->n_filter)
		k->n_filter--;
	k->filter[k->n_filter] = '\0';
	return CONN_KEY_REBUILD;
}

static enum conn_effect press_typing(struct conn_keys *k, uint32_t key)
{
	char bytes[4];
	size_t n;

	if (key == CONN_KEY_ESCAPE)
		return clear_filter(k);
	if (key == CONN_KEY_ENTER) {
		k->typing = false;
		return CONN_KEY_REDRAW;
	}
	if (key == CONN_KEY_BACKSPACE)
		return erase(k);
	if (key >= CONN_KEY_UP)
		return press_moving(k, key);
	if (key < ' ')
		return CONN_KEY_NOTHING;
	n = put_utf8(bytes, key);
	if (k->n_filter + n > CONN_FILTER_MAX)
		return CONN_KEY_NOTHING;
	memcpy(k->filter + k->n_filter, bytes, n);
	k->n_filter += n;
	k->filter[k->n_filter] = '\0';
	return CONN_KEY_REBUILD;
}

/* ---- pages ---- */

static enum conn_effect turn_to(struct conn_keys *k, enum conn_page page)
{
	if (k->page == page)
		page = page == CONN_PAGE_TOPOLOGY ? CONN_PAGE_ROWS : k->before;
	else if (k->page == CONN_PAGE_ROWS || k->page == CONN_PAGE_TOPOLOGY)
		k->before = k->page;
	k->page = page;
	k->top = 0;
	return CONN_KEY_REBUILD;
}

static enum conn_effect go_back(struct conn_keys *k)
{
	if (k->page != CONN_PAGE_ROWS)
		return turn_to(k, k->page);
	k->has_selected = false;
	return clear_filter(k);
}

static enum conn_effect enter(struct conn_keys *k)
{
	if (k->page == CONN_PAGE_DETAILS || k->page == CONN_PAGE_HELP)
		return turn_to(k, k->page);
	if (k->page == CONN_PAGE_ROWS && k->has_selected)
		return turn_to(k, CONN_PAGE_DETAILS);
	return CONN_KEY_NOTHING;
}

/* The next one that is shown, to the left or right; round and round. */
static enum conn_effect sort_beside(struct conn_keys *k, unsigned by)
{
	if (k->sorts == 0)
		return CONN_KEY_NOTHING;
	do {
		k->sort = (k->sort + by) % SORTS_MAX;
	} while (!(k->sorts >> k->sort & 1));
	return CONN_KEY_REBUILD;
}

static enum conn_effect next_group(struct conn_keys *k)
{
	if (k->n_groups == 0)
		return CONN_KEY_NOTHING;
	k->group = (k->group + 1) % k->n_groups;
	k->has_selected = false;
	return CONN_KEY_REBUILD;
}

/* What is about rows works only where they are. */
static enum conn_effect press_rows(struct conn_keys *k, uint32_t key)
{
	switch (key) {
	case '<':
		return sort_beside(k, SORTS_MAX - 1);
	case '>':
		return sort_beside(k, 1);
	case 'r':
		k->reverse = !k->reverse;
		return CONN_KEY_REBUILD;
	case 'g':
		return next_group(k);
	default:
		return press_moving(k, key);
	}
}

enum conn_effect conn_keys_press(struct conn_keys *k, uint32_t key)
{
	if (k->typing)
		return press_typing(k, key);
	switch (key) {
	case 'q':
		return CONN_KEY_QUIT;
	case ' ':
		k->paused = !k->paused;
		return CONN_KEY_REDRAW;
	case '/':
		k->typing = k->page == CONN_PAGE_ROWS || k->page == CONN_PAGE_TOPOLOGY;
		return CONN_KEY_REDRAW;
	case 't':
		return turn_to(k, CONN_PAGE_TOPOLOGY);
	case 'h':
	case '?':
		return turn_to(k, CONN_PAGE_HELP);
	case CONN_KEY_ENTER:
		return enter(k);
	case CONN_KEY_ESCAPE:
		return go_back(k);
	default:
		return k->page == CONN_PAGE_ROWS ? press_rows(k, key) : press_moving(k, key);
	}
}
