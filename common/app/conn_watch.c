/* SPDX-License-Identifier: Apache-2.0 */
#include "app/conn_watch.h"

#include <stdlib.h>

#include "app/conn_helper.h"

struct conn_watch {
	struct conn_helper *helper;
	struct tracker *tracker; /* of what is asked for; NULL: nothing, or no memory */
	tracker_exchange_fn *fn;
	void *ctx;
	uint16_t lport, rport;		   /* wanted; 0, 0: none */
	uint16_t asked_lport, asked_rport; /* of the helper */
	bool no_memory;
};

struct conn_watch *conn_watch_new(const struct options *options, tracker_exchange_fn *fn, void *ctx)
{
	struct conn_watch *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->fn = fn;
	w->ctx = ctx;
	w->helper = conn_helper_new(options);
	if (w->helper)
		return w;
	free(w);
	return NULL;
}

void conn_watch_free(struct conn_watch *w)
{
	if (!w)
		return;
	conn_helper_free(w->helper);
	tracker_free(w->tracker);
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

/* What the helper has still on its way belongs to what was asked before: it is told apart there. */
static void ask(struct conn_watch *w)
{
	struct tracker_options options = {.on_exchange = w->fn, .ctx = w->ctx};
	bool any = w->lport || w->rport;

	tracker_free(w->tracker);
	w->tracker = any ? tracker_new(&options) : NULL;
	w->no_memory = any && !w->tracker;
	w->asked_lport = w->lport;
	w->asked_rport = w->rport;
	conn_helper_ask(w->helper, w->tracker ? w->lport : 0, w->tracker ? w->rport : 0);
}

void conn_watch_poll(struct conn_watch *w)
{
	if (w->asked_lport != w->lport || w->asked_rport != w->rport)
		ask(w);
	if (w->tracker)
		conn_helper_poll(w->helper, on_event, w);
}

const char *conn_watch_state(const struct conn_watch *w)
{
	if (w->no_memory)
		return "out of memory";
	if (conn_helper_error(w->helper)[0])
		return conn_helper_error(w->helper);
	if (w->lport && !conn_helper_started(w->helper))
		return "tracing of this connection starts";
	return "none yet";
}
