/* SPDX-License-Identifier: Apache-2.0 */
/* Owners of sockets, in a /proc made of files and in the real one. */
#include "transport/socket_owners.h"

#include <sys/socket.h>

#include "harness.h"
#include "unit/fake_tree.h"

#define SECOND 1000000000ull

static struct fake_tree tree;
static struct socket_owners *o;
static uint64_t now;

static void set_up(void)
{
	now = 100 * SECOND;
	tree_init(&tree);
	o = socket_owners_new(tree_path(&tree, ""));
	ck_assert_ptr_nonnull(o);
}

static void tear_down(void)
{
	socket_owners_free(o);
	tree_release(&tree);
}

static void put_file(unsigned pid, unsigned fd, const char *target)
{
	char path[64];

	snprintf(path, sizeof(path), "%u/fd/%u", pid, fd);
	tree_symlink(&tree, path, target);
}

static void put_socket(unsigned pid, unsigned fd, unsigned inode)
{
	char target[32], path[64], comm[32];

	snprintf(target, sizeof(target), "socket:[%u]", inode);
	put_file(pid, fd, target);
	snprintf(path, sizeof(path), "%u/comm", pid);
	snprintf(comm, sizeof(comm), "proc %u\n", pid);
	tree_write(&tree, path, comm);
}

/* Each call is a second later. */
static void look_for(unsigned inode)
{
	socket_owners_want(o, inode);
	socket_owners_refresh(o, now += SECOND);
}

/* The pids as text, "3 of 9" behind them when there are more. */
static const char *owners(unsigned inode)
{
	static char text[256];
	const struct socket_owner *found = NULL;
	size_t n = socket_owners_find(o, inode, &found), at = 0;

	text[0] = '\0';
	for (size_t i = 0; i < n && i < SOCKET_OWNERS_MAX; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, i ? " %u" : "%u", found[i].pid);
	if (n > SOCKET_OWNERS_MAX)
		snprintf(text + at, sizeof(text) - at, " of %zu", n);
	return text;
}

START_TEST(one_owner)
{
	const struct socket_owner *found;

	put_socket(12, 3, 1000);
	put_socket(12, 4, 1001);
	put_socket(9, 0, 1002);
	look_for(1000);
	ck_assert_str_eq(owners(1000), "12");
	ck_assert_str_eq(owners(1001), "12");
	ck_assert_str_eq(owners(1002), "9");
	ck_assert_uint_eq(socket_owners_find(o, 1000, &found), 1);
	ck_assert_str_eq(found->comm, "proc 12");
	ck_assert_uint_eq(found->cgroup, 0);
	ck_assert_uint_eq(socket_owners_dropped(o), 0);
}
END_TEST

START_TEST(unknown)
{
	ck_assert_str_eq(owners(5), "");
	put_socket(12, 3, 1000);
	look_for(5);
	for (unsigned inode = 999; inode <= 1001; inode++)
		ck_assert_str_eq(owners(inode), inode == 1000 ? "12" : "");
	ck_assert_str_eq(owners(0), "");
	ck_assert_str_eq(owners(UINT32_MAX), "");
}
END_TEST

START_TEST(shared_by_several)
{
	for (unsigned pid = 40; pid > 30; pid--)
		put_socket(pid, 3, 7);
	for (unsigned pid = 39; pid < 42; pid++)
		put_socket(pid, 4, 8);
	put_socket(40, 9, 8); /* the same one again */
	look_for(7);
	ck_assert_str_eq(owners(7), "31 32 33 34 35 36 37 38 of 10");
	ck_assert_str_eq(owners(8), "39 40 41");
}
END_TEST

START_TEST(what_is_no_socket)
{
	static const char *const targets[] = {
		"socket:[]",
		"socket:[12",
		"socket:[12]x",
		"socket:[-12]",
		"socket:12",
		"socket:[1 2]",
		"socket:[12 ]",
		"socket:[4294967296]",
		"pipe:[12]",
		"/tmp/socket:[12]",
		"[12]",
		"anon_inode:[12]",
		"socket:[99999999999999999999999]",
		"socket:[0]",
		"socket:[",
	};

	for (unsigned i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
		put_file(12, i, targets[i]);
	put_socket(12, 100, UINT32_MAX);
	tree_mkdir(&tree, "self/fd");
	tree_mkdir(&tree, "0/fd");
	tree_mkdir(&tree, "12x/fd");
	tree_mkdir(&tree, "13");
	tree_write(&tree, "14", "no directory");
	look_for(12);
	ck_assert_str_eq(owners(12), "");
	ck_assert_str_eq(owners(0), "");
	ck_assert_str_eq(owners(UINT32_MAX), "12");
}
END_TEST

START_TEST(not_looked_unless_wanted)
{
	put_socket(12, 3, 1000);
	socket_owners_refresh(o, now += SECOND);
	ck_assert_str_eq(owners(1000), "");
	look_for(0);
	ck_assert_str_eq(owners(1000), "");
	look_for(1000);
	put_socket(12, 4, 1001);
	socket_owners_refresh(o, now += SECOND);
	ck_assert_str_eq(owners(1001), "");
}
END_TEST

START_TEST(gone_is_forgotten)
{
	put_socket(12, 3, 1000);
	put_socket(13, 3, 1000);
	look_for(1000);
	tree_remove(&tree, "12/fd/3");
	look_for(2000);
	ck_assert_str_eq(owners(1000), "13");
	tree_remove(&tree, "13");
	look_for(2001);
	ck_assert_str_eq(owners(1000), "");
}
END_TEST

START_TEST(not_too_often)
{
	for (unsigned pid = 1; pid < 50; pid++)
		put_socket(pid, 3, 1000 + pid);
	look_for(1001);
	put_socket(50, 3, 1050);
	socket_owners_want(o, 1050);
	socket_owners_refresh(o, now + 1); /* no scan takes less than a nanosecond / SOCKET_OWNERS_SHARE */
	ck_assert_str_eq(owners(1050), "");
	socket_owners_refresh(o, now + 10 * SECOND); /* what was wanted still is */
	ck_assert_str_eq(owners(1050), "50");
}
END_TEST

/* What nobody has does not cost a scan each second. */
START_TEST(missing_is_looked_for_later)
{
	put_socket(12, 3, 1000);
	look_for(77); /* the first scan is a full one */
	tree_remove(&tree, "12");
	look_for(77);
	ck_assert_str_eq(owners(1000), "12");
	now += SOCKET_OWNERS_RETRY_NS;
	look_for(0);
	look_for(77);
	ck_assert_str_eq(owners(1000), "");
}
END_TEST

/* As sock_diag tells of each socket, and a second passes. */
static void see(unsigned first, unsigned last)
{
	for (unsigned inode = first; inode <= last; inode++)
		socket_owners_saw(o, inode);
	socket_owners_refresh(o, now += SECOND);
}

/* One process each: only in the order of their numbers are they known again. */
START_TEST(seen_ones_are_not_read_again)
{
	for (unsigned i = 0; i < 3; i++)
		put_socket(12 + i, 3, 1000 + i);
	see(1000, 1002);
	for (unsigned i = 0; i < 3; i++)
		tree_remove(&tree, i == 0 ? "12/fd/3" : i == 1 ? "13/fd/3" : "14/fd/3");
	put_socket(13, 3, 1003);
	put_socket(14, 3, 1004);
	socket_owners_saw(o, 1004);
	see(1000, 1001); /* these go on in nobody's hands, 1002 does not */
	ck_assert_str_eq(owners(1000), "");
	ck_assert_str_eq(owners(1001), "13"); /* cannot be known yet */
	ck_assert_str_eq(owners(1002), "");
	ck_assert_str_eq(owners(1004), "14");
	see(1003, 1004);
	ck_assert_str_eq(owners(1003), "13");
	ck_assert_str_eq(owners(1001), "");
}
END_TEST

START_TEST(wanted_twice_is_looked_for_everywhere)
{
	put_socket(12, 3, 1000);
	see(1000, 1000);
	tree_remove(&tree, "12/fd/3");
	put_socket(12, 3, 1001); /* where 1000 was, which goes on */
	see(1000, 1001);
	ck_assert_str_eq(owners(1000), "12");
	ck_assert_str_eq(owners(1001), "");
	see(1000, 1001);
	ck_assert_str_eq(owners(1000), "");
	ck_assert_str_eq(owners(1001), "12");
}
END_TEST

/* A server that accepts, forks and closes: the number is used again at once. */
START_TEST(handed_on)
{
	put_socket(12, 3, 1000);
	see(1000, 1000);
	tree_remove(&tree, "12/fd/3");
	put_socket(12, 3, 1001);
	put_socket(13, 3, 1000);
	put_socket(14, 3, 1001);
	see(1000, 1001);
	ck_assert_str_eq(owners(1000), "13");
	ck_assert_str_eq(owners(1001), "12 14");
}
END_TEST

START_TEST(all_is_read_now_and_then)
{
	put_socket(12, 3, 1000);
	see(1000, 1000);
	tree_remove(&tree, "12/fd/3");
	put_file(12, 3, "pipe:[1]");
	see(1000, 1001);
	ck_assert_str_eq(owners(1000), "12");
	now += SOCKET_OWNERS_FULL_NS;
	see(1000, 1002);
	ck_assert_str_eq(owners(1000), "");
}
END_TEST

START_TEST(more_wanted_than_told_apart)
{
	put_socket(12, 3, 1000);
	for (unsigned i = 0; i < SOCKET_OWNERS_WANTED_MAX + 10; i++)
		socket_owners_want(o, 100000 + i);
	look_for(1000);
	ck_assert_str_eq(owners(1000), "12");
	tree_remove(&tree, "12");
	look_for(100000);
	ck_assert_str_eq(owners(1000), "12");
	look_for(100000 + SOCKET_OWNERS_WANTED_MAX + 1);
	ck_assert_str_eq(owners(1000), "");
}
END_TEST

START_TEST(our_own)
{
	struct socket_owners *real = socket_owners_new("/proc");
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const struct socket_owner *found = NULL;
	struct stat st;

	ck_assert_ptr_nonnull(real);
	ck_assert_int_eq(fstat(fd, &st), 0);
	socket_owners_want(real, (uint32_t)st.st_ino);
	socket_owners_refresh(real, SECOND);
	ck_assert_uint_eq(socket_owners_find(real, (uint32_t)st.st_ino, &found), 1);
	ck_assert_uint_eq(found->pid, (uint32_t)getpid());
	close(fd);
	socket_owners_free(real);
}
END_TEST

START_TEST(no_such_proc)
{
	struct socket_owners *none = socket_owners_new(tree_path(&tree, "nowhere"));
	const struct socket_owner *found;

	ck_assert_ptr_nonnull(none);
	socket_owners_want(none, 5);
	socket_owners_refresh(none, SECOND);
	ck_assert_uint_eq(socket_owners_find(none, 5, &found), 0);
	socket_owners_free(none);
	socket_owners_free(NULL);
}
END_TEST

static void look_with_failures(void *ctx)
{
	struct socket_owners *poor = socket_owners_new(tree_path(&tree, ""));
	const struct socket_owner *found;

	(void)ctx;
	if (!poor)
		return;
	socket_owners_want(poor, 7);
	socket_owners_refresh(poor, SECOND);
	for (unsigned inode = 0; inode < 20; inode++)
		for (size_t n = socket_owners_find(poor, inode, &found); n; n--)
			ck_assert_uint_ge(found[n - 1].pid, 30);
	socket_owners_free(poor);
}

START_TEST(every_allocation_fails)
{
	for (unsigned pid = 30; pid < 34; pid++) {
		put_socket(pid, 3, 7);
		put_socket(pid, 4, pid - 20);
	}
	fail_each_alloc(look_with_failures, NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("socket_owners");
	TCase *c = tcase_create("owners");

	tcase_set_timeout(c, 60);
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, one_owner);
	tcase_add_test(c, unknown);
	tcase_add_test(c, shared_by_several);
	tcase_add_test(c, what_is_no_socket);
	tcase_add_test(c, not_looked_unless_wanted);
	tcase_add_test(c, gone_is_forgotten);
	tcase_add_test(c, not_too_often);
	tcase_add_test(c, missing_is_looked_for_later);
	tcase_add_test(c, seen_ones_are_not_read_again);
	tcase_add_test(c, wanted_twice_is_looked_for_everywhere);
	tcase_add_test(c, handed_on);
	tcase_add_test(c, all_is_read_now_and_then);
	tcase_add_test(c, more_wanted_than_told_apart);
	tcase_add_test(c, our_own);
	tcase_add_test(c, no_such_proc);
	tcase_add_test(c, every_allocation_fails);
	suite_add_tcase(suite, c);
	return run_suite(suite);
}
