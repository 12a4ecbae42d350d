"""What it costs to know who is asking, by the kind of credential; and what others wait for while passwords are checked."""

import contextlib
import copy
import os
import socket
import statistics
import subprocess
import threading
import urllib.parse
import zlib

from . import client, machine, measure, servers
from .bench import check

PLAIN, KNOWN = "/hello", "/hello/caller"  # the same handler, for anybody and for who shows one of three credentials
ALICE, PASSWORD = "988da607-209f-4a25-8be1-ccbe9698498c", "correct horse battery staple 1"
ISSUER = ("https://issuer.test", "api.test")
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
MORE_US = 2.0  # that a credential which was seen before may add
CHECKS = 100  # of passwords, at the same time


# ---- credentials ----

def sign_in(server):
    form = urllib.parse.urlencode({"grant_type": "password", "username": "alice", "password": PASSWORD}).encode()
    return client.request_bytes(server.port, "POST", "/token", {"Content-Type": "application/x-www-form-urlencoded"}, form)


def own_token(server):
    return client.exchange(server.port, sign_in(server)).json["access_token"]


def session(server):
    body = f'{{"username":"alice","password":"{PASSWORD}"}}'.encode()
    reply = client.exchange(server.port, client.request_bytes(server.port, "POST", "/login", {"Content-Type": "application/json"}, body))
    return reply.headers["set-cookie"].partition(";")[0]


def api_key():
    """One that the conformance application comes with, and its checksum."""
    text = "conformance_AliceReads0_notASecretATestKeyNotASecretATestKeyNotASec"
    crc, digits = zlib.crc32(text.encode()), ""
    for _ in range(6):
        crc, digit = divmod(crc, 62)
        digits = DIGITS[digit] + digits
    return text + digits


def es256(folder, *words):
    return subprocess.run([servers.TOOLS / "es256", folder / "es256.pem", *map(str, words)], text=True, check=True, capture_output=True).stdout.split()


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


# ---- rows ----

def brief(bench):
    """The same for rows without a goal: a fifth of the slices."""
    less = copy.copy(bench)
    less.slices = max(1, bench.slices // 5)
    less.seconds = less.slice * less.slices
    return less


def added_row(identity, title, pairs, goal, spreads):
    """Microseconds more than without. They are a small difference of two figures, and as sure as those: so the spread is said of the whole."""
    values = [statistics.median(own.us - base.us for base, own in pair.slices) for pair in pairs]
    whole = statistics.median(pair.own.us for pair in pairs)
    return measure.row(identity, title, "µs more", round(statistics.median(values), 3), goal, spreads=spreads,
                       spread_percent=round(100 * (max(values) - min(values)) / whole, 2),
                       base=round(statistics.median(pair.base.us for pair in pairs), 3), own=round(whole, 3),
                       rounds=[{"base": base.row(), "own": own.row()} for base, own in pairs])


def seen_before(bench, folder, server, kind, title, headers):
    """One credential, again and again: beside the ceiling, and beside the same without."""
    def ask(path, headers):
        return client.request_bytes(server.port, "GET", path, headers)
    reply = check(server, ask(KNOWN, headers))
    check(server, ask(KNOWN, {}), 401)
    plain, known = bench.requests(folder, "plain", ask(PLAIN, {})), bench.requests(folder, kind, ask(KNOWN, headers))
    with bench.ceiling(folder, reply, ask(KNOWN, headers)) as base:
        pairs, spreads = brief(bench).against(base, server, known)
        yield measure.ratio_row(f"auth-{kind}", f"GET, {title}", pairs, spreads=spreads)
    bench.warm((server, plain), (server, known))
    pairs, spreads = bench.pairs(lambda: bench.round(server, plain, bench.slice), lambda: bench.round(server, known, bench.slice))
    yield added_row(f"auth-{kind}-added", f"{title}, beside no credential", pairs, MORE_US if kind in ("hs256", "session", "key") else None, spreads)


def never_seen(bench, folder, server, kind, title, make):
    """Every request with a token that no worker has seen."""
    bench, plain = brief(bench), bench.requests(folder, "plain", client.request_bytes(server.port, "GET", PLAIN))
    count = max(500, round(8000 * bench.slice))

    def fresh():
        return bench.requests(folder, "cold", *(client.request_bytes(server.port, "GET", KNOWN, bearer(token)) for token in make(count)))
    check(server, fresh().read_bytes().partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
    pairs, spreads = bench.pairs(lambda: bench.round(server, plain, bench.slice),
                                 lambda: bench.round(server, fresh(), seconds=60, count=count))
    yield {**added_row(f"auth-{kind}-cold", f"{title}, always new, beside no credential", pairs, None, spreads),
           "note": f"{count} requests a slice"}


# ---- passwords beside other requests ----

class Crowd:
    """So many at a time that have their password checked, each again as soon as it was answered."""

    def __init__(self, server, count):
        self.server, self.going, self.wrong = server, True, []
        self.threads = [threading.Thread(target=self.ask) for _ in range(count)]
        self.begun = threading.Barrier(count + 1)

    def ask(self):
        os.sched_setaffinity(0, {machine.places()[1]})
        request = sign_in(self.server)
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=60) as sock:
            sock.sendall(request)
            self.begun.wait()
            while (reply := client.listen(sock, request)).status == 200 and self.going:
                sock.sendall(request)
        if reply.status != 200:
            self.wrong.append(reply.status)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        self.begun.wait()

    def __exit__(self, *_):
        self.going = False
        for thread in self.threads:
            thread.join()
        if self.wrong:
            raise SystemExit(f"bench: {len(self.wrong)} passwords were not checked: {self.wrong[0]}")


def beside_passwords(bench, folder, server):
    """Percentiles of others, without a crowd and with it: the median of slices, since a machine that is a guest stands still now and then for longer than anything here
    takes."""
    requests = bench.requests(folder, "plain", client.request_bytes(server.port, "GET", PLAIN))
    slices = 1 if bench.smoke else 12

    def take():
        return measure.together([bench.round(server, requests, bench.seconds / slices, rate=1000) for _ in range(slices)])

    def pair():
        calm = take()
        with Crowd(server, 10 if bench.smoke else CHECKS):
            return measure.Pair([(calm, take())])
    pairs, spreads = measure.settle(lambda: [pair() for _ in range(bench.rounds)], lambda pairs: measure.ratios(pairs, "p99_us"), bench.attempts, measure.joined)
    yield measure.ratio_row("auth-passwords-p99", f"GET, p99 beside {CHECKS} passwords in flight", pairs, 1.5, of="without", figure="p99_us",
                            spreads=spreads, note="1,000 requests/s, the median of twelve slices of each")


def auth(bench):
    with contextlib.ExitStack() as stack:
        folders = {name: bench.path(f"auth-{name}") for name in ("eddsa", "shared")}
        keys = es256(folders["shared"])[0]
        eddsa = stack.enter_context(servers.conformance(folders["eddsa"], ARGON2_QUEUE="200", SESSION_IDLE="30m", SESSION_ABSOLUTE="12h"))
        shared = stack.enter_context(servers.conformance(folders["shared"], ACCESS_TOKEN_ALGORITHM="HS256", ISSUER_KEYS=keys))
        subject = (*ISSUER, ALICE)
        tokens = {"hs256": own_token(shared), "es256": es256(folders["shared"], 1, *subject)[0], "eddsa": own_token(eddsa)}
        for kind, server, folder, make in (
                ("hs256", shared, folders["shared"], lambda count: servers.tokens(shared, count, servers.claims(tokens["hs256"]))),
                ("es256", shared, folders["shared"], lambda count: es256(folders["shared"], count, *subject)),
                ("eddsa", eddsa, folders["eddsa"], lambda count: servers.tokens(eddsa, count, servers.claims(tokens["eddsa"])))):
            yield from seen_before(bench, folder, server, kind, f"a token of {kind.upper().replace('EDDSA', 'EdDSA')}", bearer(tokens[kind]))
            yield from never_seen(bench, folder, server, kind, f"a token of {kind.upper().replace('EDDSA', 'EdDSA')}", make)
        yield from seen_before(bench, folders["eddsa"], eddsa, "session", "a session", {"Cookie": session(eddsa)})
        yield from seen_before(bench, folders["eddsa"], eddsa, "key", "an API key", {"X-API-Key": api_key()})
        yield from beside_passwords(bench, folders["eddsa"], eddsa)
