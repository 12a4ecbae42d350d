"""Behind a proxy: who a request is from, by headers and by the PROXY protocol; what nobody may send; http to https; probes."""

import contextlib
import pathlib
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
import unittest

import harness
from test_api_keys import key_of

PROXY = "127.0.0.1"
STRANGER = "127.0.0.9"
CLIENT = "203.0.113.7"
SECURE = {"X-Forwarded-Proto": "https"}
V2 = b"\r\n\r\n\0\r\nQUIT\n"


def head(path, headers=(), host="localhost"):
    return "".join([f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n", *(f"{line}\r\n" for line in headers), "\r\n"]).encode()


class Case(harness.ServerCase):
    def send(self, data, source=PROXY):
        with self.server.connect(source) as s:
            s.sendall(data)
            return harness.read_all(s)

    def ask(self, *headers, path="/client", source=PROXY, host="localhost"):
        replies = harness.parse_replies(self.send(head(path, headers, host), source))
        self.assertEqual(len(replies), 1)
        return replies[0]

    def client(self, *headers, **more):
        reply = self.ask(*headers, **more)
        self.assertEqual(reply.status, 200, reply)
        return reply.json


class ByHeaders(Case):
    """Profile `proxy`: 127.0.0.1 is the one proxy."""

    @classmethod
    def make(cls):
        return harness.conformance("proxy", WORKERS="2", SESSION_IDLE="10m", SESSION_ABSOLUTE="1h")

    def test_a_trusted_proxy_is_believed(self):
        said = self.client(f"X-Forwarded-For: 6.6.6.6, {CLIENT}:4711", "X-Forwarded-Proto: https", "X-Forwarded-Host: app.test", "X-Request-Id: of.the-proxy",
                           "X-Usual: 1", host="internal.invalid")
        self.assertEqual((said["address"], said["https"], said["request_id"]), (CLIENT, True, "of.the-proxy"))
        self.assertEqual(said["arrived"], ["x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-request-id", "x-usual"])
        line = self.server.wait_for_log(lambda line: line.get("request_id") == "of.the-proxy" and line["kind"] == "access")
        self.assertEqual((line["peer"], line["client"]), (PROXY, CLIENT))
        self.assertEqual(self.client("X-Forwarded-For: [2001:db8:0::1]:80", "X-Forwarded-Proto: https")["address"], "2001:db8::1")

    def test_a_stranger_is_not(self):
        reply = self.ask(f"X-Forwarded-For: {CLIENT}", "X-Forwarded-Proto: https", "X-Request-Id: theirs", source=STRANGER)
        self.assertEqual((reply.status, reply.json["code"]), (403, "https_required"), "nobody said https whom we believe")
        self.assertNotEqual(reply.headers["x-request-id"], "theirs")
        again = self.ask("Forwarded: for=1.2.3.4", source=STRANGER).headers["x-request-id"]
        self.server.wait_for_log(lambda line: line.get("request_id") == again and line["kind"] == "access")
        line = self.server.wait_for_log(lambda line: line.get("event") == "proxy.untrusted")
        self.assertEqual(line["peer"], STRANGER)
        self.assertEqual(sum(line.get("event") == "proxy.untrusted" for line in self.server.log()), 1, "once for each peer")

    def test_what_is_garbled_is_refused(self):
        for bad in ("X-Forwarded-For: x", "X-Forwarded-For: ", "X-Forwarded-For: 1.2.3.4,", "X-Forwarded-For: unknown", "X-Forwarded-For: _hidden",
                    "X-Forwarded-For: [::1", "X-Forwarded-For: 1.2.3.4:99999", "X-Forwarded-Proto: gopher", "X-Forwarded-Host: a b",
                    "X-Forwarded-Host: <x>", "X-Forwarded-Proto: http, https"):
            with self.subTest(bad):
                reply = self.ask(bad, *(["X-Forwarded-For: 1.2.3.4"] if "For" not in bad else []))
                self.assertEqual((reply.status, reply.json["code"]), (400, "bad_request"))
        conflict = self.ask("X-Forwarded-For: 1.2.3.4", "Forwarded: for=5.6.7.8", "Origin: https://trusted.example", path="/api/json")
        self.assertEqual(conflict.status, 400)
        self.assertNotIn("access-control-allow-origin", conflict.headers, "nothing of it is believed")
        for host in ("evil.test", "localhost.evil"):
            self.assertEqual(self.ask("X-Forwarded-Proto: https", f"X-Forwarded-Host: {host}").status, 400, "hosts are judged as ever")

    def test_what_nobody_may_send(self):
        said = self.client("X-Forwarded-Proto: https", "Proxy: http://evil", "X-Original-URL: /admin", "X-Rewrite-URL: /admin", "X-HTTP-Method-Override: DELETE",
                           "X_Forwarded_For: 1.2.3.4", "X-Real-IP: 1.2.3.4", "Forwarded: by=_x")
        self.assertEqual(said["arrived"], ["x-forwarded-proto"])

    def test_http_goes_to_https(self):
        page = self.ask(path="/?a=b&c=%2f", host="app.test")
        self.assertEqual((page.status, page.headers["location"], page.body), (308, "https://app.test/?a=b&c=%2f", b""))
        self.assertNotIn("strict-transport-security", page.headers)
        self.assertEqual(self.ask("X-Forwarded-Proto: http", "X-Forwarded-Host: localhost", path="/").headers["location"], "https://app.test/")
        api = self.ask("Accept: text/html", path="/hello")
        self.assertEqual((api.status, "location" in api.headers), (403, False))
        self.assertEqual(self.server.request("POST", "/client", {}).status, 403)
        secure = self.ask("X-Forwarded-Proto: https", path="/")
        self.assertEqual((secure.status, secure.headers["strict-transport-security"]), (200, "max-age=63072000; includeSubDomains"))

    def test_limits_are_of_the_client(self):
        def statuses(client, times):
            return [self.ask("X-Forwarded-Proto: https", f"X-Forwarded-For: 9.9.9.9, {client}", path="/limited/s1").status for _ in range(times)]
        self.assertEqual(statuses("198.51.100.1", 3), [200, 200, 429])
        self.assertEqual(statuses("198.51.100.2", 1), [200])
        self.assertEqual([statuses(client, 1)[0] for client in ("2001:db8::1", "2001:db8::2", "2001:db8::1", "2001:db8:0:1::1")], [200, 200, 429, 200], "a /64 is one client")

    def test_probes(self):
        """Five, and the address is answered 429; what other sites make a browser fetch does not count."""
        def look(path, *more):
            return self.ask("X-Forwarded-Proto: https", f"X-Forwarded-For: {self.client_address}", *more, path=path)
        self.client_address = "198.51.100.20"
        for path in ("/.env", "/wp-login.php", "/a/.git/config", "/.env"):
            for _ in range(2):
                self.assertEqual(look(path, "Sec-Fetch-Site: cross-site").status, 404)
        self.assertEqual([look(path).status for path in ("/console", "/.env", "/actuator/health", "/hello?__debugger__=yes")], [404] * 4)
        self.assertEqual(look("/nothing").status, 404)
        self.assertEqual(look("/hello").status, 200)
        self.assertEqual(look("/phpMyAdmin/").status, 404)
        for path in ("/hello", "/nothing", "/.env", "/"):
            reply = look(path)
            self.assertEqual(reply.status, 429, path)
            self.assertTrue(50 <= int(reply.headers["retry-after"]) <= 60, reply.headers)
        self.client_address = "198.51.100.21"
        self.assertEqual(look("/hello").status, 200, "another address")
        seen = self.server.wait_for_log(lambda line: line.get("event") == "probe.banned")
        self.assertEqual(seen["address"], "198.51.100.20")
        last = reply.headers["x-request-id"]
        self.server.wait_for_log(lambda line: line.get("request_id") == last and line["kind"] == "access")
        seen = [line for line in self.server.log() if line.get("event") == "probe.seen" and line["address"] == "198.51.100.20"]
        self.assertEqual([line["probe"] for line in seen], ["/console"], "once for a client and a while")

    def test_who_was_banned_is_let_go(self):
        def look(path, address):
            return self.ask("X-Forwarded-Proto: https", f"X-Forwarded-For: {address}", path=path).status
        banned = ("198.51.100.40", "2001:db8:0:7::1", "198.51.100.41")
        for address in banned:
            self.assertEqual([look("/.env", address) for _ in range(6)], [404] * 5 + [429])
        lines = {line.split()[3]: line for line in self.server.command("limits").splitlines()}
        for address in ("198.51.100.40,", "2001:db8:0:7::/64,"):
            self.assertRegex(lines[address], "^[0-9a-f]{16} [1-6]?[0-9]s address [^ ]+, probes$")
            self.assertEqual(self.server.command("limits", "lift", lines[address].split()[0]), "1 let go\n")
        self.assertEqual([look("/hello", address) for address in banned], [200, 200, 429])
        self.server.wait_for_log(lambda line: line.get("event") == "probe.let_go" and line["address"] == "198.51.100.40")
        self.assertEqual([look("/.env", banned[0]) for _ in range(4)], [404] * 4, "all begins anew")
        self.assertIn("let go", self.server.command("limits", "lift", "all"))
        self.assertEqual([look("/hello", address) for address in banned], [200, 200, 200])
        self.assertEqual(self.server.command("limits"), "")

    def test_who_is_signed_in_is_not_banned(self):
        address = {**SECURE, "X-Forwarded-For": "198.51.100.30"}
        login = self.server.request("POST", "/login", {"username": "alice", "password": harness.PASSWORD}, headers=address)
        signed = {**address, "Cookie": login.headers["set-cookie"].partition(";")[0]}
        tokens = self.server.request("POST", "/token", form={"grant_type": "password", "username": "bob", "password": harness.PASSWORD}, headers=address)
        token = {**address, "Authorization": f"Bearer {tokens.json['access_token']}"}
        key = {**address, "X-API-Key": key_of("AliceReads0")}
        self.assertEqual([self.server.request("GET", "/.env", headers=signed).status for _ in range(6)], [404] * 6)
        self.assertEqual(self.server.request("GET", "/hello", headers=address).status, 200, "nor is anybody else at her address")
        for _ in range(5):
            self.server.request("GET", "/.env", headers=address)
        for path, anonymous, alice in (("/hello", 429, 200), ("/me", 429, 200), ("/nothing", 429, 404), ("/.env", 429, 404)):
            with self.subTest(path):
                self.assertEqual([self.server.request("GET", path, headers=headers).status for headers in (address, signed)], [anonymous, alice])
        for path, by_token, by_key in (("/hello", 200, 429), ("/hello/either", 200, 200), ("/hello/caller", 200, 200), ("/go", 303, 429), ("/nothing", 429, 429)):
            with self.subTest(path):
                self.assertEqual([self.server.request("GET", path, headers=headers).status for headers in (token, key)], [by_token, by_key])
        for name, value in (("Authorization", token["Authorization"][:-6] + "AAAAAA"), ("X-API-Key", key_of("AliceReads0", secret="x" * 43)), ("Authorization", "Bearer")):
            self.assertEqual(self.server.request("GET", "/hello/either", headers={**address, name: value}).status, 429, value)
        self.server.change("UPDATE users SET disabled = 1 WHERE username = 'bob'")
        self.assertEqual(self.server.request("GET", "/hello/either", headers=token).status, 429, "whose account is there no more")


class WithoutProxies(Case):
    """Profile `direct`: nobody is trusted, so nobody speaks for anybody."""

    def test_what_a_stranger_sends_is_gone(self):
        theirs = (f"X-Forwarded-For: {CLIENT}", "X-Forwarded-Proto: https", "X-Forwarded-Host: app.test", "X-Forwarded-Prefix: /admin", f"Forwarded: for={CLIENT};proto=https",
                  f"X-Real-IP: {CLIENT}", "X-Request-Id: theirs", "Proxy: http://evil.test", "X-Original-URL: /admin", "X-Rewrite-URL: /admin",
                  "X-HTTP-Method-Override: DELETE", f"X_Forwarded_For: {CLIENT}", "X_Usual: 1")
        for source in (PROXY, STRANGER):
            for headers in (theirs, *((line,) for line in theirs), ("X-Forwarded-For: garbled,,", "X-Forwarded-Proto: gopher"), ("x-FORWARDED-for: 1.2.3.4", "fOrWaRdEd: for=1.2.3.4")):
                with self.subTest(source, headers=headers):
                    said = self.client("X-Usual: 1", *headers, source=source)
                    self.assertEqual((said["arrived"], said["address"], said["https"]), (["x-usual"], source, False))
                    self.assertRegex(said["request_id"], "^[0-9a-f]{32}$")
        line = self.server.wait_for_log(lambda line: line.get("request_id") == said["request_id"] and line["kind"] == "access")
        self.assertEqual((line["peer"], "client" in line), (STRANGER, False))


class Others(Case):
    """RFC 7239, by two proxies in a row; TRACE and CONNECT."""

    @classmethod
    def make(cls):
        return harness.conformance("proxy", FORWARDED_BY="forwarded", TRUSTED_PROXIES="127.0.0.0/30,10.0.0.0/8", TRUSTED_PROXY_HOPS="2")

    def test_chains(self):
        for value, address in (("for=1.2.3.4;proto=https, for=10.0.0.1", "1.2.3.4"), ("for=6.6.6.6, for=1.2.3.4;proto=https, for=10.0.0.1", "1.2.3.4"),
                               ("for=6.6.6.6;proto=http, for=1.2.3.4;proto=https", "1.2.3.4"), ('for="[2001:db8::1]:80";proto=https', "2001:db8::1"),
                               ("for=10.0.0.1;proto=https", "10.0.0.1"), ("proto=https", "127.0.0.2")):
            with self.subTest(value):
                said = self.client(f"Forwarded: {value}", source="127.0.0.2")
                self.assertEqual((said["address"], said["https"]), (address, True))
        for value in ("for=_hidden;proto=https", "for=unknown", "for", "for=1.2.3.4;for=1.2.3.4", "for=::1", 'for="1.2.3.4', "proto=ftp", ""):
            with self.subTest(value):
                self.assertEqual(self.ask(f"Forwarded: {value}").status, 400)
        self.assertEqual(self.ask("X-Forwarded-Proto: https").status, 403, "it was not chosen")

    def test_methods(self):
        for method, status in (("TRACE", 405), ("CONNECT", 405), ("BREW", 501), ("get", 501)):
            for path in ("/client", "/nothing"):
                reply = harness.parse_replies(self.send(head(path).replace(b"GET", method.encode(), 1)))[0]
                self.assertEqual((reply.status, "allow" in reply.headers), (status, status == 405), (method, path))
        self.assertEqual(harness.parse_replies(self.send(b"CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n"))[0].status, 405)


class ByProxyProtocol(Case):
    """Every connection begins with a header of the PROXY protocol."""

    @classmethod
    def make(cls):
        return harness.conformance("proxy", LISTEN_PROXY_PROTOCOL="required", HEAD_TIMEOUT="1s")

    def test_versions(self):
        v4 = socket.inet_aton(CLIENT) + socket.inet_aton("127.0.0.1") + b"\0\1\0\2"
        tls = b"\x20\0\5\1\0\0\0\0"
        for header, status in ((f"PROXY TCP4 {CLIENT} 127.0.0.1 1 2\r\n".encode(), 403), (V2 + b"\x21\x11\0\x0c" + v4, 403), (V2 + b"\x21\x11\0\x14" + v4 + tls, 200)):
            replies = harness.parse_replies(self.send(header + head("/client")))
            self.assertEqual([reply.status for reply in replies], [status])
        self.assertEqual((replies[0].json["address"], replies[0].json["https"]), (CLIENT, True))
        self.server.wait_for_log(lambda line: line.get("client") == CLIENT and line["peer"] == PROXY)

    def test_who_is_cut(self):
        good = f"PROXY TCP4 {CLIENT} 127.0.0.1 1 2\r\n".encode() + head("/client")
        for data, source in ((head("/client"), PROXY), (good, STRANGER), (V2 + b"\x21\x11\xff\xff", PROXY), (good[:20] + b"\r\n" + good[20:], PROXY)):
            self.assertEqual(self.send(data, source), b"")
        begin = time.monotonic()
        self.assertEqual(self.send(b"PROXY TCP4 1.2"), b"", "too slow")
        self.assertLess(time.monotonic() - begin, 15)
        self.server.wait_for_log(lambda line: line.get("event") == "proxy.refused")
        self.assertIn('dewar_proxy_refused_total{worker="0"} 4\n', self.server.admin("GET", "/metrics").body.decode())


    def test_curl_speaks_it(self):
        run = subprocess.run(["curl", "-s", "--haproxy-protocol", f"http://127.0.0.1:{self.server.port}/client"], capture_output=True, text=True, check=True)
        self.assertIn("https_required", run.stdout)


@unittest.skipUnless(shutil.which("nginx") and shutil.which("openssl"), "nginx is not installed")
class BehindNginx(unittest.TestCase):
    """The block of the guide, to the letter but for names and places."""

    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="dewar-nginx-"))
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)

    def write(self, server):
        page = (harness.ROOT / "docs/guide/behind-a-proxy.md").read_text(encoding="utf-8").partition("## nginx")[2]
        self.tls, self.plain = harness.free_port(), harness.free_port()
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=app.test",
                        "-keyout", "key.pem", "-out", "cert.pem"], cwd=self.directory, check=True, capture_output=True)
        block = page.split("```")[1].removeprefix("text\n")
        for word, place in (("listen 443 ssl;", f"listen 127.0.0.1:{self.tls} ssl; ssl_certificate cert.pem; ssl_certificate_key key.pem;"),
                            ("listen 80;", f"listen 127.0.0.1:{self.plain};"), ("127.0.0.1:8080", f"127.0.0.1:{server.port}"), ("app.example.com", "app.test")):
            self.assertIn(word, block)
            block = block.replace(word, place)
        paths = "".join(f"{name}_temp_path {self.directory}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (self.directory / "nginx.conf").write_text(f"daemon off; pid {self.directory}/pid; error_log stderr; events {{}} http {{ access_log off; {paths}\n{block} }}\n",
                                                   encoding="utf-8")

    def ask(self, path, *headers):
        context = ssl.create_default_context(cafile=self.directory / "cert.pem")
        with socket.create_connection(("127.0.0.1", self.tls), timeout=20, source_address=("127.0.0.77", 0)) as plain, \
                context.wrap_socket(plain, server_hostname="app.test") as s:
            s.sendall(head(path, headers, "app.test"))
            return harness.parse_replies(harness.read_all(s))[0]

    def test_the_page(self):
        with harness.conformance("proxy") as server:
            self.write(server)
            nginx = subprocess.Popen(["nginx", "-p", self.directory, "-c", self.directory / "nginx.conf", "-e", "stderr"], stderr=subprocess.PIPE)
            try:
                harness.wait_until(self.is_up)
                reply = self.ask("/client", "X-Forwarded-For: 6.6.6.6", "X-Forwarded-Proto: http", "X-Forwarded-Host: evil.test", "X-Request-Id: theirs", "X-Real-IP: 6.6.6.6")
                self.assertEqual((reply.status, reply.json["address"], reply.json["https"]), (200, "127.0.0.77", True), reply)
                self.assertRegex(reply.headers["x-request-id"], "^[0-9a-f]{32}$")
                self.assertIn("strict-transport-security", reply.headers)
            finally:
                nginx.terminate()
                nginx.communicate()

    def is_up(self):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.tls), timeout=1):
            return True
        return False


class Start(unittest.TestCase):
    def finds(self, word, **settings):
        env = {f"CONFORMANCE_{name}": value for name, value in {"PROFILE": "proxy", "DATABASE_URL": "sqlite:x.db", **settings}.items()}
        status, out, err = harness.run("conformance", "check", "--deploy", env=env)
        self.assertIn(word, out + err)
        return status

    def test_settings(self):
        for value, word in (("0.0.0.0/0", "everybody"), ("::/0", "everybody"), ("10.0.0.1/8", "behind its length"), ("localhost", "neither a network nor an address"),
                            ("127.0.0.1,", "neither a network"), ("10.0.0.0/33", "length is none")):
            self.assertEqual(self.finds(word, TRUSTED_PROXIES=value), 78, value)
        self.finds("TRUSTED_PROXIES names nobody", TRUSTED_PROXIES="", LISTEN_PROXY_PROTOCOL="required")
        self.finds("from 1 to 8", TRUSTED_PROXY_HOPS="0")
        self.finds("name that proxy in TRUSTED_PROXIES", TRUSTED_PROXIES="", ENV="production", LISTEN="0.0.0.0:8080")
        self.assertEqual(self.finds("0 errors", ENV="production", LISTEN="0.0.0.0:8080", TRUSTED_PROXIES="10.0.0.0/8"), 0)


if __name__ == "__main__":
    unittest.main()
