/* SPDX-License-Identifier: Apache-2.0 */
#include "app/conn_terminal.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

#include "app/conn_keys.h"
#include "app/stop.h"

/* Milliseconds until Esc is a key of its own and not the begin of an arrow's. */
#define ESCAPE_MS 25
/* Room for what switches a terminal back from its second screen; terminfo's are far shorter. */
#define RESTORE_MAX 128
#define MESSAGE_MAX 256

static struct {
	SCREEN *screen;
	struct termios before;
	char restore[RESTORE_MAX]; /* what a killing signal's handler writes */
	size_t n_restore;
	int real_stderr; /* -1: standard error is not kept */
	int kept;
	char message[MESSAGE_MAX];
} terminal = {.real_stderr = -1, .kept = -1};

/* ---- standard error ---- */

static void keep_stderr(void)
{
	int kept, real;

	if (!isatty(STDERR_FILENO))
		return;
	kept = memfd_create("stderr", MFD_CLOEXEC);
	real = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (kept < 0 || real < 0 || fcntl(kept, F_SETFL, O_APPEND) < 0 || dup2(kept, STDERR_FILENO) < 0) {
		close(kept);
		close(real);
		return;
	}
	terminal.kept = kept;
	terminal.real_stderr = real;
}

/* The last CONN_TERMINAL_KEPT bytes, from the begin of a line. */
static size_t read_kept(char text[CONN_TERMINAL_KEPT + 1], const char **from)
{
	struct stat st;
	off_t at = 0;
	ssize_t n;

	*from = text;
	if (terminal.kept < 0 || fstat(terminal.kept, &st) < 0)
		return 0;
	if (st.st_size > CONN_TERMINAL_KEPT)
		at = st.st_size - CONN_TERMINAL_KEPT;
	n = pread(terminal.kept, text, CONN_TERMINAL_KEPT, at);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	if (at && strchr(text, '\n'))
		*from = strchr(text, '\n') + 1;
	return (size_t)(text + n - *from);
}

/* So that it does not grow for days. */
static void trim_kept(const char *from, size_t n)
{
	struct stat st;

	if (terminal.kept < 0 || fstat(terminal.kept, &st) < 0 || st.st_size <= 4 * CONN_TERMINAL_KEPT)
		return;
	if (ftruncate(terminal.kept, 0) == 0 && write(terminal.kept, from, n) < 0)
		terminal.message[0] = '\0';
}

const char *conn_terminal_message(void)
{
	char text[CONN_TERMINAL_KEPT + 1];
	const char *from, *line;
	size_t n = read_kept(text, &from);

	trim_kept(from, n);
	if (n == 0)
		return terminal.message;
	text[from - text + (ptrdiff_t)n - 1] = '\0'; /* the newline */
	line = strrchr(from, '\n');
	snprintf(terminal.message, sizeof(terminal.message), "%s", line ? line + 1 : from);
	return terminal.message;
}

static void print_kept(void)
{
	char text[CONN_TERMINAL_KEPT + 1];
	const char *from;
	size_t n = read_kept(text, &from);

	if (terminal.real_stderr < 0)
		return;
	dup2(terminal.real_stderr, STDERR_FILENO);
	if (n)
		fwrite(from, 1, n, stderr);
	close(terminal.real_stderr);
	close(terminal.kept);
	terminal.real_stderr = terminal.kept = -1;
}

/* ---- giving it back ---- */

/* Only what a signal handler may call. */
static void restore_and_die(int number)
{
	ssize_t ignored = write(STDOUT_FILENO, terminal.restore, terminal.n_restore);

	(void)ignored;
	tcsetattr(STDIN_FILENO, TCSANOW, &terminal.before);
	raise(number); /* SA_RESETHAND: this time it kills */
}

static void request_stop(int number)
{
	(void)number;
	stop_requested = 1;
}

static void take_signals(void)
{
	static const int killing[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGALRM, SIGSYS};
	static const int stopping[] = {SIGHUP, SIGQUIT};
	struct sigaction kill = {.sa_handler = restore_and_die, .sa_flags = SA_RESETHAND};
	struct sigaction stop = {.sa_handler = request_stop};

	for (size_t i = 0; i < sizeof(killing) / sizeof(killing[0]); i++)
		sigaction(killing[i], &kill, NULL);
	for (size_t i = 0; i < sizeof(stopping) / sizeof(stopping[0]); i++)
		sigaction(stopping[i], &stop, NULL);
}

static void add_restore(const char *capability)
{
	const char *text = tigetstr(capability);
	size_t n;

	if (!text || (intptr_t)text == -1) /* it has none, or that is no string */
		return;
	n = strlen(text);
	if (terminal.n_restore + n > RESTORE_MAX)
		return;
	memcpy(terminal.restore + terminal.n_restore, text, n);
	terminal.n_restore += n;
}

void conn_terminal_close(void)
{
	if (!terminal.screen)
		return;
	endwin();
	delscreen(terminal.screen);
	terminal.screen = NULL;
	print_kept();
}

/* ---- taking it ---- */

bool conn_terminal_open(char *err, size_t err_size)
{
	const char *name = getenv("TERM");

	setlocale(LC_CTYPE, "");
	tcgetattr(STDIN_FILENO, &terminal.before);
	terminal.screen = newterm(NULL, stdout, stdin);
	if (!terminal.screen) {
		snprintf(err, err_size, "cannot use a terminal of the kind TERM=%s; try conntop -b",
			 name ? name : "(not set)");
		return false;
	}
	atexit(conn_terminal_close);
	add_restore("rmkx");
	add_restore("cnorm");
	add_restore("sgr0");
	add_restore("rmcup");
	take_signals();
	keep_stderr();
	cbreak();
	noecho();
	nonl(); /* Enter is told as itself */
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(ESCAPE_MS);
	curs_set(0);
	return true;
}

/* ---- keys ---- */

static uint32_t function_key(wint_t key)
{
	switch (key) {
	case KEY_UP:
		return CONN_KEY_UP;
	case KEY_DOWN:
		return CONN_KEY_DOWN;
	case KEY_PPAGE:
		return CONN_KEY_PAGE_UP;
	case KEY_NPAGE:
		return CONN_KEY_PAGE_DOWN;
	case KEY_HOME:
		return CONN_KEY_HOME;
	case KEY_END:
		return CONN_KEY_END;
	case KEY_BACKSPACE:
	case KEY_DC:
		return CONN_KEY_BACKSPACE;
	case KEY_ENTER:
		return CONN_KEY_ENTER;
	case KEY_RESIZE:
		return CONN_TERMINAL_RESIZED;
	default:
		return 0;
	}
}

uint32_t conn_terminal_key(void)
{
	wint_t key;

	for (;;) {
		int kind = get_wch(&key);
		uint32_t known;

		if (kind == ERR)
			return 0;
		if (kind == OK && (key == '\r' || key == '\n'))
			return CONN_KEY_ENTER;
		if (kind == OK && key == '\b')
			return CONN_KEY_BACKSPACE;
		known = kind == OK ? (uint32_t)key : function_key(key);
		if (known) /* others mean nothing here */
			return known;
	}
}

bool conn_terminal_gone(void)
{
	struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};

	return poll(&p, 1, 0) == 1 && p.revents & (POLLHUP | POLLERR | POLLNVAL);
}
