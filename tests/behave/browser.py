"""A browser as far as cookies go: keeps what it is given, sends it back, and shows the CSRF token when asked to."""

import json

import harness


class Browser:
    """Talks to `server`; `name` is the application's, of whose cookies it keeps those that it would of a browser."""

    def __init__(self, server, name="conformance", login="/login"):
        self.server, self.name, self.login_path = server, name, login
        self.cookies, self.csrf, self.last = {}, None, None

    @property
    def cookie(self):
        """The header that it sends."""
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    @property
    def id(self):
        return self.cookies.get(f"__Host-{self.name}")

    def request(self, method, path, body=None, headers=None, csrf=False, **more):
        headers = dict(headers or {})
        if self.cookies:
            headers.setdefault("Cookie", self.cookie)
        if csrf:
            headers["X-CSRF-Token"] = self.csrf
        self.last = self.server.request(method, path, body=body, headers=headers, **more)
        for line in self.last.headers.get("set-cookie", "").split("\n"):
            self.keep(line)
        if self.last.status == 200 and self.last.body.startswith(b'{"csrf_token"'):
            self.csrf = json.loads(self.last.body)["csrf_token"]
        return self.last

    def keep(self, line):
        pair, *attributes = line.split("; ")
        name, _, value = pair.partition("=")
        if "Max-Age=0" in attributes:
            self.cookies.pop(name, None)
        elif value:
            self.cookies[name] = value

    def login(self, username="alice", password=harness.PASSWORD, **more):
        """With JSON, as a program does."""
        reply = self.request("POST", self.login_path, body={"username": username, "password": password}, **more)
        assert reply.status == 200, reply
        return self

    def copy(self):
        """Another browser with the same cookies: a thief's, or one that forgot nothing."""
        other = Browser(self.server, self.name, self.login_path)
        other.cookies, other.csrf = dict(self.cookies), self.csrf
        return other
