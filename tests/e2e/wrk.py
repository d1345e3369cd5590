# SPDX-License-Identifier: Apache-2.0
"""wrk as the other witness: how many answers it got, and how long it says they took."""
import re
import subprocess

UNITS = {"us": 1, "ms": 1000, "s": 1000000, "m": 60000000}
# Requests of one batch in one write.
PIPELINE = """
init = function(args)
    local r = {}
    for i = 1, %d do r[i] = wrk.format() end
    batch = table.concat(r)
end
request = function() return batch end
"""


class Wrk:
    """wrk in the background, one thread; pipelined: requests a write."""

    def __init__(self, box, port, seconds, connections, path="/", pipelined=1, cpu=None, tls=False):
        self.connections, self.pipelined = connections, pipelined
        argv = ["taskset", "-c", cpu] if cpu is not None else []
        argv += ["wrk", "-t1", "-c%d" % connections, "-d%d" % seconds, "--latency"]
        if pipelined > 1:
            argv += ["-s", box.write("pipeline.lua", PIPELINE % pipelined)]
        self.proc = box.spawn([*argv, "http%s://127.0.0.1:%d%s" % ("s" if tls else "", port, path)], stdout=subprocess.PIPE)

    @property
    def pid(self):
        return self.proc.pid

    def wait(self):
        """Sets .answered, .rate and .percentiles ({50: us, ...})."""
        self.out = self.proc.communicate(timeout=90)[0].decode()
        if "Socket errors" in self.out or "Non-2xx" in self.out or self.proc.returncode:
            raise RuntimeError("wrk: " + self.out)
        self.answered = int(re.search(r"(\d+) requests in", self.out)[1])
        self.rate = float(re.search(r"Requests/sec:\s+([\d.]+)", self.out)[1])
        found = re.findall(r"^ +(\d+)% +([\d.]+)(us|ms|s|m)$", self.out, re.M)
        self.percentiles = {int(p): float(value) * UNITS[unit] for p, value, unit in found}
        return self
