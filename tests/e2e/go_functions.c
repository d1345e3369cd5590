/* SPDX-License-Identifier: Apache-2.0 */
/*
 * go_functions FILE - prints what go_binary.h says of a program, for test_go_functions.
 *
 * For each line on standard input one is printed:
 *
 *     function NAME, suffix NAME    NAME ENTRY BODY SIZE RETURN...   "-": there is none
 *     member TYPE MEMBER            its offset; "-1": not known
 *     module PATH                   its version
 *
 * Numbers are decimal; of functions, offsets in the file.  First comes a line with the version of Go.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "transport/go_binary.h"

static void print_function(struct go_binary *b, const char *name, bool suffix)
{
	struct go_function f;

	if (!go_binary_function(b, name, suffix, &f)) {
		puts("-");
		return;
	}
	printf("%s %" PRIu64 " %" PRIu64 " %" PRIu64, f.name, f.entry, f.body, f.size);
	for (size_t i = 0; i < f.n_returns; i++)
		printf(" %" PRIu64, f.returns[i]);
	puts(f.more_returns ? " ..." : "");
}

/* false: nobody knows the word. */
static bool answer(struct go_binary *b, char *line)
{
	char *rest = line;
	const char *what = strsep(&rest, " "), *name = strsep(&rest, " ");

	if (!name)
		return false;
	if (strcmp(what, "function") == 0 || strcmp(what, "suffix") == 0)
		print_function(b, name, what[0] == 's');
	else if (strcmp(what, "member") == 0 && rest)
		printf("%ld\n", go_binary_member(b, name, rest));
	else if (strcmp(what, "module") == 0)
		puts(go_binary_module_version(b, name));
	else
		return false;
	return true;
}

int main(int argc, char **argv)
{
	char line[1024], err[160];
	int fd = argc == 2 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
	struct go_binary *b = go_binary_open(fd, err, sizeof(err));

	if (err[0])
		fprintf(stderr, "%s\n", err);
	if (!b)
		return 1;
	puts(go_binary_version(b));
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		if (!answer(b, line))
			return 2;
	}
	go_binary_free(b);
	return 0;
}
