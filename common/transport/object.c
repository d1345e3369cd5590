/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/object.h"

#include <bpf/bpf.h>
#include <stdio.h>
#include <string.h>

size_t object_size(const struct object *o)
{
	return offsetof(struct object, insns) + o->n_insns * sizeof(o->insns[0]);
}

bool object_is_map_load(const struct bpf_insn *insn)
{
	return insn->code == (BPF_LD | BPF_IMM | BPF_DW) && insn->src_reg == BPF_PSEUDO_MAP_FD;
}

static bool ends(const char name[OBJECT_NAME_LEN])
{
	return memchr(name, '\0', OBJECT_NAME_LEN) != NULL;
}

bool object_valid(const struct object *o, size_t n)
{
	if (n < offsetof(struct object, insns) || o->n_maps > OBJECT_MAPS_MAX ||
	    o->n_programs > OBJECT_PROGRAMS_MAX || o->n_insns > OBJECT_INSNS_MAX || n < object_size(o))
		return false;
	for (uint32_t i = 0; i < o->n_maps; i++) {
		if (!ends(o->maps[i].name))
			return false;
	}
	for (uint32_t i = 0; i < o->n_programs; i++) {
		const struct object_program *p = &o->programs[i];

		if (!ends(p->name) || p->first > o->n_insns || p->n > o->n_insns - p->first)
			return false;
	}
	for (uint32_t i = 0; i < o->n_insns; i++) {
		if (object_is_map_load(&o->insns[i]) && (uint32_t)o->insns[i].imm >= o->n_maps)
			return false;
	}
	return true;
}

int object_find_map(const struct object *o, const char *name)
{
	for (uint32_t i = 0; i < o->n_maps; i++) {
		if (strcmp(o->maps[i].name, name) == 0)
			return i;
	}
	return -1;
}

int object_find_program(const struct object *o, const char *name)
{
	for (uint32_t i = 0; i < o->n_programs; i++) {
		if (strcmp(o->programs[i].name, name) == 0)
			return i;
	}
	return -1;
}

int object_add_map(struct object *o, const struct object_map *map)
{
	int there = object_find_map(o, map->name);

	if (there >= 0)
		return there;
	if (o->n_maps == OBJECT_MAPS_MAX)
		return -1;
	o->maps[o->n_maps] = *map;
	return o->n_maps++;
}

int object_add_program(struct object *o, const char *name, const struct bpf_insn *insns, size_t n)
{
	struct object_program *p = &o->programs[o->n_programs];

	if (o->n_programs == OBJECT_PROGRAMS_MAX || n > OBJECT_INSNS_MAX - o->n_insns)
		return -1;
	snprintf(p->name, sizeof(p->name), "%s", name);
	p->first = o->n_insns;
	p->n = n;
	memcpy(o->insns + o->n_insns, insns, n * sizeof(*insns));
	o->n_insns += n;
	return o->n_programs++;
}

int object_merge(struct object *o, const struct object *from)
{
	for (uint32_t i = 0; i < from->n_programs; i++) {
		const struct object_program *p = &from->programs[i];
		int added = object_add_program(o, p->name, from->insns + p->first, p->n);

		if (added < 0)
			return -1;
		for (uint32_t k = 0; k < p->n; k++) {
			struct bpf_insn *insn = &o->insns[o->programs[added].first + k];
			int map;

			if (!object_is_map_load(insn))
				continue;
			map = object_add_map(o, &from->maps[insn->imm]);
			if (map < 0)
				return -1;
			insn->imm = map;
		}
	}
	return 0;
}

int object_create_map(const struct object *o, int map)
{
	const struct object_map *m = &o->maps[map];
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = m->flags);
	char name[BPF_OBJ_NAME_LEN];

	snprintf(name, sizeof(name), "%s", m->name);
	return bpf_map_create(m->type, name, m->key_size, m->value_size, m->max_entries, &opts);
}

int object_create_maps(const struct object *o, int fds[OBJECT_MAPS_MAX], const char **failed)
{
	for (uint32_t i = 0; i < o->n_maps; i++) {
		fds[i] = object_create_map(o, i);
		if (fds[i] < 0) {
			*failed = o->maps[i].name;
			return -1;
		}
	}
	return 0;
}
