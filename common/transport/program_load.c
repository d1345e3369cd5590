/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/program_load.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "transport/probe_groups.h"

#define VERIFIER_LOG_SIZE (16 << 20)
/* KIND() and NUMBER(i) of bpf_src/maps.bpf.c: numbers that no program needs otherwise. */
#define KIND_PLACEHOLDER   0x5eed4aff
#define NUMBER_PLACEHOLDER 0x5eed4b00
/* Places in a program array. */
#define STEPS_MAX 16

/* The verifier's last words, for a program it refuses. */
static void explain_refusal(const struct object_program *p, const struct load_how *how,
			    const struct bpf_insn *insns, char *err, size_t err_size)
{
	char *log = calloc(1, VERIFIER_LOG_SIZE), *at;
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .log_buf = log, .log_size = VERIFIER_LOG_SIZE, .log_level = 1,
		    .expected_attach_type = how->attach_type, .attach_btf_id = how->btf_id);
	int error;

	if (!log)
		return;
	bpf_prog_load(how->type, p->name, "GPL", insns, p->n, &opts);
	error = errno;
	at = log + strlen(log);
	for (int lines = 0; at > log && lines < 4; at--)
		lines += at[-1] == '\n';
	snprintf(err, err_size, "the kernel refuses program %s (%s): %s", p->name, strerror(error),
		 *at ? at : "no explanation");
	for (char *c = err; *c; c++) {
		if (*c == '\n')
			*c = ' ';
	}
	if (getenv("L7SCOPE_VERIFIER_LOG"))
		fprintf(stderr, "%s\n", log);
	free(log);
}

static void put_number(struct bpf_insn *insn, const struct load_how *how)
{
	uint32_t i = (uint32_t)insn->imm - NUMBER_PLACEHOLDER;

	if (insn->code != (BPF_ALU64 | BPF_MOV | BPF_K))
		return;
	if (insn->imm == KIND_PLACEHOLDER)
		insn->imm = how->kind;
	else if (i < how->n_numbers)
		insn->imm = how->numbers[i];
}

static struct bpf_insn *bound(const struct object *o, const struct object_program *p,
			      const struct load_how *how)
{
	struct bpf_insn *insns = malloc(p->n * sizeof(*insns));
	int steps = object_find_map(o, "steps"), runs = object_find_map(o, "runs");

	if (!insns)
		return NULL;
	memcpy(insns, o->insns + p->first, p->n * sizeof(*insns));
	for (size_t i = 0; i < p->n; i++) {
		int map = insns[i].imm;

		if (!object_is_map_load(&insns[i]))
			put_number(&insns[i], how);
		else if (how->own_steps && map == steps)
			insns[i].imm = how->own_steps;
		else if (how->own_runs && map == runs)
			insns[i].imm = how->own_runs;
		else
			insns[i].imm = how->map_fds[map];
	}
	return insns;
}

int program_load(const struct object *o, int program, const struct load_how *how, char *err, size_t err_size)
{
	const struct object_program *p = &o->programs[program];
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = how->attach_type,
		    .attach_btf_id = how->btf_id);
	struct bpf_insn *insns = bound(o, p, how);
	int fd = insns ? bpf_prog_load(how->type, p->name, "GPL", insns, p->n, &opts) : -1, error = errno;

	if (fd < 0 && (error == EPERM || !insns))
		snprintf(err, err_size,
			 "the kernel refuses BPF programs: %s; run as root, or with CAP_BPF and CAP_PERFMON",
			 strerror(error));
	else if (fd < 0)
		explain_refusal(p, how, insns, err, err_size);
	free(insns);
	return fd < 0 ? -error : fd;
}

/* The array holds it from then on. */
static int put_step(int steps, uint32_t index, int fd)
{
	int ret = bpf_map_update_elem(steps, &index, &fd, BPF_ANY) < 0 ? -errno : 0;

	close(fd);
	return ret;
}

int program_steps_load(const struct object *o, unsigned uses, const struct load_how *how, char *err,
		       size_t err_size)
{
	struct load_how own = *how;
	int ret;

	own.own_steps = bpf_map_create(BPF_MAP_TYPE_PROG_ARRAY, "steps", sizeof(uint32_t), sizeof(uint32_t),
				       STEPS_MAX, NULL);
	if (own.own_steps < 0) {
		ret = -errno;
		snprintf(err, err_size, "cannot make a program array: %s", strerror(errno));
		return ret;
	}
	for (const struct attach_point *a = probe_points; a->program; a++) {
		int program = object_find_program(o, a->program);

		/* those of the syscalls' entries are for these alone */
		if (a->kind != ATTACH_TAIL_CALL || !probe_applies(uses, a->uses) || a->uses & USE_SYSCALLS ||
		    program < 0)
			continue;
		ret = program_load(o, program, &own, err, err_size);
		if (ret >= 0 && (ret = put_step(own.own_steps, atoi(a->event), ret)) < 0)
			snprintf(err, err_size, "cannot join program %s to the others: %s", a->program,
				 strerror(-ret));
		if (ret < 0) {
			close(own.own_steps);
			return ret;
		}
	}
	return own.own_steps;
}
