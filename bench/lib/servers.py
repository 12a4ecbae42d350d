"""What answers: our applications with everything on, the ceiling, and nginx."""

import base64
import contextlib
import json
import os
import pwd
import re
import signal
import socket
import subprocess
import time
import urllib.parse

from . import client, machine

BIN = TOOLS = None  # bench/run.py says where ours and the programs of bench/ were built to


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def give_to_nobody(path):
    """A directory that a server which has dropped its rights may write, and reach."""
    path.mkdir(exist_ok=True)
    path.parent.chmod(0o711)
    if os.getuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(path, nobody.pw_uid, nobody.pw_gid)


class Server:
    """A program in a process group of its own, pinned to the server's core."""

    def __init__(self, name, command, port, folder, env=None, cpus=None):
        self.name, self.port, self.folder = name, port, folder
        places = ",".join(map(str, cpus or [machine.places()[0]]))
        self.output = open(folder / f"{name}.out", "ab")  # noqa: SIM115 closed by stop()
        self.child = subprocess.Popen(["taskset", "-c", places, *map(str, command)], cwd=folder, start_new_session=True,
                                      env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL, stdout=self.output,
                                      stderr=self.output)
        self.pid = self.child.pid

    def wait(self):
        """Until there is an answer, whatever it says."""
        for _ in range(600):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=5) as sock:
                sock.sendall(client.request_bytes(self.port, "GET", "/"))
                if sock.recv(1):
                    return self
            if self.child.poll() is not None:
                break
            time.sleep(0.05)
        said = (self.folder / f"{self.name}.out").read_text(errors="replace")
        raise SystemExit(f"bench: {self.name} does not start\n{said}")

    def empty_log(self):
        """Between rounds, so that a long run does not fill the disk."""
        for log in self.folder.rglob("access.log"):
            os.truncate(log, 0)

    def logged(self):
        return sum(log.stat().st_size for log in self.folder.rglob("access.log"))

    def child_named(self, name):
        """The process id of a child by what it calls itself."""
        return next(pid for pid in machine.family(self.pid) if machine.name_of(pid) == name)

    def stop(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGTERM)
        try:
            self.child.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(self.pid, signal.SIGKILL)
            self.child.wait()
        self.output.close()


@contextlib.contextmanager
def running(server):
    try:
        yield server.wait()
    finally:
        server.stop()


@contextlib.contextmanager
def application(name, folder, commands=(), settings=None, cpus=None, program=None):
    """An application of ours in production, with everything on, after some of its commands; .said is what those answered."""
    program = program or BIN / name
    folder.mkdir(exist_ok=True)
    give_to_nobody(folder / "data")
    secrets = [subprocess.run([program, "secret"], check=True, text=True, capture_output=True).stdout.strip() for _ in "ab"]
    port = free_port()
    values = {"ENV": "production", "LISTEN": f"127.0.0.1:{port}", "WORKERS": "1", "LOG": "data/access.log",
              "ADMIN_LISTEN": "unix:admin.sock", "DATABASE_URL": "sqlite:data/bench.db", "TRUSTED_HOSTS": "127.0.0.1",
              "ACCESS_TOKEN_SECONDS": "3600", "SIGNING_KEYS": secrets[0], "DATA_KEYS": secrets[1], 
              # All of it comes from one address.
              **({"RATE_LIMIT_GLOBAL": "1000000/second"} if name != "coffer" else {}),
              **(settings or {})}
    env = {f"{name.upper()}_{key}": value for key, value in values.items() if value is not None}
    said = "".join(subprocess.run([program, command], check=True, text=True, env={**os.environ, **env}, cwd=folder,
                                  stdout=subprocess.PIPE).stdout for command in commands)
    server = Server(name, [program, "serve"], port, folder, env, cpus)
    server.said, server.signing_key, server.settings = said, secrets[0], values
    with running(server):
        yield server


def conformance(folder, **settings):
    return application("conformance", folder, ("migrate",), settings)


def coffer(folder, **settings):
    return application("coffer", folder, ("migrate", "seed"), settings)


@contextlib.contextmanager
def ceiling(folder, reply):
    """The least that can answer these bytes."""
    (folder / "ceiling.reply").write_bytes(reply)
    port = free_port()
    with running(Server("ceiling", [TOOLS / "ceiling", port, folder / "ceiling.reply"], port, folder)) as server:
        yield server


@contextlib.contextmanager
def nginx(folder, body):
    """nginx with one worker that answers from memory and writes an access log."""
    port = free_port()
    (folder / "nginx.conf").write_text(f"""
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log {folder}/access.log combined buffer=64k flush=1s; keepalive_requests 100000000; server_tokens off;
  server {{ listen 127.0.0.1:{port}; location /hello {{ default_type application/json; return 200 '{body}'; }} }}
}}""")
    with running(Server("nginx", ["nginx", "-c", folder / "nginx.conf"], port, folder)) as server:
        yield server


def token(server, user="demo-editor"):
    """An access token for somebody whom `coffer seed` made."""
    password = re.search(rf"(?m)^{user}\s+(\S+)", server.said).group(1)
    form = urllib.parse.urlencode({"grant_type": "password", "username": user, "password": password}).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    reply = client.exchange(server.port, client.request_bytes(server.port, "POST", "/token", headers, form))
    if reply.status != 200:
        raise SystemExit(f"bench: no token for {user}: {reply.raw!r}")
    return reply.json["access_token"]


def claims(signed):
    """What a token says, unverified."""
    part = signed.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def tokens(server, count, like):
    """Tokens that `server` takes for its own, each another, for the account of the claims `like`."""
    algorithm = [server.settings["ACCESS_TOKEN_ALGORITHM"]] if "ACCESS_TOKEN_ALGORITHM" in server.settings else []
    return subprocess.run([TOOLS / "tokens", str(count), like["iss"], like["aud"], like["sub"], like.get("sid", ""), *algorithm], text=True, check=True,
                          capture_output=True, env={"BENCH_SIGNING_KEY": server.signing_key}).stdout.split()
