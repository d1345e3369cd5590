/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/libbcc.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <unistd.h>

int libbcc_load(struct libbcc *bcc, char *err, size_t err_size)
{
	const struct {
		const char *name;
		void *to;
	} symbols[] = {
		{"bpf_module_create_c_from_string", &bcc->create},
		{"bpf_num_functions", &bcc->num_functions},
		{"bpf_function_name", &bcc->function_name},
		{"bpf_function_start", &bcc->function_start},
		{"bpf_function_size", &bcc->function_size},
		{"bpf_num_tables", &bcc->num_tables},
		{"bpf_table_name", &bcc->table_name},
		{"bpf_table_fd", &bcc->table_fd},
	};

	bcc->handle = dlopen("libbcc.so.0", RTLD_LAZY | RTLD_LOCAL);
	if (!bcc->handle) {
		snprintf(err, err_size, "cannot load libbcc (%s): install it (Debian: libbpfcc, Fedora: bcc)",
			 dlerror());
		return -1;
	}
	for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
		void *f = dlsym(bcc->handle, symbols[i].name);

		if (!f) {
			snprintf(err, err_size, "this libbcc has no function %s: it is too old or too new",
				 symbols[i].name);
			return -1;
		}
		memcpy(symbols[i].to, &f, sizeof(f));
	}
	return 0;
}

/*
 * At the sight of a bpf_probe_read call libbcc reads all of /proc/kallsyms, in
 * 1 KiB reads, just to learn whether the kernel has the newer helpers: 0.3 s
 * of 0.4.  All kernels with ring buffers have them, so this process sees a
 * four-line file there.  Without the right to mount it is only slower.
 */
void libbcc_shorten_kallsyms(void)
{
	static const char symbols[] = "ffffffff81000000 T bpf_probe_read_kernel\n"
				      "ffffffff81000010 T bpf_probe_read_kernel_str\n"
				      "ffffffff81000020 T bpf_probe_read_user\n"
				      "ffffffff81000030 T bpf_probe_read_user_str\n";
	char path[64];
	int fd;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return;
	/* a memfd lives on an internal mount that cannot be bound: take a file */
	strcpy(path, "/dev/shm/l7scope-XXXXXX");
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return;
	if (write(fd, symbols, sizeof(symbols) - 1) == (ssize_t)sizeof(symbols) - 1)
		mount(path, "/proc/kallsyms", NULL, MS_BIND, NULL);
	close(fd);
	unlink(path);
}

/* The first line of the compiler's output that says "error". */
static void first_error(int fd, char *err, size_t err_size)
{
	char text[4096], *at, *end;
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	at = strstr(text, "error: ");
	while (at && at > text && at[-1] != '\n')
		at--;
	if (!at)
		at = text;
	end = strchr(at, '\n');
	if (end)
		*end = '\0';
	snprintf(err, err_size, "the BPF text does not compile: %s", *at ? at : "no message from libbcc");
}

void *libbcc_compile(const struct libbcc *bcc, const char *text, const char *source_dir, char *err,
		     size_t err_size)
{
	/* -fms-extensions: kernels from 6.19 on are built with it.  No debug information, and no optimisation
	 * before libbcc's own passes, which do all of it again: a third of the time. */
	const char *flags[] = {"-fms-extensions", "-g0", "-Xclang", "-disable-llvm-passes",
			       "-Werror=implicit-function-declaration"};
	int saved = dup(STDERR_FILENO), log = memfd_create("compiler", MFD_CLOEXEC);
	void *module;

	if (source_dir)
		setenv("BCC_KERNEL_SOURCE", source_dir, 1);
	if (log >= 0)
		dup2(log, STDERR_FILENO);
	module = bcc->create(text, 0, flags, sizeof(flags) / sizeof(flags[0]), false, NULL);
	if (saved >= 0)
		dup2(saved, STDERR_FILENO);
	if (!module && log >= 0)
		first_error(log, err, err_size);
	if (log >= 0)
		close(log);
	if (saved >= 0)
		close(saved);
	return module;
}
