/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_go_binary.c - go_binary on files that are made to do harm.
 *
 * The input is the file.  The corpus is of unit/fake_go.h, which has all tables
 * in six kilobytes.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "require.h"
#include "transport/go_binary.h"
#include "transport/x86_returns.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Of the corpus; mutations make others equal to them. */
static const char *const functions[] = {"runtime.x", "a.org/vendor/b.org/c.(*T).Read", "b.org/c.(*T).Read",
					"main.main"};
#define N_FUNCTIONS (sizeof(functions) / sizeof(functions[0]))

/* Such a version, and such an offset of a member, is not believed. */
#define VERSION_MAX 128
#define OFFSET_MAX  (1l << 20)

static int file;
static struct x86_decoder *decoder;

/* The library stays loaded: each program that is opened would load it again. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char err[160];

	(void)argc;
	(void)argv;
	decoder = x86_decoder_new(err, sizeof(err));
	if (!decoder)
		fprintf(stderr, "%s\n", err);
	file = memfd_create("fuzz_go_binary", MFD_CLOEXEC);
	REQUIRE(file >= 0);
	return 0;
}

static void look_for(struct go_binary *b, const char *name, bool suffix, size_t size)
{
	struct go_function f;
	size_t length = strlen(name);

	if (!go_binary_function(b, name, suffix, &f))
		return;
	REQUIRE(memchr(f.name, '\0', sizeof(f.name)));
	REQUIRE(strlen(f.name) >= length && strcmp(f.name + strlen(f.name) - length, name) == 0);
	REQUIRE(suffix || strlen(f.name) == length);
	REQUIRE(f.entry < size && f.size <= size - f.entry && f.body >= f.entry &&
		f.body <= f.entry + f.size);
	REQUIRE(f.n_returns <= GO_RETURNS_MAX && (!f.more_returns || f.n_returns == GO_RETURNS_MAX));
	for (size_t i = 0; i < f.n_returns; i++)
		REQUIRE(f.returns[i] >= f.entry && f.returns[i] < f.entry + f.size &&
			(!i || f.returns[i] > f.returns[i - 1]));
}

static void use(struct go_binary *b, size_t size)
{
	long offset;

	for (size_t i = 0; i < N_FUNCTIONS; i++) {
		look_for(b, functions[i], false, size);
		look_for(b, functions[i], true, size);
	}
	offset = go_binary_member(b, "a.org/net.Conn", "n");
	REQUIRE(offset >= -1 && offset <= OFFSET_MAX);
	REQUIRE(strlen(go_binary_version(b)) < VERSION_MAX);
	REQUIRE(strlen(go_binary_module_version(b, "a.org/net")) <= size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char err[160];
	struct go_binary *b;

	REQUIRE(ftruncate(file, 0) == 0 && pwrite(file, data, n, 0) == (ssize_t)n);
	memset(err, 'x', sizeof(err));
	b = go_binary_open(file, err, sizeof(err));
	REQUIRE(memchr(err, '\0', sizeof(err)));
	if (b)
		use(b, n);
	go_binary_free(b);
	return 0;
}
