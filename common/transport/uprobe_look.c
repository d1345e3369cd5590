/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/uprobe_look.h"

#include <stdio.h>
#include <string.h>

#include "transport/elf_functions.h"
#include "transport/go_binary.h"
#include "transport/uprobe_version.h"

_Static_assert(UPROBE_RETURNS_MAX >= GO_RETURNS_MAX, "all returns of a function of Go fit");

struct look {
	struct uprobe_file *file;
	struct elf_functions *elf;
	char *why; /* [UPROBE_WHY_LEN] */
	/* of libraries: function i is of hook hooks[i] */
	const struct uprobe_hook *hooks[ELF_NAMES_MAX];
	const char *names[ELF_NAMES_MAX + 1];
	struct elf_function found[2 * UPROBE_SITES_MAX]; /* may be there twice: of both tables */
	size_t n_found;
};

static struct uprobe_site *add_site(struct uprobe_file *file, const struct uprobe_hook *hook, uint64_t entry)
{
	struct uprobe_site *site;

	if (file->n_sites == UPROBE_SITES_MAX)
		return NULL;
	site = &file->sites[file->n_sites++];
	site->hook = hook;
	site->entry = entry;
	site->n_returns = 0;
	return site;
}

/* ---- libraries, also linked into a program ---- */

static void list_names(struct look *l)
{
	size_t n = 0;

	for (const struct uprobe_hook *h = uprobe_hooks; h->function && n < ELF_NAMES_MAX; h++) {
		if (h->family >= UPROBE_GO)
			continue;
		l->hooks[n] = h;
		l->names[n++] = h->function;
	}
	l->names[n] = NULL;
}

static bool was_found(const struct look *l, size_t name)
{
	for (size_t i = 0; i < l->n_found; i++)
		if (l->found[i].name == name)
			return true;
	return false;
}

/* Of the functions that every version of it has: how many, and how many of them are there. */
static void count_needed(const struct look *l, enum uprobe_family family, size_t *needed, size_t *there)
{
	*needed = *there = 0;
	for (size_t i = 0; l->names[i]; i++) {
		if (l->hooks[i]->family != family || l->hooks[i]->optional)
			continue;
		++*needed;
		*there += was_found(l, i);
	}
}

static bool some_library_is_whole(const struct look *l)
{
	size_t needed, there;

	for (enum uprobe_family family = 0; family < UPROBE_FAMILIES; family++) {
		count_needed(l, family, &needed, &there);
		if (needed && there == needed)
			return true;
	}
	return false;
}

/* What a library lets others call is enough, and small; programs have it, too, if they have plug-ins. */
static void find_functions(struct look *l)
{
	list_names(l);
	l->n_found = elf_functions_find(l->elf, ELF_DYNAMIC, l->names, l->found, UPROBE_SITES_MAX);
	if (some_library_is_whole(l))
		return;
	l->n_found +=
		elf_functions_find(l->elf, ELF_STATIC, l->names, l->found + l->n_found, UPROBE_SITES_MAX);
}

/* "no symbols SSL_write and SSL_read" */
static void say_missing(struct look *l, enum uprobe_family family)
{
	size_t at = 0, n = 0;

	for (size_t i = 0; l->names[i] && at < UPROBE_WHY_LEN; i++) {
		if (l->hooks[i]->family != family || l->hooks[i]->optional || was_found(l, i))
			continue;
		at += (size_t)snprintf(l->why + at, UPROBE_WHY_LEN - at, "%s %s", n++ ? " and" : "no symbol",
				       l->names[i]);
	}
	l->file->why_not = l->why;
}

static void find_version(struct look *l, enum uprobe_family family)
{
	struct elf_section data;

	if (!l->file->version[0] && elf_functions_section(l->elf, ".rodata", &data))
		uprobe_version_find(l->file->fd, family, &data, l->file->version);
}

static bool has_site(const struct uprobe_file *file, const struct uprobe_hook *hook, uint64_t entry)
{
	for (size_t i = 0; i < file->n_sites; i++)
		if (file->sites[i].hook == hook && file->sites[i].entry == entry)
			return true;
	return false;
}

/* Since 1.61 it only calls its second version: one trap for each read is enough. */
static bool only_calls_another(const struct look *l, const struct uprobe_hook *hook)
{
	if (strcmp(hook->function, "nghttp2_session_mem_recv") != 0)
		return false;
	for (size_t i = 0; i < l->n_found; i++)
		if (strcmp(l->names[l->found[i].name], "nghttp2_session_mem_recv2") == 0)
			return true;
	return false;
}

static void add_family(struct look *l, enum uprobe_family family)
{
	size_t needed, there;

	count_needed(l, family, &needed, &there);
	/* one of the others alone: some program has a function of that name */
	if (!there)
		return;
	for (size_t i = 0; i < l->n_found; i++) {
		const struct uprobe_hook *hook = l->hooks[l->found[i].name];

		if (hook->family == family && !has_site(l->file, hook, l->found[i].offset) &&
		    !only_calls_another(l, hook))
			add_site(l->file, hook, l->found[i].offset);
	}
	if (there < needed)
		say_missing(l, family);
	find_version(l, family);
}

/* ---- Go ---- */

/* Why its returns cannot be had; NULL: they can. */
static const char *unusable_returns(const struct go_function *f)
{
	if (f->more_returns)
		return "too many places";
	return f->n_returns ? NULL : "no place that can be told";
}

static void add_go_site(struct look *l, const struct uprobe_hook *hook, const struct go_function *f)
{
	const char *places = hook->returns ? unusable_returns(f) : NULL;
	struct uprobe_site *site;

	if (places) {
		snprintf(l->why, UPROBE_WHY_LEN, "%s returns at %s", hook->function, places);
		l->file->why_not = l->why;
		return;
	}
	site = add_site(l->file, hook, f->body);
	if (!site || !hook->returns)
		return;
	memcpy(site->returns, f->returns, f->n_returns * sizeof(f->returns[0]));
	site->n_returns = f->n_returns;
}

/* A program that does no TLS has none of those that are needed, and the linker leaves out what is not called.
 */
static void add_go_functions(struct look *l, struct go_binary *go, bool optional)
{
	struct go_function f;

	for (const struct uprobe_hook *h = uprobe_hooks; h->function; h++)
		if (h->family == UPROBE_GO && h->optional == optional &&
		    go_binary_function(go, h->function, false, &f))
			add_go_site(l, h, &f);
}

/* Field by field is told what somebody has begun to write. */
static bool is_of_use(const struct uprobe_file *file, const struct uprobe_hook *hook)
{
	if (hook->entry != UPROBE_FIELD && hook->entry != UPROBE_END)
		return true;
	for (size_t i = 0; i < file->n_sites; i++)
		if (file->sites[i].hook->entry == UPROBE_BEGIN_SERVER ||
		    file->sites[i].hook->entry == UPROBE_BEGIN_CLIENT)
			return true;
	return false;
}

/* Does the program tell that something lies elsewhere than the hook's program looks for it?  What it does not
 * tell is looked at when it runs. */
static bool lies_elsewhere(struct look *l, struct go_binary *go, const struct uprobe_hook *hook)
{
	for (const struct uprobe_layout *y = uprobe_layouts; y->type; y++) {
		long at;

		if (strncmp(hook->function, y->package, strlen(y->package)) != 0)
			continue;
		at = go_binary_member(go, y->type, y->member);
		if (at < 0 || at == y->at)
			continue;
		snprintf(l->why, UPROBE_WHY_LEN, "no header lists from %s: it has %s at %ld of %s",
			 y->package, y->member, at, strrchr(y->type, '.') + 1);
		l->file->why_not = l->why;
		return true;
	}
	return false;
}

/* Of packages that are vendored, too; by that, net/http's copy would be taken for the other one. */
static bool may_be_vendored(const struct uprobe_hook *hook)
{
	return strncmp(hook->function, UPROBE_X_NET, strlen(UPROBE_X_NET)) != 0;
}

static void add_headers_functions(struct look *l, struct go_binary *go)
{
	struct go_function f;

	for (const struct uprobe_hook *h = uprobe_hooks; h->function; h++)
		if (h->family == UPROBE_GO_HEADERS && is_of_use(l->file, h) &&
		    go_binary_function(go, h->function, may_be_vendored(h), &f) && !lies_elsewhere(l, go, h))
			add_go_site(l, h, &f);
}

/* One without sections may be a packed one, or one of Go without its section headers. */
static bool may_be_go(struct look *l)
{
	struct elf_section unused;

	return !elf_functions_has_sections(l->elf) ||
	       elf_functions_section(l->elf, ".go.buildinfo", &unused) ||
	       elf_functions_section(l->elf, ".gopclntab", &unused);
}

static void look_for_go(struct look *l)
{
	struct uprobe_file *file = l->file;
	struct go_binary *go;

	if (!may_be_go(l))
		return;
	go = go_binary_open(file->fd, l->why, UPROBE_WHY_LEN);
	if (!go) {
		if (l->why[0])
			file->why_not = l->why;
		return;
	}
	add_go_functions(l, go, false);
	if (file->n_sites)
		add_go_functions(l, go, true);
	add_headers_functions(l, go);
	if (file->n_sites || file->why_not)
		snprintf(file->version, sizeof(file->version), "%s", go_binary_version(go));
	go_binary_free(go);
}

/* ---- a file ---- */

static void look_with(struct look *l, const struct uprobe_library *library)
{
	if (!library)
		look_for_go(l);
	find_functions(l);
	for (enum uprobe_family family = 0; family < UPROBE_GO; family++)
		add_family(l, family);
	if (!l->file->n_sites && library && library->certain)
		say_missing(l, library->family);
}

void uprobe_look(struct uprobe_file *file, const struct uprobe_library *library, char why[UPROBE_WHY_LEN])
{
	struct look l = {.file = file, .why = why};
	const char *trouble;

	why[0] = '\0';
	file->n_sites = 0;
	file->why_not = NULL;
	file->version[0] = '\0';
	l.elf = elf_functions_open(file->fd, &trouble);
	if (l.elf)
		look_with(&l, library);
	else if (library && library->certain)
		file->why_not = trouble;
	elf_functions_free(l.elf);
}
