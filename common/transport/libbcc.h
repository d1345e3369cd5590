/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libbcc.h - the few functions of libbcc that are used, loaded at run time.
 *
 * A process that is merely linked with libbcc has 60 MB resident for LLVM's
 * relocations; only the short-lived compile child loads it.
 */
#ifndef L7SCOPE_LIBBCC_H
#define L7SCOPE_LIBBCC_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>

struct libbcc {
	void *handle;
	void *(*create)(const char *text, unsigned flags, const char *cflags[], int n_cflags,
			bool allow_rlimit, const char *dev);
	size_t (*num_functions)(void *module);
	const char *(*function_name)(void *module, size_t i);
	void *(*function_start)(void *module, const char *name);
	size_t (*function_size)(void *module, const char *name);
	size_t (*num_tables)(void *module);
	const char *(*table_name)(void *module, size_t i);
	int (*table_fd)(void *module, const char *name);
};

/* Returns 0, or -1 with one sentence in err. */
int libbcc_load(struct libbcc *bcc, char *err, size_t err_size);

/* Makes compiling three times as fast; see libbcc.c.  Changes the mount
 * namespace of the process; does nothing where it may not. */
void libbcc_shorten_kallsyms(void);

/*
 * Compiles.  source_dir: kernel source tree for libbcc, NULL for its own
 * search (/lib/modules/RELEASE/build, kheaders).  Returns the module, or NULL
 * with the compiler's first complaint in err.  Changes environment and standard
 * error of the process: for a child.
 */
void *libbcc_compile(const struct libbcc *bcc, const char *text, const char *source_dir, char *err,
		     size_t err_size);

#endif
