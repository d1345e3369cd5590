#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# embed-bpf.sh FILE... : prints a C file that holds the text of each FILE, byte for byte.
# tests/unit/test_embed.c compares the result with the files.
set -eu

newline='
'

cat <<'E2'
/* Made by scripts/embed-bpf.sh from bpf_src/; do not edit. */
#include "transport/bpf_pieces.h"

const struct bpf_piece bpf_pieces[] = {
E2
for file; do
	# sed would add the newline, and the embedded bytes would differ from the file's
	if [ "$(tail -c 1 "$file"; echo .)" != "$newline." ]; then
		echo "$file: no newline at the end of the file" >&2
		exit 1
	fi
	printf '\t{"%s",\n' "$file"
	sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/.*/\t "&\\n"/' "$file"
	printf '\t},\n'
done
printf '\t{0, 0},\n};\n'
