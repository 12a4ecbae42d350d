#!/usr/bin/env python3
"""Processor time per request, of all processes of the server, beside nginx answering from memory.

usage: bench/run.py [--seconds N] [--rounds N] [--only WORKLOAD]…

One worker on one core, wrk with 64 keep-alive connections on another; the median of the rounds, and their spread in per cent of
it.  Everything is on: headers, request ids, the access log in a file.  Every answer is looked at before it is timed.  The rows
are also written to build/bench.json.
"""

import argparse
import contextlib
import json
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[1]
BIN = ROOT / "build/release/bin"
TICK = os.sysconf("SC_CLK_TCK")
ITEM = '{"name":"An item of the bench","description":"Stored before the answer is sent"}'


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def cpu_seconds(root):
    """User and system time that a process and all that descend from it have used."""
    seen = {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text(errors="replace").rpartition(")")[2].split()
            seen[int(stat.parent.name)] = (int(fields[1]), int(fields[11]) + int(fields[12]))
    family = {root}
    while True:
        more = {pid for pid, (parent, _) in seen.items() if parent in family} - family
        if not more:
            return sum(seen[pid][1] for pid in family if pid in seen) / TICK
        family |= more


class Server:
    """A program in a process group of its own, pinned to the first core."""

    def __init__(self, command, url, env, cwd):
        self.url = url
        self.child = subprocess.Popen(["taskset", "-c", "0", *command], env={**os.environ, **env}, cwd=cwd,
                                      start_new_session=True, stdin=subprocess.DEVNULL)

    def wait(self, path):
        """Until there is an answer, whatever it says."""
        for _ in range(200):
            try:
                with urllib.request.urlopen(self.url + path, timeout=1):
                    return
            except urllib.error.HTTPError:
                return
            except OSError:
                pass
            if self.child.poll() is not None:
                break
            time.sleep(0.05)
        raise SystemExit(f"{self.child.args}: does not answer {path}")

    def stop(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.child.pid, signal.SIGTERM)
        self.child.wait(30)


@contextlib.contextmanager
def application(name, folder, *commands):
    """An application of ours with fresh settings and database below `folder`, after some of its commands."""
    program = BIN / name
    data = folder / "data"
    data.mkdir()
    if os.getuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(data, nobody.pw_uid, nobody.pw_gid)
        os.chmod(folder, 0o711)
    secrets = [subprocess.run([program, "secret"], check=True, text=True, capture_output=True).stdout.strip() for _ in "ab"]
    port = free_port()
    values = {"ENV": "development", "LISTEN": f"127.0.0.1:{port}", "WORKERS": "1", "LOG": "data/access.log",
              "ADMIN_LISTEN": "unix:admin.sock", "DATABASE_URL": "sqlite:data/bench.db",
              "SIGNING_KEYS": secrets[0], "DATA_KEYS": secrets[1]}
    env = {f"{name.upper()}_{key}": value for key, value in values.items()}
    said = ""
    for command in commands:
        said += subprocess.run([program, command], check=True, text=True, env={**os.environ, **env}, cwd=folder,
                               stdout=subprocess.PIPE).stdout
    server = Server([program, "serve"], f"http://127.0.0.1:{port}", env, folder)
    server.said = said
    try:
        yield server
    finally:
        server.stop()


@contextlib.contextmanager
def nginx(folder):
    """nginx with one worker that answers from memory and writes an access log."""
    port = free_port()
    (folder / "nginx.conf").write_text(f"""
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log {folder}/access.log combined buffer=64k flush=1s; keepalive_requests 100000000; server_tokens off;
  server {{ listen 127.0.0.1:{port}; location /hello {{ default_type application/json; return 200 '{{"message":"hello"}}'; }} }}
}}""")
    server = Server(["nginx", "-c", str(folder / "nginx.conf")], f"http://127.0.0.1:{port}", {}, folder)
    try:
        server.wait("/hello")
        yield server
    finally:
        server.stop()


def request(url, data=None, headers=None):
    with urllib.request.urlopen(urllib.request.Request(url, data, headers or {}), timeout=10) as reply:
        return reply.status, reply.read().decode()


def token(server):
    """An access token of the demo editor, whom `coffer seed` made."""
    password = re.search(r"(?m)^demo-editor\s+(\S+)", server.said).group(1)
    form = urllib.parse.urlencode({"grant_type": "password", "username": "demo-editor", "password": password})
    return json.loads(request(server.url + "/token", form.encode())[1])["access_token"]


def wrk(server, path, seconds, script):
    """One round: (processor microseconds per request, requests per second)."""
    command = ["taskset", "-c", str(min(1, (os.cpu_count() or 1) - 1)), "wrk", "-t1", "-c64", f"-d{seconds}s"]
    command += ["-s", str(script)] if script else []
    before, begin = cpu_seconds(server.child.pid), time.monotonic()
    said = subprocess.run([*command, server.url + path], check=True, text=True, capture_output=True).stdout
    used, took = cpu_seconds(server.child.pid) - before, time.monotonic() - begin
    if "Non-2xx" in said or "Socket errors" in said:
        raise SystemExit(f"{path}: not every answer was good\n{said}")
    count = int(re.search(r"(\d+) requests in", said).group(1))
    return used * 1e6 / count, count / took


def measure(name, server, path, options, script=None):
    wrk(server, path, 1, script)
    rounds = [wrk(server, path, options.seconds, script) for _ in range(options.rounds)]
    cpu = [micros for micros, _ in rounds]
    middle = statistics.median(cpu)
    return {"workload": name, "cpu_us": round(middle, 2), "spread_percent": round(100 * (max(cpu) - min(cpu)) / middle, 1),
            "requests_per_second": round(statistics.median(rate for _, rate in rounds)), "rounds": [round(c, 2) for c in cpu]}


def bench_nginx(folder, options):
    with nginx(folder) as server:
        return measure("nginx return 200", server, "/hello", options)


def bench_hello(folder, options):
    with application("conformance", folder, "migrate") as server:
        server.wait("/hello")
        status, body = request(server.url + "/hello")
        assert status == 200 and isinstance(json.loads(body), dict), body
        return measure("GET /hello", server, "/hello", options)


def coffer_script(folder, server, method, body):
    """A wrk script that sends the demo editor's token, and a function that does the same for one request."""
    headers = {"Authorization": f"Bearer {token(server)}", "Content-Type": "application/json"}
    lines = [f'wrk.method = "{method}"'] + [f'wrk.headers["{key}"] = "{value}"' for key, value in headers.items()]
    script = folder / "wrk.lua"
    script.write_text("\n".join(lines + ([f"wrk.body = [[{body}]]"] if body else [])) + "\n")
    return script, headers


def start_coffer(stack, folder):
    server = stack.enter_context(application("coffer", folder, "migrate", "seed"))
    server.wait("/api/items")
    return server


def bench_post(folder, options):
    with contextlib.ExitStack() as stack:
        server = start_coffer(stack, folder)
        script, headers = coffer_script(folder, server, "POST", ITEM)
        status, body = request(server.url + "/api/items", ITEM.encode(), headers)
        assert status == 201, body
        return measure("POST /api/items, durable", server, "/api/items", options, script)


def bench_get(folder, options):
    with contextlib.ExitStack() as stack:
        server = start_coffer(stack, folder)
        script, headers = coffer_script(folder, server, "GET", None)
        made = json.loads(request(server.url + "/api/items", ITEM.encode(), headers)[1])
        path = f"/api/items/{made['id']}"
        assert request(server.url + path, None, headers)[0] == 200
        return measure("GET /api/items/{id}", server, path, options, script)


WORKLOADS = {"nginx": bench_nginx, "hello": bench_hello, "get": bench_get, "post": bench_post}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=5, help="of one round (default 5)")
    parser.add_argument("--rounds", type=int, default=5, help="of a workload (default 5)")
    parser.add_argument("--only", action="append", choices=WORKLOADS, help="a workload; may be repeated")
    options = parser.parse_args()
    for tool in ("wrk", "nginx", "taskset"):
        if not shutil.which(tool):
            raise SystemExit(f"{tool} is missing: run script/setup bench")

    rows = []
    for name in options.only or WORKLOADS:
        with tempfile.TemporaryDirectory(prefix="dewar-bench-") as folder:
            rows.append(WORKLOADS[name](pathlib.Path(folder), options))
            print(f"  {rows[-1]['workload']}: {rows[-1]['rounds']}", file=sys.stderr, flush=True)
    base = next((row["cpu_us"] for row in rows if row["workload"].startswith("nginx")), None)
    print(f"{'workload':28} {'CPU us/request':>14} {'x nginx':>8} {'spread %':>9} {'requests/s':>11}")
    for row in rows:
        times = f"{row['cpu_us'] / base:8.2f}" if base else "       -"
        print(f"{row['workload']:28} {row['cpu_us']:14.2f} {times} {row['spread_percent']:9.1f}"
              f" {row['requests_per_second']:11}")
    (ROOT / "build").mkdir(exist_ok=True)
    (ROOT / "build/bench.json").write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
