"""The audit log in a real server: what gets in, what does not, that every change shows, and that nothing which happens to it stops a request."""

import json
import os
import re
import signal
import socket
import time
import unittest

import harness

ACCOUNT = "/api/users/bob/state"


def lines_of(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


class Audited:
    """A server of `app` with an audit log, and heads of it in another file."""

    def __init__(self, app="coffer", faults=None, **settings):
        settings = {"AUDIT_HEAD_EVERY": "200ms", **settings}
        self.server = server = harness.coffer(**settings) if app == "coffer" else harness.conformance(
            DATA_KEYS=harness.run("conformance", "secret")[1].strip(), **settings)
        self.path, self.heads = server.directory / "audit.log", server.directory / "audit.heads"
        server.env[app.upper() + "_AUDIT_LOG"] = str(self.path)
        server.env[app.upper() + "_AUDIT_HEADS"] = str(self.heads)
        if faults:
            server.env["DW_FAULTS"] = faults.format(directory=server.directory)

    def lines(self, event=None):
        whole = self.path.read_text(encoding="utf-8").rpartition("\n")[0]
        return [line for line in map(json.loads, whole.splitlines()) if event in (None, line["event"])]

    def full(self):
        """Files that another has followed, the oldest first."""
        return sorted(self.path.parent.glob("audit.log.2*Z"))

    def all_lines(self, event=None):
        lines = [line for path in self.full() for line in map(json.loads, path.read_text(encoding="utf-8").splitlines())]
        return [line for line in lines if event in (None, line["event"])] + self.lines(event)

    def list(self, *words):
        status, out, said = harness.run(self.server.app, "audit", "list", *map(str, words), env=self.server.env, cwd=self.server.directory)
        return status, out, said

    def wait(self, event, n=1):
        return harness.wait_until(lambda: len(found := self.lines(event)) >= n and found)

    def verify(self, *words):
        """Status and output of `audit verify`."""
        status, out, said = harness.run(self.server.app, "audit", "verify", *map(str, words), env=self.server.env, cwd=self.server.directory)
        return status, out + said


class Lines(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.audit = Audited()
        cls.server = cls.audit.server.start()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def test_it_is_a_process_of_its_own_that_the_others_wait_for(self):
        self.assertEqual(set(self.server.children()), {"audit", "keeper", "store", "jobs", "worker 0", "worker 1"})
        opened = self.audit.wait("audit.opened")[0]
        self.assertEqual((opened["seq"], opened["after"], opened["process"]), (0, "nothing", "audit"))
        fds = os.listdir(f"/proc/{self.server.children()['audit']}/fd") if os.geteuid() == 0 else []
        kinds = {os.readlink(f"/proc/{self.server.children()['audit']}/fd/{fd}") for fd in fds}
        self.assertFalse([name for name in kinds if "test.db" in name])

    def test_what_happens_has_a_line(self):
        name, password = "demo-editor", self.server.users["demo-editor"]
        token = self.server.token(name, password)
        self.server.request("GET", "/api/items", token=token[:-6] + "AAAAAA")
        self.server.request("GET", "/api/items")
        wrong = self.server.request("POST", "/token", form={"grant_type": "password", "username": name, "password": "wrong " * 4})
        self.assertIn(wrong.status, (400, 401))
        self.server.request("GET", "/", host="elsewhere.test")
        self.server.raw(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
        self.assertTrue(self.audit.wait("token.issued")[0]["actor"])
        refused = self.audit.wait("auth.token_refused")[0]
        self.assertEqual((refused["kind"], refused["severity"], refused["outcome"], refused["address"]), ("token", "info", "refused", "127.0.0.1"))
        self.assertEqual(refused["route"], "/api/items")
        self.assertRegex(refused["request_id"], "^[0-9a-zA-Z_-]{8,}$")
        self.assertRegex(refused["process"], "^worker [01]$")
        self.audit.wait("access.denied", 2)
        self.audit.wait("auth.password_refused")
        self.audit.wait("host.refused")
        self.audit.wait("request.refused")
        text = self.audit.path.read_text(encoding="utf-8")
        for unseen in (password, "wrong wrong", name, "elsewhere.test", token):
            self.assertNotIn(unseen, text)
        self.assertEqual(self.audit.verify()[0], 0)

    def test_second_factors_and_webhooks_have_lines(self):
        name, password = "demo-viewer", self.server.users["demo-viewer"]
        token = self.server.token(name, password)
        self.assertEqual(self.server.request("POST", "/auth/mfa/enroll", {"password": password}, token=token).status, 200)
        self.assertEqual(self.server.request("POST", "/auth/mfa/confirm", {"code": "nothing"}, token=token).status, 422)
        self.server.request("POST", "/api/webhook", {})
        enrolled, refused = self.audit.wait("mfa.enrolled")[0], self.audit.wait("mfa.refused")[0]
        self.assertEqual((enrolled["kind"], enrolled["outcome"], refused["outcome"]), ("authentication", "done", "refused"))
        self.assertEqual(enrolled["account_id"], refused["account_id"])
        self.assertEqual((enrolled["actor"], "account" in enrolled), (refused["actor"], False))
        self.assertTrue(self.audit.wait("webhook.no_secret")[0]["source"])

    def test_what_the_monitor_sees_has_a_line(self):
        os.kill(self.server.children()["worker 0"], signal.SIGKILL)
        died = self.audit.wait("child.died")[0]
        self.assertEqual((died["child"], died["process"]), ("worker 0", "monitor"))


class Life(unittest.TestCase):
    def setUp(self):
        self.audit = Audited()
        self.server = self.audit.server.start()
        self.addCleanup(self.server.stop)

    def test_it_is_killed_and_comes_again_and_nothing_is_lost_that_was_sent(self):
        opened = 1
        for _ in range(3):
            pid = self.server.children()["audit"]
            os.kill(pid, signal.SIGKILL)
            for _ in range(5):
                self.assertEqual(self.server.request("GET", "/api/items").status, 401)
            self.audit.wait("audit.opened", opened := opened + 1)
        self.audit.wait("access.denied", 15)
        self.assertEqual(len(self.audit.lines("audit.opened")), 4)
        self.assertEqual(self.audit.lines("audit.opened")[-1]["after"].split(":")[0], self.audit.lines("audit.opened")[-2]["chain"])
        status, said = self.audit.verify()
        self.assertEqual(status, 0, said)
        self.assertIn("in 4 chains", said)

    def test_an_upgrade_has_two_for_a_while(self):
        os.kill(self.server.process.pid, signal.SIGHUP)
        self.server.wait_for_log(lambda line: line["event"] == "reload.done")
        self.assertEqual(self.server.request("GET", "/api/items").status, 401)
        self.audit.wait("audit.closed")
        self.audit.wait("access.denied")
        self.audit.wait("reload.done")
        status, said = self.audit.verify()
        self.assertEqual(status, 0, said)
        self.assertIn("in 2 chains", said)

    def test_another_file(self):
        """After rotation: USR1, as for the log. Each file holds alone, and both together."""
        self.server.request("GET", "/api/items")
        self.audit.wait("access.denied")
        older = self.audit.path.with_suffix(".1")
        self.audit.path.rename(older)
        os.kill(self.server.process.pid, signal.SIGUSR1)
        harness.wait_until(self.audit.path.exists)
        rotated = self.audit.wait("audit.rotated")[0]
        self.assertEqual(rotated["seq"], lines_of(older)[-1]["seq"] + 1)
        os.kill(self.server.children()["audit"], signal.SIGKILL)  # its successor writes to the new one
        self.audit.wait("audit.opened")
        self.assertEqual(self.audit.verify(older, self.audit.path)[0], 0)
        status, said = self.audit.verify(self.audit.path)
        self.assertEqual(status, 1, said)
        self.assertRegex(said, "^incomplete: .*; begins at line [0-9]+ of chain " + rotated["chain"])
        status, said = self.audit.verify("--begins-late", self.audit.path)
        self.assertEqual(status, 0, said)
        self.assertRegex(said, "^ok: .*; begins at line ")


class Damage(unittest.TestCase):
    """What is done to a log afterwards. One server makes it, for all."""

    @classmethod
    def setUpClass(cls):
        cls.audit = Audited()
        with cls.audit.server as server:
            for _ in range(20):
                server.request("GET", "/api/items")
            cls.audit.wait("access.denied", 20)
            server.end()
            server.start()
            for _ in range(5):
                server.request("GET", "/api/items")
            cls.audit.wait("access.denied", 25)
            server.end(signal.SIGKILL)
            harness.wait_until(cls.is_gone)
            server.start()
            server.end()
            cls.whole = cls.audit.path.read_bytes().splitlines(keepends=True)
            cls.check(cls.whole, 0, "^ok: ")
            for name in [name for name in dir(cls) if name.startswith("damage_")]:
                getattr(cls, name)()
            server.start()

    @classmethod
    def is_gone(cls):
        """Whether what the monitor left behind by being killed has ended, too."""
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind(cls.audit.server.address)
            except OSError:
                return False
            return True

    @classmethod
    def check(cls, lines, status, says):
        cls.audit.path.write_bytes(b"".join(lines))
        got, said = cls.audit.verify()
        cls.audit.path.write_bytes(b"".join(cls.whole))
        if got != status or not re.search(says, said):
            raise AssertionError(f"status {got}: {said}")

    @classmethod
    def damage_beginning(cls):
        """Lines, a whole run, or all: heads know of what was before."""
        cls.check(cls.whole[3:], 1, r"incomplete: .*; begins at line 3 of chain ")
        last = max(i for i, line in enumerate(cls.whole) if b'"audit.opened"' in line)
        cls.check(cls.whole[last:], 1, r"incomplete: .*; begins at line 0 of chain .*; [12] heads? (is|are) about chains before it")
        cls.check([], 1, "is missing|^incomplete: 0 lines")

    @classmethod
    def damage_heads(cls):
        """Whoever can write where heads go puts something before the next."""
        heads = cls.audit.heads.read_bytes()
        spoilt = b"".join(b'{"event":"audit.head","at":"' + line for line in heads.splitlines(keepends=True)).replace(b"\n", b"x" * 70000)
        cls.audit.heads.write_bytes(spoilt)
        cls.check(cls.whole[:-1], 1, "the end is missing")
        cls.audit.heads.write_bytes(heads)

    @classmethod
    def damage_edit(cls):
        lines = list(cls.whole)
        lines[7] = lines[7].replace(b"access.denied", b"access.define")
        cls.check(lines, 1, r"audit\.log:8: it was altered")

    @classmethod
    def damage_cut(cls):
        cls.check(cls.whole[:5] + cls.whole[6:], 1, r"audit\.log:6: before it lines 5 to 5 of its chain are missing")

    @classmethod
    def damage_order(cls):
        cls.check(cls.whole[:5] + [cls.whole[6], cls.whole[5]] + cls.whole[7:], 1, r"audit\.log:6: ")

    @classmethod
    def damage_twice(cls):
        cls.check(cls.whole[:6] + cls.whole[5:], 1, r"audit\.log:7: .*repeated")

    @classmethod
    def damage_end(cls):
        """The last lines, or all of a run: heads are elsewhere."""
        cls.check(cls.whole[:-1], 1, "the end is missing")
        cls.check(cls.whole[:22], 1, "of which there is a head|the end is missing")

    @classmethod
    def damage_forged(cls):
        line = json.loads(cls.whole[-1])
        forged = cls.whole[-1].replace(f'"seq":{line["seq"]}'.encode(), f'"seq":{line["seq"] + 1}'.encode())
        cls.check([*cls.whole, forged], 1, "behind the end")

    @classmethod
    def damage_other_keys(cls):
        env = {**cls.audit.server.env, "COFFER_DATA_KEYS": harness.run("coffer", "secret")[1].strip()}
        status, out, _ = harness.run("coffer", "audit", "verify", env=env, cwd=cls.audit.server.directory)
        assert status == 1 and "not made with these keys" in out, out

    def test_all_of_it_showed(self):
        """Above, where the server is stopped."""


class Trouble(unittest.TestCase):
    def test_a_full_disk_stops_no_request_and_is_said(self):
        audit = Audited("conformance", faults="write=ENOSPC@{directory}/full")
        with audit.server as server:
            token = server.token("carol")
            full = server.directory / "full"
            set_state = lambda: server.request("PUT", ACCOUNT, {"disabled": False}, token=token).status  # noqa: E731
            self.assertEqual(set_state(), 200)
            full.touch()
            self.assertEqual(set_state(), 503)  # what cannot be written down is not done
            self.assertEqual(set_state(), 503)
            begin = time.monotonic()
            for _ in range(20):
                self.assertEqual(server.request("GET", "/api/users/me").status, 401)
            self.assertLess(time.monotonic() - begin, 10)
            server.wait_for_log(lambda line: line["event"] == "audit.failed" and "space" in line["why"])
            full.unlink()
            server.wait_for_log(lambda line: line["event"] == "audit.back")
            self.assertEqual(set_state(), 200)
            done = audit.wait("account.state", 2)[0]
            self.assertEqual((done["kind"], done["disabled"]), ("administration", False))
            self.assertTrue(done["account"] and done["actor"] and done["account"] != done["actor"])
            audit.wait("access.denied", 20)
            audit.wait("audit.lost")
            self.assertEqual(audit.verify()[0], 0)

    def test_a_flood_is_bounded_and_counted(self):
        audit = Audited()
        with audit.server as server:
            pid = server.children()["audit"]
            os.kill(pid, signal.SIGSTOP)
            for _ in range(4):
                request = b"GET /api/items HTTP/1.1\r\nHost: localhost\r\n\r\n"
                with server.connect() as s:
                    s.sendall(request * 400 + request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
                    answers = harness.read_all(s)
                self.assertGreater(answers.count(b"HTTP/1.1 4"), 300)
            os.kill(pid, signal.SIGCONT)
            # Who has lost some says so with the next that it sends.
            lost = harness.wait_until(lambda: server.request("GET", "/api/items") and audit.lines("audit.lost"))
            self.assertTrue(all(line["lines"] > 0 and line["process"].startswith("worker") for line in lost))
            self.assertEqual(audit.verify()[0], 0)

    def test_a_file_that_cannot_be_read_is_no_end(self):
        audit = Audited()
        self.addCleanup(audit.server.stop)
        for words in (("--heads", "/dev/null", "/proc/self/mem"), ("--heads", audit.server.directory, "/dev/null")):
            status, said = audit.verify(*words)
            self.assertEqual(status, 69, said)
            self.assertRegex(said, "cannot be read: (Is a directory|Input/output error)")

    def test_a_start_without_keys_or_file_says_so(self):
        audit = Audited()
        self.addCleanup(audit.server.stop)
        env = {**audit.server.env, "COFFER_AUDIT_LOG": str(audit.server.directory)}
        status, _, said = harness.run("coffer", "serve", env=env, cwd=audit.server.directory)
        self.assertEqual(status, 69)
        self.assertIn("AUDIT_LOG: ", said)
        env = {name: value for name, value in audit.server.env.items() if name != "COFFER_DATA_KEYS"}
        status, _, said = harness.run("coffer", "serve", env=env, cwd=audit.server.directory)
        self.assertEqual(status, 78)
        self.assertIn("DATA_KEYS", said)


if __name__ == "__main__":
    unittest.main()
