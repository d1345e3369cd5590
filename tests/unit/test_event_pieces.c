/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/event_pieces.h"

#include <stdio.h>
#include <sys/socket.h>

#include "harness.h"

#define ROOM (2 * WIRE_DATA_MAX)

struct sample {
	struct wire_event event;
	struct wire_skips skips;
	uint8_t data[ROOM];
};

/* "pos-pre+len+post" of each piece, 'S' for a start; and that the data is its own. */
struct seen {
	char text[2048];
	size_t n;
	const struct sample *sample;
	size_t data_n;
};

static void on_piece(void *ctx, const struct wire_event *e, const uint8_t *data)
{
	struct seen *s = ctx;

	s->n += snprintf(s->text + s->n, sizeof(s->text) - s->n, "%s%llu-%llu+%u+%llu%s%s", s->n ? " " : "",
			 e->pos, e->pre_skip, e->len, e->post_skip, e->flags & WIRE_F_START ? "S" : "",
			 e->flags & WIRE_F_SKIPS ? "!" : "");
	if (s->sample)
		ck_assert_mem_eq(data, s->sample->data + s->data_n, e->len);
	s->data_n += e->len;
}

/* In exactly the memory it needs, less `cut` bytes. */
static void check_cut(const struct sample *sample, size_t cut, const char *expected)
{
	size_t n = sizeof(sample->event) + sizeof(sample->skips) + sample->event.len - cut;
	struct guarded g = guard_copy(bytes_of(sample, n));
	struct seen seen = {.sample = sample};
	int pieces = event_pieces(g.bytes.p, n, on_piece, &seen), words = *expected != '\0';

	guard_free(&g);
	ck_assert_str_eq(seen.text, expected);
	for (const char *p = expected; *p; p++)
		words += *p == ' ';
	ck_assert_int_eq(pieces, words);
}

static void check(const struct sample *sample, const char *expected)
{
	check_cut(sample, 0, expected);
}

static struct sample sample_of(uint16_t len)
{
	struct sample s = {
		.event = {.kind = WIRE_DATA,
			  .family = AF_INET,
			  .pos = 100,
			  .pre_skip = 7,
			  .len = len,
			  .flags = WIRE_F_SKIPS | WIRE_F_START | WIRE_F_HTTP2},
	};

	for (size_t i = 0; i < ROOM; i++)
		s.data[i] = i * 7 + i / 256;
	return s;
}

static void leave_out(struct sample *s, uint32_t at, uint32_t n)
{
	s->skips.skip[s->skips.n].at = at;
	s->skips.skip[s->skips.n++].n = n;
}

START_TEST(pieces_and_what_lies_between)
{
	struct sample s = sample_of(50);

	check(&s, "100-7+50+0S");
	leave_out(&s, 20, 1000);
	check(&s, "100-7+20+1000S 1120-0+30+0S");
	leave_out(&s, 50, 5);
	check(&s, "100-7+20+1000S 1120-0+30+5S");
}
END_TEST

START_TEST(two_skips_at_one_place_are_one)
{
	struct sample s = sample_of(50);

	leave_out(&s, 20, 1000);
	leave_out(&s, 20, 10);
	leave_out(&s, 50, 3);
	leave_out(&s, 50, 4);
	check(&s, "100-7+20+1010S 1130-0+30+7S");
}
END_TEST

/* Only at the front of a frame is a start; a long piece goes on in its middle. */
START_TEST(long_pieces_are_cut)
{
	struct sample s = sample_of(2 * WIRE_DATA_MAX);

	s.event.flags &= ~WIRE_F_START;
	leave_out(&s, WIRE_DATA_MAX + 10, 1);
	check(&s, "100-7+2048+0 2148-0+10+1 2159-0+2038+0S");
}
END_TEST

START_TEST(no_data)
{
	struct sample s = sample_of(0);

	check(&s, "100-7+0+0S");
}
END_TEST

START_TEST(all_skips_that_fit)
{
	struct sample s = sample_of(WIRE_SKIPS);

	for (uint32_t i = 1; i <= WIRE_SKIPS; i++)
		leave_out(&s, i, 1);
	check(&s, "100-7+1+1S 102-0+1+1S 104-0+1+1S 106-0+1+1S 108-0+1+1S 110-0+1+1S 112-0+1+1S "
		  "114-0+1+1S 116-0+1+1S 118-0+1+1S 120-0+1+1S 122-0+1+1S 124-0+1+1S 126-0+1+1S "
		  "128-0+1+1S 130-0+1+1S");
}
END_TEST

START_TEST(what_is_not_whole_is_nothing)
{
	struct sample s = sample_of(50);

	leave_out(&s, 20, 1000);
	for (size_t cut = 1; cut <= 50 + sizeof(s.skips) + sizeof(s.event); cut++)
		check_cut(&s, cut, "");
}
END_TEST

START_TEST(what_makes_no_sense_is_nothing)
{
	struct sample before = sample_of(50), backwards = sample_of(50), beyond = sample_of(50),
		      many = sample_of(50), wraps = sample_of(50), closed = sample_of(50);

	leave_out(&before, 0, 5);
	check(&before, "");
	leave_out(&backwards, 20, 5);
	leave_out(&backwards, 19, 5);
	check(&backwards, "");
	leave_out(&beyond, 51, 5);
	check(&beyond, "");
	many.skips.n = WIRE_SKIPS + 1;
	check(&many, "");
	wraps.event.pos = UINT64_MAX - 60;
	leave_out(&wraps, 20, 11);
	check(&wraps, "");
	closed.event.kind = WIRE_CLOSE;
	check(&closed, "");
}
END_TEST

START_TEST(plain_events_pass)
{
	struct {
		struct wire_event event;
		uint8_t data[3];
	} plain = {.event = {.kind = WIRE_DATA, .family = AF_INET, .pos = 4, .len = 3, .post_skip = 9}};
	struct seen seen = {0};

	ck_assert_int_eq(event_pieces(&plain, sizeof(plain.event) + 3, on_piece, &seen), 1);
	ck_assert_str_eq(seen.text, "4-0+3+9");
	ck_assert_int_eq(event_pieces(&plain, sizeof(plain.event) + 2, on_piece, &seen), 0);
	ck_assert_int_eq(event_pieces(&plain, 5, on_piece, &seen), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("event_pieces");
	TCase *tc = tcase_create("event_pieces");

	tcase_add_test(tc, pieces_and_what_lies_between);
	tcase_add_test(tc, two_skips_at_one_place_are_one);
	tcase_add_test(tc, long_pieces_are_cut);
	tcase_add_test(tc, no_data);
	tcase_add_test(tc, all_skips_that_fit);
	tcase_add_test(tc, what_is_not_whole_is_nothing);
	tcase_add_test(tc, what_makes_no_sense_is_nothing);
	tcase_add_test(tc, plain_events_pass);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
