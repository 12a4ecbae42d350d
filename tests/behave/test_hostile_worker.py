"""A worker that was taken over, in a real server: what it says, sends and leaves behind costs it its life, and nobody else anything.

coffer_next (tests/behave/next/next.c) does what a file beside it says, as the unprivileged user and confined as workers are.
"""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import time
import unittest

import forge
import harness

ITEM = {"name": "A lamp", "description": "It stands on the desk"}


class Hostile(unittest.TestCase):
    def start(self, orders, audited=False):
        """A server whose first worker does what `orders` say, and its successors do not; that one's process id."""
        env = self.prepare()
        if audited:
            env["COFFER_AUDIT_LOG"] = str(self.server.directory / "audit.log")
        return self.begin(orders)

    def prepare(self):
        """A server that was not started; its environment."""
        self.server = server = harness.coffer(crashes=True, MIGRATE="yes")
        self.addCleanup(server.stop)
        server.program = server.directory / "coffer"
        shutil.copy(harness.BIN / "coffer_next", server.program)
        server.program.chmod(0o755)
        return server.env

    def begin(self, orders):
        server = self.server
        file = server.program.with_suffix(".does")
        file.write_text(orders, encoding="utf-8")
        server.start()
        ready = server.wait_for_log(lambda line: line["event"] == "child.ready" and line["child"] == "worker 0")
        file.unlink()
        return ready["pid"]

    def events(self, *names):
        return [line for line in self.server.log() if line["event"] in names]

    def assert_well(self):
        """All are there, and nobody but the one has died."""
        harness.wait_until(lambda: set(self.server.children()) == {"keeper", "store", "jobs", "worker 0", "worker 1"})
        harness.wait_until(lambda: self.server.admin("GET", "/readyz").status == 200)
        token = self.server.token("demo-editor", self.server.users["demo-editor"])
        for _ in range(4):
            self.assertEqual(self.server.request("POST", "/api/items", ITEM, token=token).status, 201)
        self.assertEqual({line["child"] for line in self.events("child.died", "child.crashed", "child.killed")}, {"worker 0"})

    def killed_for(self, orders, why):
        pid = self.start(orders)
        died = self.server.wait_for_log(lambda line: line["event"] == "child.died" and line["pid"] == pid)
        self.assertEqual(died["signal"], "KILL")
        self.assertEqual([line["why"] for line in self.events("child.killed") if line["pid"] == pid], [why])
        self.assert_well()

    def test_a_command_to_the_monitor(self):
        self.killed_for("worker 0 command", "a message that it may not send")

    def test_a_flood(self):
        self.killed_for("worker 0 flood", "it was READY twice")

    def test_what_it_forked_ends_with_it(self):
        """Copies in sessions of their own, and some that are the monitor's children, hold all of its sockets."""
        pid = self.start("worker 0 copies")
        self.server.wait_for_log(lambda line: line["event"] == "child.crashed" and line["pid"] == pid)
        line = self.server.wait_for_log(lambda line: line["event"] == "child.left_behind")
        self.assertGreater(line["processes"], 0)
        self.assert_well()
        harness.wait_until(lambda: self.processes() == 6)  # the monitor, the keeper, the store, jobs, two workers

    # ---- the keeper of signing keys ----

    def told(self):
        """What the hostile worker has said in the log."""
        return self.server.wait_for_log(lambda line: line["event"] == "hostile")

    def test_bytes_to_be_signed(self):
        self.killed_for("worker 0 sign", "it broke the rules towards the keeper")

    def test_a_verb_that_there_is_not(self):
        self.killed_for("worker 0 verb", "it broke the rules towards the keeper")

    def test_the_token_that_it_can_have(self):
        """Anybody's, since it serves everybody; but by the keeper's clock, for the time that is set, and of a sign-in that is there or no good."""
        self.start("worker 0 token")
        token = self.told()["token"]
        header, claims = (json.loads(forge.unb64(part)) for part in token.split(".")[:2])
        self.assertEqual((header["alg"], header["typ"]), ("EdDSA", "at+jwt"))
        self.assertEqual((claims["sub"], claims["aud"], claims["exp"] - claims["iat"]), ("anybody", "coffer", 600))
        self.assertLess(abs(claims["iat"] - time.time()), 60)
        self.assertEqual(self.server.request("GET", "/api/users/me", token=token).status, 401)

    def test_no_key_that_signs_is_in_its_memory(self):
        """Neither the root, as text or bytes, nor the seed; what it needs to answer refresh tokens is there, which shows that all was looked at."""
        text = self.prepare()["COFFER_SIGNING_KEYS"]
        root = forge.unb64(text)
        needles = [text.encode()[:32], root, forge.hkdf(root, b"dewar 1 signing access-token ed25519"),
                   forge.hkdf(root, b"dewar 1 signing refresh-token hmac-sha256")]
        hidden = "".join(bytes(byte ^ 0xFF for byte in needle).hex() for needle in needles)  # so that it does not find what it looks for by having it
        self.begin(f"worker 0 search\n{hidden}\n")
        self.assertEqual(self.told()["found"], [0, 0, 0, 1])

    # ---- the audit log ----

    def lines_of_audit(self, event):
        text = (self.server.directory / "audit.log").read_text(encoding="utf-8").rpartition("\n")[0]
        return [line for line in map(json.loads, text.splitlines()) if line["event"] == event]

    def assert_holds(self):
        self.assertEqual(self.server.end(), 0)
        status, said, _ = harness.run("coffer", "audit", "verify", env=self.server.env, cwd=self.server.directory)
        self.assertEqual(status, 0, said)
        self.server.start()

    def caught(self, orders):
        pid = self.start(orders, audited=True)
        self.server.wait_for_log(lambda line: line["event"] == "child.died" and line["pid"] == pid)
        self.assertEqual([line["why"] for line in self.events("child.killed") if line["pid"] == pid],
                         ["it broke the rules towards the audit log"])
        garbage = harness.wait_until(lambda: self.lines_of_audit("audit.garbage"))
        self.assertEqual([(line["process"], line["kind"]) for line in garbage], [("worker 0", "breach")])
        harness.wait_until(lambda: self.lines_of_audit("child.killed"))
        self.assert_holds()

    def test_a_line_that_only_the_writer_may_make(self):
        self.caught("worker 0 forge")

    def test_what_is_no_record_of_the_audit_log(self):
        self.caught("worker 0 garbage")

    def test_the_audit_log_itself_is_out_of_its_reach(self):
        """It has no descriptor of the file, and where there is Landlock can open none."""
        pid = self.start("worker 0 overwrite", audited=True)
        if self.events("worker.unconfined"):
            self.skipTest("this kernel has no Landlock")
        name = pathlib.Path(f"/proc/{pid}/comm")
        harness.wait_until(lambda: name.read_text(encoding="utf-8") == "tried\n")
        self.assertEqual(self.server.children()["worker 0"], pid)
        self.assert_holds()

    def processes(self):
        """How many run the server's program."""
        program, n = os.stat(self.server.program).st_ino, 0
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                n += os.stat(entry / "exe").st_ino == program
        return n

    def test_one_that_is_stopped_holds_up_neither_its_sibling_nor_the_end(self):
        pid = self.start("worker 0 stop")
        answered = 0
        for _ in range(8):  # nobody accepts from its own listener
            with contextlib.suppress(OSError), self.server.connect(timeout=1) as s:
                s.sendall(b"GET /api/items HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                answered += harness.read_all(s).startswith(b"HTTP/1.1 401")
        self.assertGreater(answered, 0)
        os.kill(self.server.process.pid, signal.SIGTERM)
        self.server.wait_for_log(lambda line: line["event"] == "child.ended" and line["child"] == "worker 1")
        self.assertEqual(self.processes(), 4)  # the monitor, the keeper, the store, the one that is stopped
        self.assertEqual(self.server.end(signal.SIGTERM), 0)  # asked a second time: at once
        self.assertEqual([line["pid"] for line in self.events("child.killed")], [pid])


if __name__ == "__main__":
    unittest.main()
