/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/recording.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "harness.h"
#include "replay/event_builder.h"

#define EVENTS 40

static const struct recording_info info = {
	.wall_offset_ns = -1234567890123,
	.start_ns = 42,
	.release = "6.1.0-test",
};

static char folder[64];
static char path[96];
static uint64_t counters[WIRE_COUNTERS];
static char err[512];

static void setup(void)
{
	snprintf(folder, sizeof(folder), "/tmp/test_recording.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/a.rec", folder);
	for (int i = 0; i < WIRE_COUNTERS; i++)
		counters[i] = (uint64_t)i << 40 | 7;
	err[0] = '\0';
}

static void teardown(void)
{
	unlink(path);
	rmdir(folder);
}

/* Event i: data of growing length, empty and full ones among them; the last is a close. */
static void make_event(struct built_event *e, int i)
{
	static uint8_t data[WIRE_DATA_MAX];
	struct event_builder b;
	size_t n = i == 1 ? WIRE_DATA_MAX : (size_t)i * 17;

	memset(data, 'a' + i % 26, sizeof(data));
	memset(e, 0, sizeof(*e));
	event_builder_init(&b, i + 1, i & 1);
	b.exit_ns = 1000 + i;
	build_data(&b, e, i & 1, BUILD_NEW, bytes_of(data, n));
	if (i == EVENTS - 1)
		build_close(&b, e, WIRE_CLOSE_RESET);
}

static int record(void)
{
	struct recorder *r = recorder_open(path, &info, err, sizeof(err));
	struct built_event e;
	int bad = 0;

	if (!r)
		return -1;
	for (int i = 0; i < EVENTS; i++) {
		make_event(&e, i);
		bad |= recorder_write(r, &e.event, e.data);
	}
	return recorder_close(r, counters, err, sizeof(err)) | bad;
}

/* Reads all; *status is the last thing replayer_next() said. */
static int replay(int *status, char *why, size_t why_size)
{
	struct replayer *r = replayer_open(path, why, why_size);
	const struct wire_event *event = NULL;
	const uint8_t *data = NULL;
	struct built_event e;
	int n = 0;

	*status = -2;
	if (!r)
		return 0;
	while ((*status = replayer_next(r, &event, &data)) == 1) {
		make_event(&e, n++);
		ck_assert_mem_eq(event, &e.event, sizeof(e.event));
		if (event->len)
			ck_assert_mem_eq(data, e.data, event->len);
	}
	ck_assert_int_eq(replayer_next(r, &event, &data), *status);
	snprintf(why, why_size, "%s", replayer_error(r));
	if (*status == 0)
		ck_assert_mem_eq(replayer_counters(r), counters, sizeof(counters));
	else
		ck_assert_uint_eq(replayer_counters(r)[1], 0);
	ck_assert_int_eq(replayer_info(r)->wall_offset_ns, info.wall_offset_ns);
	ck_assert_uint_eq(replayer_info(r)->start_ns, info.start_ns);
	replayer_free(r);
	return n;
}

START_TEST(what_was_written_is_read)
{
	struct stat st;
	int status;

	ck_assert_int_eq(record(), 0);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_int_eq(replay(&status, err, sizeof(err)), EVENTS);
	ck_assert_int_eq(status, 0);
	ck_assert_str_eq(err, "");
}
END_TEST

START_TEST(release_is_this_machines_unless_given)
{
	struct recording_info here = {0};
	struct utsname name;
	struct replayer *r;

	ck_assert_int_eq(
		recorder_close(recorder_open(path, &here, err, sizeof(err)), counters, err, sizeof(err)), 0);
	r = replayer_open(path, err, sizeof(err));
	uname(&name);
	ck_assert_str_eq(replayer_info(r)->release, name.release);
	replayer_free(r);
}
END_TEST

START_TEST(nothing_is_overwritten)
{
	ck_assert_int_eq(record(), 0);
	ck_assert_int_eq(record(), -1);
	ck_assert_ptr_nonnull(strstr(err, "exists and is not overwritten"));
}
END_TEST

START_TEST(folder_must_exist)
{
	snprintf(path, sizeof(path), "%s/none/a.rec", folder);
	ck_assert_int_eq(record(), -1);
	ck_assert_ptr_nonnull(strstr(err, "cannot create"));
}
END_TEST

/* The disk is full as soon as anything goes to it. */
START_TEST(disk_full)
{
	struct recorder *r = recorder_open(path, &info, err, sizeof(err));
	int full = open("/dev/full", O_WRONLY), fd = -1;
	struct built_event e;
	char link[64], target[128] = {0};

	for (int i = 3; i < 64 && fd < 0; i++) { /* the recorder's own descriptor */
		snprintf(link, sizeof(link), "/proc/self/fd/%d", i);
		if (readlink(link, target, sizeof(target) - 1) > 0 && strstr(target, "/a.rec"))
			fd = i;
	}
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(dup2(full, fd), fd);
	close(full);
	make_event(&e, 1);
	for (int i = 0; i < 1000; i++) {
		if (recorder_write(r, &e.event, e.data))
			break;
		ck_assert_int_lt(i, 999);
	}
	ck_assert_int_eq(recorder_write(r, &e.event, e.data), -1);
	ck_assert_int_eq(recorder_close(r, counters, err, sizeof(err)), -1);
	ck_assert_ptr_nonnull(strstr(err, "is incomplete: No space left on device"));
}
END_TEST

START_TEST(close_takes_null)
{
	ck_assert_int_eq(recorder_close(NULL, counters, err, sizeof(err)), 0);
	replayer_free(NULL);
}
END_TEST

static off_t file_size(void)
{
	struct stat st;

	ck_assert_int_eq(stat(path, &st), 0);
	return st.st_size;
}

START_TEST(cut_short_anywhere)
{
	int status, before = EVENTS;

	ck_assert_int_eq(record(), 0);
	for (off_t size = file_size() - 1; size >= 0; size -= size > 4000 ? 131 : 1) {
		int n;

		ck_assert_int_eq(truncate(path, size), 0);
		n = replay(&status, err, sizeof(err));
		ck_assert_int_le(n, before);
		before = n;
		ck_assert_int_lt(status, 0);
		ck_assert_msg(strstr(err, "is cut short") || (size < 8 && strstr(err, "is not a recording")),
			      "%d: %s", (int)size, err);
	}
	ck_assert_int_eq(before, 0);
}
END_TEST

static void poke(off_t at, const void *bytes, size_t n)
{
	int fd = open(path, O_WRONLY);

	ck_assert_int_eq(pwrite(fd, bytes, n, at), n);
	close(fd);
}

#define HEADER_SIZE 112

static const struct {
	off_t at;
	uint32_t value;
	const char *why;
} damages[] = {
	{0, 0, "is not a recording of this program"},
	{8, 0x04030201, "of the other byte order"},
	{8, 7, "is damaged"},
	{12, RECORDING_VERSION + 1, "by another version"},
	{16, sizeof(struct wire_event) + 8, "by another version"},
	{20, WIRE_COUNTERS + 1, "by another version"},
	{HEADER_SIZE, 0xffffffff, "an event is longer than any can be"},
	{HEADER_SIZE, 8, "an event in it makes no sense"},
	{HEADER_SIZE, sizeof(struct wire_event) + 1, "an event in it makes no sense"},
	{HEADER_SIZE + 4 + 88, 9, "an event in it makes no sense"}, /* kind, dir, close_reason, family */
};

START_TEST(damaged)
{
	int status;

	ck_assert_int_eq(record(), 0);
	poke(damages[_i].at, &damages[_i].value, sizeof(damages[_i].value));
	ck_assert_int_eq(replay(&status, err, sizeof(err)), 0);
	ck_assert_int_lt(status, 0);
	ck_assert_ptr_nonnull(strstr(err, damages[_i].why));
	ck_assert_ptr_nonnull(strstr(err, path));
}
END_TEST

START_TEST(not_to_be_opened)
{
	ck_assert_ptr_null(replayer_open(path, err, sizeof(err)));
	ck_assert_ptr_nonnull(strstr(err, "cannot open"));
	ck_assert_ptr_null(replayer_open(folder, err, sizeof(err)));
	ck_assert_ptr_nonnull(strstr(err, "cannot read"));
	ck_assert_ptr_null(replayer_open("/dev/null", err, sizeof(err)));
	ck_assert_ptr_nonnull(strstr(err, "is not a recording"));
}
END_TEST

static void record_and_replay(void *ctx)
{
	int status;

	(void)ctx;
	unlink(path);
	if (record() == 0)
		replay(&status, err, sizeof(err));
	ck_assert_str_ne(err, "untouched");
}

START_TEST(every_allocation_fails)
{
	if (harness_alloc_hooked())
		ck_assert_int_ge(fail_each_alloc(record_and_replay, NULL), 4);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("recording");
	TCase *c = tcase_create("files");

	tcase_set_timeout(c, 60);
	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, what_was_written_is_read);
	tcase_add_test(c, release_is_this_machines_unless_given);
	tcase_add_test(c, nothing_is_overwritten);
	tcase_add_test(c, folder_must_exist);
	tcase_add_test(c, disk_full);
	tcase_add_test(c, close_takes_null);
	tcase_add_test(c, cut_short_anywhere);
	tcase_add_loop_test(c, damaged, 0, sizeof(damages) / sizeof(damages[0]));
	tcase_add_test(c, not_to_be_opened);
	tcase_add_test(c, every_allocation_fails);
	suite_add_tcase(suite, c);
	return run_suite(suite);
}
