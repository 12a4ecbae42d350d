"""The files of the audit log: turned over when they are full, removed when there are too many, and whole whenever the writer is killed; and whom it blames."""

import json
import os
import re
import signal
import time
import unittest

import harness
from test_audit import ACCOUNT, Audited, lines_of


def knock(server, times):
    """So many requests that are refused, each a line."""
    request = b"GET /api/items HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with server.connect() as s:
        s.sendall(request * (times - 1) + request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        return harness.read_all(s).count(b"HTTP/1.1 4")


class Rotation(unittest.TestCase):
    """Files of a bounded length, of which the oldest are removed."""

    @classmethod
    def setUpClass(cls):
        cls.audit = audit = Audited(AUDIT_MAX_SIZE="16K", AUDIT_KEEP="3")
        cls.server = audit.server.start()
        cls.addClassCleanup(cls.server.stop)
        cls.removed = []
        for _ in range(20):
            knock(cls.server, 60)
            if len(cls.removed) >= 2:
                break
            time.sleep(0.1)
            cls.removed += [line["file"] for line in audit.all_lines("audit.removed") if line["file"] not in cls.removed]
        harness.wait_until(lambda: not audit.heads.read_bytes().endswith(b"x") and audit.verify("--begins-late")[0] == 0)

    def test_files_are_full_and_only_the_last_are_kept(self):
        full = self.audit.full()
        self.assertEqual(len(full), 3)
        for path in full:
            self.assertGreaterEqual(path.stat().st_size, 16 << 10)
            self.assertLess(path.stat().st_size, 600 << 10)
            self.assertEqual(lines_of(path)[-1]["event"], "audit.file_ended")
            self.assertEqual(path.stat().st_mode & 0o7777, 0o640)
        for before, after in zip(full, [*full[1:], self.audit.path]):
            first = lines_of(after)[0]
            self.assertEqual((first["event"], first["file"]), ("audit.rotated", before.name))
            self.assertEqual(first["last_mac"], lines_of(before)[-1]["mac"])

    def test_what_was_removed_is_said(self):
        self.assertGreaterEqual(len(self.removed), 2)
        self.assertEqual(self.removed, sorted(self.removed))
        for name in self.removed:
            self.assertFalse((self.server.directory / name).exists())
        self.assertTrue(all(line["process"] == "monitor" for line in self.audit.all_lines("audit.removed")))
        self.assertTrue([line for line in self.server.log() if line.get("event") == "audit.removed"])

    def test_they_are_verified_together_and_a_gap_has_a_name(self):
        status, said = self.audit.verify()
        self.assertEqual(status, 1, said)
        self.assertRegex(said, "^incomplete: ")
        for words in ([], [self.server.directory], [*self.audit.full(), self.audit.path]):
            status, said = self.audit.verify("--begins-late", *words)
            self.assertEqual(status, 0, said)
        status, said = self.audit.verify("--begins-late", self.audit.full()[0], *self.audit.full()[2:], self.audit.path)
        self.assertEqual(status, 1, said)
        self.assertRegex(said, re.escape(self.audit.full()[2].name) + ":1: before it lines .* are missing: file " + re.escape(self.audit.full()[1].name))
        status, said = self.audit.verify("--heads", "/dev/null", "--begins-late", *self.audit.full())
        self.assertEqual(status, 1, said)
        self.assertIn("another file follows, and that is missing", said)

    def test_lines_are_found_in_all_of_them(self):
        status, out, said = self.audit.list("--json")
        self.assertEqual(status, 0, said)
        lines = [json.loads(line) for line in out.splitlines()]
        self.assertEqual(lines[0], lines_of(self.audit.full()[0])[0])
        one = next(line for line in lines if line["event"] == "access.denied")
        status, out, said = self.audit.list("--request", one["request_id"], "--event", "access.*", "--since", one["time"][:10], "--until", one["time"])
        self.assertEqual((status, len(out.splitlines())), (0, 2), out + said)
        self.assertIn("code=unauthenticated", out)
        self.assertEqual(len(self.audit.list("--since", "2999")[1].splitlines()), 1)
        self.assertEqual(self.audit.list("--since", "yesterday")[0], 64)
        forged = self.server.directory / "forged"
        forged.write_bytes(self.audit.full()[0].read_bytes().replace(b"access.denied", b"access.\033[2Jd", 1))
        status, out, said = self.audit.list(forged)
        self.assertEqual(status, 1)
        self.assertIn("it was altered", said)
        self.assertNotIn("\033", out)


class Turning(unittest.TestCase):
    def test_the_writer_is_killed_while_files_are_turned_over(self):
        """What was said to be written is there, in files that hold."""
        audit = Audited("conformance", AUDIT_MAX_SIZE="16K")
        with audit.server as server:
            token = server.token("carol")
            written = []
            for _ in range(4):
                pid = server.children().get("audit")
                for _ in range(3):
                    knock(server, 30)
                    reply = server.request("PUT", ACCOUNT, {"disabled": False}, token=token)
                    written += [reply.headers["x-request-id"]] * (reply.status == 200)
                if pid:
                    os.kill(pid, signal.SIGKILL)
            harness.wait_until(lambda: server.request("PUT", ACCOUNT, {"disabled": False}, token=token).status == 200)
            self.assertGreater(len(written), 3)
            self.assertGreater(len(audit.full()), 1)
            there = {line.get("request_id") for line in audit.all_lines("account.state")}
            self.assertEqual(set(written) - there, set())
            server.end()
            status, said = audit.verify()
            self.assertEqual(status, 0, said)

    def test_a_disk_that_has_no_room_for_another_file(self):
        audit = Audited(faults="open=ENOSPC@{directory}/full", AUDIT_MAX_SIZE="16K")
        with audit.server as server:
            full = server.directory / "full"
            full.touch()
            self.assertEqual(knock(server, 100), 100)
            server.wait_for_log(lambda line: line["event"] == "audit.not_rotated")
            begin = time.monotonic()
            self.assertEqual(knock(server, 50), 50)
            self.assertLess(time.monotonic() - begin, 10)
            full.unlink()
            harness.wait_until(lambda: knock(server, 1) and audit.path.exists() and audit.lines("audit.rotated"))
            harness.wait_until(lambda: len(audit.all_lines("access.denied")) >= 151)
            self.assertEqual(audit.verify()[0], 0)

    def test_a_start_goes_on_where_the_last_file_ended(self):
        audit = Audited(AUDIT_MAX_SIZE="16K")
        with audit.server as server:
            knock(server, 100)
            harness.wait_until(audit.full)
            server.end()
            audit.path.unlink()  # as after a kill between the two names
            server.start()
            opened = audit.wait("audit.opened")[0]
            self.assertEqual(opened["file"], audit.full()[-1].name)
            self.assertEqual(opened["last_mac"], lines_of(audit.full()[-1])[-1]["mac"])

    def test_settings_that_cannot_be_say_so(self):
        audit = Audited()
        self.addCleanup(audit.server.stop)
        for settings, status, says in (({"COFFER_AUDIT_KEEP": "3"}, 78, "AUDIT_KEEP"), ({"COFFER_AUDIT_MAX_SIZE": "1K"}, 78, "AUDIT_MAX_SIZE")):
            got, _, said = harness.run("coffer", "serve", env={**audit.server.env, **settings}, cwd=audit.server.directory)
            self.assertEqual(got, status, said)
            self.assertIn(says, said)


class Recent(unittest.TestCase):
    """What administrators see of it, out of the memory of who writes it."""

    @classmethod
    def setUpClass(cls):
        cls.audit = Audited()
        cls.server = cls.audit.server.start()
        cls.addClassCleanup(cls.server.stop)
        cls.admin = cls.server.token("demo-admin", cls.server.users["demo-admin"])

    def ask(self, query="", token=None):
        return self.server.request("GET", "/api/admin/audit" + query, token=token or self.admin)

    def wait_for(self, reply):
        """Until the line of that request is there."""
        harness.wait_until(lambda: [line for line in self.audit.lines() if line.get("request_id") == reply.headers["x-request-id"]])

    def test_it_is_for_administrators(self):
        self.assertEqual(self.server.request("GET", "/api/admin/audit").status, 401)
        self.assertEqual(self.ask(token=self.server.token("demo-editor", self.server.users["demo-editor"])).status, 403)

    def test_pages_are_the_newest_first_and_end(self):
        knock(self.server, 60)
        self.audit.wait("access.denied", 60)
        seen, cursor = [], ""
        while cursor is not None:
            reply = self.ask(f"?event=access.denied&limit=25{cursor}")
            self.assertEqual(reply.status, 200, reply)
            seen += reply.json["lines"]
            cursor = "&cursor=" + reply.json["nextCursor"] if "nextCursor" in reply.json else None
        lines = [json.loads(line["line"]) for line in seen]
        there = [line for line in self.audit.lines("access.denied") if line["seq"] <= lines[0]["seq"]]
        self.assertEqual(lines, there[::-1])
        self.assertEqual((seen[0]["code"] if "code" in seen[0] else None, seen[0]["address"], seen[0]["kind"]), (None, "127.0.0.1", "denial"))

    def test_what_is_looked_for_is_found(self):
        refused = self.server.request("GET", "/api/items")
        self.wait_for(refused)
        found = self.ask("?request=" + refused.headers["x-request-id"]).json["lines"]
        self.assertEqual([(line["event"], line["requestId"], line["route"]) for line in found], [("access.denied", refused.headers["x-request-id"], "/api/items")])
        self.assertEqual(self.ask("?since=2999").json, {"lines": []})
        actor = self.ask("?event=token.*").json["lines"][0]["actor"]
        self.assertTrue(all(line["actor"] == actor for line in self.ask(f"?account={actor}&event=token.issued").json["lines"]))

    def test_what_cannot_be_asked(self):
        for query, status in (("?since=yesterday", 422), ("?cursor=x", 422), ("?cursor=0123456789abcdef.1", 400), ("?limit=51", 422), ("?n=1", 400)):
            self.assertEqual(self.ask(query).status, status, query)

    def test_a_successor_has_what_is_at_the_end_of_the_file(self):
        refused = self.server.request("GET", "/api/items")
        self.wait_for(refused)
        writer = self.server.children()["audit"]
        opened = len(self.audit.lines("audit.opened"))
        os.kill(writer, signal.SIGKILL)
        self.audit.wait("audit.opened", opened + 1)
        self.assertEqual(len(self.ask("?request=" + refused.headers["x-request-id"]).json["lines"]), 1)

    def test_without_an_audit_log_there_is_nothing(self):
        with harness.coffer() as server:
            self.assertEqual(server.request("GET", "/api/admin/audit", token=server.token("demo-admin", server.users["demo-admin"])).status, 503)


@unittest.skipUnless(os.geteuid() == 0, "only root can write to another's pipe")
class Blame(unittest.TestCase):
    def test_a_worker_is_not_blamed_for_its_predecessor(self):
        audit = Audited()
        with audit.server as server:
            writer, first = server.children()["audit"], server.children()["worker 0"]
            server.wait_for_log(lambda line: line["event"] == "child.ready" and line["pid"] == first)
            os.kill(writer, signal.SIGSTOP)
            self.spoil(first)
            os.kill(first, signal.SIGKILL)
            second = harness.wait_until(lambda: (pid := server.children().get("worker 0")) != first and pid)
            server.wait_for_log(lambda line: line["event"] == "child.ready" and line["pid"] == second)
            os.kill(writer, signal.SIGCONT)
            audit.wait("audit.garbage")
            self.assertEqual(server.request("GET", "/api/items").status, 401)
            audit.wait("access.denied")
            self.assertEqual(server.children()["worker 0"], second)
            self.assertFalse([line for line in server.log() if line.get("event") == "child.killed"])
            self.spoil(second)  # and for what is its own it is
            killed = server.wait_for_log(lambda line: line["event"] == "child.killed")
            self.assertEqual((killed["child"], killed["pid"]), ("worker 0", second))

    @staticmethod
    def spoil(pid):
        """Writes what is no record, as the process `pid` could."""
        fds = [fd for fd in os.listdir(f"/proc/{pid}/fd") if os.readlink(f"/proc/{pid}/fd/{fd}").startswith("pipe:")]
        with open(f"/proc/{pid}/fdinfo/12", encoding="ascii") as info:
            assert "12" in fds and int(re.search(r"flags:\s+(\d+)", info.read())[1], 8) & 3 == os.O_WRONLY
        fd = os.open(f"/proc/{pid}/fd/12", os.O_WRONLY | os.O_NONBLOCK)
        os.write(fd, b"garbage")
        os.close(fd)


if __name__ == "__main__":
    unittest.main()
