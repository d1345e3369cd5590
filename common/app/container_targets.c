/* SPDX-License-Identifier: Apache-2.0 */
#include "app/container_targets.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* Digits of an id that messages show, as docker and crictl do. */
#define SHORT_ID 12

struct search {
	struct container_host *host;
	const char *choice;
	bool pod; /* `choice` is NAMESPACE/POD */
	struct container_targets *out;
	bool all_by_cgroup;	      /* every process found is told apart by its v2 cgroup */
	bool cgroups_full, pids_full; /* there were more than the list holds */
	char id[CONTAINER_ID_LEN];    /* of the container found */
	char other[CONTAINER_ID_LEN]; /* another one that the choice fits as well */
};

static void start_over(struct search *s)
{
	memset(s->out, 0, sizeof(*s->out));
	s->all_by_cgroup = true;
	s->cgroups_full = s->pids_full = false;
	s->id[0] = s->other[0] = '\0';
}

/* An id that equals the choice wins over those that only begin with it: LXC
 * may have "web" and "web2". */
static bool container_fits(struct search *s, const char *id)
{
	if (!id[0] || strncmp(id, s->choice, strlen(s->choice)) != 0 || strcmp(s->id, s->choice) == 0)
		return strcmp(id, s->choice) == 0;
	if (strcmp(id, s->choice) == 0)
		start_over(s);
	if (s->id[0] && strcmp(s->id, id) != 0) {
		snprintf(s->other, sizeof(s->other), "%s", id);
		return false;
	}
	snprintf(s->id, sizeof(s->id), "%s", id);
	return true;
}

static bool pod_fits(struct search *s, const struct container_path *path)
{
	struct container_log_name names;
	struct bytes choice = bytes_of_str(s->choice), namespace_;

	if (!container_names_find(&s->host->names, path, container_host_now(s->host), &names))
		return false;
	namespace_ = bytes_of(choice.p, strcspn(s->choice, "/"));
	choice = bytes_from(choice, namespace_.n + 1);
	return bytes_equal(names.namespace_, namespace_) && bytes_equal(names.pod, choice);
}

static void add_cgroup(struct search *s, uint64_t id)
{
	struct container_targets *out = s->out;

	for (size_t i = 0; i < out->n_cgroups; i++)
		if (out->cgroups[i] == id)
			return;
	if (out->n_cgroups < CAPTURE_LIST_MAX)
		out->cgroups[out->n_cgroups++] = id;
	else
		s->cgroups_full = true;
}

static void consider(struct search *s, uint32_t pid)
{
	struct container_process process;

	if (!container_host_process(s->host, pid, &process))
		return;
	if (!(s->pod ? pod_fits(s, &process.path) : container_fits(s, process.path.id)))
		return;
	if (process.by_v2 && process.v2_id)
		add_cgroup(s, process.v2_id);
	else if (container_host_start_time(s->host, pid) == process.start)
		s->all_by_cgroup = false;
	if (s->out->n_pids < CAPTURE_LIST_MAX)
		s->out->pids[s->out->n_pids++] = pid;
	else
		s->pids_full = true;
}

static int walk(struct search *s, char *err, size_t err_size)
{
	const struct dirent *entry;
	DIR *dir = opendir(s->host->roots.proc);

	if (!dir) {
		snprintf(err, err_size, "%s cannot be read (%s), so no container can be found: mount it",
			 s->host->roots.proc, strerror(errno));
		return -1;
	}
	while ((entry = readdir(dir)) != NULL) {
		char *end;
		unsigned long pid = strtoul(entry->d_name, &end, 10);

		if (*end == '\0' && pid > 0)
			consider(s, (uint32_t)pid);
	}
	closedir(dir);
	return 0;
}

static int not_found(const struct search *s, char *err, size_t err_size)
{
	if (s->pod)
		snprintf(err, err_size,
			 "no process on this machine belongs to pod %s (names are read from %s): check "
			 "`kubectl get pods -o wide`, or give --container ID",
			 s->choice, s->host->roots.log_pods);
	else
		snprintf(err, err_size,
			 "no process on this machine is in a container whose id begins with '%s': look with "
			 "`crictl ps`, `docker ps` or `podman ps`",
			 s->choice);
	return -1;
}

/* Judges what the walk has found. */
static int settle(struct search *s, char *err, size_t err_size)
{
	if (s->out->n_pids == 0)
		return not_found(s, err, err_size);
	if (s->other[0]) {
		snprintf(err, err_size, "container id '%s' fits %.*s and %.*s: give more of it", s->choice,
			 SHORT_ID, s->id, SHORT_ID, s->other);
		return -1;
	}
	if (!s->all_by_cgroup)
		s->out->n_cgroups = 0;
	if (s->out->n_cgroups ? s->cgroups_full : s->pids_full) {
		snprintf(err, err_size,
			 "%s has more than %d %s, too many to filter by: choose some with -p PID", s->choice,
			 CAPTURE_LIST_MAX, s->out->n_cgroups ? "cgroups" : "processes");
		return -1;
	}
	return 0;
}

int container_targets_find(struct container_host *h, const char *choice, struct container_targets *out,
			   char *err, size_t err_size)
{
	const char *slash = strchr(choice, '/');
	struct search s = {.host = h, .choice = choice, .pod = slash != NULL, .out = out};

	start_over(&s);
	if (!choice[0]) {
		snprintf(err, err_size, "--container needs an id, or the beginning of one");
		return -1;
	}
	if (slash && (slash == choice || !slash[1] || strchr(slash + 1, '/'))) {
		snprintf(err, err_size, "'%s' does not name a pod: write --pod NAMESPACE/NAME", choice);
		return -1;
	}
	if (walk(&s, err, err_size) != 0)
		return -1;
	return settle(&s, err, err_size);
}
