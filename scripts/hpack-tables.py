#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""hpack-tables.py >common/http/hpack_tables.c : the tables of RFC 7541 as the decoder wants them.

Reads hpack-tables.txt beside this script.  Run by hand; tests/unit/test_hpack_tables compares.
"""
import os

# As in common/http/hpack_tables.h, where the reason is.
LOOKUP_BITS = 11

HEAD = """/* SPDX-License-Identifier: Apache-2.0 */
/* Written by scripts/hpack-tables.py from scripts/hpack-tables.txt: change those. */
#include "http/hpack_tables.h"

/* clang-format off */
"""


def read():
    static, codes = [], {}
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "hpack-tables.txt"), encoding="ascii") as f:
        for line in f:
            word, *rest = line.rstrip("\n").split(" ", 3)
            if word == "static":
                static.append((rest[1], rest[2] if len(rest) > 2 else ""))
                assert len(static) == int(rest[0])
            elif word == "huffman":
                codes[int(rest[0])] = (int(rest[1], 16), int(rest[2]))
    return static, codes


def check(codes):
    """Codes of one length follow each other in the order of the symbols, shorter lengths first, and nothing is left
    over: this is what the search by length relies on."""
    code, last = 0, 0
    for symbol, (value, bits) in sorted(codes.items(), key=lambda item: (item[1][1], item[0])):
        code <<= bits - last
        assert value == code, symbol
        code, last = code + 1, bits
    assert code == 1 << last and len(codes) == 257


def rows(items, per_row):
    for i in range(0, len(items), per_row):
        print("\t%s," % ", ".join(items[i:i + per_row]))
    print("};")


def print_static(static):
    print("\n#define TEXT(s) {(const uint8_t *)(s), sizeof(s) - 1}\n")
    print("const struct hpack_static_entry hpack_static[HPACK_STATIC_ENTRIES] = {")
    rows(['{TEXT("%s"), TEXT("%s")}' % entry for entry in static], 1)


def first_symbol(window, n, codes):
    """(symbol, bits) of the code that the n bits of the window begin with; None: they are too few."""
    for symbol, (code, bits) in codes.items():
        if bits <= n and window >> (n - bits) == code:
            return symbol, bits
    return None


def lookup(window, short):
    first = first_symbol(window, LOOKUP_BITS, short)
    if not first:
        return "{{0, 0}, 0, 0}"
    left = LOOKUP_BITS - first[1]
    second = first_symbol(window & ((1 << left) - 1), left, short) or (0, 0)
    return "{{%d, %d}, %d, %d}" % (first[0], second[0], first[1], first[1] + second[1])


def print_lookup(codes):
    short = {symbol: code for symbol, code in codes.items() if code[1] <= LOOKUP_BITS}
    print('\n_Static_assert(HPACK_LOOKUP_BITS == %d, "run scripts/hpack-tables.py again");\n' % LOOKUP_BITS)
    print("const struct hpack_lookup hpack_lookup[1 << HPACK_LOOKUP_BITS] = {")
    rows([lookup(window, short) for window in range(1 << LOOKUP_BITS)], 5)


def print_long(codes):
    by_length = {}
    for symbol, (code, bits) in sorted(codes.items()):
        if bits > LOOKUP_BITS:
            by_length.setdefault(bits, []).append((code, symbol))
    lengths, symbols = [], []
    for bits in sorted(by_length):
        group = by_length[bits]
        last = ((group[-1][0] + 1) << (32 - bits)) - 1
        lengths.append("{0x%08x, 0x%08x, %d, %d}" % (last, group[0][0], len(symbols), bits))
        symbols += [str(symbol) for _, symbol in group]
    print("\nconst struct hpack_long_codes hpack_long_codes[] = {")
    rows(lengths, 3)
    print("\nconst uint16_t hpack_long_symbols[] = {")
    rows(symbols, 16)


def main():
    static, codes = read()
    check(codes)
    print(HEAD, end="")
    print_static(static)
    print_lookup(codes)
    print_long(codes)


main()
