"""The description of the API is true: every route takes what it says and refuses what it does not, as it says."""

import json
import unittest
import urllib.parse

import harness
from browser import Browser
from described import Document

REFUSALS = {"unknown_fields", "malformed", "invalid", "too_large", "unsupported_media", "unauthenticated", "denied",
            "request_timeout"}
SOURCES = (f"127.5.{n // 250}.{n % 250 + 1}" for n in range(50000))
# Statuses that take longer than a test should, or that only handlers give.
NOT_WALKED = {"408", "default", "429"}


def as_text(value):
    """A value as a client writes it where there is only text."""
    if isinstance(value, list):
        return ",".join(as_text(one) for one in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def as_pairs(body):
    """The fields of a form: a list has its name once for each element."""
    return [(name, as_text(one)) for name, value in body.items() for one in (value if isinstance(value, list) else [value])]


def as_multipart(body):
    """A form as multipart/form-data, and its Content-Type."""
    parts = "".join(f'--walk\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in as_pairs(body))
    return f"{parts}--walk--\r\n".encode(), "multipart/form-data; boundary=walk"


class Walk:
    """An application, route by route."""

    def sign_in(self):
        """A token for each role."""
        return {}

    def is_walked(self, path):
        return path not in ()

    def setUp(self):
        self.document = Document(json.loads(self.server.command("openapi")))
        self.tokens = self.sign_in()

    # ---- sending ----

    def token_for(self, operation):
        """A token that is enough, or None where nobody is asked."""
        if not operation["security"]:
            return None
        if operation["security"] == [{"apiKey": []}]:
            return self.key(operation.get("x-scopes", []))
        return self.tokens[operation.get("x-roles", [next(iter(self.tokens))])[0]]

    def key(self, scopes):
        """An API key for those scopes."""
        reply = self.server.request("POST", "/api/keys", {"name": "walk", "scopes": scopes}, token=next(iter(self.tokens.values())))
        self.assertEqual(reply.status, 201, reply)
        return {"X-API-Key": reply.json["key"]}

    def parts(self, operation):
        """The parameters by their places, body and content type, made from their schemas."""
        places = {"path": {}, "query": {}, "header": {}, "cookie": {}}
        for parameter in operation.get("parameters", ()):
            if parameter["name"] == "Idempotency-Key":
                continue  # test_cards.py
            places[parameter["in"]][parameter["name"]] = self.document.value(parameter["schema"])
        content = operation.get("requestBody", {}).get("content", {})
        for kind, media in content.items():
            return places, self.document.value(media["schema"]), kind
        return places, None, None

    def send(self, method, template, operation, parts, token=None, **options):
        places, body, kind = parts
        target = template.format(**{k: urllib.parse.quote(str(v), safe="") for k, v in places["path"].items()})
        if places["query"]:
            target += "?" + urllib.parse.urlencode({k: as_text(v) for k, v in places["query"].items()})
        headers = {k: as_text(v) for k, v in places["header"].items()}
        if places["cookie"]:
            headers["Cookie"] = "; ".join(f"{k}={as_text(v)}" for k, v in places["cookie"].items())
        headers.update(options.pop("headers", {}))
        if isinstance(token, dict):
            headers.update(token)
            token = None
        if kind is not None and kind.endswith("json") and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        elif kind == "multipart/form-data" and not isinstance(body, bytes):
            body, kind = as_multipart(body)
        elif kind is not None and not isinstance(body, bytes):
            body = urllib.parse.urlencode(as_pairs(body)).encode()
        if kind is not None:
            headers.setdefault("Content-Type", kind)
        options.setdefault("source", next(SOURCES))  # limits are not what is tried here
        reply = self.server.request(method, target, body=body, headers=headers, token=token, **options)
        self.judge(method, template, operation, reply)
        return reply

    def judge(self, method, template, operation, reply):
        """The reply is one that the description knows, and has the shape that it says."""
        what = f"{method} {template}: {reply}"
        replies = operation["responses"]
        key = str(reply.status) if str(reply.status) in replies else "2XX" if reply.status < 300 else "default"
        self.assertIn(key, replies, what)
        self.seen.add(key)
        described = self.document.resolve(replies[key])
        for name in ("X-Request-Id",) + (("WWW-Authenticate",) if key == "401" else ()):
            self.assertIn(name, described["headers"], what)
            self.assertIn(name.lower(), reply.headers, what)
        if reply.status == 204 or not reply.body:
            self.assertNotIn("content", described, what)
            return
        kind = reply.headers["content-type"].split(";")[0]
        media = described["content"].get(kind) or described["content"].get("*/*")
        self.assertIsNotNone(media, what)
        if kind.endswith("json"):
            value = reply.json
            if isinstance(value, dict):
                value.pop("debug", None)  # development alone
            self.assertEqual(self.document.faults(media["schema"], value), [], what)

    # ---- the walk ----

    FIELDS = {}  # the field of a header or cookie, where it is called otherwise

    def test_every_route_takes_and_refuses_what_it_says(self):
        walked = [one for one in self.document.operations() if self.is_walked(one[1])]
        self.assertTrue(walked)
        for method, template, operation in walked:
            with self.subTest(f"{method} {template}"):
                self.seen = set()
                token = self.token_for(operation)
                parts = self.parts(operation)
                self.accepted(method, template, operation, parts, token)
                self.credentials(method, template, operation, parts)
                self.other_sites(method, template, operation, parts, token)
                self.own_guards(method, template, operation, parts, token)
                self.wrong_parameters(method, template, operation, parts, token)
                self.wrong_bodies(method, template, operation, parts, token)
                reply = self.send(method, template, operation, parts, token, host="elsewhere.example")
                self.assertEqual((reply.status, reply.json["code"]), (400, "bad_request"))
                promised = {key for key in operation["responses"] if key.startswith("4")} - NOT_WALKED
                self.assertEqual(promised - self.seen, set(), "a refusal that is described and was not to be had")

    def accepted(self, method, template, operation, parts, token):
        reply = self.send(method, template, operation, parts, token)
        if reply.status >= 400:
            self.assertNotIn(reply.json["code"], REFUSALS, reply)  # a handler may find nothing, or too much

    def credentials(self, method, template, operation, parts):
        if not operation["security"]:
            self.assertNotIn("401", operation["responses"])
            return
        reply = self.send(method, template, operation, parts)
        self.assertEqual(reply.status, 401)
        if "csrf" in self.codes(operation, "403"):
            reply = self.send(method, template, operation, parts, headers={"Cookie": self.browser.cookie})
            self.assertEqual((reply.status, reply.json["code"]), (403, "csrf"))
        if "x-scopes" in operation:
            others = [scope for scope in ("read", "write") if scope not in operation["x-scopes"]]
            self.assertEqual(self.send(method, template, operation, parts, self.key(others)).status, 403)
            return
        if "x-roles" not in operation:
            self.assertNotIn("denied", self.codes(operation, "403"))
            return
        self.assertEqual([{"bearer": [role]} for role in operation["x-roles"]], [one for one in operation["security"] if "bearer" in one])
        for role, token in self.tokens.items():
            reply = self.send(method, template, operation, parts, token)
            self.assertEqual(reply.status == 403, role not in operation["x-roles"], (role, reply))

    def codes(self, operation, status):
        """Those that the replies of a status say that they may carry."""
        reply = operation["responses"].get(status)
        return set(self.document.resolve(reply)["content"]["application/json"].get("examples", ())) if reply else set()

    def other_sites(self, method, template, operation, parts, token):
        """What a browser asks for on behalf of another site, where that is refused."""
        if "cross_site" in self.codes(operation, "403"):
            reply = self.send(method, template, operation, parts, token, headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"})
            self.assertEqual((reply.status, reply.json["code"]), (403, "cross_site"))

    def own_guards(self, method, template, operation, parts, token):
        """What an application's own guards refuse, and say that they do."""

    def wrong_parameters(self, method, template, operation, parts, token):
        places, body, kind = parts

        def changed(place, **fields):
            return {**places, place: {**places[place], **fields}}, body, kind

        if not self.takes_more(operation):
            reply = self.send(method, template, operation, changed("query", isAdmin="true"), token)
            self.assertEqual((reply.status, reply.json["invalid_fields"]), (400, ["isAdmin"]))
        for parameter in operation.get("parameters", ()):
            name, place = parameter["name"], parameter["in"]
            if name == "Idempotency-Key":
                continue
            for what, value in self.document.broken(parameter["schema"], text=True):
                reply = self.send(method, template, operation, changed(place, **{name: value}), token)
                if what == "no such thing" and place == "path":
                    self.assertEqual(reply.status, 404, (name, what))  # no such route
                else:
                    self.refused(operation, reply, self.FIELDS.get(name, name), what)

    def takes_more(self, operation):
        """Whether undeclared fields are passed over."""
        for media in operation.get("requestBody", {}).get("content", {}).values():
            return self.document.resolve(media["schema"]).get("additionalProperties") is True
        return False

    def refused(self, operation, reply, name, what):
        """A broken rule: 422 with the name, or what OAuth has for it."""
        self.assertEqual(reply.json["code"], "invalid", (name, what, reply))
        self.assertEqual(reply.status, 422 if "422" in operation["responses"] else 400, (name, what))
        self.assertIn(name, [place.split(".")[0] for place in reply.json["details"]], what)

    def wrong_bodies(self, method, template, operation, parts, token):
        places, body, kind = parts
        if kind is None:
            reply = self.send(method, template, operation, (places, b"{}", None), token)
            self.assertEqual(reply.status, 413)
            return
        schema = self.document.resolve(operation["requestBody"]["content"][kind]["schema"])
        text = kind != "application/json"

        def changed(**fields):
            return places, {**body, **fields}, kind

        for name, inner in schema["properties"].items():
            for what, value in self.document.broken(inner, text):
                self.refused(operation, self.send(method, template, operation, changed(**{name: value}), token), name, what)
        for name in schema.get("required", ()):
            without = {k: v for k, v in body.items() if k != name}
            self.refused(operation, self.send(method, template, operation, (places, without, kind), token), name, "missing")
        if not self.takes_more(operation):
            reply = self.send(method, template, operation, changed(isAdmin="true"), token)
            self.assertEqual((reply.status, reply.json["invalid_fields"]), (400, ["isAdmin"]))
        for other in set(operation["requestBody"]["content"]) - {kind}:
            reply = self.send(method, template, operation, (places, body, other), token)
            self.assertNotIn(reply.status, (400, 415, 422), (other, reply))
        reply = self.send(method, template, operation, (places, b"x", "text/plain"), token)
        self.assertEqual(reply.status, 415)
        big = b"x" * (operation["x-max-body"] + 1)
        reply = self.send(method, template, operation, (places, big, None), token, headers={"Content-Type": kind})
        self.assertEqual(reply.status, 413)
        if not text:
            reply = self.send(method, template, operation, (places, b'{"', None), token, headers={"Content-Type": kind})
            self.assertEqual((reply.status, reply.json["code"]), (400, "malformed"))


class Coffer(Walk, harness.ServerCase):
    @classmethod
    def make(cls):
        return harness.coffer()

    def sign_in(self):
        self.browser = Browser(self.server, "coffer", "/auth/login").login("demo-viewer", self.server.users["demo-viewer"])
        return {role: self.server.token(f"demo-{role}", self.server.users[f"demo-{role}"]) for role in ("editor", "viewer", "admin")}

    def token_for(self, operation):
        """Of an account of its own for what changes accounts."""
        if operation["tags"][0] not in ("account", "mfa") or not operation["security"]:
            return super().token_for(operation)
        name = operation["operationId"].replace("_", "")
        body = {"username": name, "email": f"{name}@example.com", "password": harness.PASSWORD}
        self.assertEqual(self.server.request("POST", "/api/users", body, source=next(SOURCES)).status, 201)
        return self.server.token(name)

    def is_walked(self, path):
        # test_sessions.py: they want a browser; test_webhooks.py: it wants a signature; test_admin.py: they end the accounts that walk, or show the audit log.
        return not path.startswith(("/auth/login", "/auth/logout", "/auth/csrf", "/auth/sessions", "/api/webhook", "/api/admin/users/{id}", "/api/admin/audit")) and path != "/api/users/{id}"

    # ---- the document itself ----

    def test_every_route_is_there(self):
        listed = {tuple(line.split()[:2]) for line in self.server.command("routes").splitlines()}
        self.assertEqual({(method, path) for method, path, _ in self.document.operations()}, listed)

    def test_command_and_route_say_the_same(self):
        self.assertEqual(self.server.request("GET", "/openapi.json").body.decode(), self.server.command("openapi"))

    def test_examples_keep_their_schemas(self):
        n = 0
        for method, path, operation in self.document.operations():
            places = list(operation.get("parameters", ()))
            places += operation.get("requestBody", {}).get("content", {}).values()
            for reply in operation["responses"].values():
                places += self.document.resolve(reply).get("content", {}).values()
            for place in places:
                values = [place["example"]] if "example" in place else []
                values += [one["value"] for one in place.get("examples", {}).values()]
                for value in values:
                    n += 1
                    self.assertEqual(self.document.faults(place["schema"], value), [], f"{method} {path}")
        self.assertGreater(n, 50)

    def test_names_are_unique_and_tags_are_declared(self):
        operations = [operation for _, _, operation in self.document.operations()]
        names = [operation["operationId"] for operation in operations]
        self.assertEqual(len(set(names)), len(names))
        self.assertIn("update_item", names)
        self.assertIn("update_item_patch", names)  # the same handler once more
        tags = {tag["name"] for tag in self.document.tree["tags"]}
        self.assertEqual({tag for operation in operations for tag in operation["tags"]}, tags)

    def test_the_tag_saves_the_second_time(self):
        reply = self.server.request("GET", "/openapi.json")
        tag = reply.headers["etag"]
        self.assertRegex(tag, r'^"[0-9a-f]{64}"$')
        again = self.server.request("GET", "/openapi.json", headers={"If-None-Match": tag})
        self.assertEqual((again.status, again.body, again.headers["etag"]), (304, b"", tag))
        self.assertEqual(reply.headers["cache-control"], "no-cache")


class Conformance(Walk, harness.ServerCase):
    """Fields from everywhere, forms, a schema that passes over what it does not know, what only the server decides."""

    WALKED = ("/api/items", "/api/items/{id}", "/api/virtual-cards/create", "/sources/{day}", "/lenient", "/forms", "/forms/multipart")
    FIELDS = {"x-tag": "tags", "x-level": "level"}

    def is_walked(self, path):
        return path in self.WALKED

    def sign_in(self):
        return {"user": self.server.token("alice")}

    def own_guards(self, method, template, operation, parts, token):
        self.assertIn("barred", self.codes(operation, "403"))
        reply = self.send(method, template, operation, parts, token, headers={"X-Barrier": "refuse"})
        self.assertEqual((reply.status, reply.json["code"]), (403, "barred"))

    def test_each_place_is_said(self):
        operation = self.document.tree["paths"]["/sources/{day}"]["patch"]
        self.assertEqual([(one["name"], one["in"], one["required"]) for one in operation["parameters"]],
                         [("day", "path", True), ("dry", "query", False), ("x-tag", "header", False), ("x-level", "header", False),
                          ("theme", "cookie", False)])
        self.assertEqual(set(operation["requestBody"]["content"]), {"application/json", "application/merge-patch+json"})

    def test_what_a_client_must_not_decide_is_not_in_what_it_sends(self):
        operation = self.document.tree["paths"]["/api/virtual-cards/create"]["post"]
        sent = self.document.resolve(operation["requestBody"]["content"]["application/json"]["schema"])
        self.assertEqual(set(sent["properties"]), {"cardholderName", "currency", "expiryDate", "owner"})
        got = self.document.resolve(operation["responses"]["201"]["content"]["application/json"]["schema"])
        card = self.document.resolve(got["properties"]["card"])
        self.assertTrue(card["properties"]["limit"]["readOnly"])


class Kinds(Walk, harness.ServerCase):
    """A field of each type."""

    @classmethod
    def make(cls):
        return harness.Server("kinds", prepare=(("migrate",),))

    def is_walked(self, path):
        return path.startswith("/things")


class Page(unittest.TestCase):
    """/docs, and the files that it loads."""

    FILES = ("swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png")

    def test_without_files_it_says_what_to_do(self):
        with harness.coffer() as server:
            reply = server.request("GET", "/docs")
            self.assertEqual((reply.status, reply.headers["content-type"]), (200, "text/html; charset=utf-8"))
            self.assertIn("<code>script/setup docs</code>", reply.body.decode())
            self.assertIn("COFFER_DOCS_FILES", reply.body.decode())
            self.assertNotIn("<script", reply.body.decode())
            self.assertEqual(server.request("GET", "/docs/start.js").status, 404)
            policy = reply.headers["content-security-policy"]
            self.assertIn("default-src 'none'; script-src 'self'", policy)
            self.assertNotIn("unsafe", policy)

    def start_with(self, prepare):
        """What a start with a directory of files says that does not become one."""
        with harness.coffer() as server:
            folder = server.directory / "docs"
            folder.mkdir()
            prepare(folder)
            return harness.run("coffer", "serve", env={**server.env, "COFFER_DOCS_FILES": str(folder),
                                                       "COFFER_LISTEN": f"127.0.0.1:{harness.free_port()}"}, cwd=folder)

    def test_other_files_stop_the_start(self):
        def other(folder):
            for name in self.FILES:
                (folder / name).write_text("alert(1)")

        def linked(folder):
            for name in self.FILES:
                (folder / name).symlink_to("/etc/passwd")

        for prepare, words in ((other, "swagger-ui.css is another file than this version serves"),
                               (linked, "swagger-ui.css may not be read, or is a symbolic link"),
                               (lambda folder: None, "swagger-ui.css is not there")):
            status, _, said = self.start_with(prepare)
            self.assertEqual(status, 78, said)
            self.assertIn(words, said)
            self.assertIn("script/setup docs", said)


class Production(unittest.TestCase):
    """Outside development only those whom the application names read it."""

    def test_admins_of_coffer(self):
        with harness.coffer(ENV="production", TRUSTED_HOSTS="127.0.0.1") as server:
            token = {role: server.token(f"demo-{role}", server.users[f"demo-{role}"]) for role in ("editor", "admin")}
            self.assertEqual(server.request("GET", "/openapi.json").status, 401)
            self.assertEqual(server.request("GET", "/openapi.json", token=token["editor"]).status, 403)
            reply = server.request("GET", "/openapi.json", token=token["admin"])
            self.assertEqual((reply.status, reply.json["openapi"]), (200, "3.1.0"))
            self.assertEqual(reply.headers["cache-control"], "private, no-store")
            operation = reply.json["paths"]["/openapi.json"]["get"]
            self.assertEqual(operation["x-roles"], ["admin"])

    def test_nobody_where_nothing_was_said(self):
        with harness.conformance("prod") as server:
            self.assertEqual(server.request("GET", "/openapi.json").status, 404)
            self.assertNotIn("/openapi.json", server.command("routes"))
            self.assertIn('"/hello"', server.command("openapi"))


if __name__ == "__main__":
    unittest.main()
