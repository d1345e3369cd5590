/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/events.h"

#include <sys/socket.h>

#include "harness.h"

static const struct wire_event good = {
	.kind = WIRE_DATA, .dir = WIRE_TX, .family = AF_INET6, .len = 3, .pos = 10};
static const struct wire_event good_close = {.kind = WIRE_CLOSE, .close_reason = WIRE_CLOSE_TIMEOUT};

/* The event in `room` bytes that end at an unmapped page (and so begin anywhere). */
static bool valid_in(const struct wire_event *e, size_t room)
{
	uint8_t bytes[sizeof(*e) + WIRE_DATA_MAX + 64] = {0};
	struct guarded g;
	bool valid;

	memcpy(bytes, e, sizeof(*e));
	g = guard_copy(bytes_of(bytes, room));
	valid = wire_event_valid(g.bytes.p, room);
	guard_free(&g);
	return valid;
}

START_TEST(every_length)
{
	for (size_t n = 0; n < sizeof(good) + 16; n++) {
		ck_assert_int_eq(valid_in(&good, n), n >= sizeof(good) + 3);
		ck_assert_int_eq(valid_in(&good_close, n), n >= sizeof(good));
	}
}
END_TEST

#define EVENT(...) ((struct wire_event){__VA_ARGS__})
#define DATA	   .kind = WIRE_DATA, .family = AF_INET

START_TEST(bad_members)
{
	const struct wire_event bad[] = {
		EVENT(.kind = 0, .family = AF_INET),
		EVENT(.kind = 5, .family = AF_INET),
		EVENT(.kind = WIRE_HEADERS, .msg = 1), /* no fields */
		EVENT(.kind = WIRE_HEADERS, .msg = 1, .len = 7),
		EVENT(.kind = WIRE_HEADERS, .msg = 1, .len = 16), /* without names */
		EVENT(.kind = WIRE_HEADERS, .msg = 1, .len = WIRE_HEADERS_MAX + 1),
		EVENT(.kind = WIRE_HEADERS, .msg = 1, .len = 8, .flags = WIRE_F_UNFIT),
		EVENT(.kind = WIRE_GONE, .family = AF_UNIX),
		EVENT(.kind = WIRE_GONE, .family = AF_INET, .len = 1),
		EVENT(.kind = WIRE_DATA, .family = 0),
		EVENT(.kind = WIRE_DATA, .family = AF_UNIX),
		EVENT(DATA, .dir = 2),
		EVENT(DATA, .len = WIRE_DATA_MAX + 1),
		EVENT(DATA, .pos = 5, .pre_skip = 6),
		EVENT(DATA, .pos = UINT64_MAX, .len = 1),
		EVENT(DATA, .pos = UINT64_MAX - 1, .len = 1, .post_skip = 1),
		EVENT(DATA, .post_skip = UINT64_MAX, .len = 1),
		EVENT(.kind = WIRE_CLOSE, .len = 1),
		EVENT(.kind = WIRE_CLOSE, .close_reason = WIRE_CLOSE_RESET_AFTER_END + 1),
		EVENT(.kind = WIRE_CLOSE, .dir = 9),
	};
	const struct wire_event fine[] = {
		EVENT(DATA, .len = WIRE_DATA_MAX),
		EVENT(DATA, .pos = 6, .pre_skip = 6, .flags = 0xffff),
		EVENT(DATA, .pos = UINT64_MAX - 2, .len = 1, .post_skip = 1),
		EVENT(.kind = WIRE_CLOSE, .pos = 1, .pre_skip = 2),
		EVENT(.kind = WIRE_GONE, .family = AF_INET, .pos = 1, .pre_skip = 2),
		EVENT(.kind = WIRE_HEADERS, .flags = WIRE_F_UNFIT),
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!valid_in(&bad[i], sizeof(good) + WIRE_DATA_MAX + 1), "bad %zu", i);
	for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++)
		ck_assert_msg(valid_in(&fine[i], sizeof(good) + WIRE_DATA_MAX), "fine %zu", i);
}
END_TEST

/* Every length of a list of two fields, and streams that are none. */
START_TEST(header_lists)
{
	struct {
		struct wire_event event;
		uint8_t data[32];
	} list = {.event = {.kind = WIRE_HEADERS, .msg = 1}};
	const struct wire_field first = {.name = 2, .value = 3}, second = {.name = 1};
	const size_t whole = 2 * sizeof(first) + 6;
	struct guarded g;

	memcpy(list.data, &first, sizeof(first));
	memcpy(list.data + sizeof(first) + 5, &second, sizeof(second));
	for (size_t n = 0; n <= whole; n++) {
		list.event.len = (uint16_t)n;
		g = guard_copy(bytes_of(&list, sizeof(list.event) + n));
		ck_assert_int_eq(wire_event_valid(g.bytes.p, g.bytes.n),
				 n == whole || n == sizeof(first) + 5);
		guard_free(&g);
	}
	ck_assert(!wire_event_valid(&list, sizeof(list.event) + whole - 1));
	list.event.msg = 0;
	ck_assert(!wire_event_valid(&list, sizeof(list.event) + whole));
	list.event.msg = 1u << 31;
	ck_assert(!wire_event_valid(&list, sizeof(list.event) + whole));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("events");
	TCase *c = tcase_create("valid");

	tcase_add_test(c, every_length);
	tcase_add_test(c, bad_members);
	tcase_add_test(c, header_lists);
	suite_add_tcase(suite, c);
	return run_suite(suite);
}
