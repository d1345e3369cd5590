/* SPDX-License-Identifier: Apache-2.0 */
/* The setters of options that choose whose traffic is seen: struct capture_filter. */
#include "app/option_setters.h"

#include <string.h>

#include "app/option_values.h"
#include "app/options.h"

#define PORT_MAX 65535
/* The kernel's largest pid (PID_MAX_LIMIT). */
#define PID_MAX 4194304

struct item {
	struct capture_filter *f;
	struct option_error *e;
};

/* `more` adds one part of the list; e is what is said when the list itself is broken. */
static bool set_list(struct options *o, const char *value, value_item_fn *more, struct option_error *e)
{
	struct item ctx = {&o->capture.filter, e};

	option_fail(e, "'%s' is not a list of values separated by commas", value);
	return value_list(value, more, &ctx);
}

static bool full(size_t n, const char *option, struct option_error *e)
{
	if (n == CAPTURE_LIST_MAX)
		option_fail(e, "%s takes at most %d values", option, CAPTURE_LIST_MAX);
	return n == CAPTURE_LIST_MAX;
}

/* ---- processes ---- */

static bool add_pid(void *ctx, const char *text)
{
	struct item *item = ctx;
	uint64_t pid;

	if (!value_u64(text, PID_MAX, &pid) || pid == 0)
		return option_fail(item->e, "-p: '%s' is no pid", text);
	if (full(item->f->n_pids, "-p", item->e))
		return false;
	item->f->pids[item->f->n_pids++] = (uint32_t)pid;
	return true;
}

bool option_set_pid(struct options *o, const char *value, struct option_error *e)
{
	return set_list(o, value, add_pid, e);
}

/* No list: a comm may hold a comma. */
bool option_set_comm(struct options *o, const char *value, struct option_error *e)
{
	struct capture_filter *f = &o->capture.filter;

	if (*value == '\0')
		return option_fail(e, "-c: the name is empty");
	if (strlen(value) >= WIRE_COMM_LEN)
		return option_fail(e,
				   "-c: '%s' has more than %d bytes, which is all the kernel keeps of a name",
				   value, WIRE_COMM_LEN - 1);
	if (full(f->n_comms, "-c", e))
		return false;
	memset(f->comms[f->n_comms], 0, WIRE_COMM_LEN);
	memcpy(f->comms[f->n_comms++], value, strlen(value));
	return true;
}

static bool add_uid(void *ctx, const char *text)
{
	struct item *item = ctx;
	uint32_t uid;

	if (!value_uid(text, &uid))
		return option_fail(item->e, "--uid: there is no user '%s'", text);
	if (full(item->f->n_uids, "--uid", item->e))
		return false;
	item->f->uids[item->f->n_uids++] = uid;
	return true;
}

bool option_set_uid(struct options *o, const char *value, struct option_error *e)
{
	return set_list(o, value, add_uid, e);
}

bool option_set_container(struct options *o, const char *value, struct option_error *e)
{
	if (*value == '\0' || strchr(value, '/'))
		return option_fail(e, "--container: '%s' is no container id", value);
	o->container = value;
	return true;
}

bool option_set_pod(struct options *o, const char *value, struct option_error *e)
{
	const char *slash = strchr(value, '/');

	if (!slash || slash == value || slash[1] == '\0' || strchr(slash + 1, '/'))
		return option_fail(e, "--pod: '%s' is not NAMESPACE/NAME", value);
	o->pod = value;
	return true;
}

/* ---- connections ---- */

static bool take_port(const char *text, const char *option, uint16_t *port, struct option_error *e)
{
	uint64_t number;

	if (!value_u64(text, PORT_MAX, &number) || number == 0)
		return option_fail(e, "%s: '%s' is no port (1 to %d)", option, text, PORT_MAX);
	*port = (uint16_t)number;
	return true;
}

static bool add_lport(void *ctx, const char *text)
{
	struct item *item = ctx;
	struct capture_filter *f = item->f;

	return !full(f->n_lports, "-L", item->e) && take_port(text, "-L", &f->lports[f->n_lports++], item->e);
}

bool option_set_lport(struct options *o, const char *value, struct option_error *e)
{
	return set_list(o, value, add_lport, e);
}

static bool add_rport(void *ctx, const char *text)
{
	struct item *item = ctx;
	struct capture_filter *f = item->f;

	return !full(f->n_rports, "-D", item->e) && take_port(text, "-D", &f->rports[f->n_rports++], item->e);
}

bool option_set_rport(struct options *o, const char *value, struct option_error *e)
{
	return set_list(o, value, add_rport, e);
}

static bool add_peer(void *ctx, const char *text)
{
	struct item *item = ctx;
	struct capture_filter *f = item->f;

	if (full(f->n_peers, "--peer", item->e))
		return false;
	if (!value_cidr(text, &f->peers[f->n_peers++]))
		return option_fail(item->e, "--peer: '%s' is no address or network", text);
	return true;
}

bool option_set_peer(struct options *o, const char *value, struct option_error *e)
{
	return set_list(o, value, add_peer, e);
}

bool option_set_role(struct options *o, const char *value, struct option_error *e)
{
	struct capture_filter *f = &o->capture.filter;

	if (strcmp(value, "client") != 0 && strcmp(value, "server") != 0)
		return option_fail(e, "-r: '%s' is neither client nor server", value);
	f->only_client = value[0] == 'c';
	f->only_server = value[0] == 's';
	return true;
}
