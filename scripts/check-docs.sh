#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# check-docs.sh: what the man pages say is what the built tools say.
#
# For each tool: the options of --help and of the page are the same (letters, names, arguments, and which are
# filtered in the kernel), the page has BCC's sections in their order, both know the same arguments.  Each key of
# the JSON output is in l7scope(7).  All pages format without a warning.
set -eu
cd "$(dirname "$0")/.."

sections='NAME SYNOPSIS DESCRIPTION REQUIREMENTS OPTIONS EXAMPLES FIELDS OVERHEAD SOURCE OS STABILITY AUTHOR SEE_ALSO'
ret=0

complain() {
	echo "$*" >&2
	ret=1
}

# "-p, --pid PID[,PID]", followed by " K" when filtered in-kernel; sorted
help_options() {
	awk '
	function flush() { if (option != "") print option (text ~ /filtered in-kernel/ ? " K" : "") }
	/^  -., --|^      --/ {
		flush()
		option = $0; text = $0
		sub(/^ +/, "", option); sub(/   *[^ ].*$/, "", option)
		next
	}
	/^ +[^ ]/ { text = text " " $0; next }
	{ flush(); option = "" }
	END { flush() }' | LC_ALL=C sort
}

page_options() {
	sed -n '/^\.SH OPTIONS/,/^\.SH EXAMPLES/p' "$1" | awk '
	# the arguments of .BR without what separates them: blanks count only in quotes
	function joined(text, i, c, quoted, out) {
		for (i = 1; i <= length(text); i++) {
			c = substr(text, i, 1)
			if (c == "\"") quoted = !quoted
			else if (c != " " || quoted) out = out c
		}
		return out
	}
	function flush() { if (option != "") print option (text ~ /filtered in-kernel/ ? " K" : "") }
	/^\.TP/ { flush(); option = ""; tag = 1; next }
	/^\.S[SH]/ { flush(); option = ""; next }
	tag {
		tag = 0; text = ""
		if ($1 != ".BR") next
		option = joined(substr($0, 5))
		gsub(/\\f[IR]/, "", option); gsub(/\\-/, "-", option)
		next
	}
	{ text = text " " $0 }
	END { flush() }' | LC_ALL=C sort
}

# the names in "usage: TOOL [options] [a [b]]", and the \fIa\fR of SYNOPSIS
help_arguments() {
	sed -n '1s/^usage: [^ ]* \[options\]//p' | tr -d '[]' | xargs
}

page_arguments() {
	sed -n '/^\.SH SYNOPSIS/,/^\.SH DESCRIPTION/p' "$1" | grep -o '\\fI[a-z_]*\\fR' | sed 's/\\fI//; s/\\fR//' |
		grep -vx option | xargs
}

check_sections() {
	# keys are what only a tool with a screen has
	found=$(sed -n 's/^\.SH //p' "$1" | grep -vx KEYBINDINGS | tr ' ' '_' | xargs)
	[ "$found" = "$sections" ] || complain "$1: sections are $found"
}

check_tool() {
	tool=$1 page=man/man8/$1.8
	if [ ! -e "$page" ]; then
		complain "$page: missing"
		return
	fi
	"build/$tool" --help >"$tmp/help"
	help_options <"$tmp/help" >"$tmp/help-options"
	page_options "$page" >"$tmp/page-options"
	[ -s "$tmp/help-options" ] || complain "$tool: --help lists no option"
	diff -u --label "$tool --help" --label "$page" "$tmp/help-options" "$tmp/page-options" >&2 ||
		complain "$page: options differ from --help (K: filtered in-kernel)"
	[ "$(help_arguments <"$tmp/help")" = "$(page_arguments "$page")" ] ||
		complain "$page: SYNOPSIS names other arguments than --help"
	check_sections "$page"
}

check_json_keys() {
	sed -n '/^\.TS/,/^\.TE/s/|.*//p' man/man7/l7scope.7 | tr -d ' ' | tr ',' '\n' >"$tmp/documented"
	grep -ohE '(put_[a-z0-9]+|json_key)\((w|&s->w), "[a-z_]+"(, "[a-z_]+")?|put_header_list\(s, "[a-z]+"' common/sink/*.c |
		grep -oE '"[a-z_]+"' | tr -d '"' | sort -u >"$tmp/printed"
	[ -s "$tmp/printed" ] || complain 'common/sink: found no JSON keys'
	while read -r key; do
		case $key in request | response | trailers | us) continue ;; esac
		grep -qx "$key" "$tmp/documented" || complain "man/man7/l7scope.7: the JSON key $key is missing"
	done <"$tmp/printed"
}

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
for source in tools/*.c; do
	check_tool "$(basename "$source" .c)"
done
check_json_keys
for page in man/man[0-9]/*.[0-9]; do
	groff -t -man -Tutf8 -ww "$page" 2>"$tmp/warnings" >/dev/null
	if [ -s "$tmp/warnings" ]; then
		cat "$tmp/warnings" >&2
		complain "$page: does not format cleanly"
	fi
done
exit $ret
