# SPDX-License-Identifier: Apache-2.0
"""What the command-line tests share: running the tool, and one line per result."""
import os
import subprocess
import sys
import traceback

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("L7SCOPE_BUILD", os.path.join(ROOT, "build"))
NAME = "httpsnoop"
TOOL = os.path.join(BUILD, NAME)
CLOSING = NAME + ": exchanges "
# Compiling takes 0.2 s on an idle machine; a busy one may be much slower.
TIMEOUT_S = 60
NOBODY = 65534


def use(name):
    """The tests that follow are about that tool."""
    global NAME, TOOL, CLOSING
    NAME, TOOL, CLOSING = name, os.path.join(BUILD, name), name + ": exchanges "


class Run:
    """One run to its end."""

    def __init__(self, *args, **options):
        done = subprocess.run([TOOL, *map(str, args)], stdin=subprocess.DEVNULL, capture_output="stdout" not in options,
                              timeout=TIMEOUT_S, **options)
        self.status = done.returncode
        self.out = (done.stdout or b"").decode("utf-8")
        self.err = (done.stderr or b"").decode("utf-8")

    def __str__(self):
        return "status %d\nstdout: %s\nstderr: %s" % (self.status, self.out[-500:], self.err[-500:])


class Results:
    def __init__(self):
        self.failed = 0

    def check(self, name, good, why=""):
        print("ok - " + name if good else "not ok - %s # %s" % (name, str(why).replace("\n", " | ")), flush=True)
        self.failed += not good

    def skip(self, name, why):
        print("skip - %s # %s" % (name, why), flush=True)


def usage_error(run):
    """One sentence and where to look, on stderr alone, status 2."""
    lines = run.err.splitlines()
    return (run.status == 2 and run.out == "" and len(lines) == 2 and lines[0].startswith(NAME + ": ")
            and len(lines[0]) > 20 and lines[1] == "Try '%s --help'." % NAME)


def one_sentence(run, status):
    lines = run.err.splitlines()
    return run.status == status and len(lines) == 1 and lines[0].startswith(NAME + ": ")


def main(*tests):
    results = Results()
    for test in tests:
        try:
            test(results)
        except Exception as e:  # a test that breaks off is a failure with a name
            traceback.print_exc(file=sys.stdout)
            results.check(test.__name__, False, repr(e))
    sys.exit(1 if results.failed else 0)
