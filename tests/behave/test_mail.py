"""Mails of Coffer's registrations: in files, and through a real mail server that is well, slow to agree, unwilling, away, or not who it says."""

import email
import email.policy
import json
import pathlib
import re
import select
import socket
import subprocess
import tempfile
import time
import unittest

import harness
from harness import wait_until

SYSTEM_PYTHON = "/usr/bin/python3"  # which has aiosmtpd
HERE = pathlib.Path(__file__).parent


class MailServer:
    def __init__(self, *words):
        self.process = subprocess.Popen([SYSTEM_PYTHON, str(HERE / "smtp_server.py"), *words], stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def mail(self, seconds=harness.WAIT_SECONDS):
        """The next one, or None."""
        if not select.select([self.process.stdout], [], [], seconds)[0]:
            return None
        return json.loads(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def shop(url, **settings):
    return harness.Server("coffer", {"MAIL_URL": url, "MAIL_FROM": "coffer@example.com", **settings}, prepare=(("migrate",),))


def register(server, name, address, status=201):
    reply = server.request("POST", "/api/users", {"username": name, "email": address, "password": harness.PASSWORD})
    assert reply.status == status, reply


def retry_soon(server):
    """The pause of half a minute is not waited for."""
    server.change("UPDATE dw_jobs SET due_at = 0 WHERE state = 'waiting' AND key <> '@schedule'")


def event(server, name):
    return server.wait_for_log(lambda line: line["event"] == name)


class Files(unittest.TestCase):
    def test_a_welcome(self):
        with shop("file:mails") as server:
            register(server, "ann", "ann@example.org")
            path = wait_until(lambda: list((server.directory / "mails").glob("*.eml")))[0]
            mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            self.assertEqual((mail["to"], mail["from"], mail["subject"]), ("ann@example.org", "coffer@example.com", "Welcome to Coffer"))
            self.assertIn("Hello ann,", mail.get_content())
            register(server, "ann", "ann2@example.org", 409)  # and no mail
            register(server, "ben", "ben@example.org")
            wait_until(lambda: len(list((server.directory / "mails").glob("*.eml"))) == 2)
            time.sleep(1.2)
            self.assertEqual(len(list((server.directory / "mails").glob("*.eml"))), 2)

    def test_none(self):
        with shop("none") as server:
            register(server, "ann", "ann@example.org")
            event(server, "mail.not_sent")


class Settings(unittest.TestCase):
    def test_what_cannot_be(self):
        for url, extra, words in (("ftp://x", {}, "MAIL_URL is none, file:DIRECTORY"), ("smtp://", {}, "MAIL_URL is none"),
                                  ("smtp://a:b@host", {}, "the password is MAIL_PASSWORD"), ("smtp://a@host", {}, "MAIL_PASSWORD is missing"),
                                  ("smtp://host/path", {}, "MAIL_URL is none"), ("smtp://host", {"MAIL_FROM": "nobody"}, "MAIL_FROM is missing"),
                                  ("file:x", {"MAIL_FROM": None}, "MAIL_FROM is missing")):
            with self.subTest(url):
                server = shop(url, **extra)
                self.addCleanup(server.stop)
                status, out, said = harness.run("coffer", "serve", env=server.env, cwd=server.directory)
                self.assertEqual(status, 78, out + said)
                self.assertIn(words, said)


@unittest.skipUnless(subprocess.run([SYSTEM_PYTHON, "-c", "import aiosmtpd"], capture_output=True, check=False).returncode == 0,
                     "python3-aiosmtpd is not installed")
class Smtp(unittest.TestCase):
    def test_delivered(self):
        with MailServer() as post, shop(f"smtp://127.0.0.1:{post.port}") as server:
            register(server, "ann", "ann@example.org")
            sent = post.mail()
            self.assertEqual((sent["from"], sent["to"]), ("coffer@example.com", ["ann@example.org"]))
            mail = email.message_from_string(sent["content"], policy=email.policy.default)
            self.assertEqual(mail["subject"], "Welcome to Coffer")
            self.assertRegex(mail["message-id"], r"^<[0-9a-f-]{36}@example\.com>$")
            wait_until(lambda: not re.search(r"welcome_mail[^\n]*\n ", server.command("jobs")))
            self.assertIsNone(post.mail(1))

    def test_later_is_tried_again(self):
        with MailServer() as post, shop(f"smtp://127.0.0.1:{post.port}") as server:
            register(server, "later", "later@example.org")
            for attempt in (1, 2):
                failed = server.wait_for_log(lambda line: line["event"] == "job.failed" and line["attempt"] == attempt)
                self.assertIn("451", failed["why"])
                retry_soon(server)
            self.assertEqual(post.mail()["to"], ["later@example.org"])

    def test_no_is_no(self):
        with MailServer() as post, shop(f"smtp://127.0.0.1:{post.port}") as server:
            register(server, "never", "never@example.org")
            dead = event(server, "job.dead")
            self.assertEqual(dead["attempt"], 1)
            self.assertIn("550", dead["why"])
            self.assertIn(dead["id"], server.command("jobs"))

    def test_a_server_that_is_away(self):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        with shop(f"smtp://127.0.0.1:{port}") as server:
            register(server, "ann", "ann@example.org")
            self.assertIn("mail server", event(server, "job.failed")["why"])

    def test_tls(self):
        """Trusted when its certificate is of the authority that is given; refused when of any other, or for another name."""
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder).chmod(0o755)
            for name, host in (("good", "IP:127.0.0.1"), ("elsewhere", "DNS:mail.example.net")):
                subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}", "-addext",
                                f"subjectAltName={host}", "-keyout", f"{folder}/{name}.key", "-out", f"{folder}/{name}.pem"],
                               check=True, capture_output=True)
                pathlib.Path(f"{folder}/{name}.pem").chmod(0o644)
            for served, trusted, sent in (("good", "?ca=" + folder + "/good.pem", True), ("good", "", False),
                                          ("elsewhere", "?ca=" + folder + "/elsewhere.pem", False)):
                with self.subTest(served=served, trusted=trusted), \
                        MailServer(f"{folder}/{served}.pem", f"{folder}/{served}.key") as post, \
                        shop(f"smtp://127.0.0.1:{post.port}{trusted}") as server:
                    register(server, "ann", "ann@example.org")
                    if sent:
                        self.assertTrue(post.mail()["tls"])
                    else:
                        self.assertRegex(event(server, "job.failed")["why"], "(?i)certificate|ssl")
                        self.assertIsNone(post.mail(1))


if __name__ == "__main__":
    unittest.main()
