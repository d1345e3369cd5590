/* SPDX-License-Identifier: Apache-2.0 */
/*
 * make_recording SCRIPT FILE : writes the recording that a script describes.
 *
 * One statement per line; # begins a comment.  Times are microseconds since
 * the recording began: of the call's entry and exit, or both at once.
 *
 *     wall SECONDS                         the time of day it began
 *     counter NUMBER VALUE                 one of the kernel's (enum wire_counter)
 *     conn NAME server|client LOCAL REMOTE WORD...
 *                                          addresses as 10.0.0.1:80 or [::1]:80; then any of
 *                                          joined tls pid=N uid=N comm=TEXT
 *     TIME[-TIME] NAME rx|tx new|interim|more "TEXT" [skip N] [begins N]
 *                                          data that begins a message, or a 1xx response, or
 *                                          goes on; N skipped bytes behind it; N messages in
 *                                          all begin in it
 *     TIME[-TIME] NAME rx|tx skip N        skipped bytes alone
 *     - NAME rx|tx lost N [begins N]       bytes of which no event tells
 *     TIME NAME eof
 *     TIME NAME close local|reset|timeout
 *
 * TEXT knows \r \n \" and \\.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event_builder.h"
#include "transport/recording.h"

#define CONNS_MAX 16
#define WORDS_MAX 16
/* CLOCK_MONOTONIC when the recording begins: not 0, which means unknown. */
#define START_NS 1000000000u

struct script {
	const char *path;
	unsigned line;
	struct recording_info info;
	uint64_t counters[WIRE_COUNTERS];
	struct {
		char name[16];
		struct event_builder builder;
	} conns[CONNS_MAX];
	size_t n_conns;
	struct recorder *out;
	char *words[WORDS_MAX + 1]; /* of the line; NULL-ended */
};

__attribute__((noreturn)) static void give_up(const struct script *s, const char *why)
{
	fprintf(stderr, "make_recording: %s:%u: %s\n", s->path, s->line, why);
	exit(1);
}

static const char *word(const struct script *s, size_t i)
{
	if (!s->words[i])
		give_up(s, "something is missing");
	return s->words[i];
}

static uint64_t number(const struct script *s, const char *text)
{
	char *end;
	uint64_t n = strtoull(text, &end, 10);

	if (end == text || *end)
		give_up(s, "not a number");
	return n;
}

/* Position of `text` in a NULL-ended list. */
static unsigned choice(const struct script *s, const char *text, const char *const *names)
{
	for (unsigned i = 0; names[i]; i++) {
		if (strcmp(text, names[i]) == 0)
			return i;
	}
	give_up(s, text);
}

/* ---- words ---- */

static char unescape(const struct script *s, char c)
{
	switch (c) {
	case 'r':
		return '\r';
	case 'n':
		return '\n';
	case '"':
	case '\\':
		return c;
	default:
		give_up(s, "unknown escape");
	}
}

/* A quoted word in place; from is behind the quote.  Returns what follows it. */
static char *quoted(const struct script *s, char *from)
{
	char *to = from;

	for (; *from != '"'; from++) {
		if (!*from)
			give_up(s, "no closing quote");
		if (*from == '\\')
			*to++ = unescape(s, *++from);
		else
			*to++ = *from;
	}
	*to = '\0';
	return from + 1;
}

static void split(struct script *s, char *line)
{
	size_t n = 0;

	for (;;) {
		line += strspn(line, " \t\n");
		if (!*line || *line == '#')
			break;
		if (n == WORDS_MAX)
			give_up(s, "too many words");
		if (*line == '"') {
			s->words[n++] = line + 1;
			line = quoted(s, line + 1);
			continue;
		}
		s->words[n++] = line;
		line += strcspn(line, " \t\n");
		if (*line)
			*line++ = '\0';
	}
	s->words[n] = NULL;
}

/* ---- statements ---- */

static void endpoint(const struct script *s, char *text, uint8_t addr[16], uint16_t *port)
{
	char *colon = strrchr(text, ':');
	bool v6 = text[0] == '[';

	if (!colon || (v6 && colon[-1] != ']'))
		give_up(s, "not an address with a port");
	*port = number(s, colon + 1);
	colon[v6 ? -1 : 0] = '\0';
	memset(addr, 0, 16);
	if (inet_pton(v6 ? AF_INET6 : AF_INET, text + v6, addr) != 1)
		give_up(s, "not an address");
}

static void conn_word(const struct script *s, struct wire_event *e, const char *text)
{
	if (strcmp(text, "joined") == 0)
		e->flags |= WIRE_F_JOINED;
	else if (strcmp(text, "tls") == 0)
		e->flags |= WIRE_F_TLS;
	else if (strncmp(text, "pid=", 4) == 0)
		e->pid = e->tid = number(s, text + 4);
	else if (strncmp(text, "uid=", 4) == 0)
		e->uid = number(s, text + 4);
	else if (strncmp(text, "comm=", 5) == 0)
		snprintf(e->comm, sizeof(e->comm), "%s", text + 5);
	else
		give_up(s, text);
}

static void conn_statement(struct script *s)
{
	static const char *const roles[] = {"client", "server", NULL};
	struct event_builder *b = &s->conns[s->n_conns].builder;
	struct wire_event *e = &b->event;

	if (s->n_conns == CONNS_MAX)
		give_up(s, "too many connections");
	snprintf(s->conns[s->n_conns].name, sizeof(s->conns[0].name), "%s", word(s, 1));
	event_builder_init(b, s->n_conns + 1, choice(s, word(s, 2), roles));
	e->family = word(s, 3)[0] == '[' ? AF_INET6 : AF_INET;
	endpoint(s, s->words[3], e->laddr, &e->lport);
	word(s, 4);
	endpoint(s, s->words[4], e->raddr, &e->rport);
	for (size_t i = 5; s->words[i]; i++)
		conn_word(s, e, s->words[i]);
	s->n_conns++;
}

static struct event_builder *named_conn(struct script *s)
{
	for (size_t i = 0; i < s->n_conns; i++) {
		if (strcmp(s->conns[i].name, word(s, 1)) == 0)
			return &s->conns[i].builder;
	}
	give_up(s, "no such connection");
}

static void set_times(struct script *s, struct event_builder *b)
{
	char *exit_text = strchr(s->words[0], '-');

	if (exit_text)
		*exit_text++ = '\0';
	b->entry_ns = START_NS + number(s, s->words[0]) * 1000;
	b->exit_ns = exit_text ? START_NS + number(s, exit_text) * 1000 : b->entry_ns;
}

/* The optional "skip N" and "begins N" at the end of a line.  Returns the former. */
static uint64_t tail(struct script *s, struct event_builder *b, unsigned dir, size_t i)
{
	uint64_t skip = 0;
	uint32_t first = b->next_msg[dir];

	for (; s->words[i]; i += 2) {
		if (strcmp(s->words[i], "skip") == 0)
			skip = number(s, word(s, i + 1));
		else if (strcmp(s->words[i], "begins") == 0)
			b->next_msg[dir] = first + number(s, word(s, i + 1));
		else
			give_up(s, s->words[i]);
	}
	return skip;
}

static void data_event(struct script *s, struct event_builder *b, struct built_event *e)
{
	static const char *const dirs[] = {"rx", "tx", NULL};
	static const char *const how[] = {"new", "interim", "more", "skip", "lost", NULL};
	unsigned dir = choice(s, word(s, 2), dirs), as = choice(s, word(s, 3), how);
	const char *text = word(s, 4);
	uint32_t before = b->next_msg[dir];

	e->event.kind = 0;
	if (as == 4) {
		build_lost(b, dir, number(s, text));
		tail(s, b, dir, 5);
	} else if (as == 3) {
		build_skip(b, e, dir, number(s, text));
	} else {
		build_data(b, e, dir, as, bytes_of_str(text));
		b->next_msg[dir] = before;
		build_post_skip(b, e, tail(s, b, dir, 5));
		if (as == BUILD_NEW && b->next_msg[dir] == before)
			b->next_msg[dir]++;
	}
}

static void event_statement(struct script *s)
{
	static const char *const reasons[] = {"local", "reset", "timeout", NULL};
	struct event_builder *b = named_conn(s);
	struct built_event e;

	if (strcmp(s->words[0], "-") != 0)
		set_times(s, b);
	if (strcmp(word(s, 2), "eof") == 0)
		build_eof(b, &e);
	else if (strcmp(word(s, 2), "close") == 0)
		build_close(b, &e, choice(s, word(s, 3), reasons));
	else
		data_event(s, b, &e);
	if (e.event.kind && recorder_write(s->out, &e.event, e.data))
		give_up(s, "cannot write");
}

static void statement(struct script *s)
{
	if (!s->words[0])
		return;
	if (strcmp(s->words[0], "conn") == 0) {
		conn_statement(s);
	} else if (strcmp(s->words[0], "counter") == 0) {
		uint64_t which = number(s, word(s, 1));

		if (which >= WIRE_COUNTERS)
			give_up(s, "no such counter");
		s->counters[which] = number(s, word(s, 2));
	} else {
		event_statement(s);
	}
}

/* The header is written first, so `wall` must be the first statement. */
static void begin(struct script *s, const char *path)
{
	char err[512];

	if (!s->words[0] || strcmp(s->words[0], "wall") != 0)
		give_up(s, "the first statement must be: wall SECONDS");
	s->info.start_ns = START_NS;
	s->info.wall_offset_ns = (int64_t)(number(s, word(s, 1)) * 1000000000u) - START_NS;
	snprintf(s->info.release, sizeof(s->info.release), "0.0.0-script");
	s->out = recorder_open(path, &s->info, err, sizeof(err));
	if (!s->out)
		give_up(s, err);
}

int main(int argc, char **argv)
{
	static struct script s;
	FILE *in = argc == 3 ? fopen(argv[1], "r") : NULL;
	char line[8192], err[512];

	if (!in) {
		fprintf(stderr, "make_recording: %s\n",
			argc == 3 ? strerror(errno) : "usage: make_recording SCRIPT FILE");
		return 2;
	}
	s.path = argv[1];
	while (fgets(line, sizeof(line), in)) {
		s.line++;
		split(&s, line);
		if (s.out)
			statement(&s);
		else if (s.words[0])
			begin(&s, argv[2]);
	}
	fclose(in);
	if (recorder_close(s.out, s.counters, err, sizeof(err))) {
		fprintf(stderr, "make_recording: %s\n", err);
		return 1;
	}
	return 0;
}
