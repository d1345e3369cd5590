/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bpf_compile MODE TYPES - compiles the BPF text with libbcc, here, and tells
 * what came out; loads nothing, needs no privileges.
 *
 *   MODE  members   "NAME OFFSET" of each kernel member, as compiled
 *         USES      programs of a run with these USE_* (a number): "found NAME" for
 *                   each in the compiled text, "listed NAME" for each in the attach list
 *   TYPES btf:FILE  offsets from this BTF
 *         headers   kernel headers of the release uname() tells
 */
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "transport/compose.h"
#include "transport/header_tree.h"
#include "transport/libbcc.h"
#include "transport/probe_groups.h"

/* A program per member that returns its offset: the text a piece would use. */
static char *member_text(const char *base)
{
	const char *pieces = strstr(base, "#line 1 \"bpf_src/");
	size_t n = pieces ? (size_t)(pieces - base) : strlen(base);
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	fwrite(base, 1, n, f);
	for (int i = 0; kernel_members[i].name; i++)
		fprintf(f, "int m%d(void *ctx) { return MEMBER_%s; }\n", i, kernel_members[i].name);
	fclose(f);
	return text;
}

static int print_members(const struct libbcc *bcc, void *module)
{
	for (int i = 0; kernel_members[i].name; i++) {
		char name[16];
		const struct bpf_insn *insn;

		snprintf(name, sizeof(name), "m%d", i);
		insn = bcc->function_start(module, name);
		if (!insn || insn->code != (BPF_ALU64 | BPF_MOV | BPF_K) || insn->dst_reg != BPF_REG_0) {
			fprintf(stderr, "%s: not compiled to a constant\n", kernel_members[i].name);
			return 1;
		}
		printf("%s %d\n", kernel_members[i].name, insn->imm);
	}
	return 0;
}

static int print_programs(const struct libbcc *bcc, void *module, unsigned uses)
{
	size_t n = bcc->num_functions(module);

	for (size_t i = 0; i < n; i++)
		printf("found %s\n", bcc->function_name(module, i));
	for (const struct attach_point *p = probe_points; p->program; p++) {
		if (probe_applies(uses, p->uses))
			printf("listed %s\n", p->program);
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct capture_options options = {.latency.breakdown = true};
	struct compose_input in = {
		.options = &options, .parts = PART_BOTH, .layout = TRACEPOINT_LAYOUT_USUAL};
	struct kernel_types types;
	char err[2048] = "", tree[HEADER_TREE_PATH_MAX];
	struct libbcc bcc;
	bool members = argc == 3 && strcmp(argv[1], "members") == 0,
	     btf = argc == 3 && strncmp(argv[2], "btf:", 4) == 0;
	char *text;
	void *module;
	int ret = 1;

	if (argc != 3) {
		fprintf(stderr, "usage: bpf_compile members|USES btf:FILE|headers\n");
		return 2;
	}
	if (btf && kernel_types_from_btf(argv[2] + 4, &types, err, sizeof(err)) < 0)
		goto cleanup;
	in.types = btf ? &types : NULL;
	in.uses = members ? USE_EVENTS | USE_SYSCALLS : strtoul(argv[1], NULL, 0);
	options.latency.breakdown = in.uses & USE_BREAKDOWN;
	text = compose_text(&in);
	if (text && members)
		text = member_text(text);
	if (!text || libbcc_load(&bcc, err, sizeof(err)) < 0)
		goto cleanup;
	if (btf && header_tree_make(tree, err, sizeof(err)) < 0)
		goto cleanup;
	module = libbcc_compile(&bcc, text, btf ? tree : NULL, err, sizeof(err));
	if (btf)
		header_tree_remove(tree);
	if (!module)
		goto cleanup;
	ret = members ? print_members(&bcc, module) : print_programs(&bcc, module, in.uses);
cleanup:
	if (ret && *err)
		fprintf(stderr, "%s\n", err);
	return ret;
}
