"""What is measured: a function for each group of rows. Each starts what it needs and looks at the answers first."""

import contextlib
import json
import statistics

from . import client, machine, measure, servers
from .bench import CONNECTIONS, check

ITEM = b'{"name":"An item of the bench","description":"Stored before the answer is sent"}'
DEPTH = 16


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
    pairs, spreads = bench.against(base, server, requests, figure="p99_us", rate=rate)
    yield measure.ratio_row("hello-p99-rate", "GET /hello, p99 at a fixed rate", pairs, 1.2, figure="p99_us", spreads=spreads,
                            note=f"{rate:.0f} requests/s")


def cross_check(bench, base, server):
    """The first row with wrk, which cannot keep either of them busy."""
    if bench.smoke:
        return

    def take(one):
        sample = client.wrk(one, "/hello", bench.seconds, CONNECTIONS)
        one.empty_log()
        return sample
    pairs, spreads = bench.pairs(lambda: take(base), lambda: take(server))
    yield measure.ratio_row("hello-wrk", "GET /hello, with wrk", pairs, spreads=spreads, note="to see that two clients agree")


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
    """A row of the database for somebody with a token that was seen before."""
    folder = bench.path("get")
    with servers.coffer(folder) as server:
        headers = authorized(server)
        path = make_item(server, headers)
        request = client.request_bytes(server.port, "GET", path, headers)
        reply = check(server, request)
        assert {**json.loads(ITEM), **reply.json} == reply.json, reply.body
        check(server, client.request_bytes(server.port, "GET", path), 401)
        with bench.ceiling(folder, reply, request) as base:
            pairs, spreads = bench.against(base, server, bench.requests(folder, "get", request))
            yield measure.ratio_row("get", "GET /api/items/{id}, token seen before", pairs, 1.8, spreads=spreads)


def post(bench):
    """A row that is on the disk before the answer is sent."""
    folder = bench.path("post")
    with servers.coffer(folder) as server:
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
        yield tail_row("post-p99", "POST /api/items, p99 by its own p50, closed loop", [own for _, own in pairs])
        rate = max(500, round(statistics.median(own.rate for _, own in pairs) / 2, -2))
        samples, spreads = measure.settle(
            lambda: [bench.round(server, requests, status=201, rate=rate) for _ in range(bench.rounds)],
            lambda samples: [one.said["p99_us"] / one.said["p50_us"] for one in samples], bench.attempts)
        yield tail_row("post-p99-rate", "POST /api/items, p99 by its own p50 at a fixed rate", samples, spreads=spreads,
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
        one = stack.enter_context(servers.application("conformance", first))
        cpus = machine.places()[2]
        two = stack.enter_context(servers.application("conformance", second, settings={"WORKERS": "2"}, cpus=cpus))
        files = {server: bench.requests(folder, "hello", client.request_bytes(server.port, "GET", "/hello"))
                 for server, folder in ((one, first), (two, second))}
        for server, requests in files.items():
            check(server, requests.read_bytes())
            bench.round(server, requests, min(0.5, bench.seconds))
        pairs, spreads = bench.pairs(lambda: bench.round(one, files[one]), lambda: bench.round(two, files[two]))
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


# In the order of the table; --smoke leaves out what needs a package that the tests do not install.
WORKLOADS = {"hello": hello, "get": get, "post": post, "workers": workers, "nginx": nginx}
NEEDS = {"nginx": ("nginx",)}
