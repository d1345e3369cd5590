/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake_tree.h - a /proc, /sys or /var/log of our own, below a temporary directory.
 *
 * Every function aborts the test when the file system refuses.  Paths are
 * relative to the tree; missing directories on the way are made.
 */
#ifndef L7SCOPE_TESTS_FAKE_TREE_H
#define L7SCOPE_TESTS_FAKE_TREE_H

#include <check.h>
#include <ftw.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A path of PATH_MAX below any root. */
#define TREE_NAME_LEN (PATH_MAX + 64)

struct fake_tree {
	char root[sizeof("/tmp/l7scope-tree.XXXXXX")];
};

static inline void tree_init(struct fake_tree *t)
{
	snprintf(t->root, sizeof(t->root), "/tmp/l7scope-tree.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(t->root));
}

/* The whole name, in one of a few static buffers that take turns. */
static inline const char *tree_path(const struct fake_tree *t, const char *path)
{
	static char names[8][TREE_NAME_LEN];
	static unsigned turn;
	char *name = names[turn++ % 8];

	snprintf(name, TREE_NAME_LEN, "%s/%s", t->root, path);
	return name;
}

static inline void tree_mkdir(const struct fake_tree *t, const char *path)
{
	char name[TREE_NAME_LEN];

	snprintf(name, sizeof(name), "%s/%s/", t->root, path);
	for (char *slash = name + strlen(t->root) + 1; (slash = strchr(slash, '/')) != NULL; *slash++ = '/') {
		*slash = '\0';
		(void)mkdir(name, 0755); /* may be there */
	}
	ck_assert_msg(access(name, F_OK) == 0, "%s cannot be made", name);
}

static inline void tree_parent(const struct fake_tree *t, const char *path)
{
	char parent[PATH_MAX], *slash;

	snprintf(parent, sizeof(parent), "%s", path);
	slash = strrchr(parent, '/');
	if (slash) {
		*slash = '\0';
		tree_mkdir(t, parent);
	}
}

static inline void tree_write(const struct fake_tree *t, const char *path, const char *text)
{
	FILE *f;

	tree_parent(t, path);
	f = fopen(tree_path(t, path), "w");
	ck_assert_msg(f != NULL, "%s cannot be written", path);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

static inline void tree_symlink(const struct fake_tree *t, const char *path, const char *target)
{
	tree_parent(t, path);
	ck_assert_int_eq(symlink(target, tree_path(t, path)), 0);
}

static inline uint64_t tree_inode(const struct fake_tree *t, const char *path)
{
	struct stat st;

	ck_assert_msg(stat(tree_path(t, path), &st) == 0, "%s is not there", path);
	return st.st_ino;
}

static inline int tree_remove_one(const char *path, const struct stat *st, int kind, struct FTW *place)
{
	(void)st, (void)kind, (void)place;
	return remove(path);
}

/* Of all that is at or below path. */
static inline void tree_remove(const struct fake_tree *t, const char *path)
{
	ck_assert_int_eq(nftw(tree_path(t, path), tree_remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

static inline void tree_release(const struct fake_tree *t)
{
	tree_remove(t, "");
}

#endif
