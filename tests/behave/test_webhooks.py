"""Webhooks that come in: signed by whoever has a secret, not too old, and done once however often they are delivered."""

import base64
import concurrent.futures
import contextlib
import hashlib
import hmac
import http.client
import itertools
import json
import secrets
import time
import unittest

import harness

PATH = "/api/webhook"
NUMBERS = itertools.count(1)


def new_secret():
    return "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()


def sign(secret, message, seconds, body):
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return "v1," + base64.b64encode(hmac.digest(key, f"{message}.{seconds}.".encode() + body, hashlib.sha256)).decode()


class Webhooks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.newest, cls.older = new_secret(), new_secret()
        cls.server = harness.coffer(WEBHOOK_SECRETS=f"{cls.newest}, {cls.older}", BAD_TOKENS_PER_SECOND="10000")
        cls.server.start()

    @classmethod
    def tearDownClass(cls):
        cls.server.log()
        cls.server.stop()

    def deliver(self, body=b'{"type":"a.b"}', message=None, seconds=None, secret=None, signature=None, source=None, headers=None):
        message = message if message is not None else f"msg_{next(NUMBERS)}"
        seconds = seconds if seconds is not None else int(time.time())
        if headers is None:
            headers = {"webhook-id": message, "webhook-timestamp": str(seconds),
                       "webhook-signature": signature if signature is not None else sign(secret or self.newest, message, seconds, body)}
        # Each delivery from an address of its own: limits are not what is tried here.
        source = source or f"127.7.{next(NUMBERS) % 250}.{next(NUMBERS) % 250 + 1}"
        return self.server.request("POST", PATH, body, {"Content-Type": "application/json", **headers}, source=source)

    def count(self, body):
        text = json.dumps(json.loads(body), separators=(",", ":"))
        if self.server.database:
            return int(harness.cluster().sql(f"SELECT count(*) FROM webhook_events WHERE body = '{text}'", self.server.database))
        with contextlib.closing(harness.sqlite3.connect(self.server.directory / "test.db", timeout=10)) as database:
            return database.execute("SELECT count(*) FROM webhook_events WHERE body = ?", (text,)).fetchone()[0]

    def fresh(self):
        return json.dumps({"n": next(NUMBERS), "of": secrets.token_hex(4)}).encode()

    def test_a_signed_one_is_taken_once(self):
        body = self.fresh()
        first = self.deliver(body, "msg_once")
        self.assertEqual((first.status, first.body), (202, b""), first)
        for seconds in (int(time.time()), int(time.time()) - 290):  # tried again, with a time of its own
            again = self.deliver(body, "msg_once", seconds)
            self.assertEqual((again.status, again.body), (200, b""))
        self.assertEqual(self.count(body), 1)

    def test_every_secret_verifies_and_one_signature_is_enough(self):
        now = int(time.time())
        self.assertEqual(self.deliver(secret=self.older).status, 202)
        body, other = self.fresh(), "v1," + base64.b64encode(bytes(32)).decode()
        for n, signature in enumerate((f"{other} v2,x v1a,AAAA {sign(self.older, 'msg_s0', now, body)}", f"{sign(self.newest, 'msg_s1', now, body)} {other}")):
            self.assertEqual(self.deliver(body, f"msg_s{n}", now, signature=signature).status, 202)

    def refused(self, reply):
        self.assertEqual(reply.status, 401, reply)
        self.assertEqual(reply.headers["www-authenticate"], 'Webhook-Signature realm="coffer"')

    def test_what_is_not_signed_so(self):
        now, body = int(time.time()), self.fresh()
        good = sign(self.newest, "msg_bad", now, body)
        for signature in ("", "v1,", good[:-4], good.replace("v1", "v2"), good[3:], sign(new_secret(), "msg_bad", now, body),
                          sign(self.newest, "msg_bae", now, body), sign(self.newest, "msg_bad", now - 1, body), sign(self.newest, "msg_bad", now, body + b" "),
                          *(good[:at] + ("A" if good[at] != "A" else "B") + good[at + 1:] for at in range(3, len(good) - 1))):
            self.refused(self.deliver(body, "msg_bad", now, signature=signature))
        for message in ("", "a.b", "a b", "x" * 256):
            self.refused(self.deliver(body, message, now))
        for missing in ("webhook-id", "webhook-timestamp", "webhook-signature"):
            headers = {"webhook-id": "msg_bad", "webhook-timestamp": str(now), "webhook-signature": good}
            del headers[missing]
            self.refused(self.deliver(body, headers=headers))
        self.assertEqual(self.count(body), 0)
        self.assertEqual(self.deliver(body, "msg_bad", now).status, 202)  # nothing was kept of all those

    def test_what_is_stale(self):
        now, body = int(time.time()), self.fresh()
        for seconds in (now - 310, now + 310, 0, 10 ** 11):
            self.refused(self.deliver(body, seconds=seconds))
        for text in ("-1", "1e9", f"0{now}", f"{now}.0", f"{now} ", "soon"):
            if text.strip() == text:
                self.refused(self.deliver(body, "msg_t", headers={"webhook-id": "msg_t", "webhook-timestamp": text,
                                                                   "webhook-signature": sign(self.newest, "msg_t", text, body)}))
        self.assertEqual(self.count(body), 0)

    def test_two_of_a_header(self):
        now, body = int(time.time()), self.fresh()
        good = sign(self.newest, "msg_two", now, body)
        for twice in ("webhook-id", "webhook-timestamp", "webhook-signature"):
            connection = http.client.HTTPConnection(*self.server.address, timeout=30)
            connection.putrequest("POST", PATH)
            for name, value in (("webhook-id", "msg_two"), ("webhook-timestamp", str(now)), ("webhook-signature", good), ("Content-Length", str(len(body)))):
                for _ in range(2 if name == twice else 1):
                    connection.putheader(name, value)
            connection.endheaders(body)
            self.assertEqual(connection.getresponse().status, 401)
            connection.close()

    def test_the_same_message_on_many_connections_is_done_once(self):
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            for round_ in range(5):
                body, message = self.fresh(), f"msg_race_{round_}"
                # A busy database says 503, and a sender tries again.
                def deliver(_, body=body, message=message):
                    deadline = time.monotonic() + 30
                    while (reply := self.deliver(body, message)).status == 503 and time.monotonic() < deadline:
                        pass
                    return reply.status
                statuses = list(pool.map(deliver, range(8)))
                self.assertEqual((sorted(statuses), self.count(body)), ([200] * 7 + [202], 1))

    def test_what_the_handler_refuses_leaves_the_id_free(self):
        for body in (b"{", b"", b'{"a":1,"a":2}', b"\xff"):
            self.assertEqual(self.deliver(body, "msg_free").status, 400, body)
        self.assertEqual(self.deliver(b'"now it is JSON"', "msg_free").status, 202)
        self.assertEqual(self.deliver(b'"now it is JSON"', "msg_free").status, 200)

    def test_what_is_too_large(self):
        self.assertEqual(self.deliver(b'"' + b"a" * 65534 + b'"').status, 202)
        self.assertEqual(self.deliver(b'"' + b"a" * 65535 + b'"').status, 413)

    def test_no_credential_is_looked_at(self):
        body = self.fresh()
        headers = {"webhook-id": "msg_c", "webhook-timestamp": str(int(time.time())), "Authorization": "Bearer nonsense", "X-API-Key": "nonsense"}
        headers["webhook-signature"] = sign(self.newest, "msg_c", headers["webhook-timestamp"], body)
        self.assertEqual(self.deliver(body, headers=headers).status, 202)


class Settings(unittest.TestCase):
    def test_a_secret_that_is_none_stops_the_start(self):
        server = harness.Server("coffer", {"WEBHOOK_SECRETS": "hunter2"})
        status, said, errors = harness.run("coffer", "check", env=server.env, cwd=server.directory)[:3]
        self.assertEqual(status, 78)
        text = said + errors
        text = text.decode() if isinstance(text, bytes) else text
        self.assertIn("COFFER_WEBHOOK_SECRETS has a secret that is not", text)
        self.assertNotIn("hunter2", text)

    def test_without_a_secret_nothing_is_taken(self):
        with harness.coffer() as server:
            body, now = b"{}", int(time.time())
            reply = server.request("POST", PATH, body, {"webhook-id": "a", "webhook-timestamp": str(now), "webhook-signature": sign(new_secret(), "a", now, body)})
            self.assertEqual(reply.status, 503)
            server.wait_for_log(lambda line: line["event"] == "webhook.no_secret")


if __name__ == "__main__":
    unittest.main()
