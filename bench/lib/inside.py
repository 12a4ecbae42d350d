"""What a worker does inside: how often it asks for memory while it answers, and what a connection that waits costs it."""

import contextlib
import json
import os
import pathlib
import resource
import signal
import socket
import subprocess
import time

from . import client, machine

SCRIPT = pathlib.Path(__file__).with_name("gdb_calls.py")
ASK_FOR_MEMORY = (("malloc", "calloc", "realloc", "reallocarray", "memalign", "posix_memalign", "aligned_alloc", "valloc", "mmap"),
                  ("mmap", "mremap", "brk"))


class Untraceable(Exception):
    """We may not look into the process: a worker can be traced by root only, or there is no gdb."""


def allocations(pid, act):
    """What asks for memory in process `pid` while act() runs."""
    return calls(pid, act, *ASK_FOR_MEMORY)


def calls(pid, act, functions, system_calls=(), seconds=120):
    """Runs act() while gdb watches process `pid`; {function or system call: how often, and who called it first}.

    gdb sees every call in every library, whoever linked it how, in the very program that is installed."""
    try:
        gdb = subprocess.Popen(["gdb", "-nx", "-q", "-batch", "-p", str(pid), "-x", str(SCRIPT)], text=True, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               env={**os.environ, "DEWAR_WATCH": json.dumps([functions, system_calls])})
    except FileNotFoundError:
        raise Untraceable("there is no gdb") from None
    said = []
    try:
        for line in gdb.stdout:
            said.append(line)
            if line.startswith("watching"):
                break
        else:
            if "Operation not permitted" in "".join(said):
                raise Untraceable("only root may trace a worker")
            raise AssertionError("gdb: " + "".join(said))
        act()
        os.kill(pid, signal.SIGINT)  # which gdb takes, and keeps
        said.append(gdb.communicate(timeout=seconds)[0])
    finally:
        if gdb.poll() is None:
            gdb.terminate()
            gdb.wait()
        gdb.stdout.close()
    found = [line for line in "".join(said).splitlines() if line.startswith("counted ")]
    assert found, "gdb: " + "".join(said)
    return json.loads(found[-1].removeprefix("counted "))


def ask(port, request, times, connections=4):
    """Requests in turn on a few connections that are kept open; every reply is a 200."""
    with contextlib.ExitStack() as stack:
        socks = [stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=60)) for _ in range(connections)]
        for i in range(times):
            reply = client.talk(socks[i % connections], request)
            assert reply.status == 200, reply.raw


def warm(port, request, connections=64, times=10):
    """More at once than will be asked for, so that what a worker keeps for all requests is there."""
    with contextlib.ExitStack() as stack:
        socks = [stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=60)) for _ in range(connections)]
        for _ in range(times):
            for sock in socks:
                sock.sendall(request)
            for sock in socks:
                assert client.listen(sock, request).status == 200


def allowed_connections(wanted):
    """How many descriptors this process may have for connections, at most `wanted`."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return max(0, min(wanted, hard - 500))


def idle_bytes(port, worker, request, count):
    """Bytes of its own that the process `worker` takes for a connection that was answered once and waits, among `count`."""
    with contextlib.ExitStack() as stack:
        def more(n):
            for _ in range(n):
                sock = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=60))
                assert client.talk(sock, request).status == 200
            time.sleep(0.5)
            try:
                return machine.private_dirty(worker)
            except PermissionError:
                raise Untraceable("only root may look at a worker's memory") from None
        before = more(max(10, count // 20))
        return (more(count) - before) / count
