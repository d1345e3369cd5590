# SPDX-License-Identifier: Apache-2.0
"""What tests of faults share: the kernel's BPF objects and whose they are, a place with file systems of its own, and
a target that asks and answers all the time and says whether it ever failed."""
import contextlib
import ctypes
import glob
import os
import re
import struct
import subprocess
import sys
import time

import harness
import servers

# ---- BPF objects, by bpf(2) ----

SYS_BPF = {"x86_64": 321, "aarch64": 280}[os.uname().machine]
# kind: (command for the next id, command for a descriptor, where the name is in struct bpf_KIND_info)
KINDS = {"prog": (11, 13, 64), "map": (12, 14, 24), "link": (31, 30, None)}
GET_INFO, MAPS_MAX = 15, 64
# The kernel takes seconds to remove the probes of one that was killed, and other tests' tools may be dying as well.
GONE_TIMEOUT_S = 60 * harness.SLOW

_libc = ctypes.CDLL(None, use_errno=True)


def _bpf(command, attr):
    """attr is changed in place; -1: it failed."""
    attr.extend(bytes(128 - len(attr)))
    return _libc.syscall(SYS_BPF, command, (ctypes.c_char * 128).from_buffer(attr), 128)


def ids(kind):
    found, last = set(), 0
    while True:
        attr = bytearray(struct.pack("III", last, 0, 0))
        if _bpf(KINDS[kind][0], attr) < 0:
            return found
        last = struct.unpack_from("I", attr, 4)[0]
        found.add(last)


def info(kind, number):
    """(name, ids of what it refers to), or None when it has gone."""
    fd = _bpf(KINDS[kind][1], bytearray(struct.pack("III", number, 0, 0)))
    if fd < 0:
        return None
    try:
        maps = (ctypes.c_uint32 * MAPS_MAX)()
        said = ctypes.create_string_buffer(256)
        if kind == "prog":  # nr_map_ids, map_ids
            struct.pack_into("=IQ", said, 52, MAPS_MAX, ctypes.addressof(maps))
        attr = bytearray(struct.pack("IIQ", fd, 256, ctypes.addressof(said)))
        if _bpf(GET_INFO, attr) < 0:
            return None
        if kind == "link":  # type, id, prog_id
            return "", {("prog", struct.unpack_from("I", said, 8)[0])}
        at = KINDS[kind][2]
        name = said.raw[at:at + 16].split(b"\0")[0].decode()
        refers = maps[:min(struct.unpack_from("I", said, 52)[0], MAPS_MAX)] if kind == "prog" else ()
        return name, {("map", m) for m in refers}
    finally:
        os.close(fd)


def objects():
    """{(kind, id)} of the whole machine."""
    return {(kind, number) for kind in KINDS for number in ids(kind)}


def held():
    """Those that a living process has open."""
    found = set()
    for path in glob.glob("/proc/[0-9]*/fdinfo/*"):
        with contextlib.suppress(OSError):
            with open(path, encoding="ascii", errors="replace") as f:
                found.update((kind, int(n)) for kind, n in re.findall(r"^(prog|map|link)_id:\s*(\d+)", f.read(), re.M))
    return found


def nobodys(suspects):
    """Those that exist and belong to no process: neither it has them open, nor what they refer to (a program that is
    attached by a perf event alone still has the tool's maps)."""
    there = {o: info(*o) for o in suspects}
    there = {o: said for o, said in there.items() if said}
    owned, n = held(), -1
    while n != len(owned):
        n = len(owned)
        owned |= {o for o, (_, refers) in there.items() if refers & owned}
        owned |= {r for o, (_, refers) in there.items() if o in owned for r in refers}
    return {o: name for o, (name, _) in there.items() if o not in owned}


def left_of(before):
    """{(kind, id): name} of what came since and stays without an owner.  Each of them has a while to go, or to be found
    to be another tool's, which others may run here: when it starts, its descriptors are on their way between two
    processes and so in none."""
    end, left = time.time() + GONE_TIMEOUT_S, objects() - before
    while (left := nobodys(left)) and time.time() < end:
        time.sleep(0.2)
        left = set(left)
    return left


# ---- processes of a session ----

def of_sessions(leaders):
    """[(pid, name)] of living processes in the sessions that these led."""
    found = []
    for path in glob.glob("/proc/[0-9]*/stat"):
        with contextlib.suppress(OSError):
            with open(path, encoding="ascii", errors="replace") as f:
                pid, name, rest = re.match(r"(\d+) \((.*)\) (.*)", f.read(), re.S).groups()
            if int(rest.split()[3]) in leaders and rest[0] not in "ZX":
                found.append((int(pid), name))
    return found


# ---- a place ----

class Place:
    """A mount namespace in which /run and /dev/shm are empty and its own, with a directory for temporary files: what a
    tool leaves there is seen, and goes with it.  .wrap: words before a command; `also`: a line of shell more, before the
    first command."""

    OWN = ("/run", "/dev/shm")

    def __init__(self, box, also="true"):
        self.temporary = box.path("temporary")
        os.makedirs(self.temporary, exist_ok=True)
        # the network namespaces of `ip netns` hang below /run, and are none of ours
        script = ["umount -R -l /run/netns 2>/dev/null; true", *("mount -t tmpfs -o size=64m none " + p for p in self.OWN),
                  also, "echo ready", "exec sleep 600"]
        self.proc = box.spawn(["unshare", "-m", "sh", "-c", " && ".join(script)], stdout=subprocess.PIPE)
        if self.proc.stdout.readline() != b"ready\n":
            raise harness.Gone("no place")
        self.pid = self.proc.pid
        self.wrap = ["nsenter", "--mount=/proc/%d/ns/mnt" % self.pid, "env", "TMPDIR=" + self.temporary]

    def files(self):
        """All that is there, but what is meant to stay: compiled programs."""
        root, found = "/proc/%d/root" % self.pid, set()
        for where in (self.temporary, *self.OWN):
            for folder, folders, files in os.walk(root + where):
                found.update(os.path.join(folder, name)[len(root):] for name in folders + files)
        return sorted(p for p in found if p != "/run/l7scope" and not p.startswith("/run/l7scope/bpf-"))

    def mounts(self):
        with open("/proc/%d/mountinfo" % self.pid) as f:
            return f.read()


# ---- a target ----

ASK = """
import http.client, select, ssl, sys
n, tls, port = 0, sys.argv[2] == "tls", int(sys.argv[1])
def connect():
    if not tls:
        return http.client.HTTPConnection("127.0.0.1", port)
    return http.client.HTTPSConnection("127.0.0.1", port, context=ssl._create_unverified_context())
c = connect()
while not select.select([sys.stdin], [], [], 0.002)[0]:
    if n % 50 == 49:
        c.close()
    c.request("POST", "/%d" % n, b"x" * (n % 3000))
    assert c.getresponse().read() == b"x" * 100
    n += 1
print(n)
"""


class Target:
    """A server and a client of it, in plain text and in TLS."""

    def __init__(self, box):
        self.box = box
        kinds = ["plain"] + (["tls"] if not harness.have("openssl") else [])
        self.servers = {k: servers.python_http(box, "target-" + k, tls=k == "tls") for k in kinds}
        self.clients = {k: box.spawn([sys.executable, "-c", ASK, s.port, k], stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE, stderr=subprocess.PIPE) for k, s in self.servers.items()}

    def judge(self, name):
        for kind, client in self.clients.items():
            out, err = client.communicate(b"\n", timeout=60 * harness.SLOW)
            self.box.check("%s: %s: the client had no error" % (name, kind), client.returncode == 0 and int(out or 0) > 0,
                           "status %s, %s answers, %s" % (client.returncode, out, err[-300:]))
            self.box.check("%s: %s: the server lives" % (name, kind), self.servers[kind].proc.poll() is None)
