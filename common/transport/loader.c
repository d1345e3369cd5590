/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/loader.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "transport/compose.h"
#include "transport/loader_child.h"

static int receive_answer(int sock, struct answer *a, int *fds, int n_fds)
{
	char control[CMSG_SPACE(sizeof(int) * LOADED_FDS_MAX)];
	struct iovec iov = {a, sizeof(*a)};
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
	struct cmsghdr *h;
	ssize_t n;

	do
		n = recvmsg(sock, &m, MSG_CMSG_CLOEXEC | MSG_WAITALL);
	while (n < 0 && errno == EINTR);
	if (n != sizeof(*a))
		return -1;
	h = CMSG_FIRSTHDR(&m);
	if (h && h->cmsg_type == SCM_RIGHTS && h->cmsg_len <= CMSG_LEN(sizeof(int) * n_fds))
		memcpy(fds, CMSG_DATA(h), h->cmsg_len - CMSG_LEN(0));
	return 0;
}

int loader_run(const struct capture_options *options, struct loaded *loaded, char *err, size_t err_size)
{
	int fds[LOADED_FDS_MAX] = {0}, socks[2];
	pid_t self = getpid(), pid;
	static struct answer a; /* large */
	int n = 0;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks) < 0) {
		snprintf(err, err_size, "cannot make a socket pair: %s", strerror(errno));
		return -1;
	}
	pid = fork();
	if (pid == 0) {
		close(socks[0]);
		loader_child_main(options, self, socks[1]);
	}
	close(socks[1]);
	if (pid < 0 || receive_answer(socks[0], &a, fds, LOADED_FDS_MAX) < 0) {
		snprintf(err, err_size,
			 pid < 0 ? "cannot start the compile child: %s" : "the compile child died",
			 strerror(errno));
		close(socks[0]);
		if (pid > 0)
			waitpid(pid, NULL, 0);
		return -1;
	}
	close(socks[0]);
	if (!a.ok) {
		waitpid(pid, NULL, 0);
		snprintf(err, err_size, "%s", a.err);
		return -1;
	}
	*loaded = a.loaded;
	loaded->child = pid;
	for (int i = 0; i < LOADED_MAPS; i++) {
		if (loaded->maps[i] >= 0)
			loaded->maps[i] = fds[n++];
	}
	memcpy(loaded->links, fds + n, sizeof(int) * loaded->n_links);
	n += loaded->n_links;
	memcpy(loaded->programs, fds + n, sizeof(int) * loaded->n_programs);
	n += loaded->n_programs;
	for (int i = 0; loaded->uses & USE_TLS && i < UPROBE_PROGRAMS; i++) {
		if (loaded->uprobes[i] >= 0)
			loaded->uprobes[i] = fds[n++];
	}
	return 0;
}

char *loader_text(const struct capture_options *options, char *err, size_t err_size)
{
	struct kernel_types types;
	struct compose_input in;
	bool from_btf;
	char *text;

	if (compose_find_types(options, &types, &from_btf, err, err_size) < 0)
		return NULL;
	in = (struct compose_input){
		.options = options,
		.layout = TRACEPOINT_LAYOUT_USUAL,
		.uses = probe_uses(options, &types.tracepoints),
		.types = from_btf ? &types : NULL,
		.parts = PART_BOTH,
	};
	text = compose_text(&in);
	if (!text)
		snprintf(err, err_size, "out of memory");
	return text;
}
