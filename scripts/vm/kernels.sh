#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Sourced by the scripts beside it: where fetched kernels lie, and which families there are.

# A family is the front of a version, or "newest"; one Debian release each, from the oldest that is supported on.
# shellcheck disable=SC2034 # used by those who source this
families='5.10 6.1 6.12 newest'
vm_cache=${L7SCOPE_VM_DIR:-/var/cache/l7scope-vm}

say() {
	printf '%s: %s\n' "$(basename "$0")" "$*" >&2
}

die() {
	say "$*"
	exit 1
}
