/* SPDX-License-Identifier: Apache-2.0 */
/* uprobe_version.h - the version of a TLS library, by what it says about itself in its read-only data. */
#ifndef L7SCOPE_UPROBE_VERSION_H
#define L7SCOPE_UPROBE_VERSION_H

#include <stdbool.h>

#include "transport/elf_functions.h"
#include "transport/uprobe_hooks.h"

/* Read of a file's .rodata at most: node's version is 8 MB in.  Costs some 5 ms, of a program that has hooks.
 */
#define UPROBE_VERSION_READ_MAX (16u << 20)
/* "OpenSSL 3.0.17", and with what distributors add. */
#define UPROBE_VERSION_LEN 64

/* false: the string is something else. */
bool uprobe_version_of_string(enum uprobe_family family, const char *s, char out[UPROBE_VERSION_LEN]);

/* Looks through a section; out is "" when there is no such string. */
void uprobe_version_find(int fd, enum uprobe_family family, const struct elf_section *in,
			 char out[UPROBE_VERSION_LEN]);

#endif
