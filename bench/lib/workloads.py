"""What is measured: a function for each group of rows. Each starts what it needs and looks at the answers first."""

import contextlib
import json
import pathlib
import shutil
import statistics
import subprocess

from . import auth, client, inside, machine, measure, servers
from .bench import CONNECTIONS, check

ITEM = b'{"name":"An item of the bench","description":"Stored before the answer is sent"}'
DEPTH = 16
UNLIMITED = {"RATE_LIMIT_SCALE": "1000000"}  # one client, which asks more in a second than people may in a day


def hello(bench):
    """The smallest reply: kept alive, pipelined, with a connection for each request."""
    folder = bench.path("hello")
    with servers.conformance(folder) as server:
        request = client.request_bytes(server.port, "GET", "/hello")
        reply = check(server, request)
        assert reply.json == {"message": "Hello, world"}, reply.body
        requests = bench.requests(folder, "hello", request)
        with bench.ceiling(folder, reply, request) as base:
            pairs, spreads = bench.against(base, server, requests)
            yield measure.ratio_row("hello", "GET /hello", pairs, 1.10, spreads=spreads)
            yield measure.ratio_row("hello-p99", "GET /hello, p99, closed loop", pairs, 1.2, figure="p99_us")
            yield from fixed_rate(bench, base, server, requests, statistics.median(own.rate for _, own in pairs))
            pairs, spreads = bench.against(base, server, requests, depth=DEPTH)
            yield measure.ratio_row("hello-pipelined", f"GET /hello, pipelined {DEPTH} deep", pairs, 2.5, spreads=spreads)
            yield from cross_check(bench, base, server)
        yield from closing(bench, folder, server)


def fixed_rate(bench, base, server, requests, rate):
    """Both at half of what ours can do, each request timed from when it was due."""
    rate = max(1000, round(rate / 2, -3))
    pairs, spreads = bench.tails(base, server, requests, rate=rate)
    yield measure.ratio_row("hello-p99-rate", "GET /hello, p99, fixed rate", pairs, 1.2, figure="p99_us", spreads=spreads,
                            note=f"{rate:.0f} requests/s")


def cross_check(bench, base, server):
    """The first row with wrk, which cannot keep either of them busy."""
    if bench.smoke:
        return
    if not shutil.which("wrk"):
        yield measure.missing("hello-wrk", "GET /hello, with wrk", "x ceiling", "there is no wrk", 1.1)
        return

    def take(one):
        sample = client.wrk(one, "/hello", 1, CONNECTIONS)
        one.empty_log()
        return sample
    pairs, spreads = bench.pairs(lambda: take(base), lambda: take(server), slices=max(1, round(bench.seconds)))
    yield measure.ratio_row("hello-wrk", "GET /hello, with wrk", pairs, 1.1, spreads=spreads,
                            note="a client that lets both sleep")


def closing(bench, folder, server):
    request = client.request_bytes(server.port, "GET", "/hello", close=True)
    reply = check(server, request)
    assert reply.headers["connection"] == "close", reply.headers
    with bench.ceiling(folder, reply, request) as base:
        pairs, spreads = bench.against(base, server, bench.requests(folder, "close", request), close=True)
        yield measure.ratio_row("hello-close", "GET /hello, Connection: close", pairs, 1.10, spreads=spreads)


def authorized(server, **more):
    return {"Authorization": f"Bearer {servers.token(server)}", **more}


def make_item(server, headers):
    """The path of an item that is there."""
    reply = client.exchange(server.port, client.request_bytes(server.port, "POST", "/api/items",
                                                              {**headers, "Content-Type": "application/json"}, ITEM))
    assert reply.status == 201, reply.body
    return f"/api/items/{reply.json['id']}"


def get(bench):
    """A row of the database for somebody with a token that was seen before, and with one that was not."""
    yield from get_with(bench, "get", "GET /api/items/{id}", 1.8)
    yield from get_with(bench, "get-hs256", "GET, HS256", None, ACCESS_TOKEN_ALGORITHM="HS256")


def get_with(bench, identity, title, goal, **settings):
    folder = bench.path(identity)
    with servers.coffer(folder, **UNLIMITED, **settings) as server:
        headers = authorized(server)
        path = make_item(server, headers)
        request = client.request_bytes(server.port, "GET", path, headers)
        reply = check(server, request)
        assert {**json.loads(ITEM), **reply.json} == reply.json, reply.body
        check(server, client.request_bytes(server.port, "GET", path), 401)
        with bench.ceiling(folder, reply, request) as base:
            pairs, spreads = bench.against(base, server, bench.requests(folder, identity, request))
            yield measure.ratio_row(identity, f"{title}, token seen before", pairs, goal, spreads=spreads)
            yield cold(bench, folder, base, server, path, headers["Authorization"].split()[1], f"{identity}-cold", f"{title}, every token new")


def cold(bench, folder, base, server, path, token, identity, title):
    """Every request with a token that no worker has seen: a file of them for each round, and none is used twice."""
    count = max(500, round(8000 * bench.slice))
    claims = servers.claims(token)

    def fresh():
        tokens = servers.tokens(server, count, claims)
        return bench.requests(folder, "cold", *(client.request_bytes(server.port, "GET", path, {"Authorization": f"Bearer {one}"})
                                                for one in tokens))

    requests = fresh()
    check(server, requests.read_bytes().partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
    pairs, spreads = bench.pairs(lambda: bench.round(base, requests, bench.slice),
                                 lambda: bench.round(server, fresh(), seconds=60, count=count))
    return measure.ratio_row(identity, title, pairs, spreads=spreads, note=f"{count} requests a slice")


def post(bench):
    """A row that is on the disk before the answer is sent."""
    folder = bench.path("post")
    with servers.coffer(folder, **UNLIMITED) as server:
        headers = authorized(server, **{"Content-Type": "application/json"})

        def request_of(body):
            return client.request_bytes(server.port, "POST", "/api/items", headers, body)
        reply = check(server, request_of(ITEM), 201)
        assert reply.json["id"] > 0, reply.body
        check(server, request_of(ITEM[:-1] + b',"owner":1}'), 400)
        check(server, request_of(b'{"name":"An item of the bench","description":"No"}'), 422)
        requests = bench.requests(folder, "post", request_of(ITEM))
        with bench.ceiling(folder, reply, request_of(ITEM)) as base:
            pairs, spreads = bench.against(base, server, requests, status=201)
            yield measure.ratio_row("post", "POST /api/items, durable", pairs, 2.2, spreads=spreads)
        yield tail_row("post-p99", "POST, p99 by its own p50, closed loop", [own for _, own in pairs])
        rate = max(500, round(statistics.median(own.rate for _, own in pairs) / 2, -2))
        samples, spreads = measure.settle(
            lambda: measure.in_turns(lambda: bench.round(server, requests, bench.slice, status=201, rate=rate), bench.rounds, bench.slices),
            lambda samples: [one.said["p99_us"] / one.said["p50_us"] for one in samples], bench.attempts)
        yield tail_row("post-p99-rate", "POST, p99 by its own p50, fixed rate", samples, spreads=spreads,
                       note=f"{rate:.0f} requests/s")


def tail_row(identity, title, samples, **more):
    values = [one.said["p99_us"] / one.said["p50_us"] for one in samples]
    return measure.row(identity, title, "x p50", round(statistics.median(values), 3), 3.0, figure="p99_us",
                       spread_percent=round(measure.spread_percent(values), 2),
                       base=statistics.median(one.said["p50_us"] for one in samples),
                       own=statistics.median(one.said["p99_us"] for one in samples),
                       rounds=[one.row() for one in samples], **more)


def workers(bench):
    """What a request costs with two workers beside what it costs with one."""
    with contextlib.ExitStack() as stack:
        first, second = bench.path("one-worker"), bench.path("two-workers")
        one = stack.enter_context(servers.conformance(first))
        cpus = machine.places()[2]
        two = stack.enter_context(servers.application("conformance", second, ("migrate",), {"WORKERS": "2"}, cpus))
        files = {server: bench.requests(folder, "hello", client.request_bytes(server.port, "GET", "/hello"))
                 for server, folder in ((one, first), (two, second))}
        for server, requests in files.items():
            check(server, requests.read_bytes())
        bench.warm(*files.items())
        pairs, spreads = bench.pairs(lambda: bench.round(one, files[one], bench.slice), lambda: bench.round(two, files[two], bench.slice))
        yield measure.ratio_row("two-workers", "GET /hello, two workers", pairs, 1.05, of="one worker", spreads=spreads,
                                note="a core each" if len(cpus) > 1 else "both on one core: the other is the client's")


def nginx(bench):
    """A server that everybody knows, for the feeling: it has none of the headers, ids or guards."""
    folder = bench.path("nginx")
    with servers.nginx(folder, '{"message":"Hello, world"}') as server:
        request = client.request_bytes(server.port, "GET", "/hello")
        reply = client.exchange(server.port, request)
        with bench.ceiling(folder, reply, request) as base:
            pairs, spreads = bench.against(base, server, bench.requests(folder, "hello", request))
            yield measure.ratio_row("nginx", "nginx, return 200, no headers of ours", pairs, spreads=spreads)


def idle(bench):
    """Memory of a worker for a connection that has been answered and waits."""
    wanted = 500 if bench.smoke else 10000
    count = inside.allowed_connections(wanted)
    if count < wanted:
        yield measure.missing("idle", "idle connection, worker memory", "bytes", f"needs {wanted + 500} descriptors", 512)
        return
    values = []
    for i in range(bench.rounds):
        with servers.conformance(bench.path(f"idle-{i}"), CONNECTIONS_MAX=str(2 * wanted), IDLE_TIMEOUT="600s") as server:
            request = client.request_bytes(server.port, "GET", "/hello")
            inside.warm(server.port, request)
            try:
                values.append(inside.idle_bytes(server.port, server.child_named("worker 0"), request, count))
            except inside.Untraceable as why:
                yield measure.missing("idle", "idle connection, worker memory", "bytes", str(why), 512)
                return
    yield measure.row("idle", "idle connection, worker memory", "bytes", round(statistics.median(values)), 512,
                      spread_percent=round(measure.spread_percent(values), 2), rounds=[round(value, 1) for value in values],
                      note=f"{count} connections")


def allocations(bench):
    """Calls of the allocator, by function, while a warm worker answers."""
    requests = 1000
    with servers.conformance(bench.path("allocations")) as server:
        request = client.request_bytes(server.port, "GET", "/hello")
        inside.warm(server.port, request)
        try:
            seen = inside.allocations(server.child_named("worker 0"), lambda: inside.ask(server.port, request, requests))
        except inside.Untraceable as why:
            yield measure.missing("allocations", "allocations for GET /hello", "a request", str(why), 0)
            return
    times = sum(one["times"] for one in seen.values())
    yield measure.row("allocations", "allocations for GET /hello", "a request", times / requests, 0, seen=seen,
                      note=f"{requests} requests")


def routes(bench):
    """What a request costs among ever more routes, from end to end; and what finding the route costs."""
    without_database = dict.fromkeys(("DATABASE_URL", "SIGNING_KEYS", "DATA_KEYS", "ACCESS_TOKEN_SECONDS"))
    with contextlib.ExitStack() as stack:
        started = {}
        for count in (10, 1000, 10000):
            folder = bench.path(f"routes-{count}")
            server = stack.enter_context(servers.application("routes", folder, settings=without_database,
                                                             program=servers.TOOLS / f"routes_{count}"))
            request = client.request_bytes(server.port, "GET", f"/hello/{count // 2}")
            check(server, request)
            started[count] = server, bench.requests(folder, "hello", request)
        for count in (1000, 10000):
            bench.warm(started[10], started[count])
            pairs, spreads = bench.pairs(lambda: bench.round(*started[10], bench.slice), lambda: bench.round(*started[count], bench.slice))
            yield measure.ratio_row(f"routes-{count}", f"GET among {count:,} routes", pairs, 1.05, of="10 routes", spreads=spreads)
    found = json.loads(subprocess.run(["taskset", "-c", str(machine.places()[0]), servers.TOOLS / "routes",
                                       "10000" if bench.smoke else "1000000"], text=True, capture_output=True, check=True).stdout)
    for name in ("static", "parameter", "missing"):
        hot, every = ([one[f"{name}_{kind}_ns"] for one in found] for kind in ("hot", "any"))
        yield measure.row(f"match-{name}", f"finding one of 10,000 routes, {name}", "ns", every[-1], base=every[0], own=every[-1],
                          rounds=found, note="all paths in turn; one path again and again takes "
                          + ", ".join(f"{value:.0f} ns of {one['routes']:,}" for one, value in zip(found, hot)))


def verify(bench):
    """What a token costs that no worker remembers, by the algorithm of its key."""
    corpus = pathlib.Path(__file__).resolve().parents[2] / "fuzz/corpus/jws"
    names = {"hs256": "HS256", "es256": "ES256", "eddsa": "EdDSA", "rs256": "RS256"}
    found = json.loads(subprocess.run(["taskset", "-c", str(machine.places()[0]), servers.TOOLS / "verify",
                                       "20" if bench.smoke else "5000", *(corpus / name for name in names)],
                                      text=True, capture_output=True, check=True).stdout)
    for name, title in names.items():
        yield measure.row(f"verify-{name}", f"verifying a token, {title}", "µs", found[name], own=found[name], rounds=found)


LIMIT_NS = {1000: None, 100_000: 60, 10_000_000: 350}  # how long a check may take among so many keys
KEY_BYTES = 64


def limits(bench):
    """What a check of a limit costs among ever more keys, what a key takes, and whether a flood of invented keys frees anybody."""
    words = ("1000", "3000", "1000") if bench.smoke else ("2000000", "10000000")
    found = json.loads(subprocess.run(["taskset", "-c", str(machine.places()[0]), servers.TOOLS / "limits", *words],
                                      text=True, capture_output=True, check=True).stdout)
    evenly = {one["keys"]: one for one in found["checks"] if one["strategy"] == "gcra"}
    for keys, goal in LIMIT_NS.items():
        one = evenly[1000 if bench.smoke else keys]
        yield measure.row(f"limits-{keys}", f"checking a limit among {keys:,} keys", "ns", one["ns"], goal, own=one["ns"], rounds=found["checks"],
                          note=f"one at a time {one['ns_alone']:.0f} ns")
    most = max(one["bytes_a_key"] for one in evenly.values())
    yield measure.row("limits-memory", "memory of a key, at most", "bytes", most, KEY_BYTES, own=most, rounds=found["checks"], note="room for twice as many")
    flood = found["flood"]
    if flood["let_through"] != flood["right"]:
        raise SystemExit(f"bench: a flood of invented keys changed what one client is let: {flood}")
    yield measure.row("limits-flood", f"let through too much in a flood of {flood['invented']:,} keys", "requests", 0, 0, seen=flood,
                      note=f"{flood['let_through']} of {flood['asked']}, as without it")


# In the order of the table; --smoke leaves out what needs a package that the tests do not install.
WORKLOADS = {"hello": hello, "get": get, "verify": verify, "auth": auth.auth, "post": post, "workers": workers, "idle": idle, "allocations": allocations,
             "routes": routes, "limits": limits, "nginx": nginx}
NEEDS = {"nginx": ("nginx",)}
