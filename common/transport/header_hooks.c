/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/header_hooks.h"

#include <bpf/bpf.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "transport/uprobe_hooks.h"

/* struct headers_hook of bpf_src/header_lists.bpf.c */
struct hook_state {
	uint32_t fits, unfit, conn_at, told, tried;
};

/* ---- a list ---- */

/* Programs may have them with capitals: what encodes them writes small ones. */
static bool is_name(const uint8_t *p, size_t n)
{
	static const char marks[] = "!#$%&'*+-.^_`|~";

	for (size_t i = 0; i < n; i++) {
		uint8_t c = p[i];

		if (!isalnum(c) && (!c || !strchr(marks, c)))
			return false;
	}
	return n > 0;
}

static bool is_value(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((p[i] < ' ' && p[i] != '\t') || p[i] == 0x7f)
			return false;
	return true;
}

bool header_hooks_plausible(const uint8_t *data, size_t n)
{
	struct wire_field field;
	bool regular = false;

	for (size_t at = 0; at < n; at += field.name + (size_t)field.value) {
		const uint8_t *name;
		bool pseudo;

		memcpy(&field, data + at, sizeof(field));
		at += sizeof(field);
		name = data + at;
		pseudo = *name == ':';
		if (pseudo && regular)
			return false;
		regular |= !pseudo;
		if (!is_name(name + pseudo, field.name - (size_t)pseudo) ||
		    !is_value(name + field.name, field.value))
			return false;
	}
	return n > 0;
}

/* ---- a hook ---- */

static struct header_hook_of *find(struct header_hooks *h, const struct wire_event *event)
{
	for (size_t i = 0; i < h->n; i++)
		if (h->of[i].pid == event->pid && h->of[i].hook == event->close_reason)
			return &h->of[i];
	if (h->n == HEADER_HOOKS_MAX)
		return NULL;
	h->of[h->n] = (struct header_hook_of){.pid = event->pid, .hook = event->close_reason};
	return &h->of[h->n++];
}

static const char *function_of(unsigned program)
{
	for (const struct uprobe_hook *h = uprobe_hooks; h->function; h++)
		if (h->entry == program)
			return h->function;
	return "a function";
}

static void say_off(struct header_hooks *h, const struct wire_event *event)
{
	snprintf(h->notice, sizeof(h->notice),
		 "no header lists from %s of process %u (%.*s): it is not laid out as in the versions that "
		 "are "
		 "known, or its connections cannot be told",
		 function_of(event->close_reason), event->pid, WIRE_COMM_LEN, event->comm);
}

static void turn_off(struct header_hooks *h, const struct wire_event *event)
{
	struct hook_state state = {.unfit = HEADER_HOOKS_UNFIT_MAX, .told = 1};
	uint64_t key = (uint64_t)event->pid << 8 | event->close_reason;

	if (h->map >= 0)
		bpf_map_update_elem(h->map, &key, &state, BPF_ANY);
	say_off(h, event);
}

bool header_hooks_take(struct header_hooks *h, const struct wire_event *event, const uint8_t *data)
{
	bool told = event->flags & WIRE_F_UNFIT, good = !told && header_hooks_plausible(data, event->len);
	struct header_hook_of *hook;

	if (told) {
		say_off(h, event);
		return false;
	}
	hook = find(h, event);
	if (hook && good)
		hook->fits = true;
	else if (hook && !hook->fits && ++hook->unfit == HEADER_HOOKS_UNFIT_MAX)
		turn_off(h, event);
	return good;
}

const char *header_hooks_notice(struct header_hooks *h)
{
	if (!h->notice[0])
		return NULL;
	memcpy(h->said, h->notice, sizeof(h->said));
	h->notice[0] = '\0';
	return h->said;
}
