"""Access tokens that somebody else signs: what is declared is taken, and nothing beside it."""

import base64
import hashlib
import hmac
import json
import time
import unittest

import forge
import harness

ALICE, ERIN = "988da607-209f-4a25-8be1-ccbe9698498c", "2bd31f58-7955-4f6d-abda-7490546b75b3"
ME = "/api/users/me"
KEYS = harness.ROOT / "apps/conformance/keys"
SHARED, RSA = (json.loads((KEYS / name).read_text(encoding="utf-8")) for name in ("k1.json", "r1.json"))
N, E, D = (int.from_bytes(forge.unb64(RSA[name]), "big") for name in "ned")
SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")  # DigestInfo: RFC 8017 §9.2


def hs256(message, key=None):
    return hmac.digest(forge.unb64(SHARED["k"]) if key is None else key, message, "sha256")


def rs256(message):
    size = (N.bit_length() + 7) // 8
    tail = SHA256 + hashlib.sha256(message).digest()
    return pow(int.from_bytes(b"\0\1" + b"\xff" * (size - len(tail) - 3) + b"\0" + tail, "big"), D, N).to_bytes(size, "big")


def pem():
    """The public key as others keep it in a file: SubjectPublicKeyInfo (RFC 5280)."""
    def der(tag, body):
        n = len(body)
        return bytes([tag]) + (bytes([n]) if n < 128 else bytes([0x80 + (n.bit_length() + 7) // 8]) + n.to_bytes((n.bit_length() + 7) // 8, "big")) + body

    def integer(i):
        return der(2, i.to_bytes(i.bit_length() // 8 + 1, "big"))
    info = der(0x30, der(0x30, bytes.fromhex("06092a864886f70d0101010500")) + der(3, b"\0" + der(0x30, integer(N) + integer(E))))
    text = base64.b64encode(info).decode()
    return ("-----BEGIN PUBLIC KEY-----\n" + "\n".join(text[i:i + 64] for i in range(0, len(text), 64)) + "\n-----END PUBLIC KEY-----\n").encode()


def claims_of(**changes):
    now = int(time.time())
    claims = {"iss": "https://issuer.test", "aud": "api.test", "sub": ALICE, "iat": now, "exp": now + 60, **changes}
    return {name: value for name, value in claims.items() if value is not None}


def header_of(of, **changes):
    header = {"alg": of, "kid": "k1" if of == "HS256" else "r1", "typ": "at+jwt", **changes}
    return {name: value for name, value in header.items() if value is not None}


def token(sign, header, claims):
    """`header` and `claims` are objects, or bytes as they are."""
    message = ".".join(forge.b64(part if isinstance(part, bytes) else json.dumps(part).encode()) for part in (header, claims)).encode()
    return message.decode() + "." + forge.b64(sign(message))


BOTH = (("HS256", hs256), ("RS256", rs256))


class Issuers(harness.ServerCase):
    def status(self, one):
        return self.server.request("GET", ME, token=one).status

    def refuse(self, name, one):
        with self.subTest(name):
            reply = self.server.request("GET", ME, token=one)
            self.assertEqual((reply.status, reply.headers.get("www-authenticate")), (401, 'Bearer realm="conformance", error="invalid_token"'))

    def test_what_is_declared_is_taken(self):
        for alg, sign in BOTH:
            reply = self.server.request("GET", ME, token=token(sign, header_of(alg), claims_of()))
            self.assertEqual((reply.status, reply.json), (200, {"id": 1, "username": "alice"}), reply)
        self.assertEqual(self.status(self.server.token("alice")), 200, "our own beside them")
        self.assertEqual(self.status(token(hs256, header_of("HS256"), claims_of(more={"a": [1]}, jti="x", scope="all"))), 200)

    def test_claims_that_are_not(self):
        now = int(time.time())
        for alg, sign in BOTH:
            for name, changes in {
                    "no exp": {"exp": None}, "no iat": {"iat": None}, "no iss": {"iss": None}, "no aud": {"aud": None}, "no sub": {"sub": None},
                    "a longer issuer": {"iss": "https://issuer.test.evil.example"}, "a shorter issuer": {"iss": "https://issuer"},
                    "our issuer": {"iss": "https://app.test"}, "a slash": {"iss": "https://issuer.test/"}, "capitals": {"iss": "https://ISSUER.test"},
                    "another audience": {"aud": "other"}, "audiences": {"aud": ["api.test"]}, "a longer audience": {"aud": "api.test.x"},
                    "just over": {"exp": now, "iat": now - 60}, "from the future": {"iat": now + 30}, "not yet": {"nbf": now + 30},
                    "text": {"exp": str(now + 60)}, "a fraction": {"exp": now + 60.5}, "huge": {"exp": 10 ** 400}, "huge iat": {"iat": 10 ** 30}, "negative": {"exp": -1},
                    "infinite": {"exp": float("inf")}, "nobody": {"sub": "nobody"}, "long": {"sub": "x" * 65}, "disabled": {"sub": ERIN}, "number": {"sub": 1}}.items():
                self.refuse(f"{alg} {name}", token(sign, header_of(alg), claims_of(**changes)))

    def test_headers_that_are_not(self):
        for alg, sign in BOTH:
            for name, changes in {
                    "no typ": {"typ": None}, "typ JWT": {"typ": "JWT"}, "a media type": {"typ": "application/at+jwt"}, "capitals": {"typ": "AT+JWT"},
                    "no kid": {"kid": None}, "an unknown kid": {"kid": "k2"}, "a path": {"kid": "../../../dev/null"}, "an empty kid": {"kid": ""}, "a number": {"kid": 1},
                    "crit": {"crit": ["exp"]}, "unknown crit": {"crit": ["x"], "x": 1}, "b64": {"b64": False}, "jwk": {"jwk": SHARED}, "jku": {"jku": "https://evil.example"},
                    "x5u": {"x5u": "https://evil.example"}, "x5c": {"x5c": []}, "alg none": {"alg": "none"}, "HS384": {"alg": "HS384"}, "PS256": {"alg": "PS256"},
                    "small letters": {"alg": alg.lower()}, "no alg": {"alg": None}}.items():
                self.refuse(f"{alg} {name}", token(sign, header_of(alg, **changes), claims_of()))

    def test_the_public_key_is_no_secret_to_sign_with(self):
        key = {name: RSA[name] for name in ("kty", "kid", "alg", "n", "e")}
        for name, secret in {"PEM": pem(), "PEM without its end": pem().rstrip(), "n": forge.unb64(RSA["n"]), "JWK": json.dumps(key).encode(), "nothing": b""}.items():
            for kid in ("r1", "k1"):
                self.refuse(f"{name}, {kid}", token(lambda message, s=secret: hs256(message, s), header_of("HS256", kid=kid), claims_of()))

    def test_kids_of_each_other(self):
        self.refuse("HS256 as r1", token(hs256, header_of("HS256", kid="r1"), claims_of()))
        self.refuse("RS256 as k1", token(rs256, header_of("RS256", kid="k1"), claims_of()))
        self.refuse("HS256 that says RS256", token(hs256, header_of("RS256", kid="k1"), claims_of()))

    def test_signatures_that_are_not(self):
        for alg, sign in BOTH:
            good = token(sign, header_of(alg), claims_of())
            head, body, signature = good.split(".")
            raw = forge.unb64(signature)
            for name, one in {
                    "none": f"{head}.{body}.", "cut": good[:-1], "longer": good + "A", "padded": good + "=", "four parts": good + ".x", "two parts": f"{head}.{body}",
                    "a bit": f"{head}.{body}.{forge.b64(raw[:-1] + bytes([raw[-1] ^ 1]))}", "zeros": f"{head}.{body}.{forge.b64(bytes(len(raw)))}",
                    "another payload": f"{head}.{forge.b64(json.dumps(claims_of(sub=ERIN)).encode())}.{signature}",
                    "alg none": forge.b64(b'{"alg":"none","kid":"k1","typ":"at+jwt"}') + f".{body}."}.items():
                self.refuse(f"{alg} {name}", one)

    def test_json_that_is_not(self):
        good = json.dumps(claims_of())
        for name, claims in {"twice": (good[:-1] + ',"sub":"x"}').encode(), "list": b"[]", "nothing": b"", "deep": b'{"a":' * 900 + b"1" + b"}" * 900,
                             "latin": good.replace("api.test", "api.t\u00e9st").encode("latin-1"), "more": (good + "{}").encode()}.items():
            self.refuse(name, token(hs256, header_of("HS256"), claims))
        for name, header in {"twice": b'{"alg":"HS256","alg":"HS256","kid":"k1","typ":"at+jwt"}', "deep": b'{"alg":"HS256","kid":"k1","typ":"at+jwt","x":' + b"[" * 1500 + b"]" * 1500 + b"}",
                             "list": b"[]", "nothing": b""}.items():
            self.refuse(f"header {name}", token(hs256, header, claims_of()))

    def test_too_long_is_refused_and_nothing_more(self):
        for header in (b"[" * 100000 + b"]" * 100000, header_of("HS256", x="x" * 7000)):
            reply = self.server.request("GET", ME, token=token(hs256, header, claims_of()))
            self.assertIn(reply.status, (401, 431), reply)
        self.assertEqual(self.status(token(hs256, header_of("HS256"), claims_of())), 200)

    def test_no_bad_token_was_an_error_of_ours(self):
        for alg, sign in BOTH:
            self.refuse("nobody", token(sign, header_of(alg), claims_of(sub="nobody")))
        self.assertEqual([line for line in self.server.log() if line["event"] == "request.failed"], [])


class Start(unittest.TestCase):
    def test_keys_that_stop_the_start(self):
        public = {name: RSA[name] for name in ("kty", "kid", "alg", "n", "e")}
        cases = {"a private key": ("ISSUER_KEYS", [RSA]), "no kid": ("ISSUER_KEYS", [{k: v for k, v in public.items() if k != "kid"}]),
                 "no alg": ("ISSUER_KEYS", [{k: v for k, v in public.items() if k != "alg"}]), "the other's kid": ("ISSUER_KEYS", [{**public, "kid": "k1"}]),
                 "a kid twice": ("ISSUER_KEYS", [public, public]), "alg none": ("ISSUER_KEYS", [{**public, "alg": "none"}]), "none": ("ISSUER_KEYS", []),
                 "both kinds": ("ISSUER_KEYS", [public, {**SHARED, "kid": "k2"}]), "8 bytes": ("ISSUER_SHARED_KEYS", [{**SHARED, "k": forge.b64(b"8 bytes!")}])}
        for name, (setting, keys) in cases.items():
            with self.subTest(name):
                status, _, said = harness.run("conformance", "serve", env={f"CONFORMANCE_{setting}": json.dumps({"keys": keys}), "CONFORMANCE_DATABASE_URL": "sqlite:/nowhere/x.db"})
                self.assertEqual(status, 78, said)
                self.assertIn(f"CONFORMANCE_{setting}: ", said)
                self.assertNotIn(SHARED["k"], said)

    def test_the_profile_with_a_short_key(self):
        status, _, said = harness.run("conformance", "serve", env={"CONFORMANCE_PROFILE": "bad-jwt-short-key", "CONFORMANCE_DATABASE_URL": "sqlite:/nowhere/x.db"})
        self.assertEqual(status, 78, said)
        self.assertIn("CONFORMANCE_ISSUER_SHARED_KEYS: ", said)


if __name__ == "__main__":
    unittest.main()
