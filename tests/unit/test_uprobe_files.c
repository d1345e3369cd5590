/* SPDX-License-Identifier: Apache-2.0 */
/* Libraries and programs with TLS, of processes that map files made for it, and of this program itself. */
#include "transport/uprobe_files.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "harness.h"
#include "unit/fake_elf.h"
#include "unit/fake_tree.h"

/* This program looks as if OpenSSL were linked into it. */
int SSL_read(void *ssl, void *buf, int n);
int SSL_write(void *ssl, const void *buf, int n);

__attribute__((used, noinline)) int SSL_read(void *ssl, void *buf, int n)
{
	return ssl == buf ? n : -n;
}

__attribute__((used, noinline)) int SSL_write(void *ssl, const void *buf, int n)
{
	return ssl == buf ? n + 1 : 1 - n;
}

static struct fake_tree tree;
static struct uprobe_files *files;
static pid_t children[4];
static size_t n_children;

/* What was told, of files whose path has "libssl" in it; one line each. */
static char told[2048];
static struct uprobe_file last;
static uint8_t code[16]; /* of the last one, at its first site */

static void set_up(void)
{
	tree_init(&tree);
	files = uprobe_files_new();
	ck_assert_ptr_nonnull(files);
	n_children = 0;
	told[0] = '\0';
}

static void end_children(void)
{
	while (n_children) {
		kill(children[--n_children], SIGKILL);
		waitpid(children[n_children], NULL, 0);
	}
}

static void tear_down(void)
{
	end_children();
	uprobe_files_free(files);
	tree_release(&tree);
}

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
	size_t n = strlen(told);
	va_list args;

	va_start(args, format);
	vsnprintf(told + n, sizeof(told) - n, format, args);
	va_end(args);
}

static const char *short_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void on_file(void *ctx, const struct uprobe_file *file)
{
	(void)ctx;
	if (!strstr(file->path, "libssl"))
		return;
	last = *file;
	say("%s:", short_name(file->path));
	for (size_t i = 0; i < file->n_sites; i++)
		say(" %s+%llu", file->sites[i].hook->function,
		    (unsigned long long)(file->sites[i].entry - FAKE_CODE_OFFSET));
	if (file->version[0])
		say(" (%s)", file->version);
	if (file->why_not)
		say(" %s", file->why_not);
	say("\n");
}

static const char *take_told(void)
{
	static char text[sizeof(told)];

	memcpy(text, told, sizeof(told));
	told[0] = '\0';
	return text;
}

/* ---- files and processes ---- */

enum content { NOTHING, PLAIN, WITH_VERSION, ONLY_READ, FOR_32_BITS };

static void save(const char *name, enum content content)
{
	struct fake_elf f;

	fake_elf_init(&f);
	if (content != NOTHING)
		fake_elf_function(&f, FAKE_DYNSYM, "SSL_read", 16);
	if (content != NOTHING && content != ONLY_READ)
		fake_elf_function(&f, FAKE_DYNSYM, "SSL_write", 32);
	fake_elf_function(&f, FAKE_DYNSYM, "SSL_free", 48);
	fake_elf_append(&f, FAKE_RODATA, "\0OpenSSL 3.0.17 1 Jul 2025", content == WITH_VERSION ? 27 : 1);
	if (content == FOR_32_BITS)
		f.header.e_ident[EI_CLASS] = ELFCLASS32;
	fake_elf_save(&f, tree_path(&tree, name));
	fake_elf_release(&f);
}

static void map_code(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) == MAP_FAILED)
		_exit(1);
	close(fd);
}

/* A process that has mapped what `prepare` maps, and waits.  0: prepare failed. */
static pid_t start(void (*prepare)(const char *arg), const char *arg)
{
	int ready[2];
	pid_t pid;
	char c;

	ck_assert_int_eq(pipe(ready), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		prepare(arg);
		if (write(ready[1], "", 1) == 1)
			pause();
		_exit(1);
	}
	children[n_children++] = pid;
	close(ready[1]);
	if (read(ready[0], &c, 1) != 1)
		pid = 0;
	close(ready[0]);
	return pid;
}

static pid_t start_with(const char *name)
{
	pid_t pid = start(map_code, tree_path(&tree, name));

	ck_assert_int_gt(pid, 0);
	return pid;
}

static int look(pid_t pid)
{
	return uprobe_files_of_process(files, pid, on_file, NULL);
}

/* What only those can do who may look at other processes' mappings. */
static bool may_follow_mappings(const char *test)
{
	if (geteuid() == 0)
		return true;
	printf("skip - uprobe_files/%s # only for root\n", test);
	return false;
}

/* ---- one process ---- */

START_TEST(a_library)
{
	pid_t pid;

	save("libssl.so.3", WITH_VERSION);
	pid = start_with("libssl.so.3");
	ck_assert_int_ge(look(pid), 1);
	ck_assert_str_eq(take_told(), "libssl.so.3: SSL_read+16 SSL_write+32 SSL_free+48 (OpenSSL 3.0.17)\n");
	ck_assert_uint_eq(last.inode, tree_inode(&tree, "libssl.so.3"));
	ck_assert_str_eq(last.path, tree_path(&tree, "libssl.so.3"));
	ck_assert_int_eq(look(pid), 0);
	ck_assert_str_eq(take_told(), "");
}
END_TEST

START_TEST(once_for_all_its_names_and_processes)
{
	pid_t first, second;

	save("libssl.so.3", PLAIN);
	ck_assert_int_eq(link(tree_path(&tree, "libssl.so.3"), tree_path(&tree, "libssl.so.1")), 0);
	save("libssl.so.2", PLAIN);
	first = start_with("libssl.so.3");
	second = start_with("libssl.so.1");
	look(first);
	look(second);
	ck_assert_str_eq(take_told(), "libssl.so.3: SSL_read+16 SSL_write+32 SSL_free+48\n");
	look(start_with("libssl.so.2"));
	ck_assert_str_eq(take_told(), "libssl.so.2: SSL_read+16 SSL_write+32 SSL_free+48\n");
}
END_TEST

START_TEST(why_not)
{
	save("libssl.so.1", NOTHING);
	save("libssl.so.2", ONLY_READ);
	save("libssl.so.3", FOR_32_BITS);
	tree_write(&tree, "libssl.so.4", "no ELF file");
	look(start_with("libssl.so.1"));
	ck_assert_str_eq(take_told(), "libssl.so.1: no symbol SSL_write and SSL_read\n");
	look(start_with("libssl.so.2"));
	ck_assert_str_eq(take_told(), "libssl.so.2: SSL_read+16 SSL_free+48 no symbol SSL_write\n");
	look(start_with("libssl.so.3"));
	ck_assert_str_eq(take_told(), "libssl.so.3: 32-bit\n");
	look(start_with("libssl.so.4"));
	ck_assert_str_eq(take_told(), "libssl.so.4: not an ELF file\n");
}
END_TEST

START_TEST(what_is_not_looked_at)
{
	save("libsslx", PLAIN);
	save("libssl3.so", PLAIN);
	save("libssl-tools.so", NOTHING);
	look(start_with("libsslx"));
	look(start_with("libssl3.so"));
	look(start_with("libssl-tools.so"));
	ck_assert_str_eq(take_told(), "");
}
END_TEST

START_TEST(a_deleted_library)
{
	pid_t pid;

	if (!may_follow_mappings("a_deleted_library"))
		return;
	save("libssl.so.3", PLAIN);
	pid = start_with("libssl.so.3");
	tree_remove(&tree, "libssl.so.3");
	look(pid);
	ck_assert_str_eq(take_told(), "libssl.so.3: SSL_read+16 SSL_write+32 SSL_free+48\n");
	ck_assert_str_eq(last.path, tree_path(&tree, "libssl.so.3"));
}
END_TEST

/* By an upgrade, while processes go on with the old one. */
START_TEST(a_replaced_library)
{
	pid_t old, new;
	ino_t inode;

	if (!may_follow_mappings("a_replaced_library"))
		return;
	save("libssl.so.3", PLAIN);
	inode = tree_inode(&tree, "libssl.so.3");
	old = start_with("libssl.so.3");
	save("new", ONLY_READ);
	ck_assert_int_eq(rename(tree_path(&tree, "new"), tree_path(&tree, "libssl.so.3")), 0);
	new = start_with("libssl.so.3");
	look(old);
	ck_assert_uint_eq(last.inode, inode);
	ck_assert_str_eq(take_told(), "libssl.so.3: SSL_read+16 SSL_write+32 SSL_free+48\n");
	look(new);
	ck_assert_uint_ne(last.inode, inode);
	ck_assert_str_eq(take_told(), "libssl.so.3: SSL_read+16 SSL_free+48 no symbol SSL_write\n");
}
END_TEST

/* One without hooks that is written over, as if its inode were another file's now. */
START_TEST(an_inode_with_another_file)
{
	pid_t pid;

	save("libssl.so.3", NOTHING);
	pid = start_with("libssl.so.3");
	look(pid);
	take_told();
	save("libssl.so.3", PLAIN);
	usleep(1100000); /* what the kernel says of a mapping is believed for a second */
	look(pid);
	ck_assert_str_eq(take_told(), "libssl.so.3: SSL_read+16 SSL_write+32 SSL_free+48\n");
	/* but what has hooks has probes now */
	save("libssl.so.3", WITH_VERSION);
	usleep(1100000);
	look(pid);
	ck_assert_str_eq(take_told(), "");
}
END_TEST

START_TEST(forgotten)
{
	pid_t pid;

	save("libssl.so.3", PLAIN);
	pid = start_with("libssl.so.3");
	look(pid);
	take_told();
	uprobe_files_forget(files, last.dev, last.inode + 1);
	look(pid);
	ck_assert_str_eq(take_told(), "");
	uprobe_files_forget(files, last.dev, last.inode);
	look(pid);
	ck_assert_str_eq(take_told(), "libssl.so.3: SSL_read+16 SSL_write+32 SSL_free+48\n");
}
END_TEST

/* ---- executables ---- */

static void on_program(void *ctx, const struct uprobe_file *file)
{
	struct stat st;

	if (strstr(file->path, "libssl"))
		return;
	++*(int *)ctx;
	last = *file;
	ck_assert_int_eq(fstat(file->fd, &st), 0);
	ck_assert(st.st_dev == file->dev && st.st_ino == file->inode);
	for (size_t i = 0; i < file->n_sites; i++)
		if (strcmp(file->sites[i].hook->function, "SSL_read") == 0)
			ck_assert_int_eq(pread(file->fd, code, sizeof(code), (off_t)file->sites[i].entry),
					 sizeof(code));
}

START_TEST(linked_into_a_program)
{
	char path[PATH_MAX];
	int times = 0;
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	pid_t pid;

	ck_assert_int_gt(n, 0);
	path[n] = '\0';
	save("libssl.so.3", PLAIN);
	pid = start_with("libssl.so.3");
	ck_assert_int_eq(uprobe_files_of_process(files, pid, on_program, &times), 2);
	ck_assert_int_eq(times, 1);
	ck_assert_str_eq(last.path, path);
	ck_assert_uint_eq(last.n_sites, 2);
	ck_assert_ptr_null(last.why_not);
	/* a tool that runs here besides has put a probe over the first byte, perhaps */
	ck_assert_mem_eq(code + 1, (const char *)SSL_read + 1, sizeof(code) - 1);
	ck_assert_int_eq(uprobe_files_of_process(files, start_with("libssl.so.3"), on_program, &times), 0);
	ck_assert_int_eq(times, 1);
}
END_TEST

START_TEST(process_that_is_gone)
{
	pid_t pid;

	save("libssl.so.3", PLAIN);
	pid = start_with("libssl.so.3");
	end_children();
	errno = 0;
	ck_assert_int_eq(look(pid), -1);
	ck_assert_int_eq(errno, ENOENT);
	/* one that has ended and waits to be asked */
	pid = start_with("libssl.so.3");
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitid(P_PID, (id_t)pid, NULL, WEXITED | WNOWAIT), 0);
	ck_assert_int_eq(look(pid), 0);
	ck_assert_str_eq(take_told(), "");
}
END_TEST

/* ---- many processes ---- */

START_TEST(scan_of_some)
{
	uint32_t pids[4];

	save("libssl.so.1", PLAIN);
	save("libssl.so.2", PLAIN);
	save("libssl.so.3", PLAIN);
	pids[0] = (uint32_t)start_with("libssl.so.1");
	start_with("libssl.so.2");
	pids[1] = UINT32_MAX;
	pids[2] = (uint32_t)start_with("libssl.so.3");
	pids[3] = (uint32_t)getpid();
	map_code(tree_path(&tree, "libssl.so.2"));
	uprobe_files_scan(files, pids, 4, on_file, NULL);
	ck_assert_str_eq(take_told(), "libssl.so.1: SSL_read+16 SSL_write+32 SSL_free+48\n"
				      "libssl.so.3: SSL_read+16 SSL_write+32 SSL_free+48\n");
	uprobe_files_scan(files, pids, 0, on_file, NULL);
	ck_assert_str_eq(take_told(), "");
}
END_TEST

START_TEST(scan_of_all)
{
	save("libssl.so.77", PLAIN);
	start_with("libssl.so.77");
	uprobe_files_scan(files, NULL, 0, on_file, NULL);
	/* others of this machine may have theirs */
	ck_assert_ptr_nonnull(strstr(take_told(), "libssl.so.77: SSL_read+16 SSL_write+32 SSL_free+48\n"));
}
END_TEST

/* ---- one mapping ---- */

static struct uprobe_mapped mapping(pid_t pid, const struct stat *st, const char *path)
{
	return (struct uprobe_mapped){pid, st->st_dev, st->st_ino, path};
}

static int look_at_mapping(pid_t pid, const struct stat *st, const char *path)
{
	struct uprobe_mapped m = mapping(pid, st, path);

	return uprobe_files_of_mapping(files, &m, on_file, NULL);
}

static struct stat status(const char *name)
{
	struct stat st;

	ck_assert_int_eq(stat(tree_path(&tree, name), &st), 0);
	return st;
}

START_TEST(a_mapping)
{
	struct stat st;
	pid_t pid;

	save("libssl.so.3", PLAIN);
	save("other.so", PLAIN);
	st = status("libssl.so.3");
	pid = start_with("libssl.so.3");
	ck_assert_int_eq(look_at_mapping(pid, &st, tree_path(&tree, "other.so")), 0);
	ck_assert_int_eq(look_at_mapping(pid, &st, tree_path(&tree, "libssl.so.3")), 1);
	ck_assert_str_eq(take_told(), "libssl.so.3: SSL_read+16 SSL_write+32 SSL_free+48\n");
	ck_assert_int_eq(look_at_mapping(pid, &st, tree_path(&tree, "libssl.so.3")), 0);
	ck_assert_str_eq(take_told(), "");
}
END_TEST

START_TEST(a_mapping_of_a_deleted_file)
{
	struct stat st;
	pid_t pid;

	if (!may_follow_mappings("a_mapping_of_a_deleted_file"))
		return;
	save("libssl.so.3", PLAIN);
	st = status("libssl.so.3");
	pid = start_with("libssl.so.3");
	save("new", ONLY_READ);
	ck_assert_int_eq(rename(tree_path(&tree, "new"), tree_path(&tree, "libssl.so.3")), 0);
	ck_assert_int_eq(look_at_mapping(pid, &st, tree_path(&tree, "libssl.so.3")), 1);
	ck_assert_str_eq(take_told(), "libssl.so.3: SSL_read+16 SSL_write+32 SSL_free+48\n");
	ck_assert_uint_eq(last.inode, st.st_ino);
}
END_TEST

START_TEST(a_mapping_of_a_process_that_is_gone)
{
	struct stat st, other;
	pid_t pid;

	save("libssl.so.3", PLAIN);
	save("libssl.so.4", PLAIN);
	st = status("libssl.so.3");
	other = status("libssl.so.4");
	pid = start_with("libssl.so.3");
	end_children();
	ck_assert_int_eq(look_at_mapping(pid, &other, tree_path(&tree, "libssl.so.3")), -1);
	ck_assert_int_eq(look_at_mapping(pid, &st, tree_path(&tree, "libssl.so.3")), 1);
	ck_assert_str_eq(take_told(), "libssl.so.3: SSL_read+16 SSL_write+32 SSL_free+48\n");
}
END_TEST

START_TEST(a_mapping_of_a_program)
{
	struct uprobe_mapped m;
	struct stat own, st;
	int times = 0;
	pid_t pid;

	save("program", PLAIN);
	st = status("program");
	ck_assert_int_eq(stat("/proc/self/exe", &own), 0);
	pid = start_with("program");
	/* no library by its name, and not what this process runs */
	m = mapping(pid, &st, "/program");
	uprobe_files_of_mapping(files, &m, on_program, &times);
	ck_assert_int_eq(times, 0);
	m = mapping(pid, &own, "/program");
	uprobe_files_of_mapping(files, &m, on_program, &times);
	ck_assert_int_eq(times, 1);
	ck_assert_uint_eq(last.inode, own.st_ino);
}
END_TEST

/* What a path leads to is opened only if it is a file. */
START_TEST(no_file_at_the_path)
{
	struct stat st;

	ck_assert_int_eq(mkfifo(tree_path(&tree, "libssl.so.3"), 0600), 0);
	st = status("libssl.so.3");
	look_at_mapping(getpid(), &st, tree_path(&tree, "libssl.so.3"));
	ck_assert_str_eq(take_told(), "");
	tree_remove(&tree, "libssl.so.3");
	save("target", PLAIN);
	tree_symlink(&tree, "libssl.so.3", tree_path(&tree, "target"));
	st = status("target");
	look_at_mapping(getpid(), &st, tree_path(&tree, "libssl.so.3"));
	ck_assert_str_eq(take_told(), "");
}
END_TEST

/* ---- containers ---- */

/* Its own mount of the image, as each container has. */
static void map_in_container(const char *name)
{
	char options[3 * PATH_MAX], path[PATH_MAX];

	snprintf(options, sizeof(options), "lowerdir=%s,upperdir=%s/%s/upper,workdir=%s/%s/work",
		 tree_path(&tree, "image"), tree.root, name, tree.root, name);
	snprintf(path, sizeof(path), "%s/libssl.so.3", tree_path(&tree, "root"));
	if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("overlay", tree_path(&tree, "root"), "overlay", 0, options) != 0)
		_exit(1);
	map_code(path);
}

static pid_t start_container(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/upper", name);
	tree_mkdir(&tree, path);
	snprintf(path, sizeof(path), "%s/work", name);
	tree_mkdir(&tree, path);
	return start(map_in_container, name);
}

/* A probe is one of the image's file: two for the two containers would tell everything twice. */
START_TEST(two_containers_of_an_image)
{
	pid_t first, second;

	tree_mkdir(&tree, "image");
	tree_mkdir(&tree, "root");
	save("image/libssl.so.3", PLAIN);
	first = start_container("a");
	second = start_container("b");
	if (!first || !second) {
		printf("skip - uprobe_files/two_containers_of_an_image # overlayfs may not be mounted\n");
		return;
	}
	look(first);
	ck_assert_str_eq(take_told(), "libssl.so.3: SSL_read+16 SSL_write+32 SSL_free+48\n");
	look(second);
	ck_assert_str_eq(take_told(), "");
	uprobe_files_forget(files, last.dev, last.inode);
	look(second);
	ck_assert_str_eq(take_told(), "libssl.so.3: SSL_read+16 SSL_write+32 SSL_free+48\n");
}
END_TEST

/* ---- out of memory ---- */

static void scan_with_failures(void *ctx)
{
	struct uprobe_files *f = uprobe_files_new();
	struct stat st = status("libssl.so.3");

	if (!f)
		return;
	uprobe_files_of_process(f, *(pid_t *)ctx, on_file, NULL);
	uprobe_files_forget(f, st.st_dev, st.st_ino);
	uprobe_files_free(f);
}

START_TEST(every_allocation_fails)
{
	pid_t pid;

	save("libssl.so.3", PLAIN);
	pid = start_with("libssl.so.3");
	fail_each_alloc(scan_with_failures, &pid);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("uprobe_files");
	TCase *c = tcase_create("uprobe_files");

	tcase_set_timeout(c, 60);
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, a_library);
	tcase_add_test(c, once_for_all_its_names_and_processes);
	tcase_add_test(c, why_not);
	tcase_add_test(c, what_is_not_looked_at);
	tcase_add_test(c, a_deleted_library);
	tcase_add_test(c, a_replaced_library);
	tcase_add_test(c, an_inode_with_another_file);
	tcase_add_test(c, forgotten);
	tcase_add_test(c, linked_into_a_program);
	tcase_add_test(c, process_that_is_gone);
	tcase_add_test(c, scan_of_some);
	tcase_add_test(c, scan_of_all);
	tcase_add_test(c, a_mapping);
	tcase_add_test(c, a_mapping_of_a_deleted_file);
	tcase_add_test(c, a_mapping_of_a_process_that_is_gone);
	tcase_add_test(c, a_mapping_of_a_program);
	tcase_add_test(c, no_file_at_the_path);
	tcase_add_test(c, two_containers_of_an_image);
	tcase_add_test(c, every_allocation_fails);
	suite_add_tcase(suite, c);
	return run_suite(suite);
}
