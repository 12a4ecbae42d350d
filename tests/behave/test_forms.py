"""Forms as browsers and libraries send them: one schema for JSON, urlencoded and multipart bodies, with the same rules."""

import email.message
import email.policy
import json
import shutil
import subprocess
import time
import unittest

import harness

# Writes a FormData as the fetch of Node (undici) does: type, a line feed, body.
NODE = """
const fields = JSON.parse(require('fs').readFileSync(0));
const data = new FormData();
for (const [name, value, file] of fields)
    if (file === undefined) data.append(name, value); else data.append(name, new Blob([value], { type: 'image/png' }), file);
const response = new Response(data);
response.arrayBuffer().then((body) => process.stdout.write(
    Buffer.concat([Buffer.from(response.headers.get('content-type') + '\\n'), Buffer.from(body)])));
"""
FIELDS = [("title", "Emma \u2013 \"M\u00fcller\" %22\\\r\n--x"), ("count", "7"), ("urgent", "true"), ("day", "2024-02-29"), ("size", "large"),
          ("octets", "AAECAw"), ("labels", "a"), ("labels", "b c"), ("word", "hunter2")]
TAKEN = {"title": FIELDS[0][1], "count": 7, "urgent": True, "day": "2024-02-29", "size": "large", "octets": "AAECAw", "labels": ["a", "b c"]}


def part(name, value, more="", filename=None):
    value = value if isinstance(value, bytes) else value.encode()
    file = "" if filename is None else f'; filename="{filename}"'
    return f'--B\r\nContent-Disposition: form-data; name="{name}"{file}\r\n{more}\r\n'.encode() + value + b"\r\n"


def body(*parts):
    return b"".join(parts) + b"--B--\r\n"


class Forms(harness.ServerCase):
    def send(self, data, kind="multipart/form-data; boundary=B", path="/forms"):
        return self.server.request("POST", path, data, headers={"Content-Type": kind})

    def codes(self, *parts):
        reply = self.send(body(*parts))
        return reply.status, [(error["pointer"], error["code"]) for error in reply.json.get("errors", ())]

    # ---- who sends it ----

    def test_one_schema_for_three_kinds_of_body(self):
        for reply in (self.server.request("POST", "/forms", {**TAKEN, "word": "hunter2"}), self.server.request("POST", "/forms", form=FIELDS),
                      self.send(body(*(part(*field) for field in FIELDS))), self.send(body(*(part(*field) for field in FIELDS)), path="/forms/multipart")):
            self.assertEqual((reply.status, reply.json), (200, TAKEN))
        self.assertEqual(self.send(body(part("title", "x"))).json, {"title": "x", "urgent": False, "size": "small"})

    def test_curl(self):
        def curl(*words):
            done = subprocess.run(["curl", "-sS", "--max-time", "20", *words, f"http://127.0.0.1:{self.server.port}/forms"], capture_output=True, check=True)
            return json.loads(done.stdout)

        self.assertEqual(curl(*(word for name, value in FIELDS for word in ("--form-string", f"{name}={value}"))), TAKEN)
        self.assertEqual(curl("-F", "title=x;type=text/plain;charset=utf-8")["title"], "x")
        self.assertEqual(curl("-F", "title=@/dev/null")["errors"], [{"pointer": "/title", "code": "plain_text", "detail": "Must be plain text, not a file."}])
        self.assertEqual(curl("-F", "title=x", "-F", 'a"b=1')["invalid_fields"], ['a"b'])
        self.assertEqual(curl("-F", "title=x", "--form-string", "text=" + "\r\n--" * 25000)["text"], "\r\n--" * 25000)

    @unittest.skipUnless(shutil.which("node"), "no node")
    def test_node(self):
        def node(*fields):
            done = subprocess.run(["node", "-e", NODE], input=json.dumps(fields).encode(), capture_output=True, check=True)
            kind, _, data = done.stdout.partition(b"\n")
            return self.send(data, kind.decode())

        reply = node(*FIELDS)
        self.assertEqual((reply.status, reply.json), (200, TAKEN))
        self.assertEqual(node(("title", "x"), ('"\r\n%', "1")).json["invalid_fields"], ['"\r\n%'])
        self.assertEqual(node(("title", "x"), ("title", "x", "a.png")).json["errors"][0]["code"], "plain_text")
        self.assertEqual(node().status, 422)

    def test_python_email(self):
        message = email.message.Message(policy=email.policy.HTTP)
        message.add_header("Content-Type", "multipart/form-data", boundary="=_ a:b?")
        for name, value in FIELDS[1:]:
            one = email.message.Message(policy=email.policy.HTTP)
            one.add_header("Content-Disposition", "form-data", name=name)
            one.set_payload(value)
            message.attach(one)
        message.attach(one := email.message.Message(policy=email.policy.HTTP))
        one.add_header("Content-Disposition", "form-data", name="title")
        one.add_header("Content-Type", "text/plain", charset="UTF-8")
        one.set_payload("Emma")
        head, _, data = message.as_bytes().partition(b"\r\n\r\n")
        self.assertIn(b'boundary="=_ a:b?"', head)
        reply = self.send(data, message["Content-Type"])
        self.assertEqual((reply.status, reply.json), (200, {**TAKEN, "title": "Emma"}))

    def test_any_way_of_arriving(self):
        sent = body(*(part(*field) for field in FIELDS))
        head = b"POST /forms HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\nContent-Type: multipart/form-data; boundary=B\r\n"
        pieces = b"".join(b"%x\r\n%s\r\n" % (len(sent[i:i + 5]), sent[i:i + 5]) for i in range(0, len(sent), 5)) + b"0\r\n\r\n"
        with self.server.connect() as s:
            s.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n" + pieces[:200])
            time.sleep(0.05)
            s.sendall(pieces[200:])
            self.assertEqual(harness.parse_replies(harness.read_all(s))[0].json, TAKEN)
        cut = head + b"Content-Length: %d\r\n\r\n" % len(sent) + sent[:-20]
        self.assertEqual([reply.status for reply in self.server.exchange(cut, end=True)], [400])

    # ---- rules ----

    def test_the_same_rules(self):
        title = part("title", "x")
        for parts, want in (((), [("/title", "required")]), ((title, title), [("/title", "repeated")]), ((title, part("count", "+7")), [("/count", "type")]),
                            ((title, part("count", "100")), [("/count", "range")]), ((title, part("urgent", "on")), [("/urgent", "type")]),
                            ((title, part("count", "1"), part("count", "1"), part("count", "")), [("/count", "repeated")] * 2),
                            ((title, part("labels", "a"), part("labels", "a")), [("/labels/1", "unique")]),
                            ((title, *(part("labels", str(i)) for i in range(5))), [("/labels", "items")]),
                            ((title, part("labels", "")), [("/labels/0", "len")]), ((part("title", ""),), [("/title", "len")])):
            with self.subTest(parts=parts):
                self.assertEqual(self.codes(*parts), (422, want))
        reply = self.send(body(part("title", ""), part("isAdmin", "true"), part("_charset_", "utf-8")))
        self.assertEqual((reply.status, reply.json["code"], reply.json["invalid_fields"]), (400, "unknown_fields", ["isAdmin", "_charset_"]))

    def test_text_and_no_files(self):
        for parts, want in (((part("title", b"\xff\xd8", filename="a.jpg"),), [("/title", "plain_text")]),
                            ((part("title", "", "Content-Type: application/octet-stream\r\n", ""),), [("/title", "plain_text")]),
                            ((part("title", "{}", "Content-Type: application/json\r\n"),), [("/title", "plain_text")]),
                            ((part("title", "x"), part("labels", "x"), part("labels", "x", filename="x")), [("/labels", "plain_text")])):
            with self.subTest(parts=parts):
                self.assertEqual(self.codes(*parts), (422, want))
        self.assertEqual(self.codes(part("title", "x"), part("file", "x", filename="x")), (400, [("/file", "unknown")]))

    def test_what_is_no_multipart(self):
        good = body(part("title", "x"))
        bad = {"no body": b"", "a preamble": b"x\r\n" + good, "an epilogue": good + b"x", "LF only": good.replace(b"\r\n", b"\n"), "truncated": good[:-6],
               "another boundary": good.replace(b"--B", b"--C"), "no head": b"--B\r\n\r\nx\r\n--B--\r\n", "no name": good.replace(b'; name="title"', b""),
               "two names": good.replace(b"; name", b"; name=a; name"), "name*": good.replace(b"name=", b"name*="), "NUL in a head": good.replace(b"title", b"ti\0le"),
               "NUL in a text": body(part("title", b"a\0")), "no UTF-8": body(part("title", b"\xff")), "a fold": good.replace(b"; name", b";\r\n name"),
               "a coding": body(part("title", "eA==", "Content-Transfer-Encoding: base64\r\n")), "two fields": body(part("title", "x", "X: 1\r\nX: 2\r\n")),
               "a charset": body(part("title", "x", "Content-Type: text/plain; charset=latin1\r\n")), "urlencoded": b"title=x"}
        for what, data in bad.items():
            with self.subTest(what):
                reply = self.send(data)
                self.assertEqual((reply.status, reply.json["code"]), (400, "malformed"), reply)
                self.assertLessEqual(reply.json["position"], len(data))
        self.assertEqual(self.send(body(part("%", "x"), part("title", "x"))).json["invalid_fields"], ["%"])

    def test_limits(self):
        started = time.monotonic()
        self.assertEqual(self.codes(*[part("title", "x")] * 1000)[0], 422)
        for parts in ([part("title", "x")] * 1001, [part("title", "x", "".join(f"X-{i}: 1\r\n" for i in range(20000)))],
                      [part("title", "x", f"X: {'x' * 4096}\r\n")], [part("title", "x" * 500001)], [part("title", "x" * (1 << 20))]):
            with self.subTest(parts=len(parts), bytes=len(parts[0])):
                reply = self.send(body(*parts))
                self.assertEqual((reply.status, reply.json["code"]), (413, "too_large"))
        almost = "\r\n--A\r\n-" * 44000
        self.assertEqual(self.send(body(part("text", almost), part("title", "x"))).json["text"], almost)
        self.assertLess(time.monotonic() - started, 20)

    # ---- which media type ----

    def test_content_types(self):
        good = body(part("title", "x"))
        for kind in ('Multipart/Form-Data;boundary="B"', "multipart/form-data; charset=utf-8; boundary=B", "multipart/form-data ; Boundary=B"):
            with self.subTest(kind):
                self.assertEqual(self.send(good, kind).status, 200)
        for parameters in ("", "; boundary", "; boundary=", '; boundary="B', "; boundary=B; boundary=B", '; boundary="B "', "; boundary=" + "B" * 71, "; boundary=B;",
                           "; boundary=B; charset=latin1", "; boundary=B; x=y", "; boundary=\"\xfc\""):
            with self.subTest(parameters):
                reply = self.send(good, "multipart/form-data" + parameters)
                self.assertEqual((reply.status, reply.json["code"]), (400, "bad_request"))
                self.assertEqual(reply.json["message"], "The content type names no boundary, or none that can be used")
        for kind in ("multipart/mixed; boundary=B", "multipart/form-data, x; boundary=B", "text/plain"):
            self.assertEqual(self.send(good, kind).status, 415)
        for kind in ("application/json", "application/x-www-form-urlencoded"):
            self.assertEqual(self.send(b"title=x", kind, "/forms/multipart").status, 415)
        for path in ("/sources/2024-02-29", "/lenient"):
            self.assertEqual(self.send(good, path=path).status, 415)

    def test_the_description_says_so(self):
        document = json.loads(self.server.command("openapi"))
        content = document["paths"]["/forms"]["post"]["requestBody"]["content"]
        self.assertEqual(list(content), ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"])
        self.assertEqual(content["multipart/form-data"].pop("encoding"), {"octets": {"contentType": "text/plain"}})
        self.assertEqual(content["multipart/form-data"], content["application/x-www-form-urlencoded"])
        self.assertEqual(list(document["paths"]["/forms/multipart"]["post"]["requestBody"]["content"]), ["multipart/form-data"])
        said = self.server.command("routes", "-v")
        self.assertIn("JSON, form or multipart up to 1048576 bytes (route)", said)
        self.assertIn("    body          multipart up to 1048576 bytes", said)


if __name__ == "__main__":
    unittest.main()
