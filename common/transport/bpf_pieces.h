/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bpf_pieces.h - the files of bpf_src/, embedded at build time.
 *
 * The table itself is build/bpf_pieces.c, written by scripts/embed-bpf.sh:
 * wire.h first, then the pieces by name.
 */
#ifndef L7SCOPE_BPF_PIECES_H
#define L7SCOPE_BPF_PIECES_H

struct bpf_piece {
	const char *path; /* "bpf_src/maps.bpf.c": what `#line` names */
	const char *text; /* the file's bytes, and a NUL */
};

/* Ends with a path of NULL. */
extern const struct bpf_piece bpf_pieces[];

#endif
