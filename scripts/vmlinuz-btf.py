#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""vmlinuz-btf.py VMLINUZ OUT : writes the .BTF section of a compressed x86 kernel image to OUT.

The boot sector's header gives the place of the compressed kernel
(Documentation/arch/x86/boot.rst: setup_sects, payload_offset, payload_length).
"""
import lzma
import struct
import subprocess
import sys
import zlib

SETUP_SECTS = 0x1F1
MAGIC = 0x202
PAYLOAD = 0x248
SECTOR = 512
# 0: what the boot protocol means by it
DEFAULT_SETUP_SECTS = 4
# the build appends the unpacked size to the payload
SIZE_TRAILER = 4


def payload(image):
    if image[MAGIC:MAGIC + 4] != b"HdrS":
        sys.exit("not an x86 boot image")
    offset, length = struct.unpack_from("<II", image, PAYLOAD)
    start = ((image[SETUP_SECTS] or DEFAULT_SETUP_SECTS) + 1) * SECTOR + offset
    return image[start:start + length - SIZE_TRAILER]


def with_tool(tool, data):
    try:
        return subprocess.run([tool, "-dc"], input=data, stdout=subprocess.PIPE, check=True).stdout
    except FileNotFoundError:
        sys.exit("%s is needed to unpack this kernel: scripts/setup test" % tool)


def unpack(data):
    if data.startswith(b"\xfd7zXZ\0"):
        return lzma.LZMADecompressor().decompress(data)
    if data.startswith(b"\x1f\x8b"):
        return zlib.decompressobj(wbits=31).decompress(data)
    if data.startswith(b"\x28\xb5\x2f\xfd"):
        return with_tool("zstd", data)
    if data.startswith(b"\x02\x21\x4c\x18"):
        return with_tool("lz4", data)
    sys.exit("unknown compression (starts with %s)" % data[:4].hex())


def section(elf, wanted):
    if elf[:5] != b"\x7fELF\x02":
        sys.exit("the unpacked kernel is no 64-bit ELF file")
    table, = struct.unpack_from("<Q", elf, 0x28)
    size, count, names = struct.unpack_from("<HHH", elf, 0x3A)

    def header(index):
        name, _, _, _, offset, length = struct.unpack_from("<IIQQQQ", elf, table + index * size)
        return name, offset, length

    strings = header(names)[1]
    for index in range(count):
        name, offset, length = header(index)
        start = strings + name
        if elf[start:elf.index(b"\0", start)] == wanted:
            return elf[offset:offset + length]
    sys.exit("no section %s: this kernel was built without it" % wanted.decode())


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], "rb") as image:
        btf = section(unpack(payload(image.read())), b".BTF")
    with open(sys.argv[2], "wb") as out:
        out.write(btf)


if __name__ == "__main__":
    main()
