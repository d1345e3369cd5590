/* SPDX-License-Identifier: Apache-2.0 */
/*
 * go_image.h - what a program's memory holds when it starts, read from its file.
 *
 * Addresses are those that the linker chose, before a position independent
 * program is moved.  The file is read piece by piece, never mapped: one that is
 * cut off while it is mapped would end us by SIGBUS.
 */
#ifndef L7SCOPE_GO_IMAGE_H
#define L7SCOPE_GO_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/elf_functions.h"

/* Linkers write four to seven. */
#define GO_SEGMENTS_MAX 32

struct go_range {
	uint64_t address, size;
};

struct go_segment {
	struct go_range in; /* of what the file has of it */
	uint64_t offset;    /* in the file */
	bool code, writable;
};

struct go_image {
	int fd;
	struct elf_functions *elf;
	struct go_segment segments[GO_SEGMENTS_MAX];
	size_t n_segments;
	struct go_range relocations; /* of Elf64_Rela; size 0: none */
};

/* fd stays the caller's.  Only for amd64.  Returns 0, or -1 with a few words in *why. */
int go_image_init(struct go_image *image, int fd, const char **why);
void go_image_release(struct go_image *image);

/* From an address to the end of what the file has of its segment; 0: nothing is there. */
uint64_t go_image_left(const struct go_image *image, uint64_t address);
/* As in the file. */
bool go_image_read(const struct go_image *image, uint64_t address, void *to, size_t n);
/* n words of which some are pointers: as the dynamic linker leaves them. */
bool go_image_read_words(const struct go_image *image, uint64_t address, uint64_t *words, size_t n);
/* Where the instruction at an address is in the file.  false: no code is there. */
bool go_image_code_offset(const struct go_image *image, uint64_t address, uint64_t *offset);
/* A section that is loaded.  false: there is none of this name. */
bool go_image_section(const struct go_image *image, const char *name, struct go_range *out);

/* A piece of a range.  true: that was enough. */
typedef bool go_look(void *ctx, const uint8_t *piece, size_t n, uint64_t address);
/* Looks at a range piece by piece.  Each begins with the last `overlap` bytes of the one before, so that what
 * is no longer than that + 1 is in one of them whole; overlap is a multiple of 16, pieces begin at such
 * offsets. true: some look() returned true. */
#define GO_OVERLAP_MAX 512
bool go_image_scan(const struct go_image *image, struct go_range range, size_t overlap, go_look *look,
		   void *ctx);

/* Calls found() with the place of every word of writable memory that will be `value`, until it returns true.
 */
typedef bool go_found(void *ctx, uint64_t address);
bool go_image_find_word(const struct go_image *image, uint64_t value, go_found *found, void *ctx);

#endif
