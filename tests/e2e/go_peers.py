#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Go's gRPC peer (grpc_peers/peer.go), built by several versions of Go and in several ways.

    go_peers.py [VERSION...]    builds all, prints their paths

A build that was made before is used again.  Versions other than the one that is installed come from scripts/fetch-go; the
first build of each takes half a minute, so a test that needs many asks for those that are there first.
"""
import os
import signal
import subprocess
import sys
import tempfile

import harness

PEERS = os.path.join(harness.HERE, "grpc_peers")
SOURCES = [os.path.join(PEERS, "peer.go"), os.path.join(PEERS, "build")]
# Those whose tables differ; also 1.21, 1.22, 1.23, 1.25, 1.26.
VERSIONS = os.environ.get("L7SCOPE_GO", "installed 1.24 1.27").split()
WAYS = {
    "plain": [],
    "small": ["-ldflags=-s -w"],
    "pie": ["-buildmode=pie"],
    # by the C compiler's linker, with C's own start code in front of Go's
    "external": ["-ldflags=-linkmode=external"],
    "external-pie": ["-buildmode=pie", "-ldflags=-linkmode=external"],
}
BUILD_TIMEOUT_S = 300 * harness.SLOW
# Not begun when there is less time than it takes in any case.
BUILD_MIN_S = 2


class Missing(Exception):
    """It cannot be built here."""


def path(version, way, stripped=False):
    name = "grpc_peer_go-%s-%s%s" % (version, way, "-stripped" if stripped else "")
    return os.path.join(harness.WORKLOADS, name)


def is_built(out):
    return os.path.exists(out) and all(os.path.getmtime(out) >= os.path.getmtime(s) for s in SOURCES)


def run_build(out, version, way, timeout_s):
    """What it says."""
    with tempfile.TemporaryFile("w+") as said:
        proc = subprocess.Popen([os.path.join(PEERS, "build"), "go", out, version] + WAYS[way], stdout=said, stderr=said,
                                stdin=subprocess.DEVNULL, start_new_session=True)
        try:
            proc.wait(timeout_s)
        finally:
            if proc.poll() is None:
                os.killpg(proc.pid, signal.SIGKILL)  # the compilers, too
                proc.wait()
        said.seek(0)
        return said.read().strip()


def build(version="installed", way="plain", timeout_s=BUILD_TIMEOUT_S):
    """The path of the program."""
    out = path(version, way)
    if is_built(out):
        return out
    late = Missing("there was no time to build it; %s does" % os.path.relpath(__file__, harness.ROOT))
    if timeout_s < BUILD_MIN_S:
        raise late
    try:
        said = run_build(out + ".new", version, way, timeout_s)
    except subprocess.TimeoutExpired:
        raise late
    if not os.path.exists(out + ".new"):
        raise Missing((said.splitlines() or ["go build said nothing"])[-1])
    os.replace(out + ".new", out)
    return out


def stripped(program):
    """The same, without symbols."""
    out = program + "-stripped"
    if not os.path.exists(out) or os.path.getmtime(out) < os.path.getmtime(program):
        subprocess.run(["strip", "-o", out, program], check=True)
    return out


def main():
    missing = 0
    for version in sys.argv[1:] or VERSIONS:
        for way in WAYS:
            try:
                print(build(version, way), flush=True)
            except Missing as e:
                missing = 1
                print("%s, %s: %s" % (version, way, e), file=sys.stderr)
    return missing


if __name__ == "__main__":
    sys.exit(main())
