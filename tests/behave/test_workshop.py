"""The pages about loaders and own guards: docs/guide/loaders.c and docs/guide/own-guards.c, as four people use them."""

import unittest

import harness


class Workshop(unittest.TestCase):
    POSTGRES = False

    @classmethod
    def setUpClass(cls):
        cls.server = harness.Server("workshop", prepare=(("migrate",),), postgres=cls.POSTGRES).start()
        cls.tokens = {uid: cls.server.request("POST", "/enter", {"uid": uid}).json["access_token"] for uid in ("ann", "ben", "cy", "dee")}

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def ask(self, who, method, path, body=None, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.server.request(method, path, body, headers, token=self.tokens.get(who))

    def statuses(self, method, path, body=None):
        return [self.ask(who, method, path, body).status for who in ("ann", "ben", "cy", "dee")]

    def test_members_see_a_card(self):
        self.assertEqual(self.statuses("GET", "/v1/cards/1"), [200, 200, 200, 404])
        self.assertEqual(self.statuses("GET", "/v1/cards/2"), [404, 404, 404, 200])
        self.assertEqual(self.ask(None, "GET", "/v1/cards/1").status, 401)
        self.assertEqual([self.ask("ann", "GET", f"/v1/cards/{key}").status for key in ("x", "0", "99")], [404, 422, 404])

    def test_a_page_of_several_loaders(self):
        self.assertEqual(self.ask("dee", "GET", "/v1/cards/2/page").json, {"title": "Legs", "team": "Tables", "mine": True, "of": 1})
        self.assertFalse(self.ask("cy", "GET", "/v1/cards/1/page").json["mine"])

    def test_who_made_it_or_leads_changes_it(self):
        self.assertEqual(self.statuses("PATCH", "/v1/cards/1", {"title": "Bulbs"}), [200, 200, 403, 404])
        self.assertEqual(self.ask("cy", "PATCH", "/v1/cards/1", {"title": ""}).status, 422)
        self.assertEqual(self.ask("ann", "GET", "/v1/cards/1").json["title"], "Bulbs")

    def test_what_is_sent_again_is_answered_again(self):
        """Though the card is not there any more: what was kept is not loaded."""
        key = {"Idempotency_Key": "drop-wires"}
        self.assertEqual(self.ask("cy", "POST", "/v1/cards/3/drop", **key).status, 403)
        first, again = (self.ask("ann", "POST", "/v1/cards/3/drop", **key) for _ in range(2))
        self.assertEqual([first.status, again.status, again.headers.get("idempotency-replayed")], [204, 204, "true"])
        self.assertEqual(self.ask("ann", "POST", "/v1/cards/3/drop").status, 404)

    def test_a_switch_closes_one_door(self):
        self.assertEqual(self.ask("ann", "GET", "/v0/door").status, 200)
        self.server.change("UPDATE switches SET closed = 1")
        try:
            reply = self.ask("ann", "GET", "/v0/door")
            self.assertEqual((reply.status, reply.json["code"], reply.json["message"]), (503, "closed", "Closed until tomorrow"))
            self.assertEqual(self.ask(None, "GET", "/v0/door").status, 401)
            self.assertEqual(self.ask("ann", "GET", "/v0/switch").status, 200)
            self.server.change("DELETE FROM switches")
            reply = self.ask("ann", "GET", "/v0/door")
            self.assertEqual((reply.status, reply.json["code"]), (503, "unavailable"))
            self.server.wait_for_log(lambda line: line["event"] == "guard.undecided" and line["guard"] == "opening_hours")
        finally:
            self.server.change("DELETE FROM switches")
            self.server.change("INSERT INTO switches VALUES ('all', 0)")

    def test_old_clients_and_old_routes(self):
        for path in ("/v1/cards/1", "/nowhere", "/enter"):
            self.assertEqual(self.ask("ann", "GET", path, X_Client="1").json["code"], "client_too_old")
        self.assertEqual(self.ask("ann", "GET", "/v1/cards/1", X_Client="2").status, 200)
        self.assertIn("sunset", self.ask("ann", "GET", "/v0/switch").headers)
        self.assertNotIn("sunset", self.ask("ann", "GET", "/v1/cards/1").headers)
        self.assertIn("note: own.note: client_version: refuses clients of version 1", self.server.command("check"))


class OnPostgres(Workshop):
    POSTGRES = True


if __name__ == "__main__":
    unittest.main()
