/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/second_compiler.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

const char *const second_maps[] = {"conns", "runs",	 "counters", "steps",	 "events",  "control",
				   "rows",  "empty_row", "side",     "readable", "opening", NULL};

/* Memory both processes share. */
struct result {
	bool done;
	char err[2048];
	int n_programs;
	struct second_program programs[SECOND_PROGRAMS_MAX];
};

struct second_compiler {
	pid_t pid;
	struct result *result;
};

static bool is_map_load(const struct bpf_insn *insn)
{
	return insn->code == (BPF_LD | BPF_IMM | BPF_DW) && insn->src_reg == BPF_PSEUDO_MAP_FD;
}

static int map_index(const struct libbcc *bcc, void *module, int fd)
{
	for (int i = 0; second_maps[i]; i++) {
		if (bcc->table_fd(module, second_maps[i]) == fd)
			return i;
	}
	return -1;
}

static int keep_program(struct result *r, const struct libbcc *bcc, void *module, const char *name)
{
	size_t n = bcc->function_size(module, name) / sizeof(struct bpf_insn);
	struct second_program *p = &r->programs[r->n_programs];

	if (r->n_programs == SECOND_PROGRAMS_MAX || n > SECOND_INSNS_MAX) {
		snprintf(r->err, sizeof(r->err), "program %s is larger than this tool provides for", name);
		return -1;
	}
	r->n_programs++;
	snprintf(p->name, sizeof(p->name), "%s", name);
	p->n = n;
	memcpy(p->insns, bcc->function_start(module, name), n * sizeof(p->insns[0]));
	for (size_t i = 0; i < n; i++) {
		if (is_map_load(&p->insns[i]))
			p->insns[i].imm = map_index(bcc, module, p->insns[i].imm);
	}
	return 0;
}

static void compile_part(struct result *r, const struct libbcc *bcc, const char *text, const char *source_dir)
{
	void *module = libbcc_compile(bcc, text, source_dir, r->err, sizeof(r->err));

	for (size_t i = 0; module && i < bcc->num_functions(module); i++) {
		if (keep_program(r, bcc, module, bcc->function_name(module, i)) < 0)
			return;
	}
	r->done = module != NULL;
}

struct second_compiler *second_compiler_start(const struct libbcc *bcc, const char *text,
					      const char *source_dir, char *err, size_t err_size)
{
	struct second_compiler *s = calloc(1, sizeof(*s));
	pid_t parent = getpid();

	if (!s)
		goto failed;
	s->result = mmap(NULL, sizeof(*s->result), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (s->result == MAP_FAILED)
		goto failed;
	s->pid = fork();
	if (s->pid < 0)
		goto failed;
	if (s->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
		compile_part(s->result, bcc, text, source_dir);
		_exit(0);
	}
	return s;
failed:
	snprintf(err, err_size, "cannot start a compiler: %s", strerror(errno));
	second_compiler_free(s);
	return NULL;
}

int second_compiler_join(struct second_compiler *s, struct second_program **programs, char *err,
			 size_t err_size)
{
	while (waitpid(s->pid, NULL, 0) < 0 && errno == EINTR)
		;
	s->pid = 0;
	if (!s->result->done) {
		snprintf(err, err_size, "%s", *s->result->err ? s->result->err : "a compiler process died");
		return -1;
	}
	*programs = s->result->programs;
	return s->result->n_programs;
}

void second_compiler_free(struct second_compiler *s)
{
	if (!s)
		return;
	if (s->pid > 0) {
		kill(s->pid, SIGKILL);
		waitpid(s->pid, NULL, 0);
	}
	if (s->result && s->result != MAP_FAILED)
		munmap(s->result, sizeof(*s->result));
	free(s);
}

int second_program_bind(struct second_program *p, const struct libbcc *bcc, void *first_module)
{
	for (uint32_t i = 0; i < p->n; i++) {
		int index = p->insns[i].imm, fd;

		if (!is_map_load(&p->insns[i]))
			continue;
		fd = index < 0 ? -1 : bcc->table_fd(first_module, second_maps[index]);
		if (fd < 0)
			return -1;
		p->insns[i].imm = fd;
	}
	return 0;
}
