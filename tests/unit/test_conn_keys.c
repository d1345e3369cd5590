/* SPDX-License-Identifier: Apache-2.0 */
/* What keys do to conntop's screen, without a screen. */
#include <check.h>
#include <string.h>

#include "app/conn_keys.h"
#include "harness.h"

#define ROWS   100
#define HEIGHT 10
/* Columns 1, 3 and 4 are shown. */
#define SORTS 0x1au

static struct conn_keys fresh(void)
{
	return (struct conn_keys){.sort = 3, .sorts = SORTS, .n_groups = 6, .n = ROWS, .height = HEIGHT};
}

static enum conn_effect press(struct conn_keys *k, const char *keys)
{
	enum conn_effect effect = CONN_KEY_NOTHING;

	for (; *keys; keys++)
		effect = conn_keys_press(k, (uint8_t)*keys);
	return effect;
}

START_TEST(sorts_by_what_is_shown)
{
	struct conn_keys k = fresh();

	ck_assert_int_eq(press(&k, ">"), CONN_KEY_REBUILD);
	ck_assert_uint_eq(k.sort, 4);
	press(&k, ">");
	ck_assert_uint_eq(k.sort, 1);
	press(&k, "<");
	ck_assert_uint_eq(k.sort, 4);
	press(&k, "<<");
	ck_assert_uint_eq(k.sort, 1);
	/* one that is not shown leads to its neighbours */
	k.sort = 2;
	press(&k, ">");
	ck_assert_uint_eq(k.sort, 3);
	k.sorts = 0;
	ck_assert_int_eq(press(&k, ">"), CONN_KEY_NOTHING);
	press(&k, "r");
	ck_assert(k.reverse);
}
END_TEST

START_TEST(groups_go_round)
{
	struct conn_keys k = fresh();

	for (unsigned i = 1; i <= 6; i++) {
		ck_assert_int_eq(press(&k, "g"), CONN_KEY_REBUILD);
		ck_assert_uint_eq(k.group, i % 6);
	}
}
END_TEST

START_TEST(filter_as_it_is_typed)
{
	struct conn_keys k = fresh();

	press(&k, "/");
	ck_assert(k.typing);
	ck_assert_int_eq(press(&k, "q"), CONN_KEY_REBUILD);
	press(&k, "r/g ");
	ck_assert_str_eq(k.filter, "qr/g ");
	ck_assert(!k.reverse && !k.paused);
	conn_keys_press(&k, 0xe4);
	conn_keys_press(&k, 0x20ac);
	conn_keys_press(&k, 0x1f600);
	ck_assert_str_eq(k.filter, "qr/g \xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80");
	for (int i = 0; i < 3; i++)
		conn_keys_press(&k, CONN_KEY_BACKSPACE);
	ck_assert_str_eq(k.filter, "qr/g ");
	ck_assert_int_eq(conn_keys_press(&k, CONN_KEY_ENTER), CONN_KEY_REDRAW);
	ck_assert(!k.typing);
	ck_assert_str_eq(k.filter, "qr/g ");
	ck_assert_int_eq(conn_keys_press(&k, CONN_KEY_ESCAPE), CONN_KEY_REBUILD);
	ck_assert_str_eq(k.filter, "");
	/* nothing is left to erase, and what is no character is none */
	press(&k, "/");
	conn_keys_press(&k, CONN_KEY_BACKSPACE);
	ck_assert_int_eq(conn_keys_press(&k, 1), CONN_KEY_NOTHING);
	ck_assert_str_eq(k.filter, "");
}
END_TEST

START_TEST(filter_has_an_end)
{
	struct conn_keys k = fresh();

	press(&k, "/");
	for (int i = 0; i < CONN_FILTER_MAX - 1; i++)
		press(&k, "x");
	ck_assert_int_eq(conn_keys_press(&k, 0x20ac), CONN_KEY_NOTHING);
	press(&k, "yz");
	ck_assert_uint_eq(strlen(k.filter), CONN_FILTER_MAX);
	ck_assert_int_eq(k.filter[CONN_FILTER_MAX - 1], 'y');
}
END_TEST

START_TEST(selects_and_scrolls)
{
	struct conn_keys k = fresh();

	conn_keys_press(&k, CONN_KEY_DOWN);
	ck_assert(k.has_selected);
	ck_assert_uint_eq(k.selected, 0);
	for (int i = 0; i < HEIGHT; i++)
		press(&k, "j");
	ck_assert_uint_eq(k.selected, HEIGHT);
	ck_assert_uint_eq(k.top, 1);
	conn_keys_press(&k, CONN_KEY_END);
	ck_assert_uint_eq(k.selected, ROWS - 1);
	ck_assert_uint_eq(k.top, ROWS - HEIGHT);
	conn_keys_press(&k, CONN_KEY_PAGE_DOWN);
	ck_assert_uint_eq(k.selected, ROWS - 1);
	conn_keys_press(&k, CONN_KEY_PAGE_UP);
	ck_assert_uint_eq(k.selected, ROWS - 1 - HEIGHT);
	conn_keys_press(&k, CONN_KEY_HOME);
	ck_assert_uint_eq(k.selected, 0);
	ck_assert_uint_eq(k.top, 0);
	press(&k, "k");
	ck_assert_uint_eq(k.selected, 0);
	conn_keys_press(&k, CONN_KEY_ESCAPE);
	ck_assert(!k.has_selected);
}
END_TEST

/* Rows go, the terminal shrinks: what is seen and selected exists. */
START_TEST(fits_what_is_there)
{
	struct conn_keys k = fresh();

	conn_keys_press(&k, CONN_KEY_END);
	k.n = 5;
	conn_keys_fit(&k);
	ck_assert_uint_eq(k.selected, 4);
	ck_assert_uint_eq(k.top, 0);
	k.height = 2;
	conn_keys_fit(&k);
	ck_assert_uint_eq(k.top, 3);
	k.height = 0;
	conn_keys_fit(&k);
	k.n = 0;
	conn_keys_fit(&k);
	ck_assert(!k.has_selected);
	ck_assert_int_eq(conn_keys_press(&k, CONN_KEY_DOWN), CONN_KEY_NOTHING);
	ck_assert_int_eq(conn_keys_press(&k, CONN_KEY_END), CONN_KEY_NOTHING);
}
END_TEST

START_TEST(pages_and_back)
{
	struct conn_keys k = fresh();

	ck_assert_int_eq(conn_keys_press(&k, CONN_KEY_ENTER), CONN_KEY_NOTHING);
	conn_keys_press(&k, CONN_KEY_DOWN);
	conn_keys_press(&k, CONN_KEY_ENTER);
	ck_assert_int_eq(k.page, CONN_PAGE_DETAILS);
	/* a page of text moves, and does not select */
	k.n = 30;
	conn_keys_press(&k, CONN_KEY_END);
	ck_assert_uint_eq(k.top, 20);
	ck_assert_uint_eq(k.selected, 0);
	conn_keys_press(&k, CONN_KEY_ESCAPE);
	ck_assert_int_eq(k.page, CONN_PAGE_ROWS);
	ck_assert(k.has_selected);
	press(&k, "t");
	ck_assert_int_eq(k.page, CONN_PAGE_TOPOLOGY);
	ck_assert_int_eq(press(&k, "g"), CONN_KEY_NOTHING);
	press(&k, "h");
	ck_assert_int_eq(k.page, CONN_PAGE_HELP);
	press(&k, "?");
	ck_assert_int_eq(k.page, CONN_PAGE_TOPOLOGY);
	press(&k, "t");
	ck_assert_int_eq(k.page, CONN_PAGE_ROWS);
	press(&k, " ");
	ck_assert(k.paused);
	press(&k, " ");
	ck_assert(!k.paused);
	ck_assert_int_eq(press(&k, "q"), CONN_KEY_QUIT);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("conn_keys");
	TCase *tc = tcase_create("conn_keys");

	tcase_add_test(tc, sorts_by_what_is_shown);
	tcase_add_test(tc, groups_go_round);
	tcase_add_test(tc, filter_as_it_is_typed);
	tcase_add_test(tc, filter_has_an_end);
	tcase_add_test(tc, selects_and_scrolls);
	tcase_add_test(tc, fits_what_is_there);
	tcase_add_test(tc, pages_and_back);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
