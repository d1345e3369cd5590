/* SPDX-License-Identifier: Apache-2.0 */
/*
 * object.h - compiled BPF text: maps and programs as numbers, not in the
 * kernel yet.
 *
 * Without pointers, so that it goes through shared memory and files as it is.
 */
#ifndef L7SCOPE_OBJECT_H
#define L7SCOPE_OBJECT_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OBJECT_NAME_LEN	    32
#define OBJECT_MAPS_MAX	    48
#define OBJECT_PROGRAMS_MAX 64
/* Three times what the largest run has now. */
#define OBJECT_INSNS_MAX 65536

struct object_map {
	char name[OBJECT_NAME_LEN];
	uint32_t type, key_size, value_size, max_entries, flags;
};

struct object_program {
	char name[OBJECT_NAME_LEN];
	uint32_t first, n; /* of insns[] */
};

struct object {
	uint32_t n_maps, n_programs, n_insns;
	struct object_map maps[OBJECT_MAPS_MAX];
	struct object_program programs[OBJECT_PROGRAMS_MAX];
	struct bpf_insn insns[OBJECT_INSNS_MAX]; /* where one refers to a map, imm is its index in maps[] */
};

/* Bytes of o that are in use. */
size_t object_size(const struct object *o);

/* May these n bytes be used as an object: all numbers within their bounds? */
bool object_valid(const struct object *o, size_t n);

/* Both return an index, or -1: there is none. */
int object_find_map(const struct object *o, const char *name);
int object_find_program(const struct object *o, const char *name);

/* Both return an index, or -1: no room.  A map that is there already is that one. */
int object_add_map(struct object *o, const struct object_map *map);
int object_add_program(struct object *o, const char *name, const struct bpf_insn *insns, size_t n);

/* Adds the programs of `from`, and its maps by their names.  0, or -1: no room. */
int object_merge(struct object *o, const struct object *from);

/* Does this instruction refer to a map? */
bool object_is_map_load(const struct bpf_insn *insn);

/* Makes one, a second of its kind if there is one already.  Returns its descriptor, or -1 (errno). */
int object_create_map(const struct object *o, int map);

/* Makes the maps in the kernel: fds[] in their order.  0, or -1 (errno), and *failed is one's name. */
int object_create_maps(const struct object *o, int fds[OBJECT_MAPS_MAX], const char **failed);

#endif
