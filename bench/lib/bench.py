"""How the rows are taken: checked answers, then pairs of short rounds, the ceiling and a server in turns."""

import contextlib
import pathlib
import time

from . import client, measure, servers

CONNECTIONS = 64
SECURITY_HEADERS = ("x-content-type-options", "x-frame-options", "content-security-policy", "referrer-policy", "x-request-id",
                    "cache-control")


def check(server, request, status=200):
    """One reply of a server that is about to be measured; ends everything unless it is hardened, right and logged."""
    before = server.logged()
    reply = client.exchange(server.port, request)
    if reply.status != status:
        raise SystemExit(f"bench: {server.name}: {request[:60]!r} is answered {reply.status}, not {status}: {reply.body!r}")
    absent = [name for name in SECURITY_HEADERS if name not in reply.headers]
    if absent:
        raise SystemExit(f"bench: {server.name}: {request[:60]!r} is answered without {', '.join(absent)}")
    for _ in range(100):
        if server.logged() > before:
            return reply
        time.sleep(0.05)
    raise SystemExit(f"bench: {server.name} writes no access log")


class Bench:
    """How long, how often, and where; and the rows so far."""

    def __init__(self, options, folder):
        self.seconds, self.rounds, self.attempts = options.seconds, options.rounds, options.attempts
        self.slices, self.slice = options.slices, options.seconds / options.slices
        self.smoke, self.folder = options.smoke, pathlib.Path(folder)

    def path(self, name):
        path = self.folder / name
        path.mkdir()
        path.chmod(0o711)
        return path

    def requests(self, folder, name, *texts):
        """A file of requests for bench/load.c."""
        path = folder / f"{name}.requests"
        path.write_bytes(b"".join(texts))
        return path

    def round(self, server, requests, seconds=None, **options):
        sample = client.load(server, requests, seconds or self.seconds, **{"connections": CONNECTIONS, **options})
        server.empty_log()
        return sample

    def warm(self, *work, **options):
        """A short round of each that does not count."""
        for server, requests in () if self.smoke else work:
            self.round(server, requests, min(0.5, self.seconds), **options)

    def pairs(self, first, second, figure="us", slices=None):
        """Pairs of rounds, which get more slices while their ratios are spread too widely; (pairs, spreads of all attempts)."""
        return measure.settle(lambda: measure.alternate(first, second, self.rounds, slices or self.slices),
                              lambda pairs: measure.ratios(pairs, figure), self.attempts, measure.joined)

    def against(self, base, server, requests, **options):
        """Pairs (base, server) for the requests of a file, after a short round of each that does not count."""
        self.warm((base, requests), (server, requests), **options)
        return self.pairs(lambda: self.round(base, requests, self.slice, **options),
                          lambda: self.round(server, requests, self.slice, **options))

    def tails(self, base, server, requests, **options):
        """The same for percentiles."""
        self.warm((base, requests), (server, requests), **options)
        return self.pairs(lambda: self.round(base, requests, self.slice, **options),
                          lambda: self.round(server, requests, self.slice, **options), "p99_us")

    @contextlib.contextmanager
    def ceiling(self, folder, reply, request):
        """The ceiling with the bytes of a reply."""
        with servers.ceiling(folder, reply.raw) as base:
            if client.exchange(base.port, request).raw != reply.raw:
                raise SystemExit("bench: the ceiling does not answer the bytes that it was given")
            yield base
