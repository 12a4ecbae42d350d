"""Flask, FastAPI and Fastify with the same checks as ours, and what shows that they have them before anything is timed.

Their tokens are HS256, which costs less to verify than our EdDSA; their accounts and items have Coffer's tables."""

import base64
import contextlib
import hashlib
import hmac
import json
import os
import pathlib
import secrets
import shutil
import sqlite3
import subprocess
import time
import uuid

from . import client, measure, servers
from .bench import check

ROOT = pathlib.Path(__file__).resolve().parents[2]
ISSUER, AUDIENCE = "https://bench.test", "api.bench.test"
VIEWER, EDITOR = 1, 2
BODY = b'{"name":"An item of the bench","description":"Stored before the answer is sent"}'
JSON = {"Content-Type": "application/json"}
WARM_REQUESTS = 3000  # compilers at run time need some
MODULES = ROOT / "build/bench-fastify"


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signed(secret, **claims):
    """A token as HS256 has it; a claim that is None is left out."""
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "iat": now, "exp": now + 3600, "jti": uuid.uuid4().hex, **claims}
    claims = {name: value for name, value in claims.items() if value is not None}
    text = ".".join(encoded(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "at+jwt"}, claims))
    return f"{text}.{encoded(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest())}"


def make_database(path):
    """Coffer's tables with a viewer and an editor: {roles: uid}."""
    found = {}
    with contextlib.closing(sqlite3.connect(path)) as database:
        for script in sorted((ROOT / "apps/coffer/migrations").glob("*.sqlite.sql")):
            database.executescript(script.read_text(encoding="utf-8"))
        for roles in (VIEWER, EDITOR):
            found[roles] = str(uuid.uuid4())
            database.execute("INSERT INTO users (uid, username, email, password_hash, roles, created_at) VALUES (?, ?, '', '', ?, '')",
                             (found[roles], f"bench{roles}", roles))
        database.execute("PRAGMA journal_mode=WAL")
        database.commit()
    return found


def fastify_modules():
    """Where the packages of bench/fastify are, installed by its lock file when that has changed since."""
    source = ROOT / "bench/fastify"
    lock = (source / "package-lock.json").read_bytes()
    stamp = MODULES / "installed"
    MODULES.mkdir(parents=True, exist_ok=True)
    shutil.copy(source / "app.js", MODULES)
    if not stamp.exists() or stamp.read_bytes() != lock:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(source / name, MODULES)
        # better-sqlite3 is compiled here, with the headers of libnode-dev, instead of fetched as a binary.
        env = {**os.environ, "npm_config_build_from_source": "true", "npm_config_nodedir": "/usr"}
        done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=MODULES, text=True, capture_output=True, env=env, check=False)
        if done.returncode:
            raise SystemExit(f"bench: npm ci in {MODULES} failed\n{done.stdout}{done.stderr}")
        stamp.write_bytes(lock)
    return MODULES


def command(name, port):
    """How each is run: one process that answers, and whatever supervises it."""
    if name == "flask":
        return ["/usr/bin/gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", "1", "--worker-class", "gthread", "--threads", "1",
                "--keep-alive", "600", "--chdir", ROOT / "bench/flask", "app:app"]
    if name == "fastapi":
        return ["/usr/bin/uvicorn", "--app-dir", ROOT / "bench/fastapi", "--host", "127.0.0.1", "--port", port, "--loop", "uvloop",
                "--http", "httptools", "--no-access-log", "--no-server-header", "--no-proxy-headers", "--timeout-keep-alive", "600", "app:app"]
    return ["node", fastify_modules() / "app.js"]


@contextlib.contextmanager
def started(name, folder):
    """The server; .tokens(roles, **claims) makes a token for one of its accounts."""
    uids = make_database(folder / "bench.db")
    secret, port = secrets.token_urlsafe(32), servers.free_port()
    env = {"BENCH_PORT": str(port), "BENCH_SECRET": secret, "BENCH_ISSUER": ISSUER, "BENCH_AUDIENCE": AUDIENCE,
           "BENCH_DATABASE": str(folder / "bench.db"), "BENCH_LOG": str(folder / "access.log"), "PYTHONDONTWRITEBYTECODE": "1",
           "NODE_ENV": "production"}
    server = servers.Server(name, command(name, port), port, folder, env)
    server.tokens = lambda roles=EDITOR, key=secret, **claims: signed(key, **{"sub": uids[roles], **claims})
    with servers.running(server):
        yield server


def request(server, method, path, token=None, body=None, headers=JSON):
    headers = {**({"Authorization": f"Bearer {token}"} if token else {}), **(headers if body is not None else {})}
    return client.request_bytes(server.port, method, path, headers, body)


def check_contract(server):
    """Everything that the servers of this table promise; the path of an item, and its reply and that of a POST."""
    good = server.tokens()
    made = check(server, request(server, "POST", "/api/items", good, BODY), 201)
    path = made.headers["location"]
    assert path == f"/api/items/{made.json['id']}" and made.json["message"], made.raw
    shown = check(server, request(server, "GET", path, good))
    assert {**json.loads(BODY), "id": made.json["id"], **shown.json} == shown.json, shown.raw
    assert len(shown.headers["x-request-id"]) == 32 and shown.headers["etag"], shown.raw

    now = int(time.time())
    bad = [None, "x.y.z", good[:-6] + "AAAAAA", server.tokens(key="another key of good length, no more"), server.tokens(exp=now - 1),
           server.tokens(exp=None), server.tokens(iss="https://bench.test.evil"), server.tokens(aud="other"),
           server.tokens(sub=str(uuid.uuid4())), server.tokens(sub=None)]
    for token in bad:
        for method, at, body in (("GET", path, None), ("POST", "/api/items", BODY)):
            refused = check(server, request(server, method, at, token, body), 401)
            assert "www-authenticate" in refused.headers and "request_id" in refused.json, refused.raw
    check(server, request(server, "POST", "/api/items", server.tokens(VIEWER), BODY), 403)
    check(server, request(server, "GET", path, server.tokens(VIEWER)), 404)
    check(server, request(server, "GET", "/api/items/999999", good), 404)
    for body, status in ((BODY[:-1] + b',"owner":1}', 400), (b'{"name":"An item', 400), (b'{"name":"An item of the bench"}', 422),
                         (b'{"name":"An item of the bench","description":"No"}', 422),
                         (b'{"name":17,"description":"Stored before the answer is sent"}', 422)):
        check(server, request(server, "POST", "/api/items", good, body), status)
    check(server, request(server, "POST", "/api/items", good, BODY, {"Content-Type": "text/plain"}), 415)
    check(server, request(server, "POST", "/api/items", good, b'{"name":"' + b"x" * 70000 + b'"}'), 413)
    check(server, request(server, "GET", path, good).replace(b"Host: 127.0.0.1", b"Host: evil.test"), 400)
    check_durable(server)
    return path, shown, made


def check_durable(server):
    """Whether the database is in WAL mode; that synchronous is FULL is a matter of the connection, and stands in each app."""
    with contextlib.closing(sqlite3.connect(f"file:{server.folder}/bench.db?mode=ro", uri=True)) as database:
        mode = database.execute("PRAGMA journal_mode").fetchone()[0]
    assert mode == "wal", mode


def rows(name, title):
    def measured(bench):
        folder = bench.path(name)
        with started(name, folder) as server:
            path, shown, made = check_contract(server)
            token = server.tokens()
            for kind, reply, text, options in (
                    ("get", shown, request(server, "GET", path, token), {}),
                    ("post", made, request(server, "POST", "/api/items", token, BODY), {"status": 201})):
                with bench.ceiling(folder, reply, text) as base:
                    bench.round(server, bench.requests(folder, kind, text), 20, count=WARM_REQUESTS, **options)
                    pairs, spreads = bench.against(base, server, bench.requests(folder, kind, text), **options)
                    what = "GET /api/items/{id}" if kind == "get" else "POST /api/items, durable"
                    yield measure.ratio_row(f"{name}-{kind}", f"{title}, {what}", pairs, spreads=spreads)
    return measured


WORKLOADS = {"flask": rows("flask", "Flask"), "fastapi": rows("fastapi", "FastAPI"), "fastify": rows("fastify", "Fastify")}
NEEDS = {"flask": ("/usr/bin/gunicorn",), "fastapi": ("/usr/bin/uvicorn",), "fastify": ("node", "npm")}
