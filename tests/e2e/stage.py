# SPDX-License-Identifier: Apache-2.0
"""Two clients, three servers, what passes between them, and the filters that each let some of it through."""
import ipaddress
import re

import actors
import harness

NOBODY = 65534
SLOW_MS = 60


class Stage:
    def __init__(self, box):
        self.servers = []
        for name, uid, address in (("l7s-srv-a", 0, "127.0.0.1"), ("l7s-srv-b", NOBODY, "127.0.0.2"),
                                   ("l7s-srv-c", 0, "::1")):
            port = harness.free_port()
            self.servers.append((actors.Actor(box, name, uid, "server", address, port), address, port))
        self.clients = [actors.Actor(box, "l7s-cli-a", 0, "client"), actors.Actor(box, "l7s-cli-b", NOBODY, "client")]

    @property
    def pids(self):
        return [actor.pid for actor, *_ in self.servers] + [actor.pid for actor in self.clients]

    def script(self):
        """Each client asks each server for each of these."""
        for method, host, path, status, sleep_ms in (
                ("GET", "a.example", "/api/1", 200, 0), ("GET", "b.example:8080", "/api/22", 404, 0),
                ("POST", "a.example", "/api/x", 201, 0), ("DELETE", "A.example", "/web/1", 204, 0),
                ("GET", "c.example", "/web/api", 503, 0), ("PUT", "a.example", "/", 301, 0),
                ("GET", "a.example", "/slow", 200, 2 * SLOW_MS), ("GET", "a.example", "/lost", 0, 0),
                ("GET", "a.example", "/api/500?q=/web", 500, 0)):
            for _, address, port in self.servers:
                yield dict(method=method, host=host, path=path, status=status, sleep_ms=sleep_ms,
                           address=address, port=port)

    def play(self):
        """What the tool must print; see records.py. Keys with _ first are for predicates only."""
        by_port = {port: actor for actor, _, port in self.servers}
        found = []
        for client in self.clients:
            for item in client.play(list(self.script())):
                server = by_port[item["port"]]
                found += actors.sides("all", item, client, server)
        return found


def peer_in(record, *networks):
    address = ipaddress.ip_address(record["raddr"])
    return any(address in ipaddress.ip_network(n) for n in networks)


def filters(stage):
    """(options, predicate on an expected record), for every tool."""
    client_a, client_b = stage.clients
    (server_a, _, port_a), (server_b, _, port_b), (server_c, _, port_c) = stage.servers
    return [
        ([], lambda r: True),
        (["-p", client_a.pid], lambda r: r["pid"] == client_a.pid),
        (["-p", "%d,%d" % (client_b.pid, server_b.pid)], lambda r: r["pid"] in (client_b.pid, server_b.pid)),
        (["-c", "l7s-cli-a"], lambda r: r["comm"] == "l7s-cli-a"),
        (["-c", "l7s-cli-a", "-c", "l7s-srv-b"], lambda r: r["comm"] in ("l7s-cli-a", "l7s-srv-b")),
        (["--uid", NOBODY], lambda r: r["_uid"] == NOBODY),
        (["--uid", "root"], lambda r: r["_uid"] == 0),
        (["-L", port_a], lambda r: r["lport"] == port_a),
        (["-L", "%d,%d" % (port_a, port_c)], lambda r: r["lport"] in (port_a, port_c)),
        (["-D", port_b], lambda r: r["rport"] == port_b),
        (["-4"], lambda r: ":" not in r["laddr"]),
        (["-6"], lambda r: ":" in r["laddr"]),
        (["--peer", "127.0.0.2"], lambda r: peer_in(r, "127.0.0.2/32")),
        (["--peer", "127.0.0.0/31,::1"], lambda r: peer_in(r, "127.0.0.0/31", "::1/128")),
        (["-r", "client"], lambda r: r["role"] == "client"),
        (["-r", "server"], lambda r: r["role"] == "server"),
        (["--method", "POST"], lambda r: r["method"] == "POST"),
        (["--method", "GET,DELETE"], lambda r: r["method"] in ("GET", "DELETE")),
        (["--host", "a.example"], lambda r: r["host"].lower() == "a.example"),
        (["--host", "b.example,c.example"], lambda r: r["host"][0] in "bc"),
        (["--path", "/api"], lambda r: r["path"].startswith("/api")),
        (["--path", r"~^/api/\d+$"], lambda r: re.search(r"^/api/\d+$", r["path"])),
        (["--path", "/web", "--path", "~x$"], lambda r: re.search(r"^/web|x$", r["path"])),
        (["--status", "404"], lambda r: r["status"] == 404),
        (["--status", "5xx"], lambda r: (r["status"] or 0) // 100 == 5),
        (["--status", "5xx,404,3xx"], lambda r: (r["status"] or 0) // 100 in (3, 5) or r["status"] == 404),
        (["--status", "!2xx"], lambda r: (r["status"] or 0) // 100 != 2),
        (["--status", "2xx,!201"], lambda r: (r["status"] or 0) // 100 == 2 and r["status"] != 201),
        (["--status", "none"], lambda r: r["status"] is None),
        (["-r", "server", "-L", port_a, "--status", "5xx"],
         lambda r: r["role"] == "server" and r["lport"] == port_a and (r["status"] or 0) // 100 == 5),
        (["-p", client_a.pid, "-D", port_b, "--method", "GET", "--path", "/api"],
         lambda r: (r["pid"], r["rport"], r["method"]) == (client_a.pid, port_b, "GET")
         and r["path"].startswith("/api")),
        (["-4", "-r", "client", "--host", "a.example", "--uid", "nobody"],
         lambda r: ":" not in r["laddr"] and r["role"] == "client" and r["host"].lower() == "a.example"
         and r["_uid"] == NOBODY),
    ]
