# SPDX-License-Identifier: Apache-2.0
"""What every end-to-end test shares: results, processes, the tool, a private network.

A test program is `harness.main(test)` with `def test(box)`.  Everything a Box
starts is ended by its id when the test ends, however it ends; everything it
writes lies in one temporary directory, removed at the end.

All traffic runs in a network namespace of the test's own, on ports that
nothing else uses, so that other traffic on the machine, which the tool sees
too, can be told apart.  No two listeners share a port, and no client has a
listener's: a record belongs to a case when one of its ports is the case's
server port.
"""
import contextlib
import ctypes
import json
import os
import random
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.environ.get("L7SCOPE_BUILD", os.path.join(ROOT, "build"))
TOOL = os.path.join(BUILD, "httpsnoop")
HTTPLAT = os.path.join(BUILD, "httplat")
WORKLOADS = os.path.join(BUILD, "tests", "e2e")
LONG = os.environ.get("L7SCOPE_LONG") == "1"

# An emulated machine is this much slower than a real one.
SLOW = float(os.environ.get("L7SCOPE_SLOW", "1"))
# How every tool is to attach, where the test does not say: to run the same tests with other probes.
# A line of a test.
RESULT = re.compile(r"^(ok|not ok|skip) - (.*)")
PROBES = os.environ.get("L7SCOPE_PROBES")
TRANSPORT = os.environ.get("L7SCOPE_TRANSPORT")

# A test program that takes longer hangs somewhere; the whole suite has five minutes.
TEST_TIMEOUT_S = 120 * SLOW
# Compiling takes a second on an idle machine; a busy one may be this much slower.
READY_TIMEOUT_S = 60 * SLOW
# From signal to exit: detach, drain, print.
STOP_TIMEOUT_S = 45 * SLOW
# Closes reach the tool from the kernel's timers and softirqs, not from a call the workload waits for.
SETTLE_S = 0.3 * SLOW

CLONE_NEWNET = 0x40000000
# Ports for tests that run side by side, all below the machine's own ephemeral range: clients', then servers'.
SLOTS = 12
CLIENTS_FIRST, CLIENTS_SLOT = 3000, 1400
SERVERS_FIRST, SERVERS_SLOT = 20000, 800
# Listeners of one run of a workload.
WORKLOAD_PORTS = 40


class Results:
    """Prints one line per check and remembers whether any failed."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def ok(self, name):
        self.passed += 1
        print("ok - " + name, flush=True)

    def fail(self, name, why):
        self.failed += 1
        lines = str(why).strip().splitlines() or ["no reason given"]
        print("not ok - %s # %s" % (name, lines[0]))
        for line in lines[1:]:
            print("#   " + line)
        sys.stdout.flush()

    def skip(self, name, why):
        self.skipped += 1
        print("skip - %s # %s" % (name, why), flush=True)

    def check(self, name, good, why=""):
        if good:
            self.ok(name)
        else:
            self.fail(name, why)
        return bool(good)

    def close(self):
        print("# %d passed, %d failed, %d skipped" % (self.passed, self.failed, self.skipped), flush=True)
        return 1 if self.failed else 0


class Gone(Exception):
    """A process ended that should have lived."""


class Snoop:
    """One run of the tool, from ready to its exit."""

    def __init__(self, box, args, json_mode=True, to_file=None, wrap=(), wait=True, tool=TOOL):
        self.started = time.time()
        self.name = os.path.basename(tool)
        self._ready, ready_w = os.pipe()
        argv = list(wrap) + [tool] + (["-j"] if json_mode else [])
        argv += ["--ready-fd", str(ready_w)] + [str(a) for a in args]
        if PROBES and not any(a.startswith("--probes") for a in argv):
            argv += ["--probes", PROBES]
        if TRANSPORT and not any(a.startswith("--transport") for a in argv):
            argv += ["--transport", TRANSPORT]
        self.arrivals = []  # (time, line): as they came
        out = open(to_file, "wb") if to_file else subprocess.PIPE
        self.proc = box.spawn(argv, stdout=out, stderr=subprocess.PIPE, pass_fds=[ready_w])
        os.close(ready_w)
        self._err = []
        self._threads = [threading.Thread(target=self._read_err, daemon=True)]
        if not to_file:
            self._threads.append(threading.Thread(target=self._read_out, daemon=True))
        for thread in self._threads:
            thread.start()
        if wait:
            self.wait_ready()

    def _read_out(self):
        for line in self.proc.stdout:
            self.arrivals.append((time.time(), line))

    def _read_err(self):
        for line in self.proc.stderr:
            self._err.append(line)

    def wait_ready(self):
        """Returns when all probes are attached; raises when the tool ended instead."""
        with os.fdopen(self._ready, "rb", buffering=0) as pipe:
            if not select.select([pipe], [], [], READY_TIMEOUT_S)[0]:
                raise Gone("%s not ready after %d s" % (self.name, READY_TIMEOUT_S))
            if pipe.read(1) != b"\n":
                self.proc.wait(STOP_TIMEOUT_S)
                time.sleep(0.05)
                raise Gone("%s ended with %d: %s" % (self.name, self.proc.returncode, self.stderr))
        self.ready_s = time.time() - self.started

    @property
    def pid(self):
        return self.proc.pid

    @property
    def stderr(self):
        return b"".join(self._err).decode("utf-8", "replace")

    @property
    def stdout(self):
        return b"".join(line for _, line in self.arrivals)

    def wait_lines(self, n, timeout=5):
        """True when at least n lines have come within the time."""
        end = time.time() + timeout
        while len(self.arrivals) < n and time.time() < end:
            time.sleep(0.01)
        return len(self.arrivals) >= n

    def wait_quiet(self, quiet_s=SETTLE_S, timeout=20):
        """Waits until no line has come for a while."""
        end = time.time() + timeout
        n = -1
        while n != len(self.arrivals) and time.time() < end:
            n = len(self.arrivals)
            time.sleep(quiet_s)

    def end(self, sig=signal.SIGINT, settle=SETTLE_S):
        """Signals and waits for the exit; returns what is on stdout."""
        time.sleep(settle)
        if self.proc.poll() is None:
            self.proc.send_signal(sig)
        self.wait()
        return self.stdout

    def stop(self, sig=signal.SIGINT, settle=SETTLE_S):
        """Like end(); returns the records (JSON mode)."""
        self.end(sig, settle)
        return self.records()

    def wait(self, timeout=STOP_TIMEOUT_S):
        try:
            self.proc.wait(timeout)
        except subprocess.TimeoutExpired:
            raise Gone("%s did not stop within %d s" % (self.name, timeout))
        for thread in self._threads:
            thread.join(STOP_TIMEOUT_S)
        return self.proc.returncode

    def records(self):
        return [strict_json(line) for _, line in self.arrivals]


def end_all(snoops, settle=SETTLE_S):
    """Ends several at once: each waits for the kernel when it detaches, and so they wait together."""
    time.sleep(settle)
    for snoop in snoops:
        if snoop.proc.poll() is None:
            snoop.proc.send_signal(signal.SIGINT)
    for snoop in snoops:
        snoop.wait()


def strict_json(line):
    """One object, valid UTF-8, no key twice, no NaN; raises ValueError."""

    def pairs(items):
        found = dict(items)
        if len(found) != len(items):
            raise ValueError("a key occurs twice: %r" % line)
        return found

    def constant(name):
        raise ValueError("%s is not JSON: %r" % (name, line))

    text = line.decode("utf-8")
    if not text.endswith("\n"):
        raise ValueError("line without end: %r" % line)
    found = json.loads(text, object_pairs_hook=pairs, parse_constant=constant)
    if not isinstance(found, dict):
        raise ValueError("not an object: %r" % line)
    return found


class Box:
    """Owns what a test starts."""

    def __init__(self, results):
        self.results = results
        self.check, self.fail, self.skip = results.check, results.fail, results.skip
        self.stack = contextlib.ExitStack()
        self.dir = tempfile.mkdtemp(prefix="l7scope-e2e.")
        os.chmod(self.dir, 0o755)  # servers that give up root still read it
        self.stack.callback(shutil.rmtree, self.dir, True)
        self.home_net = os.open("/proc/self/ns/net", os.O_RDONLY)

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, text):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(text if isinstance(text, bytes) else text.encode())
        os.chmod(path, 0o644)
        return path

    def spawn(self, argv, **options):
        """A process in a session of its own that dies with us; its whole group is ended at the end."""
        argv = ["setpriv", "--pdeathsig", "KILL"] + [str(a) for a in argv]
        options.setdefault("stdin", subprocess.DEVNULL)
        proc = subprocess.Popen(argv, start_new_session=True, **options)
        self.stack.callback(self.end, proc)
        return proc

    @staticmethod
    def end(proc):
        for sig, wait in ((signal.SIGTERM, 3), (signal.SIGKILL, 3)):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(proc.pid, sig)
            with contextlib.suppress(subprocess.TimeoutExpired):
                proc.wait(wait)
                break
        with contextlib.suppress(ProcessLookupError):
            os.killpg(proc.pid, signal.SIGKILL)

    def snoop(self, *args, **options):
        return Snoop(self, args, **options)

    def httplat(self, *args, **options):
        return Snoop(self, args, tool=HTTPLAT, **options)

    def run(self, argv, timeout=60, **options):
        """Runs to the end; raises with its stderr when it failed."""
        done = subprocess.run([str(a) for a in argv], timeout=timeout, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
        if done.returncode:
            raise Gone("%s ended with %d: %s" % (argv[0], done.returncode, done.stderr.decode()[-500:]))
        return done.stdout.decode()

    @staticmethod
    def workload_argv(name, *args):
        """A workload program, with ports of its own for its listeners."""
        return ["env", "L7SCOPE_PORTS=%d" % free_port(WORKLOAD_PORTS), os.path.join(WORKLOADS, name), *args]

    def workload(self, name, *args):
        """Runs a workload program; returns the lines it says the tool must print."""
        text = self.run(self.workload_argv(name, *args))
        return [json.loads(line) for line in text.splitlines()]

    def close(self):
        self.stack.close()
        os.close(self.home_net)


def host_net(box):
    """Words before a command that make it run in the machine's own network namespace."""
    return ["nsenter", "--net=/proc/%d/fd/%d" % (os.getpid(), box.home_net)]


def private_network():
    """Moves this process into a fresh network namespace; it vanishes with the last process in it."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "unshare")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    set_port_range(*_ports.clients())


def set_port_range(first, last):
    with open("/proc/sys/net/ipv4/ip_local_port_range", "w") as f:
        f.write("%d %d" % (first, last))


class Ports:
    """One slot of ports, claimed by a socket that only one process of the machine can bind."""

    def __init__(self):
        self.claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        for self.slot in range(SLOTS):
            with contextlib.suppress(OSError):
                self.claim.bind("\0l7scope-e2e-%d" % self.slot)
                break
        else:
            raise Gone("too many tests at once")
        self.next = SERVERS_FIRST + SERVERS_SLOT * self.slot
        self.end = self.next + SERVERS_SLOT

    def clients(self):
        first = CLIENTS_FIRST + CLIENTS_SLOT * self.slot
        return first, first + CLIENTS_SLOT - 1

    def take(self, count):
        self.next += count
        if self.next > self.end:
            raise Gone("this test has used all its ports")
        return self.next - count


_ports = None  # claimed by main(), in the machine's own network namespace


def free_port(count=1):
    """The first of so many ports that no other listener of this test gets."""
    return _ports.take(count)


def slot():
    """A small number that no other test running on this machine has."""
    return _ports.slot


def wait_port(port, host="127.0.0.1", timeout=10):
    """Waits until something listens there."""
    end = time.time() + timeout
    while time.time() < end:
        with contextlib.suppress(OSError):
            with socket.create_connection((host, port), 1):
                return
        time.sleep(0.02)
    raise Gone("nothing listens on port %d" % port)


def have(*programs):
    """The first program that is not installed, or None."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    return next((p for p in programs if not shutil.which(p, path=path)), None)


def _interrupted(signum, _frame):
    raise Gone("signal %s" % signal.Signals(signum).name)


def offers_sockets_of(place):
    """Whether this kernel has the kind of socket that workload.h calls so."""
    try:
        with open("/proc/sys/net/mptcp/enabled") as f:
            return f.read().strip() == "1" or not place.startswith("mptcp")
    except FileNotFoundError:
        return not place.startswith("mptcp")


def once_more(box, prefix, names, **environment):
    """Other tests in this environment, a result for each: it passes when something in it does and nothing fails."""
    for name in names:
        done = subprocess.run([os.path.join(HERE, "test_" + name)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              env=dict(os.environ, **environment))
        lines = done.stdout.decode(errors="replace").splitlines()
        results = [RESULT.match(line) for line in lines]
        failed = [line for line, result in zip(lines, results) if not result or result[1] == "not ok"]
        passed = sum(1 for result in results if result and result[1] == "ok")
        box.check("%s: %s" % (prefix, name), done.returncode == 0 and passed, "\n".join(failed)[-2000:])


def main(test, timeout=TEST_TIMEOUT_S):
    """Runs one test program and exits: 0 unless something failed."""
    global _ports
    results = Results()
    name = os.path.basename(sys.argv[0])
    os.environ["PATH"] = os.environ.get("PATH", "/usr/bin:/bin") + ":/usr/sbin:/sbin"
    if os.geteuid() != 0:
        results.skip(name, "needs root")
        sys.exit(results.close())
    for sig in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM):
        signal.signal(sig, _interrupted)
    signal.alarm(int(timeout))
    random.seed(7)  # the same bytes in each run
    box = Box(results)
    try:
        _ports = Ports()
        private_network()
        test(box)
    except Exception:
        results.fail(name, traceback.format_exc().strip().splitlines()[-1] + "\n" + traceback.format_exc())
    finally:
        signal.alarm(0)
        box.close()
    sys.exit(results.close())
