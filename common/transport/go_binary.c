/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/go_binary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transport/go_buildinfo.h"
#include "transport/go_image.h"
#include "transport/go_moduledata.h"
#include "transport/go_pclntab.h"
#include "transport/go_types.h"
#include "transport/x86_returns.h"

/* Arguments are in registers, on amd64. */
#define MINOR_MIN 17
/* Up to here it tells offsets of members as go_types.h calls doubled. */
#define MINOR_DOUBLED 18
/* Of a function: the largest that are compiled, not made by a program, have some 100 KB. */
#define CODE_MAX (256u << 10)

struct go_binary {
	struct go_image image;
	struct go_buildinfo info;
	struct go_pclntab functions;
	struct go_types types;
	struct x86_decoder *decoder; /* NULL: returns cannot be told */
};

_Static_assert(sizeof(((struct go_function *)NULL)->name) >= GO_NAME_LEN, "names fit");

/* ---- functions ---- */

static void find_returns(struct go_binary *b, const uint8_t *code, struct go_function *f)
{
	size_t at[GO_RETURNS_MAX], found, size = f->size;

	if (!b->decoder)
		return;
	found = x86_returns(b->decoder, code, &size, at, GO_RETURNS_MAX);
	f->size = size;
	f->more_returns = found > GO_RETURNS_MAX;
	f->n_returns = f->more_returns ? GO_RETURNS_MAX : found;
	for (size_t i = 0; i < f->n_returns; i++)
		f->returns[i] = f->entry + at[i];
}

static bool look_at_code(struct go_binary *b, const struct go_code *in, struct go_function *f)
{
	uint8_t *code = in->in.size <= CODE_MAX ? malloc(in->in.size) : NULL;
	bool ok = code && go_image_read(&b->image, in->in.address, code, in->in.size);

	if (ok) {
		f->size = in->in.size;
		f->body = f->entry + x86_go_stack_check(code, in->in.size);
		find_returns(b, code, f);
	}
	free(code);
	return ok;
}

bool go_binary_function(struct go_binary *b, const char *name, bool suffix, struct go_function *out)
{
	struct go_code code;

	memset(out, 0, sizeof(*out));
	if (!go_pclntab_function(&b->functions, name, suffix, &code) ||
	    !go_image_code_offset(&b->image, code.in.address, &out->entry))
		return false;
	memcpy(out->name, code.name, sizeof(code.name));
	return look_at_code(b, &code, out);
}

/* ---- what it was built from ---- */

const char *go_binary_version(const struct go_binary *b)
{
	return b->info.version;
}

const char *go_binary_module_version(const struct go_binary *b, const char *module)
{
	return go_buildinfo_module(&b->info, module);
}

long go_binary_member(struct go_binary *b, const char *type, const char *member)
{
	return go_types_member(&b->types, type, member);
}

/* ---- lifetime ---- */

/* Why it cannot be used; NULL: it can. */
static const char *look_into(struct go_binary *b)
{
	int minor = go_buildinfo_minor(&b->info);
	struct go_moduledata data;

	if (minor >= 0 && minor < MINOR_MIN)
		return "built by a Go older than 1.17, which passes arguments on the stack";
	if (go_pclntab_init(&b->functions, &b->image) != 0)
		return "a program of Go whose table of functions is not where one is known to be";
	if (go_moduledata_find(&data, &b->functions, minor) != 0)
		return "a program of Go that does not tell where its code begins";
	b->functions.text = data.text.address;
	b->types = (struct go_types){&b->image, data.types, minor >= 0 && minor <= MINOR_DOUBLED};
	return NULL;
}

static struct go_binary *open_image(int fd, char *err, size_t err_size)
{
	struct go_binary *b = calloc(1, sizeof(*b));
	const char *why;

	if (!b)
		return NULL;
	if (go_image_init(&b->image, fd, &why) != 0) {
		free(b);
		return NULL;
	}
	if (!go_buildinfo_read(&b->info, &b->image)) {
		go_binary_free(b);
		return NULL;
	}
	why = look_into(b);
	if (!why)
		return b;
	snprintf(err, err_size, "%s", why);
	go_binary_free(b);
	return NULL;
}

struct go_binary *go_binary_open(int fd, char *err, size_t err_size)
{
	struct go_binary *b;

	if (err_size)
		*err = '\0';
	b = open_image(fd, err, err_size);
	if (b)
		b->decoder = x86_decoder_new(err, err_size);
	return b;
}

void go_binary_free(struct go_binary *b)
{
	if (!b)
		return;
	x86_decoder_free(b->decoder);
	go_pclntab_release(&b->functions);
	go_buildinfo_release(&b->info);
	go_image_release(&b->image);
	free(b);
}
