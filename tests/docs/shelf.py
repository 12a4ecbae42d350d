"""Shelf, the application of the guide, built once and run for each page; and a shell for the page's commands."""

import atexit
import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("DEWAR_RELEASE", ROOT / "build/release"))
PROGRAMS = {"shelf": ["shelf"], "mistakes": ["tables", "statements", "owned"]}
PASSWORDS = {"kim": ("keeper", "kim keeps every book"), "lou": ("reader", "lou only reads them")}

sys.path.insert(0, str(ROOT / "tests" / "behave"))
import harness  # noqa: E402

_built = []


def build():
    """A directory with what a reader has installed (dewar/) and with the programs of the pages (bin/)."""
    if not _built:
        home = pathlib.Path(tempfile.mkdtemp(prefix="dewar-docs-"))
        atexit.register(shutil.rmtree, home, ignore_errors=True)
        home.chmod(0o755)
        quiet = {"check": True, "stdout": subprocess.DEVNULL}
        subprocess.run(["cmake", "--install", str(BUILD), "--prefix", str(home / "dewar")], **quiet)
        (home / "bin").mkdir()
        (home / "bin/coffer").symlink_to(BUILD / "bin/coffer")
        for folder in ("shelf", "mistakes"):
            subprocess.run(["cmake", "-G", "Ninja", "-S", str(ROOT / "docs" / folder), "-B", str(home / folder),
                            f"-DCMAKE_PREFIX_PATH={home / 'dewar'}",
                            "-DCMAKE_C_FLAGS=-Wall -Wextra -Wconversion -Wshadow -Werror"], **quiet)
            subprocess.run(["cmake", "--build", str(home / folder)], **quiet)
            for program in PROGRAMS[folder]:
                (home / "bin" / program).symlink_to(home / folder / program)
        harness.BIN = home / "bin"
        _built.append(home)
    return _built[0]


@contextlib.contextmanager
def serving(settings):
    """Shelf with a keeper and a reader; the environment of a page's shell, and its directory."""
    build()
    settings = {"ENV": "production", "TRUSTED_HOSTS": "127.0.0.1", **settings}
    server = harness.Server("shelf", settings)
    server.env["SHELF_SIGNING_KEYS"] = server.command("secret").strip()
    server.env["SHELF_DATA_KEYS"] = server.command("secret").strip()
    server.command("migrate")
    for name, (role, password) in PASSWORDS.items():
        subprocess.run([str(harness.BIN / "shelf"), "join", name, role], input=password + "\n", text=True, check=True,
                       env=server.env, cwd=server.directory, stdout=subprocess.DEVNULL)
    with server:
        env = dict(server.env)
        env["JSON"] = "Content-Type: application/json"
        for name, variable in (("kim", "KEEPER"), ("lou", "READER")):
            env[variable] = f"Authorization: Bearer {server.token(name, PASSWORDS[name][1])}"
        env["LOG"] = str(server.log_path)
        yield env, server.directory, server.port


def shell(commands, env, directory, port, seconds=120):
    """Runs the commands of a page, one after the other, in one shell; what each answered."""
    mark = "@@@ the next command @@@"
    script = ""
    for command in commands:
        script += f"printf '\\n%s\\n' '{mark}'\n" + command.text.replace("127.0.0.1:8080", f"127.0.0.1:{port}") + "\n"
    script += f"printf '\\n%s\\n' '{mark}'\n"
    with tempfile.TemporaryFile() as out:
        child = subprocess.Popen(["bash", "-c", script], cwd=directory, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                 start_new_session=True,
                                 env={**env, "PATH": f"{build() / 'bin'}:{os.environ['PATH']}", "HOME": str(build())})
        try:
            child.wait(seconds)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        out.seek(0)
        said = out.read().decode(errors="replace").replace("\r", "")
    said = said.replace(f"127.0.0.1:{port}", "127.0.0.1:8080")
    parts = said.split(f"\n{mark}\n")[1:]
    assert len(parts) == len(commands) + 1, said
    return [part.lstrip("\n") for part in parts[:-1]]
