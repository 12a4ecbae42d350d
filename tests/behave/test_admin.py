"""What administrators of Coffer see and do, fields that only they are shown, and nothing at all before they have the second factor that their role wants;
on both databases."""

import concurrent.futures
import contextlib
import itertools
import sqlite3
import unittest

import harness
import test_mfa
from browser import Browser

SHOWN_TO_ALL = {"id", "username", "email"}
SHOWN_TO_ADMINS = SHOWN_TO_ALL | {"emailVerified", "roles", "disabled", "secondFactor", "createdAt"}
ROLES = {"viewer": 1, "editor": 2, "admin": 4}


class Case:
    POSTGRES = False
    sources = itertools.count(10)

    @classmethod
    def setUpClass(cls):
        settings = {"MAIL_URL": "file:mails", "MAIL_FROM": "coffer@example.com", "MFA_REQUIRED_ROLES": "admin"}
        cls.server = harness.Server("coffer", settings, prepare=(("migrate",),), postgres=cls.POSTGRES).start()
        cls.root = cls.new_admin()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    # ---- help ----

    @classmethod
    def account(cls):
        person = test_mfa.Account(cls.server, f"127.0.8.{next(cls.sources)}")
        person.id = cls.server.request("GET", "/api/users/me", token=person.bearer).json["id"]
        return person

    @classmethod
    def give(cls, person, role):
        """As somebody else would: nothing that was given out ends with it."""
        cls.server.change(f"UPDATE users SET roles = {ROLES[role]} WHERE id = {person.id}")

    @classmethod
    def new_admin(cls):
        person = cls.account()
        cls.give(person, "admin")
        person.turn_on()
        return person.sign_in(person.codes.pop())

    def ask(self, method, path, body=None, by=None):
        by = by or self.root
        return self.server.request(method, path, body, token=by.bearer, source=by.source)

    def refused(self, reply, status, code):
        self.assertEqual((reply.status, reply.json["code"]), (status, code), reply)

    def ways_in(self, person):
        """Everything that lets somebody in without the password: the statuses of each."""
        def who(**how):
            return self.server.request("GET", "/api/users/me", **how).status
        refresh = self.server.request("POST", "/token", form={"grant_type": "refresh_token", "refresh_token": person.refresh}, source=person.source)
        if refresh.status == 200:
            person.refresh = refresh.json["refresh_token"]
        return {"token": who(token=person.bearer), "session": who(headers={"Cookie": person.browser.cookie}), "refresh": refresh.status,
                "key": self.server.request("GET", "/api/data", headers={"X-API-Key": person.key}).status}

    def with_everything(self, person):
        tokens = person.ask().json
        person.bearer, person.refresh = tokens["access_token"], tokens["refresh_token"]
        person.key = self.ask("POST", "/api/keys", {"name": "build", "scopes": ["read"]}, by=person).json["key"]
        person.browser = Browser(self.server, "coffer", "/auth/login").login(person.name, person.password, source=person.source)
        self.assertEqual(set(self.ways_in(person).values()), {200})
        return person

    def audited(self, event, person):
        return self.server.wait_for_log(lambda line: line["event"] == event and line.get("account") == self.uid(person))

    def uid(self, person):
        if not hasattr(person, "uid"):
            person.uid = self.value(f"SELECT uid FROM users WHERE id = {person.id}")
        return person.uid

    def value(self, sql):
        if self.server.database:
            return harness.cluster().sql(sql, self.server.database).strip()
        with contextlib.closing(sqlite3.connect(self.server.directory / "test.db", timeout=10)) as database:
            return str(database.execute(sql).fetchone()[0])

    # ---- the second factor that a role wants ----

    def test_nothing_is_allowed_before_there_is_a_second_factor(self):
        person = self.with_everything(self.account())
        self.give(person, "admin")
        self.assertEqual(self.ways_in(person), {"token": 403, "session": 403, "refresh": 200, "key": 403})
        person.sign_in()  # which is no way round it
        for method, path in (("GET", "/api/users/me"), ("GET", "/api/items"), ("GET", "/api/admin/users"), ("DELETE", f"/api/users/{person.id}"),
                             ("GET", "/auth/sessions"), ("POST", "/api/keys"), ("POST", "/auth/password"), ("GET", "/openapi.json")):
            reply = self.ask(method, path, {} if method == "POST" else None, by=person)
            if path == "/auth/sessions":
                self.refused(reply, 401, "unauthenticated")  # a token does not count there
            elif path == "/openapi.json":
                self.assertEqual(reply.status, 200)  # in development it is everybody's
            else:
                self.refused(reply, 403, "mfa_enrolment_required")
        self.refused(person.browser.request("GET", "/auth/sessions"), 403, "mfa_enrolment_required")
        self.refused(self.server.request("GET", "/api/data", headers={"X-API-Key": person.key}), 403, "mfa_enrolment_required")
        self.assertEqual(self.server.wait_for_log(lambda line: line["event"] == "auth.mfa_missing")["account"], self.uid(person))
        leaving = Browser(self.server, "coffer", "/auth/login").login(person.name, person.password, source=person.source)
        self.assertEqual(leaving.request("POST", "/auth/logout", csrf=True).status, 204)
        person.turn_on()
        self.refused(person.ask(), 400, "mfa_required")
        person.sign_in(person.codes.pop())
        self.assertEqual(self.ask("GET", "/api/admin/users", by=person).status, 200)
        self.assertEqual(self.server.request("GET", "/api/data", headers={"X-API-Key": person.key}).status, 200)
        self.server.change(f"DELETE FROM dw_mfa WHERE account = {person.id}")
        self.refused(self.ask("GET", "/api/users/me", by=person), 403, "mfa_enrolment_required")
        self.give(person, "viewer")
        self.assertEqual(self.ask("GET", "/api/users/me", by=person).status, 200)

    # ---- fields that only some are shown ----

    def test_a_field_is_shown_to_whom_it_is_for(self):
        person, other = self.account(), self.account()
        own = self.ask("GET", f"/api/users/{person.id}", by=person)
        self.assertEqual((own.status, set(own.json), own.headers["cache-control"]), (200, SHOWN_TO_ALL, "no-store"))
        self.refused(self.ask("GET", f"/api/users/{other.id}", by=person), 404, "not_found")
        seen = self.ask("GET", f"/api/users/{person.id}").json
        self.assertEqual(set(seen), SHOWN_TO_ADMINS)
        self.assertEqual((seen["roles"], seen["disabled"], seen["secondFactor"], seen["emailVerified"]), (["viewer"], False, False, False))
        self.give(person, "admin")
        person.turn_on()
        person.sign_in(person.codes.pop())
        self.assertEqual(set(self.ask("GET", f"/api/users/{person.id}", by=person).json), SHOWN_TO_ADMINS)
        self.give(person, "editor")
        self.assertEqual(set(self.ask("GET", f"/api/users/{person.id}", by=person).json), SHOWN_TO_ALL, "the role is looked at when it is written")

    def test_nobody_sends_what_is_only_shown(self):
        new = {"username": "mallory", "email": "mallory@example.com", "password": harness.PASSWORD}
        for field, value in (("roles", ["admin"]), ("disabled", False), ("emailVerified", True)):
            reply = self.server.request("POST", "/api/users", {**new, field: value}, source="127.0.9.9")
            self.assertEqual((reply.status, reply.json["invalid_fields"]), (400, [field]))

    # ---- seeing ----

    def test_accounts_come_page_by_page(self):
        people = [self.account() for _ in range(3)]
        self.give(people[0], "editor")
        self.server.change(f"UPDATE users SET disabled = 1 WHERE id = {people[1].id}")
        seen, cursor = [], ""
        while cursor is not None:
            page = self.ask("GET", f"/api/admin/users?limit=2&sort=username{'&cursor=' + cursor if cursor else ''}").json
            seen, cursor = seen + page["items"], page["next"]
            self.assertLessEqual(len(page["items"]), 2)
        self.assertEqual([user["username"] for user in seen], sorted(user["username"] for user in seen))
        self.assertLessEqual({person.id for person in people}, {user["id"] for user in seen})
        self.assertEqual(set(seen[0]), SHOWN_TO_ADMINS)

        def ids(query):
            return {user["id"] for user in self.ask("GET", f"/api/admin/users?limit=100&{query}").json["items"]}
        self.assertIn(people[0].id, ids("role=editor"))
        self.assertNotIn(people[2].id, ids("role=editor"))
        self.assertEqual((people[1].id in ids("disabled=true"), people[1].id in ids("disabled=false")), (True, False))
        self.assertEqual(ids(f"q={people[2].name.upper()}"), {people[2].id})
        self.assertEqual(ids(f"q={people[2].name.upper()}@EX"), {people[2].id})
        self.assertEqual(ids("q=nobody-has-that"), set())
        self.refused(self.ask("GET", "/api/admin/users?cursor=x"), 400, "bad_request")
        self.assertEqual(self.ask("GET", "/api/admin/users?role=king").status, 422)

    def test_how_much_there_is(self):
        before = self.ask("GET", "/api/admin/stats").json
        person = self.with_everything(self.account())
        self.give(person, "editor")
        self.assertEqual(self.ask("POST", "/api/items", {"name": "thing", "description": "a thing of mine"}, by=person).status, 201)
        after = self.ask("GET", "/api/admin/stats").json
        self.assertEqual({name: after[name] - before[name] for name in ("users", "sessions", "apiKeys", "items", "cards")},
                         {"users": 1, "sessions": 1, "apiKeys": 1, "items": 1, "cards": 0})
        self.assertGreaterEqual(after["administrators"], 1)

    def test_only_administrators(self):
        person, routes = self.account(), (("GET", "users"), ("GET", "stats"), ("PUT", "users/1/roles"), ("POST", "users/1/disable"),
                                          ("POST", "users/1/enable"), ("DELETE", "users/1/sessions"))
        self.give(person, "editor")
        for method, path in routes:
            self.assertEqual(self.server.request(method, f"/api/admin/{path}").status, 401, path)
            self.refused(self.ask(method, f"/api/admin/{path}", by=person), 403, "denied")
        self.refused(self.ask("DELETE", f"/api/users/{person.id}", by=person), 403, "denied")

    # ---- doing ----

    def test_roles_take_effect_on_the_next_request(self):
        person = self.with_everything(self.account())
        reply = self.ask("PUT", f"/api/admin/users/{person.id}/roles", {"roles": ["editor", "viewer"]})
        self.assertEqual((reply.status, reply.json["roles"]), (200, ["viewer", "editor"]))
        self.assertEqual(self.ways_in(person), {"token": 401, "session": 401, "refresh": 400, "key": 401})
        person.sign_in()
        self.assertEqual(self.ask("POST", "/api/items", {"name": "thing", "description": "a thing of mine"}, by=person).status, 201)
        line = self.audited("account.roles_set", person)
        self.assertEqual((line["roles"], line["before"]), ("viewer,editor", "viewer"))
        for roles in ([], ["king"], ["viewer", "viewer"]):
            self.assertEqual(self.ask("PUT", f"/api/admin/users/{person.id}/roles", {"roles": roles}).status, 422)
        self.refused(self.ask("PUT", "/api/admin/users/999999/roles", {"roles": ["viewer"]}), 404, "not_found")

    def test_who_is_disabled_is_out_at_once(self):
        person = self.with_everything(self.account())
        reply = self.ask("POST", f"/api/admin/users/{person.id}/disable")
        self.assertEqual((reply.status, reply.json["disabled"]), (200, True))
        self.assertEqual(self.ways_in(person), {"token": 401, "session": 401, "refresh": 400, "key": 401})
        self.assertEqual(person.state(), "out")
        self.audited("account.disabled", person)
        reply = self.ask("POST", f"/api/admin/users/{person.id}/enable")
        self.assertEqual((reply.status, reply.json["disabled"]), (200, False))
        self.assertEqual(set(self.ways_in(person).values()), {400, 401}, "what has ended stays so")
        self.assertEqual(person.state(), "in")
        self.audited("account.enabled", person)

    def test_sign_ins_of_another_end(self):
        person = self.with_everything(self.account())
        self.assertEqual(self.ask("DELETE", f"/api/admin/users/{person.id}/sessions").status, 204)
        self.assertEqual(self.ways_in(person), {"token": 401, "session": 401, "refresh": 400, "key": 200})
        self.audited("account.sign_ins_ended", person)

    def test_who_is_deleted_leaves_nothing(self):
        person = self.with_everything(self.account())
        self.give(person, "editor")
        for _ in range(3):
            self.ask("POST", "/api/items", {"name": "thing", "description": "a thing of mine"}, by=person)
        card = self.server.request("POST", "/api/virtual-cards/create", {"cardholderName": "A", "currency": "EUR"}, token=person.bearer,
                                   headers={"Idempotency-Key": "k1"}, source=person.source)
        self.assertEqual(card.status, 201, card)
        person.turn_on()
        self.uid(person)
        self.assertEqual(self.ask("DELETE", f"/api/users/{person.id}").status, 204)
        self.assertEqual(set(self.ways_in(person).values()), {400, 401})
        self.audited("account.deleted", person)
        self.refused(self.ask("GET", f"/api/users/{person.id}"), 404, "not_found")
        self.refused(self.ask("DELETE", f"/api/users/{person.id}"), 404, "not_found")
        for table, column, value in (("items", "owner", person.id), ("virtual_cards", "owner", person.id), ("dw_mfa", "account", person.id),
                                     ("dw_mfa_codes", "account", person.id), ("dw_repeats", "caller", person.id), ("account_links", "account", person.id),
                                     ("dw_sessions", "account", f"'{person.uid}'"), ("dw_token_families", "uid", f"'{person.uid}'"),
                                     ("dw_api_keys", "account", f"'{person.uid}'")):
            self.assertEqual(self.value(f"SELECT count(*) FROM {table} WHERE {column} = {value}"), "0", table)
        self.assertGreater(self.account().id, person.id, "ids are never used again")

    def test_it_takes_a_recent_sign_in(self):
        person, browser = self.account(), Browser(self.server, "coffer", "/auth/login")
        said = {"username": self.root.name, "password": self.root.password, "code": self.root.codes.pop()}
        self.assertEqual(browser.request("POST", "/auth/login", said, source=self.root.source).status, 200)
        self.assertEqual(browser.request("POST", f"/api/admin/users/{person.id}/disable", csrf=True).status, 200)
        self.server.change(f"UPDATE dw_sessions SET auth_time = auth_time - 10000000 WHERE account = '{self.uid(self.root)}'")
        for method, path in (("PUT", f"admin/users/{person.id}/roles"), ("POST", f"admin/users/{person.id}/enable"),
                             ("DELETE", f"admin/users/{person.id}/sessions"), ("DELETE", f"users/{person.id}")):
            self.refused(browser.request(method, f"/api/{path}", {"roles": ["viewer"]} if method == "PUT" else None, csrf=True), 401, "sign_in_again")
        self.assertEqual(browser.request("GET", "/api/admin/users").status, 200)

    # ---- somebody is left ----

    def alone(self, *people):
        """Nobody else administers."""
        ids = ", ".join(str(person.id) for person in people)
        self.server.change(f"UPDATE users SET roles = 2 WHERE roles >= 4 AND id NOT IN ({ids})")
        self.server.change(f"UPDATE users SET roles = 4, disabled = 0 WHERE id IN ({ids})")
        self.addCleanup(self.give, self.root, "admin")

    def administrators(self):
        return int(self.value("SELECT count(*) FROM users WHERE roles >= 4 AND disabled = 0"))

    def test_the_last_administrator_stays(self):
        last = self.new_admin()
        self.alone(last)
        for method, path, body in (("PUT", f"admin/users/{last.id}/roles", {"roles": ["editor"]}), ("POST", f"admin/users/{last.id}/disable", None),
                                   ("DELETE", f"users/{last.id}", None)):
            self.refused(self.ask(method, f"/api/{path}", body, by=last), 409, "conflict")
            self.assertEqual(self.ask("GET", "/api/admin/stats", by=last).json["administrators"], 1)
        self.assertEqual(self.ask("PUT", f"/api/admin/users/{last.id}/roles", {"roles": ["admin", "viewer"]}, by=last).status, 200)

    def test_two_do_not_take_each_other_away(self):
        pair = (self.new_admin(), self.new_admin())
        acts = (lambda other: ("PUT", f"/api/admin/users/{other.id}/roles", {"roles": ["viewer"]}),
                lambda other: ("POST", f"/api/admin/users/{other.id}/disable", None))
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for act in acts * 2:
                self.alone(*pair)
                replies = list(pool.map(lambda me: self.ask(*act(pair[1 - pair.index(me)]), by=me), pair))
                self.assertEqual(self.administrators(), 1, replies)
                self.server.change(f"UPDATE users SET roles = 4, disabled = 0 WHERE id IN ({pair[0].id}, {pair[1].id})")
                for person in pair:
                    person.sign_in(person.codes.pop())

    # ---- the operator ----

    def test_an_operator_takes_the_second_factor_away(self):
        person, other = self.account(), self.account()
        self.server.change(f"UPDATE users SET email_verified = 1 WHERE id = {person.id}")
        person.turn_on()
        person.sign_in(person.codes.pop())
        if not self.server.database:
            self.server.end()  # a command writes the file itself
        said = self.server.command("user", "mfa-off", person.name)
        with self.assertRaisesRegex(AssertionError, "this account has no second factor"):
            self.server.command("user", "mfa-off", person.name)
        self.assertEqual(self.server.command("user", "delete", other.name), f"{other.name} is gone\n")
        if not self.server.database:
            self.server.start()
        self.assertEqual(other.state(), "out")
        self.assertEqual(said, f"{person.name} has no second factor any more\n")
        self.assertEqual(self.ask("GET", "/api/users/me", by=person).status, 401)
        self.assertEqual(person.state(), "in")
        harness.wait_until(lambda: any("was turned off by whoever runs this" in path.read_text() for path in (self.server.directory / "mails").glob("*.eml")))


class Sqlite(Case, unittest.TestCase):
    def test_a_role_that_there_is_not_stops_the_start(self):
        status, out, said = harness.run("coffer", "check", env={**self.server.env, "COFFER_MFA_REQUIRED_ROLES": "admin,king"}, cwd=self.server.directory)
        self.assertNotEqual(status, 0)
        self.assertIn("MFA_REQUIRED_ROLES: there is no role 'king', but viewer, editor, admin", out + said)


class Postgres(Case, unittest.TestCase):
    POSTGRES = True


if __name__ == "__main__":
    unittest.main()
