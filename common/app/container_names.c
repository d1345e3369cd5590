/* SPDX-License-Identifier: Apache-2.0 */
#include "app/container_names.h"

#include <dirent.h>
#include <stdlib.h>

typedef bool name_parse_fn(struct bytes name, struct container_log_name *out);

static int compare_bytes(struct bytes a, struct bytes b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n ? memcmp(a.p, b.p, n) : 0;

	return order ? order : (a.n > b.n) - (a.n < b.n);
}

static int compare_entries(const void *a, const void *b)
{
	const struct container_names_entry *x = a, *y = b;

	return compare_bytes(x->name.key, y->name.key);
}

static void list_release(struct container_names_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->entries[i].text);
	free(list->entries);
	*list = (struct container_names_list){NULL, 0};
}

static bool list_add(struct container_names_list *list, const char *file_name, name_parse_fn *parse)
{
	struct container_names_entry *e;

	if (list->n == CONTAINER_NAMES_MAX)
		return false;
	/* Grown at each power of two. */
	if ((list->n & (list->n - 1)) == 0) {
		e = realloc(list->entries, (list->n ? 2 * list->n : 1) * sizeof(*e));
		if (!e)
			return false;
		list->entries = e;
	}
	e = &list->entries[list->n];
	e->text = strdup(file_name);
	if (!e->text)
		return false;
	parse(bytes_of_str(e->text), &e->name);
	list->n++;
	return true;
}

/* Returns how many names were dropped. */
static uint64_t list_read(struct container_names_list *list, const char *dir_name, name_parse_fn *parse)
{
	struct container_names_list fresh = {NULL, 0};
	struct container_log_name name;
	const struct dirent *file;
	DIR *dir = opendir(dir_name);
	uint64_t dropped = 0;

	while (dir && (file = readdir(dir)) != NULL)
		if (parse(bytes_of_str(file->d_name), &name) && !list_add(&fresh, file->d_name, parse))
			dropped++;
	if (dir)
		closedir(dir);
	if (fresh.n)
		qsort(fresh.entries, fresh.n, sizeof(*fresh.entries), compare_entries);
	list_release(list);
	*list = fresh;
	return dropped;
}

/* The last entry whose key is not greater, if its key is `key` or, of an id
 * that the kubelet had to cut, the beginning of it. */
static const struct container_log_name *list_find(const struct container_names_list *list, struct bytes key)
{
	size_t low = 0, high = list->n;
	const struct container_log_name *found;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (compare_bytes(list->entries[mid].name.key, key) <= 0)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == 0)
		return NULL;
	found = &list->entries[low - 1].name;
	if (found->key.n > key.n || memcmp(found->key.p, key.p, found->key.n) != 0)
		return NULL;
	return found;
}

static bool find(const struct container_names *n, const struct container_path *path,
		 struct container_log_name *out)
{
	const struct container_log_name *found = list_find(&n->containers, bytes_of_str(path->id));

	if (!found)
		found = list_find(&n->pods, bytes_of_str(path->pod_uid));
	if (!found)
		return false;
	*out = *found;
	return true;
}

static bool refresh(struct container_names *n, uint64_t now_ns)
{
	if (n->read_ns && now_ns - n->read_ns < CONTAINER_NAMES_INTERVAL_NS)
		return false;
	n->dropped += list_read(&n->containers, n->containers_dir, container_log_name_parse);
	n->dropped += list_read(&n->pods, n->pods_dir, pod_log_name_parse);
	n->read_ns = now_ns ? now_ns : 1;
	return true;
}

void container_names_init(struct container_names *n, const char *containers_dir, const char *pods_dir)
{
	*n = (struct container_names){.containers_dir = containers_dir, .pods_dir = pods_dir};
}

void container_names_release(struct container_names *n)
{
	list_release(&n->containers);
	list_release(&n->pods);
}

bool container_names_find(struct container_names *n, const struct container_path *path, uint64_t now_ns,
			  struct container_log_name *out)
{
	bool found;

	if (!path->id[0] && !path->pod_uid[0])
		return false;
	found = find(n, path, out);
	/* A pod without its container's name: the link may have come since. */
	if ((!found || !out->container.n) && refresh(n, now_ns))
		found = find(n, path, out);
	return found;
}
