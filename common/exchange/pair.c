/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/pair.h"

#include <stdlib.h>
#include <string.h>

/* Pairs kept for the next request: more than a burst of one read of the
 * kernel's buffer finishes and begins again. */
#define POOL_MAX 128
/* What an idle pair may hold on to; heads are longer only where cookies are
 * large, and those can be allocated each time. */
#define IDLE_ROOM_MAX 8192

size_t pair_room(const struct pair *p)
{
	return p->message[HTTP1_REQUEST].head.room + p->message[HTTP1_RESPONSE].head.room + p->trailers.room;
}

void pair_release(struct pair *p)
{
	head_copy_release(&p->message[HTTP1_REQUEST].head);
	head_copy_release(&p->message[HTTP1_RESPONSE].head);
	head_copy_release(&p->trailers);
}

static void destroy(struct pair *p)
{
	pair_release(p);
	free(p);
}

void pair_pool_release(struct pair_pool *pool)
{
	struct pair *p;

	while ((p = pool->idle)) {
		pool->idle = p->next;
		destroy(p);
	}
	pool->n_idle = 0;
}

void pair_reset(struct pair *p, uint32_t number)
{
	struct head_copy request = p->message[HTTP1_REQUEST].head, response = p->message[HTTP1_RESPONSE].head;
	struct head_copy trailers = p->trailers;

	*p = (struct pair){.number = number, .trailers = trailers};
	p->message[HTTP1_REQUEST].head = request;
	p->message[HTTP1_RESPONSE].head = response;
	head_copy_reset(&p->message[HTTP1_REQUEST].head);
	head_copy_reset(&p->message[HTTP1_RESPONSE].head);
	head_copy_reset(&p->trailers);
}

void pair_note_process(struct pair *p, const struct wire_event *event)
{
	p->pid = event->pid;
	p->tid = event->tid;
	p->uid = event->uid;
	p->cgroup = event->cgroup;
	memcpy(p->comm, event->comm, WIRE_COMM_LEN);
	p->comm[WIRE_COMM_LEN] = '\0';
}

struct pair *pair_new(struct pair_pool *pool, uint32_t number)
{
	struct pair *p = pool->idle;

	if (p) {
		pool->idle = p->next;
		pool->n_idle--;
	} else {
		p = calloc(1, sizeof(*p));
		if (!p)
			return NULL;
	}
	pool->held += sizeof(*p) + pair_room(p);
	pair_reset(p, number);
	return p;
}

void pair_free(struct pair_pool *pool, struct pair *p)
{
	size_t room = pair_room(p);

	pool->held -= sizeof(*p) + room;
	if (room > IDLE_ROOM_MAX || pool->n_idle == POOL_MAX) {
		destroy(p);
		return;
	}
	p->next = pool->idle;
	pool->idle = p;
	pool->n_idle++;
}

bool pair_keep_head(struct pair_pool *pool, struct pair *p, const struct http1_head *head)
{
	struct head_copy *copy = &p->message[head->kind].head;
	bool ok;

	pool->held -= copy->room;
	ok = head->kind == HTTP1_REQUEST ? head_copy_request(copy, head) : head_copy_fields(copy, head);
	pool->held += copy->room;
	return ok;
}

bool pair_keep_trailers(struct pair_pool *pool, struct pair *p, const struct http1_head *trailers)
{
	bool ok;

	pool->held -= p->trailers.room;
	ok = head_copy_fields(&p->trailers, trailers);
	pool->held += p->trailers.room;
	return ok;
}

struct pair *pair_list_find(const struct pair_list *list, uint32_t number)
{
	for (struct pair *p = list->first; p; p = p->next) {
		if (p->number == number)
			return p;
	}
	return NULL;
}

void pair_list_insert(struct pair_list *list, struct pair *p)
{
	struct pair **link = &list->first;

	if (list->last && number_before(list->last->number, p->number))
		link = &list->last->next;
	while (*link && number_before((*link)->number, p->number))
		link = &(*link)->next;
	p->next = *link;
	*link = p;
	if (!p->next)
		list->last = p;
	list->n++;
}

void pair_list_remove(struct pair_list *list, struct pair *p)
{
	struct pair **link = &list->first, *before = NULL;

	while (*link != p) {
		before = *link;
		link = &before->next;
	}
	*link = p->next;
	if (list->last == p)
		list->last = before;
	list->n--;
}
