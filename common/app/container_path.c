/* SPDX-License-Identifier: Apache-2.0 */
#include "app/container_path.h"

#include <limits.h>

/* SHA-256 in hex: what docker, containerd's CRI, cri-o and podman use as id. */
#define HEX_ID_LEN 64
/* A cut id shorter than this is no longer telling; runtimes print this many digits. */
#define CUT_ID_MIN 12

enum id_form {
	ID_HEX,	 /* exactly HEX_ID_LEN hex digits */
	ID_NAME, /* any name */
};

struct pattern {
	const char *parent; /* the component before; NULL: any */
	const char *before; /* stands before the id; NULL: anything that ends in '-' */
	const char *after;  /* stands behind it */
	enum id_form form;
	enum container_runtime runtime; /* CONTAINER_NONE: known, and not a container */
};

/* The first that fits decides.  conmon watches a container from outside of it. */
static const struct pattern patterns[] = {
	{NULL, "docker-", ".scope", ID_HEX, CONTAINER_DOCKER},
	{"docker", "", "", ID_HEX, CONTAINER_DOCKER},
	{NULL, "cri-containerd-", ".scope", ID_HEX, CONTAINER_CONTAINERD},
	{"cri-containerd", "", "", ID_HEX, CONTAINER_CONTAINERD},
	{NULL, "nerdctl-", ".scope", ID_HEX, CONTAINER_CONTAINERD},
	{"k8s.io", "", "", ID_HEX, CONTAINER_CONTAINERD},
	{NULL, "crio-conmon-", ".scope", ID_HEX, CONTAINER_NONE},
	{NULL, "crio-", ".scope", ID_HEX, CONTAINER_CRIO},
	{NULL, "crio-", "", ID_HEX, CONTAINER_CRIO},
	{"crio", "", "", ID_HEX, CONTAINER_CRIO},
	{NULL, "libpod-conmon-", ".scope", ID_HEX, CONTAINER_NONE},
	{NULL, "libpod-", ".scope", ID_HEX, CONTAINER_PODMAN},
	{NULL, "libpod-", "", ID_HEX, CONTAINER_PODMAN},
	{"libpod", "", "", ID_HEX, CONTAINER_PODMAN},
	{NULL, "lxc.payload.", "", ID_NAME, CONTAINER_LXC},
	{"lxc.payload", "", "", ID_NAME, CONTAINER_LXC},
	{"lxc", "", "", ID_NAME, CONTAINER_LXC},
	{NULL, NULL, ".scope", ID_HEX, CONTAINER_OTHER},
	{NULL, "", "", ID_HEX, CONTAINER_OTHER},
};

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

static bool all_hex(struct bytes b)
{
	for (size_t i = 0; i < b.n; i++)
		if (hex_digit(b.p[i]) < 0)
			return false;
	return true;
}

static bool ends_with(struct bytes b, const char *end)
{
	size_t n = strlen(end);

	return b.n >= n && memcmp(b.p + b.n - n, end, n) == 0;
}

static bool starts_with(struct bytes b, const char *start)
{
	size_t n = strlen(start);

	return b.n >= n && memcmp(b.p, start, n) == 0;
}

static void copy_text(char *out, struct bytes b)
{
	if (b.n)
		memcpy(out, b.p, b.n);
	out[b.n] = '\0';
}

/* The character that systemd's \xHH stands for; -1: there is none here. */
static int escaped_char(struct bytes b)
{
	int high, low;

	if (b.n < 4 || b.p[0] != '\\' || b.p[1] != 'x')
		return -1;
	high = hex_digit(b.p[2]);
	low = hex_digit(b.p[3]);
	return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static uint8_t take_char(struct bytes *rest)
{
	int escaped = escaped_char(*rest);
	uint8_t c = escaped < 0 ? rest->p[0] : (uint8_t)escaped;

	*rest = bytes_from(*rest, escaped < 0 ? 1 : 4);
	return c;
}

/* ':' too: a runtime told to use systemd's names without systemd makes one
 * directory called "<slice>:<prefix>:<id>". */
static bool at_separator(struct bytes rest)
{
	return rest.p[0] == '/' || rest.p[0] == ':';
}

/* A component longer than the kernel allows comes out cut; it fits no pattern. */
static bool next_component(struct bytes *rest, uint8_t buf[NAME_MAX], struct bytes *component)
{
	size_t n = 0;

	while (rest->n > 0 && at_separator(*rest))
		*rest = bytes_from(*rest, 1);
	if (rest->n == 0)
		return false;
	while (rest->n > 0 && !at_separator(*rest)) {
		uint8_t c = take_char(rest);

		if (n < NAME_MAX)
			buf[n++] = c;
	}
	*component = bytes_of(buf, n);
	return true;
}

/* The bytes where the pattern expects the id; empty when the rest does not fit. */
static struct bytes id_place(const struct pattern *p, struct bytes component)
{
	const struct bytes none = {NULL, 0};
	size_t after = strlen(p->after), before;

	if (!ends_with(component, p->after))
		return none;
	component.n -= after;
	if (p->before) {
		before = strlen(p->before);
		return starts_with(component, p->before) ? bytes_from(component, before) : none;
	}
	if (component.n <= HEX_ID_LEN || component.p[component.n - HEX_ID_LEN - 1] != '-')
		return none;
	return bytes_from(component, component.n - HEX_ID_LEN);
}

static bool id_fits(const struct pattern *p, struct bytes id)
{
	if (p->form == ID_HEX)
		return id.n == HEX_ID_LEN && all_hex(id);
	return id.n > 0 && id.n < CONTAINER_ID_LEN;
}

static void note_container(struct container_path *out, const char *parent, struct bytes component)
{
	for (size_t i = 0; i < sizeof(patterns) / sizeof(*patterns); i++) {
		const struct pattern *p = &patterns[i];
		struct bytes id;

		if (p->parent && strcmp(p->parent, parent) != 0)
			continue;
		id = id_place(p, component);
		if (!id_fits(p, id))
			continue;
		if (p->runtime != CONTAINER_NONE) {
			out->runtime = p->runtime;
			copy_text(out->id, id);
		}
		return;
	}
}

/* systemd's names cannot hold a '-' there, so the kubelet writes '_'. */
static bool uid_fits(struct bytes uid)
{
	if (uid.n == 32)
		return all_hex(uid);
	if (uid.n != CONTAINER_POD_UID_LEN - 1)
		return false;
	for (size_t i = 0; i < uid.n; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? uid.p[i] != '-' && uid.p[i] != '_' : hex_digit(uid.p[i]) < 0)
			return false;
	}
	return true;
}

/* "pod<uid>" (cgroupfs), "<slices>-pod<uid>.slice" (systemd).  Looked for from
 * the end: the number of slices before it varies with the kubelet's root. */
static struct bytes pod_uid_place(struct bytes component)
{
	if (starts_with(component, "pod"))
		return bytes_from(component, 3);
	if (!ends_with(component, ".slice"))
		return bytes_from(component, component.n);
	component.n -= strlen(".slice");
	for (size_t i = component.n; i-- > 0;)
		if (starts_with(bytes_from(component, i), "-pod"))
			return bytes_from(component, i + 4);
	return bytes_from(component, component.n);
}

/* A pod starts a new level: the container around it is not the one in it. */
static void note_pod(struct container_path *out, struct bytes component)
{
	struct bytes uid = pod_uid_place(component);

	if (!uid_fits(uid))
		return;
	out->runtime = CONTAINER_NONE;
	out->id[0] = '\0';
	copy_text(out->pod_uid, uid);
	for (char *c = out->pod_uid; *c; c++)
		if (*c == '_')
			*c = '-';
}

struct container_path container_path_parse(struct bytes path)
{
	struct container_path out = {.runtime = CONTAINER_NONE};
	uint8_t buf[NAME_MAX];
	char parent[NAME_MAX + 1] = "";
	struct bytes component;

	while (next_component(&path, buf, &component)) {
		note_pod(&out, component);
		note_container(&out, parent, component);
		/* Units inside a container belong to the container. */
		if (out.runtime == CONTAINER_NONE && ends_with(component, ".service"))
			out.runtime = CONTAINER_SYSTEMD_UNIT;
		copy_text(parent, component);
	}
	return out;
}

static int how_telling(const struct container_path *path)
{
	return (path->id[0] ? 4 : 0) + (path->pod_uid[0] ? 2 : 0) + (path->runtime == CONTAINER_SYSTEMD_UNIT);
}

static bool next_line(struct bytes *rest, struct bytes *line)
{
	const uint8_t *end;

	if (rest->n == 0)
		return false;
	end = memchr(rest->p, '\n', rest->n);
	*line = bytes_of(rest->p, end ? (size_t)(end - rest->p) : rest->n);
	*rest = bytes_from(*rest, line->n + 1);
	return true;
}

/* "<hierarchy>:<controllers>:<path>"; the path may hold more colons.  The
 * kernel marks the cgroup of a process that outlived it (cgroups(7)). */
static struct bytes path_of_line(struct bytes line)
{
	for (int colons = 0; colons < 2; colons++) {
		const uint8_t *colon = line.n ? memchr(line.p, ':', line.n) : NULL;

		if (!colon)
			return bytes_from(line, line.n);
		line = bytes_from(line, (size_t)(colon - line.p) + 1);
	}
	if (ends_with(line, " (deleted)"))
		line.n -= strlen(" (deleted)");
	return line;
}

struct container_cgroups container_cgroups_parse(struct bytes file)
{
	struct container_cgroups out = {.path.runtime = CONTAINER_NONE};
	struct container_path v2 = {.runtime = CONTAINER_NONE}, best_v1 = v2, path;
	bool v1 = false, v2_tells;
	struct bytes line;

	while (next_line(&file, &line)) {
		struct bytes text = path_of_line(line);

		path = container_path_parse(text);
		if (starts_with(line, "0::")) {
			out.v2_path = text;
			v2 = path;
		} else {
			v1 = true;
			if (how_telling(&path) > how_telling(&best_v1))
				best_v1 = path;
		}
	}
	v2_tells = how_telling(&v2) >= how_telling(&best_v1);
	out.path = v2_tells ? v2 : best_v1;
	out.by_v2 = out.v2_path.n > 0 && (!v1 || (v2_tells && v2.id[0]));
	return out;
}

/* Cuts `rest` behind its first '_'; Kubernetes names cannot hold one. */
static bool take_part(struct bytes *rest, struct bytes *part)
{
	const uint8_t *bar = rest->n ? memchr(rest->p, '_', rest->n) : NULL;

	if (!bar || bar == rest->p)
		return false;
	*part = bytes_of(rest->p, (size_t)(bar - rest->p));
	*rest = bytes_from(*rest, part->n + 1);
	return true;
}

bool container_log_name_parse(struct bytes name, struct container_log_name *out)
{
	bool cut = name.n == NAME_MAX;
	const uint8_t *dash;

	if (!ends_with(name, ".log"))
		return false;
	name.n -= strlen(".log");
	if (!take_part(&name, &out->pod) || !take_part(&name, &out->namespace_))
		return false;
	dash = name.n ? memrchr(name.p, '-', name.n) : NULL;
	if (!dash || dash == name.p)
		return false;
	out->container = bytes_of(name.p, (size_t)(dash - name.p));
	out->key = bytes_from(name, out->container.n + 1);
	if (!all_hex(out->key) || out->key.n > HEX_ID_LEN)
		return false;
	return out->key.n == HEX_ID_LEN || (cut && out->key.n >= CUT_ID_MIN);
}

bool pod_log_name_parse(struct bytes name, struct container_log_name *out)
{
	out->container = bytes_of(NULL, 0);
	if (!take_part(&name, &out->namespace_) || !take_part(&name, &out->pod))
		return false;
	out->key = name;
	return uid_fits(name) && !memchr(name.p, '_', name.n);
}
