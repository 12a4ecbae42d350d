"""Real servers for real sockets: starts Coffer or the conformance application as an operator would, and talks bytes to it.

Everything lives in a directory of its own under the system's temporary directory and ends with the test.  A server that does
not drain cleanly, or that a sanitizer has something to say about, fails the test that started it.
"""

import atexit
import contextlib
import functools
import http.client
import itertools
import json
import os
import pathlib
import pwd
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from runner import postgres  # noqa: E402

NUMBERS = itertools.count(1)
BIN = pathlib.Path(os.environ.get("DEWAR_BUILD", ROOT / "build" / "asan")) / "bin"
PASSWORD = "correct horse battery staple 1"
MIGRATIONS = len({path.name.split("_")[0] for path in (ROOT / "apps/coffer/migrations").glob("*.sql")})  # of Coffer
START_SECONDS = 60
STOP_SECONDS = 60
WAIT_SECONDS = 30  # for what comes at once on a machine that has nothing else to do
SANITIZER_WORDS = ("AddressSanitizer", "runtime error:", "LeakSanitizer", "UndefinedBehaviorSanitizer")


@functools.cache
def cluster():
    """A PostgreSQL for this program: started when first asked for, removed when the program ends."""
    server = postgres.Cluster().start()
    atexit.register(server.remove)
    return server


# The applications that DEWAR_DATABASE chooses a database for.
ON_EITHER = ("coffer", "conformance", "kinds", "ledger", "notebook", "papers", "workshop", "chores")


# For Coffer, where only limits of single routes are to hold: what an operator would set.
ONLY_LIMITS_OF_ROUTES = {"RATE_LIMIT_SCALE": None, **{f"RATE_LIMIT_{name}": "1000000/second" for name in ("GLOBAL", "DEFAULT", "API")}}


def on_postgres():
    """Whether they keep their things in PostgreSQL (DEWAR_DATABASE=pg) rather than in SQLite."""
    return os.environ.get("DEWAR_DATABASE") == "pg"


def fresh_database():
    """A database of its own in that PostgreSQL; its name."""
    name = f"test{next(NUMBERS)}"
    cluster().sql(f"CREATE DATABASE {name} OWNER keeper")
    return name


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def fresh_directory():
    """A directory that the server's unprivileged user may write."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="dewar-"))
    path.chmod(0o755)
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
    return path


class Reply:
    """What came back: status, headers (names in lower case; several lines joined by newline), body."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {self.body[:300]!r}>"


def fold(pairs):
    headers = {}
    for name, value in pairs:
        name = name.lower()
        headers[name] = headers[name] + "\n" + value if name in headers else value
    return headers


class Server:
    """A running application. `settings` are names without the prefix; `crashes` says that a sanitizer may have something to say.
    `postgres`: on which database, where the test and not DEWAR_DATABASE says so."""

    def __init__(self, app="coffer", settings=None, prepare=(), expect_exit=0, crashes=False, postgres=None):
        self.app, self.expect_exit, self.crashes = app, expect_exit, crashes
        self.directory = fresh_directory()
        self.port = free_port()
        self.address = ("127.0.0.1", self.port)
        prefix = app.upper() + "_"
        self.admin_path = str(self.directory / "admin.sock")
        self.log_path = self.directory / "server.log"
        values = {
            "ENV": "development",
            "LISTEN": f"127.0.0.1:{self.port}",
            "ADMIN_LISTEN": f"unix:{self.admin_path}",
            "DATABASE_URL": f"sqlite:{self.directory}/test.db",
            "LOG": str(self.log_path),
            "WORKERS": "2",
            "SHED_LAG": "1h",  # the machine has other things to do than what a test is about; those about it say less
        }
        self.database = fresh_database() if (on_postgres() if postgres is None else postgres) and app in ON_EITHER else None
        if self.database:
            values["DATABASE_URL"] = cluster().url(self.database)
        if app in ("coffer", "notebook", "papers", "workshop"):
            values["SIGNING_KEYS"] = self.command("secret").strip()
            values["DATA_KEYS"] = self.command("secret").strip()
        if app == "coffer":
            values["SIGN_IN_FAILURES"] = "10000"  # most tests sign in from one address; those that count failures say how many
            values["SIGN_IN_SLOWED_AFTER"] = "1000000"
            values["RATE_LIMIT_SCALE"] = "100000"  # … and ask often; those that run into limits say so with None
        elif app != "shelf":  # whose pages show what is so where nothing is said
            values["RATE_LIMIT_GLOBAL"] = "1000000/second"
        values.update(settings or {})
        self.env = {prefix + name: str(value) for name, value in values.items() if value is not None}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "PATH", "LANG"):
            if name in os.environ:
                self.env[name] = os.environ[name]
        self.prepared = [self.command(*words) for words in prepare]
        self.stderr = tempfile.TemporaryFile()
        self.process = None
        self.may_tear = 0  # lines of the log that may be none: a process that is killed may be writing one
        self.program, self.arguments = BIN / app, []

    def command(self, *words, check=True, env=None):
        """Runs a command of the application; its standard output."""
        run = subprocess.run([str(BIN / self.app), *words], env=getattr(self, "env", None) if env is None else env,
                             cwd=self.directory, capture_output=True, text=True, check=False, timeout=60)
        if check and run.returncode:
            raise AssertionError(f"{self.app} {' '.join(words)}: status {run.returncode}\n{run.stdout}{run.stderr}")
        return run.stdout

    def change(self, sql):
        """Does something to the database behind the server's back."""
        if self.database:
            cluster().sql(sql, self.database)
            return
        with contextlib.closing(sqlite3.connect(self.directory / "test.db", timeout=10)) as database:
            database.execute(sql)
            database.commit()

    # ---- life ----

    def start(self, pass_fds=(), output=None):
        output = self.stderr if output is None else output
        self.process = subprocess.Popen([str(self.program), *self.arguments, "serve"], env=self.env, cwd=self.directory, pass_fds=pass_fds,
                                        stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"did not start: status {self.process.returncode}\n{self.said()}")
            with contextlib.suppress(OSError):
                if self.admin("GET", "/readyz").status == 200:
                    return self
            time.sleep(0.02)
        raise AssertionError(f"not ready in {START_SECONDS} s\n{self.said()}")

    def end(self, number=signal.SIGTERM):
        """Ends the server and keeps its directory, so that it can be started again; its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            status = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError(f"did not drain in {STOP_SECONDS} s\n{self.said()}") from None
        finally:
            said, self.process = self.said(), None
        if not self.crashes:
            for word in SANITIZER_WORDS:
                assert word not in said, said
        return status

    def stop(self, number=signal.SIGTERM):
        try:
            if self.process is not None:
                status = self.end(number)
                assert status == self.expect_exit, f"exit status {status}\n{self.said()}"
        finally:
            self.stderr.close()
            shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *exception):
        if exception[0] is None:
            self.stop()
            return
        with contextlib.suppress(AssertionError):
            self.stop()

    def said(self):
        """What came on standard output and error so far. The place in the file is the server's too, so it is not moved."""
        return os.pread(self.stderr.fileno(), os.fstat(self.stderr.fileno()).st_size, 0).decode(errors="replace")

    def log(self):
        """The lines of the log so far."""
        if not self.log_path.exists():
            return []
        whole = self.log_path.read_text(encoding="utf-8").rpartition("\n")[0]  # the last line may be under way
        lines, torn = [], 0
        for line in whole.splitlines():
            try:
                lines.append(json.loads(line))
            except ValueError:
                torn += 1
                if torn > self.may_tear:
                    raise
        return lines

    def wait_for_log(self, wanted, seconds=WAIT_SECONDS):
        """The first log line that `wanted` says yes to."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for line in self.log():
                if wanted(line):
                    return line
            time.sleep(0.05)
        raise AssertionError("no such log line among:\n" + "\n".join(map(str, self.log()[-20:])))

    # ---- talking ----

    def connect(self, source=None, timeout=20):
        return socket.create_connection(self.address, timeout=timeout, source_address=(source, 0) if source else None)

    def raw(self, data, seconds=20, end=False):
        """Sends bytes and reads until the server closes or is silent for a while; all that came."""
        with self.connect(timeout=seconds) as s:
            with contextlib.suppress(ConnectionResetError, BrokenPipeError):
                s.sendall(data)
                if end:
                    s.shutdown(socket.SHUT_WR)
            return read_all(s)

    def exchange(self, data, end=False, head=False):
        """Sends bytes and reads until the server closes; the replies."""
        return parse_replies(self.raw(data, end=end), head=head)

    def request(self, method, path, body=None, headers=None, token=None, form=None, host=None, source=None):
        """One request on a connection of its own, from the address `source`. `body` that is no bytes is sent as JSON."""
        headers = dict(headers or {})
        if form is not None:
            body = urllib.parse.urlencode(form).encode()
            headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
        elif body is not None and not isinstance(body, (bytes, bytearray)):
            body = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if host:
            headers["Host"] = host
        connection = http.client.HTTPConnection(*self.address, timeout=30, source_address=(source, 0) if source else None)
        try:
            connection.request(method, path, body=body, headers=headers)
            reply = connection.getresponse()
            return Reply(reply.status, fold(reply.getheaders()), reply.read())
        finally:
            connection.close()

    def admin(self, method, path):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(30)
            s.connect(self.admin_path)
            s.sendall(f"{method} {path} HTTP/1.1\r\nHost: admin\r\nConnection: close\r\n\r\n".encode())
            replies = parse_replies(read_all(s))
        if not replies:
            raise ConnectionResetError("no answer")  # of a server that is about to end, or to begin
        return replies[0]

    def token(self, username, password=PASSWORD):
        reply = self.request("POST", "/token", form={"grant_type": "password", "username": username, "password": password})
        assert reply.status == 200, reply
        return reply.json["access_token"]

    def children(self):
        """The process ids of monitor's children by what their command line says: {"worker 0": pid, "store": pid}."""
        found = {}
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            with contextlib.suppress(OSError, ValueError, IndexError):
                stat = (entry / "stat").read_text()
                if int(stat.rsplit(")", 1)[1].split()[1]) == self.process.pid:
                    words = (entry / "cmdline").read_bytes().split(b"\0")
                    found[words[0].decode().split(": ", 1)[-1]] = int(entry.name)
        return found


def wait_until(what, seconds=WAIT_SECONDS):
    """What what() comes to as soon as that is true."""
    deadline = time.monotonic() + seconds
    while not (found := what()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s")
        time.sleep(0.02)
    return found


def coffer(crashes=False, **settings):
    """Coffer with its demo users; server.users is {name: password}."""
    server = Server("coffer", settings, prepare=(("migrate",),), crashes=crashes)
    server.users = dict(line.split(" ", 1) for line in server.command("seed").splitlines())
    return server


def conformance(profile="direct", crashes=False, **settings):
    settings = {"PROFILE": profile, "ENV": None, "WORKERS": "1", "RATE_LIMIT_GLOBAL": "1000000/hour", **settings}
    return Server("conformance", settings, crashes=crashes)


def run(app, *words, env=None, cwd=None, stdin=b""):
    """A command of an application with `env` as its whole environment: its status, standard output and standard error."""
    environment = {name: os.environ[name] for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "PATH") if name in os.environ}
    environment.update(env or {})
    done = subprocess.run([str(BIN / app), *words], env=environment, cwd=cwd, input=stdin, capture_output=True, check=False,
                          timeout=60)
    said = done.stderr.decode()
    for word in SANITIZER_WORDS:
        assert word not in said, said
    return done.returncode, done.stdout.decode(), said


class ServerCase(unittest.TestCase):
    """Tests that share one server: what make() gives."""

    @classmethod
    def make(cls):
        return conformance()

    @classmethod
    def setUpClass(cls):
        cls.server = cls.make().start()

    @classmethod
    def tearDownClass(cls):
        cls.server.log()  # whatever was sent, every line is JSON
        cls.server.stop()


def read_all(s):
    """All bytes until the end of the connection."""
    data = b""
    with contextlib.suppress(ConnectionResetError, TimeoutError):
        while part := s.recv(65536):
            data += part
    return data


def parse_replies(data, head=False):
    """The replies in a byte stream, strictly; fails on what is left over."""
    replies = []
    while data:
        block, separator, data = data.partition(b"\r\n\r\n")
        assert separator, f"an incomplete head: {block!r}"
        lines = block.decode("latin-1").split("\r\n")
        version, status, _ = (lines[0] + " ").split(" ", 2)
        assert version == "HTTP/1.1", lines[0]
        headers = fold(line.split(": ", 1) for line in lines[1:])
        if status == "100":
            continue
        body = b""
        if not head and status not in ("204", "304"):
            if "content-length" in headers:
                size = int(headers["content-length"])
                assert len(data) >= size, f"{len(data)} of {size} bytes: {data!r}"
                body, data = data[:size], data[size:]
            elif headers.get("transfer-encoding") == "chunked":
                body, data = read_chunks(data)
            else:
                body, data = data, b""
        replies.append(Reply(int(status), headers, body))
    return replies


def read_chunks(data):
    body = b""
    while True:
        line, separator, data = data.partition(b"\r\n")
        assert separator, f"an incomplete chunk: {line!r}"
        size = int(line, 16)
        body += data[:size]
        assert len(data) >= size + 2, "an incomplete chunk"
        assert data[size:size + 2] == b"\r\n", data[:64]
        data = data[size + 2:]
        if size == 0:
            return body, data
