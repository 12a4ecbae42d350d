"""The machine: which cores the server and its client run on, and what processes have used of them."""

import contextlib
import os
import pathlib
import platform
import re
import subprocess
import time


def siblings(cpu):
    """The logical processors of the core that `cpu` is one of."""
    path = pathlib.Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
    found = set()
    with contextlib.suppress(OSError):
        for part in path.read_text().strip().split(","):
            first, _, last = part.partition("-")
            found |= set(range(int(first), int(last or first) + 1))
    return found or {cpu}


def cores():
    """One logical processor of each core that we may use."""
    out, taken = [], set()
    for cpu in sorted(os.sched_getaffinity(0)):
        if cpu not in taken:
            out.append(cpu)
            taken |= siblings(cpu)
    return out


def places():
    """(processor of the server, of the client, those of a server with two workers)."""
    free = cores()
    return free[0], free[1 % len(free)], [free[0], free[2]] if len(free) > 2 else [free[0]]


def family(root):
    """The process `root` and all that descend from it."""
    parents = {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parents[int(stat.parent.name)] = int(stat.read_text(errors="replace").rpartition(")")[2].split()[1])
    found = {root}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def cpu_seconds(pids):
    """User and system time that the processes have used, all their threads, those that have ended too.

    This is what utime and stime in /proc/PID/stat add up to, read from the clock that they are made from: nanoseconds
    instead of ticks of ten milliseconds (clock_getcpuclockid(3); the number of the clock is the kernel's interface)."""
    return sum(time.clock_gettime((~pid << 3) | 2) for pid in pids)


def name_of(pid):
    """What the process says it is: the last word of its name, or its program."""
    with contextlib.suppress(OSError):
        words = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].decode(errors="replace")
        return words.split(": ", 1)[-1] if ": " in words else pathlib.Path(words).name
    return "?"


def private_dirty(pid):
    """Bytes of memory that are this process's own."""
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.search(r"(?m)^Private_Dirty:\s+(\d+) kB", text).group(1)) * 1024


def file_system(path):
    """Kind of the file system that `path` is on."""
    return subprocess.run(["findmnt", "-n", "-o", "FSTYPE", "-T", str(path)], text=True, capture_output=True, check=True).stdout.strip()


def about(directory):
    """What a reader must know of the machine to judge the figures."""
    cpuinfo = pathlib.Path("/proc/cpuinfo").read_text()
    model = re.search(r"(?m)^model name\s*: (.*)$", cpuinfo)
    system = "?"
    with contextlib.suppress(OSError):
        release = pathlib.Path("/etc/os-release").read_text()
        system = re.search(r'(?m)^PRETTY_NAME="?(.*?)"?$', release).group(1)
    return {"cpu": model.group(1) if model else platform.machine(), "cores": len(cores()),
            "virtual": bool(re.search(r"(?m)^flags.*\bhypervisor\b", cpuinfo)), "kernel": platform.release(), "system": system,
            "file_system": file_system(directory), "date": time.strftime("%Y-%m-%d", time.gmtime())}
