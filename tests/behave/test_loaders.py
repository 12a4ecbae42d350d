"""Loaders, policies and the caller: what a handler is given, when nothing is loaded at all, and what becomes of what fails."""

import unittest

import harness

ITEM = {"name": "A lamp", "description": "It stands on the desk"}


class Objects(harness.ServerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.alice, cls.bob, cls.carol = (cls.server.token(name) for name in ("alice", "bob", "carol"))

    def ask(self, method, path, body=None, token=None, **more):
        return self.server.request(method, f"/objects{path}", body, token=token or self.alice, **more)

    def item(self, name="A lamp", token=None):
        reply = self.server.request("POST", "/api/items", {**ITEM, "name": name}, token=token or self.alice)
        self.assertEqual(reply.status, 201, reply)
        return reply.json["id"]

    def event(self, reply, name):
        return self.server.wait_for_log(lambda line: line["event"] == name and line.get("request_id") == reply.headers["x-request-id"])

    def runs(self):
        """How often the loader that counts has run, this time counted."""
        return self.ask("GET", f"/{self.mine}/count").json["runs"]

    def setUp(self):
        self.mine = self.item()

    def test_a_handler_is_given_what_was_loaded(self):
        owner = self.ask("GET", "/caller").json["id"]
        self.assertEqual(self.ask("GET", f"/{self.mine}").json, {"id": self.mine, "owner": owner, "name": "A lamp"})
        self.assertEqual(self.ask("GET", f"/{self.mine}/name").body, b"A lamp")
        self.assertEqual(self.ask("HEAD", f"/{self.mine}").status, 200)

    def test_a_loader_may_need_another(self):
        self.assertEqual(self.ask("GET", f"/{self.mine}/owner").json, self.server.request("GET", "/api/users/me", token=self.alice).json)

    def test_another_s_object_is_not_there(self):
        missing = self.ask("GET", "/999999999")
        for path in ("", "/owner", "/count", "/name", "/unlocked", "/visible", "/unclear"):
            reply = self.ask("GET", f"/{self.mine}{path}", token=self.bob)
            self.assertEqual((reply.status, reply.json["code"], reply.json["message"]), (404, "not_found", missing.json["message"]), path)
        self.assertEqual(self.ask("PUT", f"/{self.mine}", {"name": "Mine"}, self.bob).status, 404)
        self.assertEqual(self.ask("GET", f"/{self.mine}").json["name"], "A lamp")

    def test_a_key_is_judged_as_an_input_is(self):
        self.assertEqual([self.ask("GET", path).status for path in ("/x", "/1x", "/-", "/9223372036854775808")], [404] * 4)
        broken = self.ask("GET", "/0")
        self.assertEqual((broken.status, list(broken.json["details"])), (422, ["id"]))
        self.assertEqual(self.ask("GET", f"/{self.mine}?id=1").json["invalid_fields"], ["id"])

    def test_input_and_key_are_told_of_together(self):
        both = self.ask("PUT", "/0", {"name": "x"})
        self.assertEqual((both.status, sorted(both.json["details"]), [len(says) for says in both.json["details"].values()]),
                         (422, ["id", "name"], [1, 1]))
        self.assertEqual(self.ask("PUT", f"/{self.mine}", {"name": "x"}).status, 422)
        self.assertEqual(self.ask("PUT", "/0", {"name": "A table", "more": 1}).status, 400)
        self.assertEqual(self.ask("PUT", f"/{self.mine}", {"name": "A table"}).json["name"], "A table")

    def test_nothing_is_loaded_before_it_is_known_who_may(self):
        before = self.runs()
        self.assertEqual(self.server.request("GET", f"/objects/{self.mine}/count").status, 401)
        self.assertEqual(self.ask("GET", f"/{self.mine}/admin").status, 403)
        self.assertEqual(self.ask("GET", f"/{self.mine}/count?unknown=1").status, 400)
        self.assertEqual(self.ask("GET", "/999999999/count").status, 404)
        self.assertEqual(self.runs(), before + 1)
        self.assertEqual(self.ask("GET", "/999999999/admin").status, 403)

    def test_each_runs_once_however_many_name_it(self):
        before = self.runs()
        for expected in (before + 1, before + 2):
            self.assertEqual(self.ask("GET", f"/{self.mine}/count").json, {"runs": expected, "between": 0})

    def test_keys_come_from_anywhere(self):
        headers = {"X-Word": "lamp", "Cookie": "crumb=dry; other=1"}
        self.assertEqual(self.ask("GET", "/elsewhere?id=7&page=2", headers=headers).json, {"id": 7, "word": "lamp", "crumb": "dry"})
        self.assertEqual(self.ask("GET", "/elsewhere?id=7").json, {"id": 7, "word": "-", "crumb": "-"})
        self.assertEqual(sorted(self.ask("GET", "/elsewhere").json["details"]), ["id"])
        self.assertEqual(sorted(self.ask("GET", "/elsewhere?id=0&page=11").json["details"]), ["id", "page"])
        self.assertEqual(self.ask("GET", "/elsewhere?id=7&id=8").status, 422)
        self.assertEqual(self.ask("GET", "/elsewhere?id=7&word=a&page=1").json["invalid_fields"], ["word"])
        self.assertEqual(self.ask("GET", "/elsewhere?id=%zz").status, 400)

    def test_a_policy_refuses_as_it_says(self):
        self.assertEqual([self.ask("GET", f"/{self.mine}/{how}").status for how in ("unlocked", "visible")], [200, 200])
        locked = self.item("locked")
        for path, status, code in (("/unlocked", 403, "denied"), ("/visible", 404, "not_found"), ("/count", 403, "denied")):
            reply = self.ask("GET", f"/{locked}{path}")
            self.assertEqual((reply.status, reply.json["code"]), (status, code))
        self.assertEqual(self.ask("PUT", f"/{locked}", {"name": "opened"}).status, 403)
        self.assertEqual(self.ask("GET", f"/{locked}").json["name"], "locked")

    def test_a_policy_that_cannot_decide_refuses(self):
        reply = self.ask("GET", f"/{self.mine}/unclear")
        self.assertEqual((reply.status, reply.json["code"], reply.headers["retry-after"]), (503, "unavailable", "1"))
        self.assertEqual(self.event(reply, "policy.undecided")["policy"], "is_unclear")
        self.assertEqual(self.ask("GET", f"/{self.item('found')}/unclear").status, 403)

    def test_a_loader_s_error_is_the_reply(self):
        for how, status, code in (("unavailable", 503, "unavailable"), ("conflict", 409, "conflict")):
            reply = self.ask("POST", f"/faults/of/{how}")
            self.assertEqual((reply.status, reply.json["code"]), (status, code))
        self.assertEqual(self.ask("POST", "/faults/of/none").status, 201)

    def test_a_loader_can_look_and_not_act(self):
        for how in ("reply", "body", "write"):
            reply = self.ask("POST", f"/faults/of/{how}")
            self.assertEqual((reply.status, reply.json["code"]), (500, "internal"), how)
        # SQLite's statements are known to write; PostgreSQL says so itself.
        self.assertEqual(self.event(reply, "sql.failed" if harness.on_postgres() else "sql.refused")["statement"], "object_rename")

    def test_a_loader_that_the_route_does_not_name_stops_the_request(self):
        reply = self.ask("POST", "/astray")
        self.assertEqual((reply.status, reply.json["code"]), (500, "internal"))
        self.assertIn("does not name loader object_of_path", self.event(reply, "request.stopped")["why"])
        self.assertEqual(self.ask("GET", "/astray").json, {"runs": 0})
        self.assertEqual(self.ask("POST", "/faults/of/unnamed").status, 500)

    def test_the_caller(self):
        self.assertEqual(self.ask("GET", "/caller", token=self.bob).json["name"], "bob")
        self.assertEqual(self.server.request("GET", "/objects/caller").status, 401)
        self.assertEqual(self.ask("GET", "/caller").headers["cache-control"], "no-store")

    def test_nobody_is_no_caller(self):
        for method in ("POST", "GET"):
            reply = self.server.request(method, "/objects/nobody")
            self.assertEqual((reply.status, reply.json["code"]), (500, "internal"))
            self.assertIn("dw_req_principal", self.event(reply, "request.stopped")["why"])
        self.assertEqual(self.ask("GET", "/astray").json, {"runs": 0})

    def test_is_described(self):
        paths = self.server.request("GET", "/openapi.json").json["paths"]
        show = paths["/objects/{id}"]["get"]
        self.assertEqual([(p["name"], p["in"], p["required"]) for p in show["parameters"]], [("id", "path", True)])
        self.assertEqual(show["parameters"][0]["schema"]["minimum"], 1)
        self.assertLessEqual({"200", "401", "404", "422"}, set(show["responses"]))
        # The guard of the whole application refuses with the other 403, and so do those of the framework.
        said = [paths[f"/objects/{{id}}{path}"]["get"]["responses"]["403"]["$ref"].rpartition("/")[2] for path in ("", "/visible", "/unlocked")]
        self.assertEqual(said, ["cross_site-mfa_enrolment_required-barred"] * 2 + ["denied-cross_site-mfa_enrolment_required-barred"])
        self.assertEqual([p["name"] for p in paths["/objects/{id}"]["put"]["parameters"]], ["id"])
        self.assertEqual([(p["name"], p["in"]) for p in paths["/objects/elsewhere"]["get"]["parameters"]],
                         [("page", "query"), ("id", "query"), ("x-word", "header"), ("crumb", "cookie")])
        self.assertIn("404", paths["/objects/elsewhere"]["get"]["responses"])

    def test_is_printed(self):
        said = self.server.command("routes", "--policy")
        self.assertRegex(said, r"GET +/objects/\{id\}/visible +any user\n    loads         object_of_path, by object_by_id\n"
                               r"    may           is_visible, else 404: the owner, unless it is called locked\n")
        self.assertRegex(said, r"/objects/\{id\}/owner .*\n    loads         object_of_path, by object_by_id\n    loads         owner_of_object, ")
        self.assertNotIn("deadline", said)
        self.assertIn("loads         counted, by a function", self.server.command("routes", "-v"))
        self.assertIn("note: roles.policy: GET /objects/{id}/visible is held to is_visible of object_of_path: the owner, unless it is called locked",
                      self.server.command("check"))


if __name__ == "__main__":
    unittest.main()
