"""Clients of several kinds: an honest one with a clock, one that hammers, and what is asked of a process in /proc."""

import contextlib
import multiprocessing
import os
import pathlib
import re
import selectors
import socket
import struct
import time

import harness

HOST = b"Host: localhost\r\n"


def request(line, *fields, body=b""):
    """A request: its line without version, field lines without ends."""
    return line + b" HTTP/1.1\r\n" + HOST + b"".join(field + b"\r\n" for field in fields) + b"\r\n" + body


def reset(s):
    """Ends a connection at once and impolitely."""
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    s.close()


class Honest:
    """One request after the other on kept connections; how long each took and every status that was not 200."""

    def __init__(self, server, path="/hello"):
        self.server, self.data = server, request(b"GET " + path.encode())
        self.times, self.wrong, self.socket = [], [], None

    def close(self):
        if self.socket is not None:
            self.socket.close()
        self.socket = None

    def ask(self):
        began = time.monotonic()
        try:
            if self.socket is None:
                self.socket = self.server.connect()
            self.socket.sendall(self.data)
            got = b""
            while b"\r\n\r\n" not in got or b"}" not in got:
                part = self.socket.recv(65536)
                if not part:
                    raise ConnectionError(got)
                got += part
            status = int(got[9:12])
        except OSError as error:
            status, self.socket = repr(error), None
        self.times.append(time.monotonic() - began)
        if status != 200:
            self.wrong.append(status)

    def work(self, seconds, pause=0.002):
        """Asks for a while; every tenth time on a new connection."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.ask()
            if len(self.times) % 10 == 0:
                self.close()
            time.sleep(pause)
        self.close()
        return self

    @property
    def p99(self):
        return sorted(self.times)[len(self.times) * 99 // 100]


def hammer(address, connections, seconds, data):
    """Pipelines requests on many connections as fast as it can, and reads what comes."""
    until = time.monotonic() + seconds
    with selectors.DefaultSelector() as selector:
        def connect():
            s = socket.create_connection(address)
            s.setblocking(False)
            selector.register(s, selectors.EVENT_READ | selectors.EVENT_WRITE)
        for _ in range(connections):
            connect()
        while time.monotonic() < until:
            for key, events in selector.select(0.1):
                try:
                    if events & selectors.EVENT_READ:
                        key.fileobj.recv(1 << 20)
                    if events & selectors.EVENT_WRITE:
                        key.fileobj.send(data)
                except BlockingIOError:
                    pass
                except OSError:  # the server has had enough of this one
                    selector.unregister(key.fileobj)
                    key.fileobj.close()
                    connect()


@contextlib.contextmanager
def hammering(server, connections, seconds, data=request(b"GET /hello") * 64):
    """hammer() in a process of its own."""
    process = multiprocessing.get_context("fork").Process(target=hammer, args=(server.address, connections, seconds, data))
    process.start()
    try:
        yield
    finally:
        process.kill()
        process.join()


def worker(server):
    return server.children()["worker 0"]


def descriptors(pid):
    return [int(entry.name) for entry in pathlib.Path(f"/proc/{pid}/fd").iterdir()]


def memory(pid, what="VmRSS"):
    """Bytes, by a line of /proc/PID/status."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(what + ":"):
            return int(line.split()[1]) * 1024
    raise AssertionError(what)


def processor_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def counted(server, name):
    """What the only worker has counted."""
    return int(re.search(rf'(?m)^dewar_{name}{{worker="0"}} (\d+)$', server.admin("GET", "/metrics").body.decode()).group(1))


def replies(s):
    return harness.parse_replies(harness.read_all(s))
