"""Packages of npm that a suite needs: those of its package-lock.json, installed anew when that has changed since."""

import hashlib
import shutil
import subprocess


def missing():
    """The first tool that is not installed, or None."""
    return next((tool for tool in ("node", "npm") if shutil.which(tool) is None), None)


def install(folder):
    """Makes folder/node_modules what the lock file says, running no scripts of the packages; (done, what npm said)."""
    stamp = folder / "node_modules" / ".lock-digest"
    digest = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == digest:
        return True, ""
    done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode == 0:
        stamp.write_text(digest)
    return done.returncode == 0, done.stdout
