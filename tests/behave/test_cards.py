"""Virtual cards, and what an Idempotency-Key is worth when clients repeat themselves and processes die: on both databases."""

import base64
import concurrent.futures
import contextlib
import os
import signal
import threading
import time
import unittest
import uuid

import harness

CARD = {"cardholderName": "Ada Lovelace", "currency": "EUR"}
PATH = "/api/virtual-cards"


def checks_out(number):
    """ISO/IEC 7812-1, annex B."""
    doubled = [int(digit) * (2 - place % 2) for place, digit in enumerate(number)]
    return sum(digit // 10 + digit % 10 for digit in doubled) % 10 == 0


class Case:
    POSTGRES = False

    @classmethod
    def setUpClass(cls):
        cls.server = harness.Server("coffer", prepare=(("migrate",),), postgres=cls.POSTGRES)
        cls.users = dict(line.split(" ", 1) for line in cls.server.command("seed").splitlines())
        cls.server.start()
        cls.editor, cls.viewer = (cls.server.token(name, cls.users[name]) for name in ("demo-editor", "demo-viewer"))

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def create(self, body=None, key=None, token=None, method="POST", **more):
        headers = {"Idempotency-Key": key} if key is not None else {}
        return self.server.request(method, PATH + "/create", {**(CARD if body is None else body), **more}, headers, token=token or self.viewer)

    def cards(self, token=None):
        reply = self.server.request("GET", PATH, token=token or self.viewer)
        self.assertEqual(reply.status, 200, reply)
        return reply.json["cards"]

    def sure(self, *words, **more):
        """As create, again while the answer is 503: a busy machine."""
        deadline = time.monotonic() + 30
        while (reply := self.create(*words, **more)).status == 503 and time.monotonic() < deadline:
            pass
        return reply

    # ---- cards ----

    def test_a_card_is_made_and_its_number_shown_once(self):
        reply = self.create(expiryDate="2031-02-28")
        self.assertEqual(reply.status, 201, reply)
        self.assertTrue(reply.json["success"])
        card = reply.json["card"]
        self.assertEqual({**CARD, "expiryDate": "2031-02-28", "limit": 1000, "isBlocked": False}, {
            name: card[name] for name in ("cardholderName", "currency", "expiryDate", "limit", "isBlocked")})
        self.assertEqual(str(uuid.UUID(card["id"])), card["id"])
        self.assertRegex(card["number"], "^[0-9]{16}$")
        self.assertTrue(checks_out(card["number"]))
        self.assertNotIn("cvv", reply.body.decode().lower())
        mine = [other for other in self.cards() if other["id"] == card["id"]]
        self.assertEqual(mine, [{**card, "number": "*" * 12 + card["number"][-4:]}])
        self.assertNotIn(card["number"], self.dump())

    def test_what_is_the_servers_is_unknown_from_a_client(self):
        before = len(self.cards())
        for name, value in (("limit", 99999), ("ownerId", 1), ("isAdmin", True), ("cvv", "123"), ("isBlocked", True), ("number", "4" * 16),
                            ("id", str(uuid.uuid4())), ("createdAt", "2026-01-01T00:00:00Z")):
            reply = self.create(**{name: value})
            self.assertEqual((reply.status, reply.json["error"], reply.json["invalid_fields"]), (400, "Invalid fields in payload", [name]), reply)
        self.assertEqual(len(self.cards()), before)

    def test_what_breaks_a_rule(self):
        for body in ({"currency": "EUR"}, {"cardholderName": "", "currency": "EUR"}, {"cardholderName": "A" * 101, "currency": "EUR"},
                     {"cardholderName": "Ada"}, {**CARD, "currency": "CHF"}, {**CARD, "currency": "eur"}, {**CARD, "expiryDate": "soon"},
                     {**CARD, "expiryDate": "2031-02-30"}, {**CARD, "expiryDate": 20310228}):
            self.assertEqual(self.create(body).status, 422, body)

    def test_each_has_ones_own(self):
        made = self.create(token=self.editor).json["card"]
        self.assertNotIn(made["id"], [card["id"] for card in self.cards()])
        self.assertIn(made["id"], [card["id"] for card in self.cards(self.editor)])
        self.assertEqual(self.server.request("GET", PATH).status, 401)
        self.assertEqual(self.server.request("POST", PATH + "/create", CARD).status, 401)

    # ---- sent again ----

    def test_the_first_outcome_is_answered_again(self):
        key = str(uuid.uuid4())
        first = self.sure(key=key)
        self.assertEqual(first.status, 201, first)
        self.assertNotIn("idempotency-replayed", first.headers)
        for _ in range(4):  # by whichever worker
            again = self.sure(key=key)
            self.assertEqual((again.status, again.body, again.headers["idempotency-replayed"]), (201, first.body, "true"))
            self.assertEqual(again.headers["content-type"], first.headers["content-type"])
        self.assertEqual([card["id"] for card in self.cards()].count(first.json["card"]["id"]), 1)
        number = first.json["card"]["number"]
        self.assertFalse(number in self.dump() or key in self.dump())
        kept = [base64.urlsafe_b64decode(outcome + "=" * (-len(outcome) % 4)) for outcome in self.outcomes()]
        self.assertFalse([outcome for outcome in kept if number.encode() in outcome or b"Lovelace" in outcome])

    def test_a_key_stands_for_one_request(self):
        key, before = f'"{uuid.uuid4()}"', len(self.cards())  # as the draft writes them
        self.assertEqual(self.sure(key=key).status, 201)
        for other in ({**CARD, "currency": "USD"}, {**CARD, "cardholderName": "Ada Lovelacf"}):
            reply = self.sure(other, key=key)
            self.assertEqual((reply.status, reply.json["message"]), (422, "This Idempotency-Key was used for another request"))
        self.assertEqual(len(self.cards()), before + 1)

    def test_a_key_is_the_callers_own(self):
        key = str(uuid.uuid4())
        mine, theirs = self.sure(key=key), self.sure(key=key, token=self.editor)
        self.assertEqual((mine.status, theirs.status), (201, 201))
        self.assertNotEqual(mine.json["card"]["id"], theirs.json["card"]["id"])
        self.assertNotIn("idempotency-replayed", theirs.headers)

    def test_what_was_refused_before_the_handler_leaves_the_key_free(self):
        key = str(uuid.uuid4())
        self.assertEqual(self.create({"currency": "EUR"}, key=key).status, 422)
        self.assertEqual(self.create(key=key, cvv="123").status, 400)
        self.assertEqual(self.sure(key=key).status, 201)

    def test_an_error_of_the_handler_is_an_outcome(self):
        key, name = str(uuid.uuid4()), "Only one of that name"
        self.server.change("CREATE UNIQUE INDEX one_of_a_name ON virtual_cards (owner, cardholder_name) WHERE cardholder_name LIKE 'Only one%'")
        try:
            self.assertEqual(self.sure(cardholderName=name).status, 201)
            first = self.sure(key=key, cardholderName=name)
        finally:
            self.server.change("DROP INDEX one_of_a_name")
        again = self.sure(key=key, cardholderName=name)
        self.assertEqual((first.status, again.status), (409, 409))
        self.assertEqual(first.json["message"], again.json["message"])
        self.assertEqual([card["cardholderName"] for card in self.cards()].count(name), 1)

    def test_keys_that_cannot_be(self):
        for key in ("", " ", "a b", "k" * 256, "caf\u00e9"):
            self.assertEqual(self.create(key=key.encode()).status, 400, key)
        self.assertEqual(self.sure(key="k" * 255).status, 201)
        reply = self.server.raw(b"POST /api/virtual-cards/create HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer "
                                + self.viewer.encode() + b"\r\nContent-Type: application/json\r\nContent-Length: 44\r\n"
                                b"Idempotency-Key: a\r\nIdempotency-Key: b\r\n\r\n" + b'{"cardholderName":"Ada L","currency":"EUR"} ')
        self.assertIn(b"HTTP/1.1 400 ", reply)

    def test_many_at_once_are_one(self):
        for _ in range(3):
            key, before = str(uuid.uuid4()), len(self.cards())
            with concurrent.futures.ThreadPoolExecutor(8) as pool:
                replies = list(pool.map(lambda _: self.sure(key=key), range(8)))  # pylint: disable=cell-var-from-loop
            self.assertEqual({reply.status for reply in replies}, {201})
            self.assertEqual(len({reply.body for reply in replies}), 1)
            self.assertEqual(len([reply for reply in replies if "idempotency-replayed" not in reply.headers]), 1)
            self.assertEqual(len(self.cards()), before + 1)

    def test_a_key_is_kept_for_a_day(self):
        key = str(uuid.uuid4())
        first = self.sure(key=key)
        self.server.change("UPDATE dw_repeats SET made_at = made_at - 86000")
        self.assertEqual(self.sure(key=key).body, first.body)
        self.server.change("UPDATE dw_repeats SET made_at = made_at - 1000")
        second = self.sure(key=key)
        self.assertEqual(second.status, 201)
        self.assertNotEqual(second.body, first.body)

    def test_a_caller_has_so_many(self):
        self.server.change("INSERT INTO dw_repeats (caller, key, digest, outcome, made_at) WITH RECURSIVE c(n) AS"
                           " (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 1000) SELECT id, 'x' || n, '', '', 4000000000 FROM c, users"
                           " WHERE username = 'demo-editor'")
        try:
            reply = self.create(key=str(uuid.uuid4()), token=self.editor)
            self.assertEqual((reply.status, reply.headers["retry-after"]), (429, "1"), reply)
            self.assertEqual(self.create(token=self.editor).status, 201)
            self.assertEqual(self.sure(key=str(uuid.uuid4())).status, 201)
        finally:
            self.server.change("DELETE FROM dw_repeats WHERE outcome = ''")

    def test_its_description_has_the_header(self):
        described = self.server.request("GET", "/openapi.json").json["paths"][PATH + "/create"]["post"]
        header, = (parameter for parameter in described["parameters"] if parameter["in"] == "header")
        self.assertEqual((header["name"], header["required"], header["schema"]["maxLength"]), ("Idempotency-Key", False, 255))
        self.assertLessEqual({"400", "422", "429"}, set(described["responses"]))
        self.assertIn("Idempotency-Key", self.server.command("routes", "-v").split("/virtual-cards/create")[1].split("\nGET")[0])

    # ---- processes that die ----

    def test_both_or_neither_whoever_is_killed(self):
        """Cards and outcomes belong together; who repeats until there is an answer has exactly one card."""
        made, stop = {}, threading.Event()
        before = {card["id"] for card in self.cards()}

        def shop():
            while not stop.is_set():
                key = str(uuid.uuid4())
                for _ in range(200):
                    with contextlib.suppress(OSError, harness.http.client.HTTPException):
                        reply = self.create(key=key)
                        if reply.status == 201:
                            made[key] = reply.json["card"]["id"]
                            break
                    time.sleep(0.05)
        threads = [threading.Thread(target=shop) for _ in range(3)]
        for thread in threads:
            thread.start()
        try:
            for round_ in range(4):
                so_far = len(made)
                harness.wait_until(lambda so_far=so_far: len(made) > so_far + 6, 60)
                self.kill(round_)
        finally:
            stop.set()
            for thread in threads:
                thread.join(90)
        harness.wait_until(lambda: all(self.is_well() for _ in range(10)), 40)
        there = {card["id"] for card in self.cards()} - before
        self.assertEqual(there, set(made.values()))
        self.assertEqual(len(set(made.values())), len(made))

    def is_well(self):
        """Whichever worker it is that answers."""
        with contextlib.suppress(OSError, harness.http.client.HTTPException):
            return self.server.request("GET", PATH, token=self.viewer).status == 200 and self.create({}).status == 422
        return False

    def kill_worker(self, number):
        pid = self.server.children().get(f"worker {number}")
        if pid:
            os.kill(pid, signal.SIGKILL)
        harness.wait_until(lambda: self.server.children().get(f"worker {number}", pid) != pid, 30)


class OnSQLite(Case, unittest.TestCase):
    def dump(self):
        with contextlib.closing(harness.sqlite3.connect(self.server.directory / "test.db", timeout=10)) as database:
            return "\n".join(database.iterdump())

    def outcomes(self):
        with contextlib.closing(harness.sqlite3.connect(self.server.directory / "test.db", timeout=10)) as database:
            return [outcome for outcome, in database.execute("SELECT outcome FROM dw_repeats")]

    def kill(self, round_):
        if round_ % 2 == 0:
            self.kill_worker(0)
            return
        pid = self.server.children()["store"]
        os.kill(pid, signal.SIGKILL)
        harness.wait_until(lambda: self.server.children().get("store", pid) != pid, 30)


class OnPostgres(Case, unittest.TestCase):
    POSTGRES = True

    def dump(self):
        return "\n".join(harness.cluster().sql(f"SELECT * FROM {table}", self.server.database) for table in ("virtual_cards", "dw_repeats"))

    def outcomes(self):
        return harness.cluster().sql("SELECT outcome FROM dw_repeats", self.server.database).split()

    def kill(self, round_):
        if round_ % 2 == 0:
            self.kill_worker(0)
            return
        harness.cluster().kill()
        harness.cluster().start()


if __name__ == "__main__":
    unittest.main()
