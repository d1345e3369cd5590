/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/pairing.h"

#include "exchange/report.h"

/* ---- pairs that leave ---- */

void pairing_drop(struct pairing *pr, struct connection *c, struct pair *p)
{
	for (int kind = HTTP1_REQUEST; kind <= HTTP1_RESPONSE; kind++) {
		if (c->half[kind].open == p)
			c->half[kind].open = NULL;
	}
	if (c->upgrade == p)
		c->upgrade = NULL;
	if (pair_has_request(p))
		pr->in_flight--;
	pair_list_remove(&c->pairs, p);
	pair_free(&pr->pool, p);
}

static void report(struct pairing *pr, struct connection *c, struct pair *p)
{
	struct exchange x;

	report_fill(&x, c, p);
	c->reported = true;
	pr->exchanges++;
	if (pr->on_exchange)
		pr->on_exchange(pr->ctx, &x);
	pairing_drop(pr, c, p);
}

/* p will not become complete; reason: why. */
static void give_up(struct pairing *pr, struct connection *c, struct pair *p, enum no_status reason)
{
	const struct message *req = &p->message[HTTP1_REQUEST], *resp = &p->message[HTTP1_RESPONSE];

	if (!pair_has_request(p)) {
		pr->orphans += resp->begun;
		pairing_drop(pr, c, p);
		return;
	}
	if (!resp->begun && p->response_lost)
		reason = NO_STATUS_GAP;
	if (!p->status && p->no_status == NO_STATUS_NONE)
		p->no_status = reason;
	if ((resp->begun && !resp->ended) || !req->ended)
		p->missing |= pairing_cut_flag(reason == NO_STATUS_GAP || reason == NO_STATUS_UNSEEN);
	if (!p->status && p->no_status == NO_STATUS_GAP)
		p->missing |= MISSING_GAP;
	report(pr, c, p);
}

static bool opens_tunnel(const struct pair *p)
{
	return p->status == 101 || (p->status / 100 == 2 && p->answer_to == HTTP1_TO_CONNECT);
}

/* RFC 7540 3.2 */
static bool upgrades_to_http2(const struct pair *p)
{
	const struct header_list *list = &p->message[HTTP1_RESPONSE].head.fields;

	for (size_t i = 0; p->status == 101 && i < list->n; i++) {
		if (bytes_equal_nocase(list->fields[i].name, "upgrade"))
			return bytes_equal_nocase(list->fields[i].value, "h2c");
	}
	return false;
}

void pairing_settle(struct pairing *pr, struct connection *c, struct pair *p)
{
	if (!pair_has_request(p) || !p->message[HTTP1_REQUEST].ended || !p->message[HTTP1_RESPONSE].ended)
		return;
	if (upgrades_to_http2(p)) {
		c->upgrade = p;
		return;
	}
	if (opens_tunnel(p))
		c->tunnel = true;
	report(pr, c, p);
}

void pairing_no_more_responses(struct pairing *pr, struct connection *c, enum no_status reason)
{
	for (struct pair *p = c->pairs.first, *next; p; p = next) {
		next = p->next;
		if (pair_has_request(p) && !p->message[HTTP1_RESPONSE].begun)
			give_up(pr, c, p, reason);
	}
}

void pairing_flush(struct pairing *pr, struct connection *c, enum no_status reason)
{
	while (c->pairs.first)
		give_up(pr, c, c->pairs.first, reason);
}

/* ---- pairs that come ---- */

/* Both directions keep their order: now that message `number` begins, older
 * pairs get no request (then they are orphans) or no response any more. */
static void retire_older(struct pairing *pr, struct connection *c, enum http1_kind kind, uint32_t number)
{
	for (struct pair *p = c->pairs.first, *next; p && number_before(p->number, number); p = next) {
		next = p->next;
		if (kind == HTTP1_REQUEST ? !p->message[HTTP1_REQUEST].begun
					  : pair_has_request(p) && !p->message[HTTP1_RESPONSE].begun)
			give_up(pr, c, p, NO_STATUS_GAP);
	}
}

static struct pair *add_pair(struct pairing *pr, struct connection *c, uint32_t number)
{
	struct pair_list *list = &c->pairs;
	struct pair *p;

	if (list->n >= pr->pending_max)
		give_up(pr, c, list->first, NO_STATUS_UNSEEN);
	p = pair_new(&pr->pool, number);
	if (p)
		pair_list_insert(list, p);
	else
		pr->no_memory++;
	return p;
}

/* A response to a request that was given up, or never seen while later ones were. */
static bool is_orphan(const struct connection *c, enum http1_kind kind, uint32_t number)
{
	return kind == HTTP1_RESPONSE && number_before(number, c->half[HTTP1_REQUEST].next);
}

struct pair *pairing_begin(struct pairing *pr, struct connection *c, enum http1_kind kind, uint32_t number)
{
	struct pair *p;

	if (c->unpaired && kind == HTTP1_RESPONSE) {
		pairing_no_more_responses(pr, c, NO_STATUS_GAP);
		return NULL;
	}
	retire_older(pr, c, kind, number);
	p = pair_list_find(&c->pairs, number);
	if (p && p->message[kind].begun) { /* the same number again: one of the two is wrong */
		give_up(pr, c, p, NO_STATUS_GAP);
		p = NULL;
	}
	if (p)
		return p;
	return is_orphan(c, kind, number) ? NULL : add_pair(pr, c, number);
}
