"""A PostgreSQL of our own: made of Debian's packages in a temporary directory, reached by a Unix socket there, gone afterwards."""

import contextlib
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile
import time

ACCOUNT = "nobody"     # it refuses to run as root
PASSWORD = "a password of the tests"


def programs():
    """Where Debian's PostgreSQL is, the newest that we can use; None: it is not installed."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found and int(found[-1].parts[-3]) >= 15 else None


class Cluster:
    """One server. `owner` is the role that may everything; `keeper` owns the databases that are tested; `app` has to give PASSWORD."""

    def __init__(self):
        self.bin = programs()
        if self.bin is None:
            raise AssertionError("PostgreSQL 15 is not installed: script/setup test")
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="dewar-pg-"))
        self.directory.chmod(0o755)
        self.as_account = {}
        if os.geteuid() == 0:
            account = pwd.getpwnam(ACCOUNT)
            os.chown(self.directory, account.pw_uid, account.pw_gid)
            self.as_account = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        self.data = self.directory / "data"
        self.process, self.port = None, "5432"
        self.run("initdb", "-D", self.data, "-U", "owner", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions")
        (self.data / "pg_hba.conf").write_text("local all app scram-sha-256\nlocal all all trust\n")

    def run(self, program, *words):
        done = subprocess.run([str(self.bin / program), *map(str, words)], cwd=self.directory, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              check=False, timeout=120, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}, **self.as_account)
        if done.returncode:
            raise AssertionError(f"{program}: status {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    # ---- life ----

    def start(self, *options):
        """Starts it, and waits until it takes connections; options are "name=value" of postgresql.conf."""
        self.port = dict(option.split("=", 1) for option in options).get("port", "5432")
        log = (self.directory / "log").open("ab")
        self.process = subprocess.Popen(
            [str(self.bin / "postgres"), "-D", str(self.data), "-k", str(self.directory),
             *(word for option in ("listen_addresses=", "shared_buffers=16MB", "max_connections=60", *options) for word in ("-c", option))],
            cwd=self.directory, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}, **self.as_account)
        log.close()
        deadline = time.monotonic() + 30
        while True:
            try:
                self.sql("DO $$ BEGIN CREATE ROLE keeper LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
                return self
            except AssertionError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise AssertionError("PostgreSQL did not start:\n" + (self.directory / "log").read_text()) from None
                time.sleep(0.05)

    def kill(self):
        """All of its processes at once, the one that would notice first."""
        pids = [self.process.pid, *self.children()]
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(30)
        self.process = None
        deadline = time.monotonic() + 10
        while any(map(self.runs, pids)) and time.monotonic() < deadline:
            time.sleep(0.01)  # they hold shared memory, without which the next would not start

    def runs(self, pid):
        """Whether a process still has its memory."""
        with contextlib.suppress(OSError, IndexError):
            return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
        return False

    def children(self):
        """Its backends and helpers."""
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            with contextlib.suppress(OSError, ValueError, IndexError):
                if entry.name.isdigit() and int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1]) == self.process.pid:
                    found.append(int(entry.name))
        return found

    def stop(self):
        """A stop that waits for nobody (fast)."""
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.kill()
            self.process = None

    def remove(self):
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    # ---- use ----

    def sql(self, text, database="postgres"):
        """The output of psql, without decoration."""
        return self.run("psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", self.directory, "-p", self.port, "-U", "owner", "-d", database,
                        "-c", text).strip()

    def url(self, database, user="keeper"):
        return f"postgresql://{user}@/{database}?host={self.directory}"
