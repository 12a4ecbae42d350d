"""gdb: the fibers of a live worker, or of a core.

    gdb -p PID -x script/gdb/dewar.py          or          gdb build/dev/bin/coffer core -x script/gdb/dewar.py
    (gdb) dewar fibers              each fiber: its state, request id, route, and stack
    (gdb) dewar fiber 3             fiber 3 becomes what bt, up and info locals look at
    (gdb) dewar fiber               back to the stack that really runs

A stopped fiber is a stack pointer, and above it the seven words that dw__fiber_switch saved (src/os/fiber_x86_64.S).  An unwinder
says that they are the caller of the present frame; from there gdb goes on by itself.  No register is written, so a core
will do.  Needs the debug information of src/os/fiber.c, which a release that was not stripped has too.
"""

import gdb
from gdb.unwinder import Unwinder, register_unwinder

SAVED = ("r15", "r14", "r13", "r12", "rbx", "rbp", "rip")  # from the stack pointer up
STATES = ("free", "running", "parked", "woken", "ended")


class FrameId:
    """What tells one frame from another."""

    def __init__(self, sp, pc):
        self.sp, self.pc = sp, pc


class FiberUnwinder(Unwinder):
    """While a context is chosen, it lies behind frame 0."""

    def __init__(self):
        super().__init__("dewar fiber")
        self.context = None

    def __call__(self, pending):
        if self.context is None or pending.level() != 0:
            return None
        info = pending.create_unwind_info(FrameId(self.context["rsp"] - 8 * (len(SAVED) + 1), pending.read_register("rip")))
        for name, value in self.context.items():
            info.add_saved_register(name, value)
        return info

    def choose(self, context):
        self.context = context
        gdb.invalidate_cached_frames()


unwinder = FiberUnwinder()
register_unwinder(None, unwinder, replace=True)


def all_pools():
    """The static variable of src/os/fiber.c. When files were optimised together its place is told under another file's name."""
    for symbol in gdb.lookup_static_symbols("pools"):
        if str(symbol.type) == "struct fiber_pool *" and not symbol.value().is_optimized_out:
            return symbol.value()
    raise gdb.GdbError("no pools of src/os/fiber.c: is this our program, with its debug information?")


def fibers():
    """All that are alive, with their numbers."""
    pool, first = all_pools(), 0
    while pool != 0:
        for i in range(int(pool["n_made"])):
            fiber = pool["fibers"][i]
            if int(fiber["state"]) != STATES.index("free"):
                yield first + i, fiber
        first += int(pool["max"])
        pool = pool["next"]


def context_of(fiber):
    """The registers of a fiber that does not run."""
    word = gdb.selected_inferior().architecture().integer_type(64, False)
    at = fiber["sp"].cast(word.pointer())
    context = {name: (at + i).dereference() for i, name in enumerate(SAVED)}
    context["rsp"] = gdb.Value(int(at) + 8 * len(SAVED)).cast(word)
    return context


def text(value):
    """A dw_text."""
    return value["p"].string("utf-8", "replace", length=int(value["n"])) if int(value["n"]) else "-"


def describe(number, fiber):
    ctx = fiber["ctx"]
    of = f"request {text(ctx['request_id'])} route {text(ctx['route'])}" if ctx != 0 else "nobody's"
    return f"fiber {number}: {STATES[int(fiber['state'])]}, {of}"


def print_frames():
    frame = gdb.newest_frame().older()
    while frame is not None and frame.is_valid():
        place = frame.find_sal()
        where = f" at {place.symtab.filename}:{place.line}" if place.symtab else ""
        gdb.write(f"    #{frame.level():<2} {frame.name() or hex(frame.pc())}{where}\n")
        frame = frame.older()


class Dewar(gdb.Command):
    """dewar fibers | dewar fiber [NUMBER]: requests that wait, each on a stack of its own."""

    def __init__(self):
        super().__init__("dewar", gdb.COMMAND_STACK, prefix=True)


class Fibers(gdb.Command):
    """Lists all fibers: state, request id, route, stack."""

    def __init__(self):
        super().__init__("dewar fibers", gdb.COMMAND_STACK)

    def invoke(self, _argument, _from_tty):
        chosen, n = unwinder.context, 0
        try:
            for number, fiber in fibers():
                gdb.write(describe(number, fiber) + "\n")
                n += 1
                if STATES[int(fiber["state"])] == "running":
                    gdb.write("    see bt\n")
                    continue
                unwinder.choose(context_of(fiber))
                print_frames()
        finally:
            unwinder.choose(chosen)
        gdb.write(f"{n} fiber{'' if n == 1 else 's'}\n")


class Fiber(gdb.Command):
    """Puts the stack of fiber NUMBER behind frame 0; without a number, the stack that runs."""

    def __init__(self):
        super().__init__("dewar fiber", gdb.COMMAND_STACK)

    def invoke(self, argument, _from_tty):
        if not argument:
            unwinder.choose(None)
            return
        for number, fiber in fibers():
            if number == int(argument):
                unwinder.choose(None if STATES[int(fiber["state"])] == "running" else context_of(fiber))
                gdb.write(describe(number, fiber) + "\n")
                return
        raise gdb.GdbError(f"no fiber {argument}: see dewar fibers")


Dewar()
Fibers()
Fiber()
