/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/uprobe_version.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PIECE_SIZE (64u << 10)
/* "OpenSSL 1.1.1k  FIPS 25 Mar 2021" */
#define STRING_MAX 80

/* ---- wordings ---- */

/* With its date: "OpenSSL 1.1.1 is needed" is some message. */
static bool ends_in_year(const char *s)
{
	size_t n = strlen(s);

	return n > 5 && s[n - 5] == ' ' && strspn(s + n - 4, "0123456789") == 4;
}

static bool is_empty(const char *s)
{
	return !*s;
}

/* GnuTLS has its version in a message only. */
static bool is_of_logging(const char *s)
{
	return strcmp(s, " logging...\n") == 0;
}

/* What it answers when asked for the version of OpenSSL; it has none of its own. */
static bool is_boringssl(const char *s)
{
	return strcmp(s, " (compatible; BoringSSL)") == 0;
}

static const struct wording {
	const char *before;	       /* its version */
	bool (*ends)(const char *end); /* what is behind its version */
	const char *name;
	enum uprobe_family family;
	bool numbered;
} wordings[] = {
	{"OpenSSL ", ends_in_year, "OpenSSL", UPROBE_OPENSSL, true},
	{"OpenSSL ", is_boringssl, "BoringSSL", UPROBE_OPENSSL, false},
	{"LibreSSL ", is_empty, "LibreSSL", UPROBE_OPENSSL, true},
	{"Enabled GnuTLS ", is_of_logging, "GnuTLS", UPROBE_GNUTLS, true},
};
#define N_WORDINGS (sizeof(wordings) / sizeof(wordings[0]))

static bool fits(const struct wording *w, const char *s, char out[UPROBE_VERSION_LEN])
{
	size_t before = strlen(w->before), n;

	if (strncmp(s, w->before, before) != 0)
		return false;
	s += before;
	n = strcspn(s, " ");
	if (!isdigit((unsigned char)*s) || !memchr(s, '.', n) || n > UPROBE_VERSION_LEN / 2 ||
	    !w->ends(s + n))
		return false;
	if (w->numbered)
		snprintf(out, UPROBE_VERSION_LEN, "%s %.*s", w->name, (int)n, s);
	else
		snprintf(out, UPROBE_VERSION_LEN, "%s", w->name);
	return true;
}

bool uprobe_version_of_string(enum uprobe_family family, const char *s, char out[UPROBE_VERSION_LEN])
{
	for (size_t i = 0; i < N_WORDINGS; i++)
		if (wordings[i].family == family && fits(&wordings[i], s, out))
			return true;
	return false;
}

/* ---- search ---- */

/* Strings of the piece that begin as w does, and end in it. */
static bool search_piece(const struct wording *w, const char *piece, size_t n, char out[UPROBE_VERSION_LEN])
{
	const char *p = piece, *end = piece + n, *found;

	while ((found = memmem(p, (size_t)(end - p), w->before, strlen(w->before))) != NULL) {
		p = found + 1;
		/* the first of the section has nothing before it, and is of the compiler */
		if (found > piece && found[-1] == '\0' && memchr(found, '\0', (size_t)(end - found)) &&
		    fits(w, found, out))
			return true;
	}
	return false;
}

static bool search(enum uprobe_family family, const char *piece, size_t n, char out[UPROBE_VERSION_LEN])
{
	for (size_t i = 0; i < N_WORDINGS; i++)
		if (wordings[i].family == family && search_piece(&wordings[i], piece, n, out))
			return true;
	return false;
}

void uprobe_version_find(int fd, enum uprobe_family family, const struct elf_section *in,
			 char out[UPROBE_VERSION_LEN])
{
	uint64_t size = in->size < UPROBE_VERSION_READ_MAX ? in->size : UPROBE_VERSION_READ_MAX;
	char piece[STRING_MAX + PIECE_SIZE];
	ssize_t n;

	out[0] = '\0';
	memset(piece, 0, STRING_MAX);
	for (uint64_t at = 0; at < size; at += (uint64_t)n) {
		size_t want = size - at < PIECE_SIZE ? (size_t)(size - at) : PIECE_SIZE;

		n = pread(fd, piece + STRING_MAX, want, (off_t)(in->offset + at));
		if (n <= 0 || search(family, piece, STRING_MAX + (size_t)n, out))
			return;
		/* a string may begin in one piece and end in the next */
		memmove(piece, piece + n, STRING_MAX);
	}
}
