/* SPDX-License-Identifier: Apache-2.0 */
/* Mappings as the kernel tells them: this process's own. */
#include "transport/uprobe_watch.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"
#include "unit/fake_tree.h"

static struct fake_tree tree;
static struct uprobe_watch *w;
static char err[256];
static const char *path;
static struct stat st;
static int fd;

static unsigned seen, wrong; /* mappings of our file */

/* false: said why. */
static bool can_watch(const char *test)
{
	if (w)
		return true;
	ck_assert_str_ne(err, "");
	printf("skip - uprobe_watch/%s # %s\n", test, err);
	return false;
}

static void set_up(void)
{
	tree_init(&tree);
	tree_write(&tree, "libssl with a name.so", "text");
	path = strdup(tree_path(&tree, "libssl with a name.so"));
	ck_assert_ptr_nonnull(path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(fstat(fd, &st), 0);
	seen = wrong = 0;
	err[0] = '\0';
	w = uprobe_watch_new(err, sizeof(err));
}

static void tear_down(void)
{
	uprobe_watch_free(w);
	close(fd);
	free((char *)(uintptr_t)path);
	tree_release(&tree);
}

static void on_mapped(void *ctx, const struct uprobe_mapped *m)
{
	(void)ctx;
	ck_assert_int_eq(m->path[0], '/');
	if (m->pid != getpid())
		return;
	if (m->inode == st.st_ino && m->dev == st.st_dev && strcmp(m->path, path) == 0)
		seen++;
	else
		wrong++;
}

static int drain(void)
{
	return uprobe_watch_drain(w, on_mapped, NULL);
}

static void map(int protection, int flags, int from)
{
	void *p = mmap(NULL, 4096, protection, flags, from, 0);

	ck_assert_ptr_ne(p, MAP_FAILED);
	ck_assert_int_eq(munmap(p, 4096), 0);
}

static void map_code(void)
{
	map(PROT_READ | PROT_EXEC, MAP_PRIVATE, fd);
}

static bool is_readable(void)
{
	struct pollfd p = {.fd = uprobe_watch_fd(w), .events = POLLIN};

	return poll(&p, 1, 1000) == 1 && (p.revents & POLLIN);
}

START_TEST(a_mapping)
{
	if (!can_watch("a_mapping"))
		return;
	drain();
	map_code();
	ck_assert(is_readable());
	drain();
	ck_assert_uint_eq(seen, 1);
	drain();
	ck_assert_uint_eq(seen, 1);
	map_code();
	ck_assert(is_readable());
	drain();
	ck_assert_uint_eq(seen, 2);
}
END_TEST

START_TEST(made_executable_later)
{
	void *p;

	if (!can_watch("made_executable_later"))
		return;
	p = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	ck_assert_ptr_ne(p, MAP_FAILED);
	drain();
	ck_assert_uint_eq(seen, 0);
	ck_assert_int_eq(mprotect(p, 4096, PROT_READ | PROT_EXEC), 0);
	drain();
	ck_assert_uint_eq(seen, 1);
	munmap(p, 4096);
}
END_TEST

START_TEST(what_is_not_told)
{
	int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);

	if (!can_watch("what_is_not_told"))
		return;
	drain();
	seen = wrong = 0;
	map(PROT_READ, MAP_PRIVATE, fd);
	map(PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	map(PROT_READ | PROT_EXEC, MAP_SHARED | MAP_ANONYMOUS, -1);
	map(PROT_READ | PROT_EXEC, MAP_PRIVATE, zero);
	drain();
	ck_assert_uint_eq(seen, 0);
	ck_assert_uint_eq(wrong, 0);
	close(zero);
}
END_TEST

/* Records that begin at one end of a ring and end at the other. */
START_TEST(many_times_around)
{
	int lost = 0;

	if (!can_watch("many_times_around"))
		return;
	drain();
	seen = wrong = 0;
	for (int i = 0; i < 20000; i++) {
		map_code();
		if (i % 50 == 49)
			lost += drain();
	}
	ck_assert_uint_eq(wrong, 0);
	/* others may map a lot at the same time */
	if (!lost)
		ck_assert_uint_eq(seen, 20000);
}
END_TEST

START_TEST(lost_ones_are_counted)
{
	int lost;

	if (!can_watch("lost_ones_are_counted"))
		return;
	drain();
	seen = wrong = 0;
	for (int i = 0; i < 5000; i++)
		map_code();
	lost = drain();
	/* the loss is told with the next one that finds room */
	map_code();
	lost += drain();
	ck_assert_uint_gt(seen, 0);
	ck_assert_uint_lt(seen, 5001);
	ck_assert_int_ge(lost, 5001 - (int)seen);
}
END_TEST

static void watch_with_failures(void *ctx)
{
	char why[256] = "";
	struct uprobe_watch *other = uprobe_watch_new(why, sizeof(why));

	(void)ctx;
	ck_assert(other || why[0]);
	uprobe_watch_free(other);
}

START_TEST(every_allocation_fails)
{
	fail_each_alloc(watch_with_failures, NULL);
}
END_TEST

START_TEST(no_descriptors_left)
{
	struct rlimit limit, before;
	char why[256] = "";

	if (!can_watch("no_descriptors_left"))
		return;
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	limit = before;
	/* room for its epoll instance only; descriptors are given from below */
	limit.rlim_cur = (rlim_t)dup(fd) + 1;
	close((int)limit.rlim_cur - 1);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_ptr_null(uprobe_watch_new(why, sizeof(why)));
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	ck_assert_str_eq(why, "cannot see which programs are started from now on: Too many open files");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("uprobe_watch");
	TCase *c = tcase_create("uprobe_watch");

	tcase_set_timeout(c, 60);
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, a_mapping);
	tcase_add_test(c, made_executable_later);
	tcase_add_test(c, what_is_not_told);
	tcase_add_test(c, many_times_around);
	tcase_add_test(c, lost_ones_are_counted);
	tcase_add_test(c, every_allocation_fails);
	tcase_add_test(c, no_descriptors_left);
	suite_add_tcase(suite, c);
	return run_suite(suite);
}
