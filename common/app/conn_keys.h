/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn_keys.h - what keys do to conntop's screen: its state, without the drawing.
 */
#ifndef L7SCOPE_CONN_KEYS_H
#define L7SCOPE_CONN_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of what is typed after "/": the longest address with its port, and more. */
#define CONN_FILTER_MAX 63

/* What else is pressed arrives as its character (Unicode). */
enum conn_pressed {
	CONN_KEY_ESCAPE = 0x1b,
	CONN_KEY_ENTER = '\n',
	CONN_KEY_BACKSPACE = 0x7f,
	/* past all characters */
	CONN_KEY_UP = 0x200000,
	CONN_KEY_DOWN,
	CONN_KEY_PAGE_UP,
	CONN_KEY_PAGE_DOWN,
	CONN_KEY_HOME,
	CONN_KEY_END,
};

enum conn_page { CONN_PAGE_ROWS, CONN_PAGE_TOPOLOGY, CONN_PAGE_DETAILS, CONN_PAGE_HELP };

struct conn_keys {
	enum conn_page page, before; /* before: where Esc leads from details and help */
	bool paused;
	bool typing; /* keys go to the filter */
	char filter[CONN_FILTER_MAX + 1];
	size_t n_filter;
	unsigned sort;	/* a column by number */
	uint32_t sorts; /* those that there are: bits by number */
	bool reverse;
	unsigned group, n_groups;

	/* rows, or edges, or lines of text, as the page has: n in all, of which `height` fit */
	size_t n, height;
	size_t top;	 /* the first that is seen */
	size_t selected; /* < n, if has_selected */
	bool has_selected;
};

enum conn_effect {
	CONN_KEY_NOTHING,
	CONN_KEY_REDRAW,  /* something looks different */
	CONN_KEY_REBUILD, /* other rows, or in another order */
	CONN_KEY_QUIT,
};

/* The caller keeps n and height up to date. */
enum conn_effect conn_keys_press(struct conn_keys *k, uint32_t key);

/* After n or height changed: what is selected and seen stays within. */
void conn_keys_fit(struct conn_keys *k);

/* Lines of text, what each key does; ends with NULL. */
extern const char *const conn_keys_help[];

#endif
