/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/x86_returns.h"

#include <capstone/capstone.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* struct cs_insn differs between the numbers. */
#define STRING(x)      #x
#define NAME_OF(major) "libcapstone.so." STRING(major)
#define LIBRARY	       NAME_OF(CS_API_MAJOR)

struct x86_decoder {
	void *library;
	csh handle;
	cs_insn *instruction;
	cs_err (*open)(cs_arch, cs_mode, csh *);
	cs_err (*close)(csh *);
	cs_insn *(*new_instruction)(csh);
	void (*free)(cs_insn *, size_t);
	bool (*next)(csh, const uint8_t **, size_t *, uint64_t *, cs_insn *);
};

/* ---- library ---- */

static bool find_functions(struct x86_decoder *d)
{
	const struct {
		const char *name;
		void *to;
	} functions[] = {
		{"cs_open", &d->open},	      {"cs_close", &d->close},
		{"cs_free", &d->free},	      {"cs_malloc", &d->new_instruction},
		{"cs_disasm_iter", &d->next},
	};

	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		void *symbol = dlsym(d->library, functions[i].name);

		if (!symbol)
			return false;
		memcpy(functions[i].to, &symbol, sizeof(symbol));
	}
	return true;
}

static bool load(struct x86_decoder *d)
{
	d->library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (!d->library || !find_functions(d) || d->open(CS_ARCH_X86, CS_MODE_64, &d->handle) != CS_ERR_OK)
		return false;
	d->instruction = d->new_instruction(d->handle);
	return d->instruction;
}

struct x86_decoder *x86_decoder_new(char *err, size_t err_size)
{
	struct x86_decoder *d = calloc(1, sizeof(*d));

	if (d && load(d))
		return d;
	snprintf(err, err_size,
		 d ? "%s is needed to find where functions of Go return; install libcapstone"
		   : "out of memory",
		 LIBRARY);
	x86_decoder_free(d);
	return NULL;
}

void x86_decoder_free(struct x86_decoder *d)
{
	if (!d)
		return;
	if (d->instruction)
		d->free(d->instruction, 1);
	if (d->handle)
		d->close(&d->handle);
	if (d->library)
		dlclose(d->library);
	free(d);
}

/* ---- code ---- */

size_t x86_returns(struct x86_decoder *d, const uint8_t *code, size_t *n, size_t *at, size_t max)
{
	const cs_insn *i = d->instruction;
	const uint8_t *p = code;
	uint64_t address = 0;
	size_t left = *n, found = 0, end = 0;

	while (left && d->next(d->handle, &p, &left, &address, d->instruction)) {
		/* a byte of its value may also be the last one of another instruction */
		if (i->id != X86_INS_INT3)
			end = (size_t)address;
		if (i->id != X86_INS_RET)
			continue;
		if (found < max)
			at[found] = (size_t)i->address;
		found++;
	}
	if (left)
		return 0;
	*n = end;
	return found;
}

/* Go's compiler writes the same bytes since 1.17; R14 is the goroutine, R12 is nobody's. */
enum instruction { LEA_8, LEA_32, MOV_SUB, JB_8, JB_32, CMP_SP, CMP_R12, JBE_8, JBE_32 };
static const struct pattern {
	const char *begin;
	uint8_t n, more; /* bytes of the beginning, and of the rest */
} patterns[] = {
	[LEA_8] = {"\x4c\x8d\x64\x24", 4, 1},		/* lea r12, [rsp+i8] */
	[LEA_32] = {"\x4c\x8d\xa4\x24", 4, 4},		/* lea r12, [rsp+i32] */
	[MOV_SUB] = {"\x49\x89\xe4\x49\x81\xec", 6, 4}, /* mov r12, rsp; sub r12, i32 */
	[JB_8] = {"\x72", 1, 1},			/* the end would be below 0 */
	[JB_32] = {"\x0f\x82", 2, 4},
	[CMP_SP] = {"\x49\x3b\x66\x10", 4, 0},	/* cmp rsp, [r14+16] */
	[CMP_R12] = {"\x4d\x3b\x66\x10", 4, 0}, /* cmp r12, [r14+16] */
	[JBE_8] = {"\x76", 1, 1},
	[JBE_32] = {"\x0f\x86", 2, 4},
};

struct code {
	const uint8_t *p;
	size_t at, n;
};

/* Goes past this instruction, if it is the next one. */
static bool skip(struct code *c, enum instruction which)
{
	const struct pattern *i = &patterns[which];

	if (c->n - c->at < (size_t)i->n + i->more || memcmp(c->p + c->at, i->begin, i->n) != 0)
		return false;
	c->at += (size_t)i->n + i->more;
	return true;
}

size_t x86_go_stack_check(const uint8_t *code, size_t n)
{
	struct code c = {code, 0, n};
	bool r12 = skip(&c, LEA_8) || skip(&c, LEA_32);

	if (!r12 && skip(&c, MOV_SUB))
		r12 = skip(&c, JB_8) || skip(&c, JB_32);
	if (!skip(&c, r12 ? CMP_R12 : CMP_SP))
		return 0;
	return skip(&c, JBE_8) || skip(&c, JBE_32) ? c.at : 0;
}
