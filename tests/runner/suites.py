"""Which suites there are, and which programs each has in this tree."""

import dataclasses
import os
import sys

from runner.tap import Program

# Programs of behave/ that run a second time, on PostgreSQL.
ON_BOTH = ("accounts", "api_keys", "cancel", "errors", "first_item", "fixture_identity", "headers", "identity", "json", "kinds", "loaders", "openapi", "rows", "sessions", "validation", "webhooks", "writes")
# Every other program of behave/, and why it runs once; docs/internals/testing.md has the same rows.
ONCE = {
    "admin": "runs on both itself",
    "audit": "files, pipes and processes; what is audited is the same on either",
    "audit_files": "files, and who turns them over; no statement",
    "bench": "the programs that measure, not what they measure",
    "blocking": "threads beside the loop; no statement",
    "cards": "runs on both itself",
    "chaos": "connections and the processes of SQLite's store; `postgres` ends backends and the server under load",
    "crash": "what is left of a worker that crashed",
    "checks": "settings, files and tables; statements are prepared on both in `db` and `postgres`",
    "crowds": "connections and requests that are too many for an address, a route or the whole; no statement",
    "csrf": "tokens and heads; the sessions that they are of are in `sessions`",
    "db": "runs on both itself",
    "docs": "runs on both itself",
    "development": "the development server; no statement of its own",
    "durability": "the disk below SQLite's store process; `postgres` and `transactions` kill PostgreSQL under load",
    "forms": "bodies of forms; no statement",
    "guesses": "counts in memory; what is judged is in `sessions` and `tokens`",
    "hostile_worker": "the rings between a worker and SQLite's store process",
    "http": "HTTP/1.1 on the wire; no statement",
    "issuers": "tokens of others; whose account they name is asked as in `identity`",
    "jobs": "runs on both itself",
    "limits": "counts in memory; no statement",
    "log": "lines of the log; no statement",
    "mail": "transports of mail; the jobs that carry it are in `jobs`",
    "mfa": "runs on both itself",
    "origins": "heads of requests and replies; no statement",
    "overload": "connections, bytes and work that are too many; the line for a connection is in `postgres`",
    "own_errors": "the shape of errors; no statement",
    "own_guards": "guards that ask no database; no statement",
    "own_settings": "settings; no statement",
    "owned": "runs on both itself",
    "passwords": "hashes; what is written of an account is in `accounts`",
    "postgres": "PostgreSQL itself",
    "postgres_tls": "PostgreSQL itself",
    "processes": "the monitor and its children, SQLite's store process among them",
    "proxy": "heads, headers and counts in memory; no statement",
    "range": "files; no statement",
    "reads": "threads that read SQLite; PostgreSQL reads elsewhere",
    "resource": "runs on both itself",
    "settings": "settings; no statement",
    "slow": "slow clients; no statement",
    "streaming": "bodies and replies in parts; no statement",
    "tokens": "runs on both itself",
    "top": "what the workers count; the database is not asked how",
    "transactions": "runs on both itself",
    "upgrade": "two stores of SQLite's that write in turns",
    "workshop": "runs on both itself",
}
# Those that assert nothing about time that a busy machine could not keep, and may run beside each other.
UNTIMED = ("accounts", "admin", "api_keys", "audit_files", "cards", "checks", "crowds", "csrf", "db", "docs", "errors", "first_item", "fixture_identity", "forms", "headers", "issuers", "jobs", "json",
           "kinds", "loaders", "mail", "mfa", "openapi", "origins", "own_errors", "own_guards", "own_settings", "owned", "postgres_tls", "proxy", "range", "resource", "rows", "settings", "tokens",
           "validation", "webhooks", "workshop")
FUZZ_SECONDS = os.environ.get("DEWAR_FUZZ_SECONDS", "10")


def unit(root):
    """Every cmocka program of the sanitizer build; a source without its program is a failure."""
    for source in sorted(root.glob("tests/unit/*/test_*.c")):
        name = f"{source.parent.name}/{source.stem}"
        yield Program(f"unit/{name}", [str(root / "build/asan/tests/unit" / name)], 300, alone=False)


def python_suite(folder, timeout, alone=True, behind=False):
    """Every test_*.py of tests/<folder>/, as Python unittest."""
    def programs(root):
        for path in sorted(root.glob(f"tests/{folder}/test_*.py")):
            yield Program(f"{folder}/{path.stem}",
                          [sys.executable, str(root / "tests/runner/unittest_tap.py"), str(path)], timeout, alone, behind)
    return programs


def behave(root):
    """Scenarios over real sockets; those that the database matters to, once more on PostgreSQL. First those that bear company."""
    programs = []
    for program in python_suite("behave", 600)(root):
        name = program.name.removeprefix("behave/test_")
        program.alone = name not in UNTIMED
        programs.append(program)
        if name in ON_BOTH:
            programs.append(dataclasses.replace(program, name=program.name + "@pg", env={"DEWAR_DATABASE": "pg"}))
    yield from sorted(programs, key=lambda program: program.alone)


def compile_suite(root):
    """What must not compile, and public headers under every compiler that they are made for."""
    yield Program("compile/headers", [sys.executable, str(root / "tests/compile/run.py"), "--headers"], 300)
    if any(root.glob("tests/compile/*.c")):
        yield Program("compile/snippets", [sys.executable, str(root / "tests/compile/run.py"), "--snippets"], 600)


def fuzz(root):
    """Every harness for a short time."""
    if any(root.glob("fuzz/fuzz_*.c")):
        yield Program("fuzz/all", [str(root / "script/fuzz"), "--tap", FUZZ_SECONDS], 3600, behind=True)


def valgrind(root):
    """The unit tests of pure code under valgrind; `script/valgrind` by itself runs all."""
    yield Program("valgrind/quick", [str(root / "script/valgrind"), "--tap", "--quick"], 3600, behind=True)


def security(root):
    """Playwright, when it is there."""
    if (root / "tests/security/package-lock.json").exists():
        yield Program("security/playwright", [sys.executable, str(root / "tests/runner/playwright_tap.py")], 600)


SUITES = {
    "unit": unit,
    "compile": compile_suite,
    "elf": python_suite("elf", 120, alone=False),
    "scripts": python_suite("scripts", 120, alone=False),
    "lint": python_suite("lint", 3600, behind=True),
    "install": python_suite("install", 300),
    "server": python_suite("server", 300),
    "docs": python_suite("docs", 300, alone=False),
    "asvs": python_suite("asvs", 300, alone=False),
    "behave": behave,
    "openapi": python_suite("openapi", 600),
    "security": security,
    "fuzz": fuzz,
    "valgrind": valgrind,
}
NAMES = tuple(SUITES)


def all_programs(root):
    """Every program of every suite, in the order in which they run."""
    return [program for programs in SUITES.values() for program in programs(root)]
