/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/compiler.h"

#include <bpf/bpf.h>
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

/* Memory both processes share. */
struct result {
	bool done;
	char err[2048];
	struct object object;
};

struct compiler {
	pid_t pid; /* 0: it was waited for */
	struct result *result;
};

static void fail(struct result *r, const char *name)
{
	snprintf(r->err, sizeof(r->err), "%s is more than this tool provides for", name);
}

static int add_map(struct object *o, const char *name, int fd)
{
	struct bpf_map_info info = {0};
	uint32_t size = sizeof(info);
	struct object_map map;

	if (bpf_obj_get_info_by_fd(fd, &info, &size) < 0)
		return -1;
	map = (struct object_map){
		.type = info.type,
		.key_size = info.key_size,
		.value_size = info.value_size,
		.max_entries = info.max_entries,
		.flags = info.map_flags,
	};
	snprintf(map.name, sizeof(map.name), "%s", name);
	return object_add_map(o, &map);
}

/* fds[] gets the maps' descriptors, by which libbcc's instructions refer to them. */
static int keep_maps(struct result *r, const struct libbcc *bcc, void *module, int fds[OBJECT_MAPS_MAX])
{
	for (size_t i = 0; i < bcc->num_tables(module); i++) {
		const char *name = bcc->table_name(module, i);
		int fd = bcc->table_fd(module, name), at = add_map(&r->object, name, fd);

		if (at < 0) {
			fail(r, name);
			return -1;
		}
		fds[at] = fd;
	}
	return 0;
}

static int map_of_fd(const struct object *o, const int fds[OBJECT_MAPS_MAX], int fd)
{
	for (uint32_t i = 0; i < o->n_maps; i++) {
		if (fds[i] == fd)
			return i;
	}
	return -1;
}

static int keep_program(struct result *r, const struct libbcc *bcc, void *module, const char *name,
			const int fds[OBJECT_MAPS_MAX])
{
	size_t n = bcc->function_size(module, name) / sizeof(struct bpf_insn);
	int at = object_add_program(&r->object, name, bcc->function_start(module, name), n);

	if (at < 0) {
		fail(r, name);
		return -1;
	}
	for (size_t i = 0; i < n; i++) {
		struct bpf_insn *insn = &r->object.insns[r->object.programs[at].first + i];

		if (object_is_map_load(insn))
			insn->imm = map_of_fd(&r->object, fds, insn->imm);
	}
	return 0;
}

static void compile(struct result *r, const struct libbcc *bcc, const char *text, const char *source_dir)
{
	void *module = libbcc_compile(bcc, text, source_dir, r->err, sizeof(r->err));
	int fds[OBJECT_MAPS_MAX] = {0};

	if (!module || keep_maps(r, bcc, module, fds) < 0)
		return;
	for (size_t i = 0; i < bcc->num_functions(module); i++) {
		if (keep_program(r, bcc, module, bcc->function_name(module, i), fds) < 0)
			return;
	}
	r->done = true;
}

struct compiler *compiler_start(const struct libbcc *bcc, const char *text, const char *source_dir, char *err,
				size_t err_size)
{
	struct compiler *c = calloc(1, sizeof(*c));
	pid_t parent = getpid();

	if (!c)
		goto failed;
	c->result = mmap(NULL, sizeof(*c->result), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (c->result == MAP_FAILED)
		goto failed;
	c->pid = fork();
	if (c->pid < 0)
		goto failed;
	if (c->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
		compile(c->result, bcc, text, source_dir);
		_exit(0);
	}
	return c;
failed:
	snprintf(err, err_size, "cannot start a compiler: %s", strerror(errno));
	compiler_free(c);
	return NULL;
}

int compiler_join(struct compiler *c, struct object *o, char *err, size_t err_size)
{
	const char *failure = NULL;

	while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
		;
	c->pid = 0;
	if (!c->result->done)
		failure = *c->result->err ? c->result->err : "a compiler process died";
	else if (!object_valid(&c->result->object, sizeof(c->result->object)))
		failure = "the compiler made something unusable: a bug in this tool";
	else if (object_merge(o, &c->result->object) < 0)
		failure = "the BPF programs are more than this tool provides for";
	if (failure)
		snprintf(err, err_size, "%s", failure);
	return failure ? -1 : 0;
}

void compiler_free(struct compiler *c)
{
	if (!c)
		return;
	if (c->pid > 0) {
		kill(c->pid, SIGKILL);
		waitpid(c->pid, NULL, 0);
	}
	if (c->result && c->result != MAP_FAILED)
		munmap(c->result, sizeof(*c->result));
	free(c);
}
