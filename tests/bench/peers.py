# SPDX-License-Identifier: Apache-2.0
"""What others have for the same jobs; each starts one, or is None where that is not installed."""
import os

import harness
import measure

HERE = os.path.dirname(os.path.abspath(__file__))
ATTACHED = r"tracing"


def bpftrace(box, script, pid):
    """A script of this folder, for one process."""
    if harness.have("bpftrace"):
        return None
    argv = ["bpftrace", "-B", "line", os.path.join(HERE, script), pid]
    return lambda: measure.Peer(box, argv, ATTACHED)


def bpftrace_tls(box, pid, library):
    if harness.have("bpftrace") or not library:
        return None
    with open(os.path.join(HERE, "tls.bt")) as f:
        script = box.write("tls.bt", f.read().replace("LIBRARY", library))
    return lambda: measure.Peer(box, ["bpftrace", "-B", "line", script, pid], ATTACHED)


def bcc(box, pid):
    """A Python program, as BCC's own tools are."""
    return lambda: measure.Peer(box, ["/usr/bin/python3", os.path.join(HERE, "bcc_histogram.py"), pid], ATTACHED)


def strace(box, pid):
    if harness.have("strace"):
        return None
    argv = ["strace", "-f", "-e", "trace=network,read,write,readv,writev", "-o", "/dev/null", "-p", pid]
    return lambda: measure.Peer(box, argv, "attached")


def tcpdump(box, port):
    if harness.have("tcpdump"):
        return None
    argv = ["tcpdump", "-i", "lo", "-n", "-s", "256", "-w", box.path("tcpdump.pcap"), "tcp port %d" % port]
    return lambda: measure.Peer(box, argv, "listening on")


def tshark(box, port):
    """Prints a line for each request and each response, as httpsnoop does."""
    if harness.have("tshark"):
        return None
    argv = ["tshark", "-l", "-i", "lo", "-f", "tcp port %d" % port, "-d", "tcp.port==%d,http" % port, "-Y", "http",
            "-T", "fields", "-e", "http.request.method", "-e", "http.request.uri", "-e", "http.response.code",
            "-e", "http.time"]
    return lambda: measure.Peer(box, argv, "Capturing on")
