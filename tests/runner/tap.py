"""Runs a program that reports in TAP and counts what it says, and what it does not say."""

import concurrent.futures
import dataclasses
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import time

PLAN = re.compile(r"^1\.\.(\d+)")
# `ok 1 - name # SKIP why`, and cmocka's own way to skip: `not ok 1 # SKIP name`.
LINE = re.compile(r"^(not )?ok\b[ \t]*(\d+)?[ \t]*-?[ \t]*([^#]*?)(?:[ \t]*#[ \t]*(skip|todo)\b[ \t:]*(.*))?$", re.I)


@dataclasses.dataclass
class Program:
    """One program of a suite."""

    name: str                     # suite/program
    command: list
    timeout: float = 300.0        # seconds
    alone: bool = True            # whether no other runs beside it
    behind: bool = False          # whether it runs behind all others, on what they leave of the processors
    env: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Result:
    """What became of it."""

    name: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    failures: list = dataclasses.field(default_factory=list)
    skip_reasons: list = dataclasses.field(default_factory=list)
    output: str = ""

    def fail(self, name):
        self.failed += 1
        self.failures.append(name)


def count(result, text):
    """Counts the lines of `text` into `result`; returns (planned tests or None, seen tests)."""
    planned, seen = None, 0
    for line in text.splitlines():
        plan = PLAN.match(line)
        if plan:
            planned = (planned or 0) + int(plan.group(1))
            continue
        match = LINE.match(line)
        if not match:
            continue
        seen += 1
        bad, _, name, directive, reason = match.groups()
        if directive and directive.lower() == "skip":
            result.skipped += 1
            result.skip_reasons.append(": ".join(part for part in (name.strip(), (reason or "").strip()) if part))
        elif bad:
            result.fail(name.strip() or line)
        else:
            result.passed += 1
    return planned, seen


def judge(result, status, text):
    """Fills `result` from the output and the exit status (None: killed at its time limit)."""
    result.output = text
    planned, seen = count(result, text)
    if planned is not None and seen < planned:
        # What was planned and not told did not pass, whatever ended the program.
        for number in range(seen + 1, planned + 1):
            result.fail(f"test {number} of {planned} did not report")
    elif planned is None and seen == 0 and status == 0:
        result.fail("reported no tests")
    elif planned is not None and seen > planned:
        result.fail(f"planned {planned} tests, reported {seen}")
    if status is None:
        result.fail("took too long")
    elif status < 0:
        result.fail(f"killed by {signal.Signals(-status).name}")
    elif status != 0 and not result.failed:
        result.fail(f"ended with status {status}")


def survivors(session):
    """Processes of the session that are alive, as {pid: name}; one that has ended and waits to be reaped is not."""
    alive = {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            head, _, tail = stat.read_text(errors="replace").rpartition(")")
        except OSError:
            continue
        fields = tail.split()
        if fields[0] not in "ZX" and int(fields[3]) == session:
            alive[int(stat.parent.name)] = head.partition("(")[2]
    return alive


def clean_up(result, session):
    """Nothing that a program started outlives it by more than a second, also in a process group of its own."""
    end = time.monotonic() + 1
    while survivors(session) and time.monotonic() < end:
        time.sleep(0.02)
    left = survivors(session)
    for pid in left:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    if left:
        result.fail(f"left processes behind: {' '.join(left.values())}")


def run(program, root, env):
    """Runs one program in a session and with a temporary directory of its own; returns (Result, seconds)."""
    begin = time.monotonic()
    result = Result(program.name)
    # A program behind others has a processor only while nobody else wants it (SCHED_IDLE, sched(7)): those who assert time do not notice.
    command = [*(["chrt", "--idle", "0"] if program.behind else []), *program.command]
    with tempfile.TemporaryDirectory(prefix="dw-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o711)
        try:
            child = subprocess.Popen(command, cwd=root, env={**env, "TMPDIR": folder, **program.env},
                                     stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                     start_new_session=True)
        except OSError as error:
            result.fail(f"cannot be started: {error}")
            return result, 0.0
        status = None
        try:
            output, _ = child.communicate(timeout=program.timeout)
            status = child.returncode
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            for pid in survivors(child.pid):
                os.kill(pid, signal.SIGKILL)
            output, _ = child.communicate()
        judge(result, status, output.decode("utf-8", "replace"))
        clean_up(result, child.pid)
    return result, time.monotonic() - begin


def in_groups(programs):
    """The programs in their order, in groups that run together: one that runs alone is a group."""
    group = []
    for program in programs:
        if group and (program.alone or group[-1].alone):
            yield group
            group = []
        group.append(program)
    if group:
        yield group


def run_all(programs, root, env):
    """Runs all, those that bear company several at a time; yields (Result, seconds) in their order, and last what ran behind them."""
    workers = int(os.environ.get("DEWAR_JOBS") or os.cpu_count() or 1)

    def run_one(program):
        return run(program, root, env)
    with concurrent.futures.ThreadPoolExecutor(workers) as pool, concurrent.futures.ThreadPoolExecutor(1) as last:
        behind = [last.submit(run_one, program) for program in programs if program.behind]
        for group in in_groups(program for program in programs if not program.behind):
            yield from pool.map(run_one, group)
        for future in behind:
            yield future.result()
