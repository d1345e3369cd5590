/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pair.h - a request and its response while they are not yet reported.
 *
 * A connection keeps its pairs in a list by number.  Pairs that are done go
 * back to a pool together with their memory, so that the usual exchange costs
 * no allocation.
 */
#ifndef L7SCOPE_PAIR_H
#define L7SCOPE_PAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exchange/exchange.h"
#include "exchange/head_copy.h"
#include "http/http1_stream.h"
#include "wire.h"

/* What was seen of the request, or of the response. */
struct message {
	struct message_times times;
	uint64_t bytes; /* set when it ends; of a response: those of its 1xx heads before that */
	struct head_copy head;
	bool begun; /* the first byte was seen; of a response: of the final one */
	bool has_head;
	bool ended;
};

struct pair {
	struct pair *next;
	uint32_t number;	   /* of both messages, in their directions */
	struct message message[2]; /* by enum http1_kind */
	struct head_copy trailers; /* of the response */

	uint32_t pid, tid, uid;
	uint64_t cgroup;
	char comm[WIRE_COMM_LEN + 1];

	uint8_t version_minor;
	int status;
	enum http1_answer_to answer_to; /* known with the request's head */
	enum no_status no_status;	/* of a response that ended without a status */
	bool response_lost;		/* a gap may have swallowed the response */
	unsigned missing;		/* MISSING_* */
};

/* Is it known what was asked? */
static inline bool pair_has_request(const struct pair *p)
{
	return p->message[HTTP1_REQUEST].has_head;
}

/* As new, but with the memory of its heads. */
void pair_reset(struct pair *p, uint32_t number);
/* Bytes of that memory. */
size_t pair_room(const struct pair *p);
/* Gives it back. */
void pair_release(struct pair *p);
/* Its request is sent or read by this event's process. */
void pair_note_process(struct pair *p, const struct wire_event *event);

struct pair_pool {
	struct pair *idle;
	size_t n_idle;
	size_t held; /* bytes of pairs in use, and of what streams collect (follow.c) */
};

/* All zero is a valid empty pool.  Pairs in use must have been freed. */
void pair_pool_release(struct pair_pool *pool);

/* NULL: out of memory. */
struct pair *pair_new(struct pair_pool *pool, uint32_t number);
void pair_free(struct pair_pool *pool, struct pair *p);

/* Keep a copy; false: out of memory, the copy is empty. */
bool pair_keep_head(struct pair_pool *pool, struct pair *p, const struct http1_head *head);
bool pair_keep_trailers(struct pair_pool *pool, struct pair *p, const struct http1_head *trailers);

struct pair_list {
	struct pair *first, *last;
	size_t n;
};

/* Numbers wrap: is a before b? */
static inline bool number_before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

struct pair *pair_list_find(const struct pair_list *list, uint32_t number);
/* In the order of numbers. */
void pair_list_insert(struct pair_list *list, struct pair *p);
/* p must be in the list. */
void pair_list_remove(struct pair_list *list, struct pair *p);

#endif
