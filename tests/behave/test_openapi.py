"""The description of the API is true: every route takes what it says and refuses what it does not, as it says."""

import json
import unittest
import urllib.parse

import harness
from described import Document

REFUSALS = {"unknown_fields", "malformed", "invalid", "too_large", "unsupported_media", "unauthenticated", "denied",
            "request_timeout"}
# Statuses that take longer than a test should, or that only handlers give.
NOT_WALKED = {"408", "default"}


class Walk(harness.ServerCase):
    """Coffer, route by route."""

    @classmethod
    def make(cls):
        return harness.coffer()

    def setUp(self):
        self.document = Document(self.server.request("GET", "/openapi.json").json)
        self.tokens = {role: self.server.token(f"demo-{role}", self.server.users[f"demo-{role}"])
                       for role in ("editor", "viewer", "admin")}

    # ---- sending ----

    def token_for(self, operation):
        """A token that is enough, or None where nobody is asked."""
        if not operation["security"]:
            return None
        return self.tokens[operation.get("x-roles", ["editor"])[0]]

    def parts(self, operation):
        """Path and query fields, body and content type, made from their schemas."""
        path, query = {}, {}
        for parameter in operation.get("parameters", ()):
            (path if parameter["in"] == "path" else query)[parameter["name"]] = self.document.value(parameter["schema"])
        content = operation.get("requestBody", {}).get("content", {})
        for kind, media in content.items():
            return path, query, self.document.value(media["schema"]), kind
        return path, query, None, None

    def send(self, method, template, operation, parts, token=None, **options):
        path, query, body, kind = parts
        target = template.format(**{k: urllib.parse.quote(str(v), safe="") for k, v in path.items()})
        if query:
            target += "?" + urllib.parse.urlencode({k: str(v).lower() if isinstance(v, bool) else v for k, v in query.items()})
        headers = dict(options.pop("headers", {}))
        if kind == "application/json":
            body = json.dumps(body).encode()
        elif kind is not None and not isinstance(body, bytes):
            body = urllib.parse.urlencode({k: v for k, v in body.items()}).encode()
        if kind is not None:
            headers.setdefault("Content-Type", kind)
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
        if reply.status == 204:
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

    def test_every_route_takes_and_refuses_what_it_says(self):
        for method, template, operation in self.document.operations():
            with self.subTest(f"{method} {template}"):
                self.seen = set()
                token = self.token_for(operation)
                parts = self.parts(operation)
                self.accepted(method, template, operation, parts, token)
                self.credentials(method, template, operation, parts)
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
        if "x-roles" not in operation:
            self.assertNotIn("403", operation["responses"])
            return
        self.assertEqual([{"bearer": [role]} for role in operation["x-roles"]], operation["security"])
        for role, token in self.tokens.items():
            reply = self.send(method, template, operation, parts, token)
            self.assertEqual(reply.status == 403, role not in operation["x-roles"], (role, reply))

    def wrong_parameters(self, method, template, operation, parts, token):
        path, query, body, kind = parts
        reply = self.send(method, template, operation, (path, {**query, "isAdmin": "true"}, body, kind), token)
        self.assertEqual((reply.status, reply.json["invalid_fields"]), (400, ["isAdmin"]))
        for parameter in operation.get("parameters", ()):
            name = parameter["name"]
            for what, value in self.document.broken(parameter["schema"], text=True):
                place = parts[0] if parameter["in"] == "path" else parts[1]
                changed = {**place, name: value}
                reply = self.send(method, template, operation,
                                  (changed, query, body, kind) if place is path else (path, changed, body, kind), token)
                if what == "no such thing" and parameter["in"] == "path":
                    self.assertEqual(reply.status, 404, (name, what))  # no such route
                else:
                    self.refused(operation, reply, name, what)

    def refused(self, operation, reply, name, what):
        """A broken rule: 422 with the name, or what OAuth has for it."""
        self.assertEqual(reply.json["code"], "invalid", (name, what, reply))
        self.assertEqual(reply.status, 422 if "422" in operation["responses"] else 400, (name, what))
        self.assertIn(name, reply.json["details"], what)

    def wrong_bodies(self, method, template, operation, parts, token):
        path, query, body, kind = parts
        if kind is None:
            reply = self.send(method, template, operation, (path, query, b"{}", None), token)
            self.assertEqual(reply.status, 413)
            return
        schema = self.document.resolve(operation["requestBody"]["content"][kind]["schema"])
        text = kind != "application/json"

        def changed(**fields):
            return path, query, {**body, **fields}, kind

        for name, inner in schema["properties"].items():
            for what, value in self.document.broken(inner, text):
                self.refused(operation, self.send(method, template, operation, changed(**{name: value}), token), name, what)
        for name in schema.get("required", ()):
            without = {k: v for k, v in body.items() if k != name}
            self.refused(operation, self.send(method, template, operation, (path, query, without, kind), token), name, "missing")
        reply = self.send(method, template, operation, changed(isAdmin="true"), token)
        self.assertEqual((reply.status, reply.json["invalid_fields"]), (400, ["isAdmin"]))
        reply = self.send(method, template, operation, (path, query, b"x", "text/plain"), token)
        self.assertEqual(reply.status, 415)
        big = b"x" * (operation["x-max-body"] + 1)
        reply = self.send(method, template, operation, (path, query, big, None), token, headers={"Content-Type": kind})
        self.assertEqual(reply.status, 413)
        if not text:
            reply = self.send(method, template, operation, (path, query, b'{"', None), token, headers={"Content-Type": kind})
            self.assertEqual((reply.status, reply.json["code"]), (400, "malformed"))

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
