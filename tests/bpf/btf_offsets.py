#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""btf_offsets.py BTF_FILE < "NAME STRUCT PATH" lines : prints "NAME OFFSET", read from the BTF by its own reader.

A second opinion on kernel_members.c, which uses libbpf: it must not share a mistake with it."""
import struct
import sys

KINDS_WITH_MEMBERS = (4, 5)  # struct, union
EXTRA = {1: lambda n: 4, 3: lambda n: 12, 4: lambda n: 12 * n, 5: lambda n: 12 * n, 6: lambda n: 8 * n,
         13: lambda n: 8 * n, 14: lambda n: 4, 15: lambda n: 12 * n, 17: lambda n: 4, 19: lambda n: 12 * n}
TRANSPARENT = (8, 9, 10, 11, 18)  # typedef, volatile, const, restrict, type tag


def read_types(blob):
    magic, _, _, hdr_len, type_off, type_len, str_off, _ = struct.unpack_from("<HBBIIIII", blob)
    assert magic == 0xEB9F
    strings = blob[hdr_len + str_off:]
    types, at, end = [None], hdr_len + type_off, hdr_len + type_off + type_len
    while at < end:
        name_off, info, size_or_type = struct.unpack_from("<III", blob, at)
        kind, vlen, flag = info >> 24 & 0x1F, info & 0xFFFF, info >> 31
        types.append((name_off, kind, vlen, flag, size_or_type, at + 12))
        at += 12 + EXTRA.get(kind, lambda n: 0)(vlen)
    return types, strings


def name_at(strings, off):
    return strings[off:strings.index(b"\0", off)].decode()


def members(blob, strings, t):
    for i in range(t[2]):
        name_off, type_id, offset = struct.unpack_from("<III", blob, t[5] + 12 * i)
        yield name_at(strings, name_off), type_id, offset & 0xFFFFFF if t[3] else offset


def resolve(types, type_id):
    while type_id and types[type_id][1] in TRANSPARENT:
        type_id = types[type_id][4]
    return types[type_id]


def find(blob, types, strings, t, wanted):
    for name, type_id, bits in members(blob, strings, t):
        if name == wanted:
            return type_id, bits
        if not name:
            inner = resolve(types, type_id)
            if inner[1] in KINDS_WITH_MEMBERS:
                found = find(blob, types, strings, inner, wanted)
                if found:
                    return found[0], bits + found[1]
    return None


def offset_of(blob, types, strings, t, path):
    bits = 0
    for part in path.split("."):
        found = find(blob, types, strings, t, part)
        if not found:
            return None
        t, bits = resolve(types, found[0]), bits + found[1]
    return bits // 8


def main():
    blob = open(sys.argv[1], "rb").read()
    types, strings = read_types(blob)
    structs = {}
    for t in types[1:]:
        if t[1] == 4 and t[2]:
            structs.setdefault(name_at(strings, t[0]), t)
    for line in sys.stdin:
        name, struct_name, path = line.split()
        for way in path.split("|")[::2]:  # new|since|old
            offset = offset_of(blob, types, strings, structs[struct_name], way)
            if offset is not None:
                break
        print(name, offset)


main()
