/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/sock_diag.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transport/net_namespaces.h"
#include "transport/sock_diag_ask.h"

struct sock_diag {
	struct net_namespaces namespaces;
	struct sock_diag_asker asker;
	uint64_t incomplete, no_memory;
};

/* ---- lifetime ---- */

static void explain(int error, char *err, size_t err_size)
{
	switch (error) {
	case ENOENT: /* the module is missing */
	case EOPNOTSUPP:
	case EPROTONOSUPPORT:
		snprintf(err, err_size,
			 "this kernel cannot list TCP sockets: it has no tcp_diag (CONFIG_INET_DIAG); "
			 "load the module with \"modprobe tcp_diag\", or use another kernel");
		break;
	default:
		snprintf(err, err_size, "cannot ask the kernel for its TCP sockets (netlink sock_diag): %s",
			 strerror(error));
	}
}

struct sock_diag *sock_diag_new(char *err, size_t err_size)
{
	struct sock_diag *d = calloc(1, sizeof(*d));
	int error;

	if (!d) {
		snprintf(err, err_size, "out of memory");
		return NULL;
	}
	error = net_namespaces_init(&d->namespaces, "/proc", sock_diag_open);
	if (error) {
		explain(error, err, err_size);
		free(d);
		return NULL;
	}
	error = sock_diag_probe(&d->asker, d->namespaces.items[0].fd);
	if (error) {
		explain(error, err, err_size);
		sock_diag_free(d);
		return NULL;
	}
	return d;
}

void sock_diag_free(struct sock_diag *d)
{
	if (!d)
		return;
	net_namespaces_release(&d->namespaces);
	sock_diag_asker_release(&d->asker);
	free(d);
}

/* ---- dumping ---- */

/* false: errno, and the namespace's socket is opened anew next time, so that no late answer confuses. */
static bool ask_namespace(struct sock_diag *d, size_t i)
{
	const struct net_namespace *ns = &d->namespaces.items[i];
	int error;

	if (ns->fd < 0) {
		errno = EACCES;
		return false;
	}
	error = sock_diag_ask(&d->asker, ns->fd, ns->inode);
	d->incomplete += error || d->asker.incomplete;
	d->no_memory += d->asker.no_memory;
	if (!error)
		return true;
	net_namespaces_reopen(&d->namespaces, i);
	errno = error;
	return false;
}

int sock_diag_dump(struct sock_diag *d, uint64_t now_ns, sock_diag_fn *fn, void *ctx)
{
	int told = 0, error = 0;
	bool any = false;

	net_namespaces_update(&d->namespaces, now_ns);
	d->asker.fn = fn;
	d->asker.ctx = ctx;
	for (size_t i = 0; i < d->namespaces.n; i++) {
		if (!ask_namespace(d, i)) {
			error = errno;
			continue;
		}
		any = true;
		told += d->asker.n;
	}
	errno = error;
	return any ? told : -1;
}

struct sock_diag_stats sock_diag_stats(const struct sock_diag *d)
{
	return (struct sock_diag_stats){
		.namespaces = d->namespaces.n,
		.namespaces_skipped = d->namespaces.skipped,
		.incomplete = d->incomplete,
		.no_memory = d->no_memory,
	};
}
