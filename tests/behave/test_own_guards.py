"""Guards of an application's own: they refuse and decorate, and can take nothing away from ours."""

import unittest

import harness

OURS = {"x-frame-options": "DENY", "x-content-type-options": "nosniff", "cache-control": "no-store", "cross-origin-opener-policy": "same-origin"}


class Guards(harness.ServerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.alice, cls.carol = cls.server.token("alice"), cls.server.token("carol")

    def ask(self, guard=None, body=None, path="/word", method="POST", token=None, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if guard:
            headers["X-Guard"] = guard
        return self.server.request(method, f"/guarded{path}", {"word": "hello"} if body is None and method == "POST" else body, headers,
                                   token=token or self.alice)

    def check_secure(self, reply):
        self.assertEqual({name: reply.headers[name] for name in OURS}, OURS)
        self.assertIn("content-security-policy", reply.headers)

    def event(self, reply, name):
        return self.server.wait_for_log(lambda line: line["event"] == name and line.get("request_id") == reply.headers["x-request-id"])

    def test_nobody_is_refused_without_reason(self):
        self.assertEqual(self.ask().status, 201)
        self.assertEqual(self.ask(path="/public", method="GET").status, 204)

    def test_each_phase_refuses(self):
        for guard in ("head-refuse", "body-refuse"):
            reply = self.ask(guard)
            self.assertEqual((reply.status, reply.json["code"], reply.json["message"]), (403, "barred", "A guard of this application has barred it"))
            self.check_secure(reply)
        reply = self.ask("head-too-many")
        self.assertEqual((reply.status, reply.headers["retry-after"]), (429, "1"))
        # Early: for every path, also for those that there are not.
        for path in ("/word", "/nowhere"):
            reply = self.ask(path=path, X_Barrier="refuse")
            self.assertEqual((reply.status, reply.json["message"]), (403, "Barred before there is a route"))
            self.check_secure(reply)
        self.assertEqual(self.server.request("GET", "/api/users/me", headers={"X-Barrier": "refuse"}).status, 403)

    def test_a_guard_counts_where_it_is_named(self):
        self.assertEqual(self.ask("body-refuse", path="/public", method="GET").status, 204)
        self.assertEqual(self.ask("head-refuse", path="/public", method="GET").status, 403)
        self.assertEqual(self.server.request("GET", "/api/users/me", headers={"X-Guard": "head-refuse"}, token=self.alice).status, 200)

    def test_ours_stand_before_it(self):
        refuse = {"X-Guard": "head-refuse"}
        self.assertEqual(self.server.request("POST", "/guarded/word", {"word": "a"}, refuse).status, 401)
        self.assertEqual(self.ask("head-refuse", path="/lone", method="GET").status, 403)
        self.assertEqual(self.ask("head-refuse", path="/lone", method="GET").json["code"], "denied")
        self.assertEqual(self.ask("head-refuse", path="/lone", method="GET", token=self.carol).json["code"], "barred")
        self.assertEqual(self.ask("body-refuse", {"word": ""}).status, 422)
        self.assertEqual(self.ask("head-refuse", {"word": ""}).status, 403)
        self.assertEqual(self.server.request("GET", "/guarded/public", headers={"X-Barrier": "refuse"}, host="evil.test").status, 400)

    def test_one_that_cannot_decide_refuses(self):
        for guard, why in (("head-unsaid", "conflict"), ("body-unsaid", "conflict"), ("head-reply", "internal"), ("body-reply", "internal"),
                           ("head-body", "internal"), ("body-body", "internal")):
            reply = self.ask(guard)
            self.assertEqual((reply.status, reply.json["code"], reply.json["message"]), (503, "unavailable", "Try again later"), guard)
            self.check_secure(reply)
            event = self.event(reply, "guard.undecided")
            self.assertEqual((event["guard"], event["why"]), (guard.partition("-")[0] + "_guard", why))
        reply = self.ask(X_Barrier="fail")
        self.assertEqual((reply.status, self.event(reply, "guard.undecided")["guard"]), (503, "barrier"))

    def test_the_caller_is_known_where_there_is_one(self):
        self.assertEqual(self.ask("head-who").status, 201)
        self.assertEqual(self.ask("head-who", path="/public", method="GET").status, 503)

    def test_it_sets_no_status(self):
        self.assertEqual([self.ask(guard).status for guard in ("head-status", "body-status")], [201, 201])
        self.assertEqual(self.ask(X_Meddle="status").status, 201)
        self.assertEqual(self.ask("head-refuse", X_Meddle="status").status, 403)

    def test_it_decorates(self):
        reply = self.ask(X_Meddle="good", X_Barrier="mark")
        self.assertEqual((reply.status, reply.headers["x-good"], reply.headers["x-marked"]), (201, "said", "201"))
        self.check_secure(reply)
        # What ours refuse, and what the parser refuses, is decorated too.
        self.assertEqual(self.ask(X_Meddle="good", body=b"{").headers["x-good"], "said")
        self.assertEqual(self.ask(X_Barrier="mark", path="/nowhere").headers["x-marked"], "404")
        self.assertNotIn("x-good", self.server.request("GET", "/api/users/me", headers={"X-Meddle": "good"}, token=self.alice).headers)

    def test_what_is_not_its_to_say_is_dropped(self):
        for how in ("frame", "sniff", "cache", "cors", "split", "fail", "reply"):
            for guard, status in ((None, 201), ("head-refuse", 403)):
                with self.subTest(how=how, guard=guard):
                    reply = self.ask(guard, X_Meddle=how, X_Barrier="mark")
                    self.assertEqual(reply.status, status)
                    self.check_secure(reply)
                    for name in ("access-control-allow-origin", "x-split", "x-half", "set-cookie"):
                        self.assertNotIn(name, reply.headers)
                    self.assertEqual(reply.headers["x-marked"], str(status))
                    self.assertEqual(self.event(reply, "guard.decoration_dropped")["guard"], "meddler")
        reply = self.ask(path="/public", method="GET", X_Meddle="who")
        self.assertEqual((reply.status, "x-who" in reply.headers), (204, False))
        self.assertIn("x-who", self.ask(X_Meddle="who").headers)

    def test_the_admin_listener_has_none(self):
        self.assertEqual(self.server.admin("GET", "/readyz").status, 200)

    def test_is_printed_and_described(self):
        said = self.server.command("routes", "-v")
        self.assertRegex(said, r"(?s)POST +/guarded/word.*?guard         barrier, early \(application\): a tester asks to be barred\n"
                               r"    guard         head_guard, head \(blueprint\): a tester asks it to refuse\n"
                               r"    guard         body_guard, body \(route\): a tester asks it to refuse\n"
                               r"    guard         meddler, after \(blueprint\): a tester asks it to meddle\n")
        check = self.server.command("check")
        self.assertEqual(check.count("note: own.guard: barrier: a guard of the application's own (early): a tester asks to be barred\n"
                                     "note: own.note: barrier: bars what asks for it, with 403\n"), 1)
        self.assertEqual(check.count("note: own.guard: head_guard: a guard of the blueprint's own (head): a tester asks it to refuse\n"), 1)
        document = self.server.request("GET", "/openapi.json").json
        responses = document["paths"]["/guarded/word"]["post"]["responses"]
        self.assertIn("429", responses)
        reply = document["components"]["responses"][responses["403"]["$ref"].rpartition("/")[2]]
        self.assertIn("A guard of this application has barred it", reply["description"])
        self.assertEqual(reply["content"]["application/json"]["examples"]["barred"]["value"]["code"], "barred")


if __name__ == "__main__":
    unittest.main()
