"""The table of OWASP ASVS as the program says it."""

import functools
import json
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("DEWAR_BUILD", ROOT / "build/asan"))


def asvs(*words, env=None):
    """`coffer asvs` with those words and no setting but `env`."""
    return subprocess.run([str(BUILD / "bin/coffer"), "asvs", *words], text=True, capture_output=True, check=False,
                          env={"PATH": os.environ["PATH"], **(env or {})})


@functools.cache
def rows():
    run = asvs("--json")
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)["requirements"]
