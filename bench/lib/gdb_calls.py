"""For gdb: counts calls of the functions and system calls that DEWAR_WATCH names in the process it is attached to, until that gets SIGINT,
which it never sees."""

import json
import os

import gdb

FUNCTIONS, CALLS = json.loads(os.environ["DEWAR_WATCH"])
seen = {}


def note(name):
    if name not in seen:
        seen[name] = {"times": 0, "by": []}
        frame = gdb.newest_frame()
        while frame is not None and len(seen[name]["by"]) < 12:
            seen[name]["by"].append(str(frame.name()))
            frame = frame.older()
    seen[name]["times"] += 1


class Function(gdb.Breakpoint):
    def stop(self):
        note(self.location)
        return False


if not gdb.selected_inferior().pid:
    raise gdb.GdbError("attached to nothing")
reasons = []
gdb.events.stop.connect(reasons.append)
for setting in ("pagination off", "confirm off", "debuginfod enabled off", "breakpoint pending off", "print thread-events off"):
    gdb.execute(f"set {setting}")
gdb.execute("handle SIGINT stop nopass print", to_string=True)
gdb.execute("handle SIGPIPE SIGUSR1 SIGUSR2 SIGALRM nostop noprint pass", to_string=True)
for function in FUNCTIONS:
    Function(function)
if CALLS:
    gdb.execute("catch syscall " + " ".join(CALLS), to_string=True)
print("watching", flush=True)
while True:
    gdb.execute("continue", to_string=True)
    if isinstance(reasons[-1], gdb.SignalEvent) and reasons[-1].stop_signal == "SIGINT":
        break
    if not isinstance(reasons[-1], gdb.BreakpointEvent):
        note(f"stopped by {getattr(reasons[-1], 'stop_signal', 'a system call')}")
    else:
        note("a system call")
print("counted " + json.dumps(seen), flush=True)
gdb.execute("detach", to_string=True)
