/* SPDX-License-Identifier: Apache-2.0 */
/* go_buildinfo.h - the version of Go that built a program, and those of the modules in it. */
#ifndef L7SCOPE_GO_BUILDINFO_H
#define L7SCOPE_GO_BUILDINFO_H

#include <stdbool.h>
#include <stddef.h>

#include "transport/go_image.h"

/* "go1.27.4", "go1.21.0 X:boringcrypto", "devel go1.25-b5f8ac1 Tue Mar 4 2025" */
#define GO_VERSION_LEN 128

struct go_module {
	const char *path, *version;
};

struct go_buildinfo {
	char version[GO_VERSION_LEN]; /* "": not told */
	char *text;		      /* what the modules point into */
	struct go_module *modules;
	size_t n_modules;
};

/* false: the program has none: it is hardly one of Go. */
bool go_buildinfo_read(struct go_buildinfo *info, const struct go_image *image);
void go_buildinfo_release(struct go_buildinfo *info);

/* The 24 of "go1.24.4"; -1: not told. */
int go_buildinfo_minor(const struct go_buildinfo *info);
/* Of what the module was replaced by, if it was.  "": not told. */
const char *go_buildinfo_module(const struct go_buildinfo *info, const char *module);

#endif
