/* SPDX-License-Identifier: Apache-2.0 */
/*
 * x86_returns.h - the RET instructions of a function of amd64, by libcapstone.
 *
 * The library is loaded when a program of Go is looked at, not with the tool.
 */
#ifndef L7SCOPE_X86_RETURNS_H
#define L7SCOPE_X86_RETURNS_H

#include <stddef.h>
#include <stdint.h>

struct x86_decoder; /* opaque */

/* NULL: err has a sentence. */
struct x86_decoder *x86_decoder_new(char *err, size_t err_size);
void x86_decoder_free(struct x86_decoder *d); /* takes NULL */

/* Where in the code they begin, the first `max` of them.  *n bytes of code, possibly with INT3 behind it that
 * fill up; becomes what is without them.  Returns how many there are; 0, and *n as it was, when something is
 * no instruction that the library knows: what was found may be in the middle of one. */
size_t x86_returns(struct x86_decoder *d, const uint8_t *code, size_t *n, size_t *at, size_t max);

/* Bytes in front of a function of Go that look whether the stack has room, and leave the arguments' registers
 * as they are; 0: it has none.  Where there is no room the function begins again. */
size_t x86_go_stack_check(const uint8_t *code, size_t n);

#endif
