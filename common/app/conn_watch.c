/* SPDX-License-Identifier: Apache-2.0 */
#include "app/conn_watch.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/source.h"

struct conn_watch {
	struct options options; /* its lists are the tool's */
	struct tracker *tracker;
	tracker_exchange_fn *fn;
	void *ctx;
	uint16_t lport, rport;		       /* wanted; 0, 0: none */
	uint16_t started_lport, started_rport; /* of the source */
	pthread_t thread;
	bool starting;
	atomic_bool started;   /* the thread is through */
	struct source *source; /* NULL: none, or it failed; the thread's while it is starting */
	char error[OPTION_ERROR_MAX];
};

struct conn_watch *conn_watch_new(const struct options *options, tracker_exchange_fn *fn, void *ctx)
{
	static const char *const groups[] = {"plain_http", NULL};
	struct conn_watch *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->options = *options;
	w->options.record = NULL;
	w->options.capture.groups = groups;
	w->options.capture.filter = (struct capture_filter){.n_lports = 1, .n_rports = 1};
	w->fn = fn;
	w->ctx = ctx;
	return w;
}

/* ---- the capture ---- */

static void *start(void *arg)
{
	struct conn_watch *w = arg;

	w->source = source_open(&w->options, w->error, sizeof(w->error));
	atomic_store(&w->started, true);
	return NULL;
}

static bool init_tracker(struct conn_watch *w)
{
	struct tracker_options options = {.on_exchange = w->fn, .ctx = w->ctx};

	w->tracker = tracker_new(&options);
	return w->tracker != NULL;
}

static void fail(struct conn_watch *w, const char *why)
{
	snprintf(w->error, sizeof(w->error), "%s", why);
}

static void begin(struct conn_watch *w)
{
	sigset_t all, before;

	w->started_lport = w->options.capture.filter.lports[0] = w->lport;
	w->started_rport = w->options.capture.filter.rports[0] = w->rport;
	w->error[0] = '\0';
	atomic_store(&w->started, false);
	if (!init_tracker(w)) {
		fail(w, "out of memory");
		return;
	}
	/* signals are for the thread that looks at the keys */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	w->starting = pthread_create(&w->thread, NULL, start, w) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!w->starting)
		fail(w, "no thread can be started");
}

static void end(struct conn_watch *w)
{
	char ignored[OPTION_ERROR_MAX];

	source_close(w->source, ignored, sizeof(ignored));
	w->source = NULL;
	tracker_free(w->tracker);
	w->tracker = NULL;
	w->started_lport = w->started_rport = 0;
}

static void join(struct conn_watch *w)
{
	pthread_join(w->thread, NULL);
	w->starting = false;
}

void conn_watch_free(struct conn_watch *w)
{
	if (!w)
		return;
	if (w->starting)
		join(w);
	end(w);
	free(w);
}

/* ---- while it runs ---- */

void conn_watch_set(struct conn_watch *w, const struct conn_record *record)
{
	w->lport = record ? record->local.port : 0;
	w->rport = record ? record->remote.port : 0;
}

static void on_event(void *ctx, const struct wire_event *event, const uint8_t *data)
{
	struct conn_watch *w = ctx;

	tracker_event(w->tracker, event, data);
}

static bool is_wanted(const struct conn_watch *w)
{
	return w->started_lport == w->lport && w->started_rport == w->rport;
}

void conn_watch_poll(struct conn_watch *w)
{
	if (w->starting) {
		if (!atomic_load(&w->started))
			return;
		join(w);
	}
	if (!is_wanted(w))
		end(w);
	if (!is_wanted(w))
		begin(w);
	if (w->source && !w->starting)
		source_poll(w->source, 0, on_event, w);
}

const char *conn_watch_state(const struct conn_watch *w)
{
	if (w->error[0] && !w->starting)
		return w->error;
	if (w->lport && (w->starting || !w->source))
		return "tracing of this connection starts";
	return "none yet";
}
