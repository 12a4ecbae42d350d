"""Makes tokens as only the server should be able to: it has the signing root, which for the conformance application is public.

So a test can show that a good signature is not enough.  Ed25519 as RFC 8032 §5.1 defines it, HKDF as RFC 5869; slow and not for
anything else.
"""

import base64
import hashlib
import hmac
import json
import pathlib
import re
import time

P = 2 ** 255 - 19
L = 2 ** 252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
BASE_Y = 4 * pow(5, P - 2, P) % P
PROFILES = pathlib.Path(__file__).resolve().parents[2] / "apps" / "conformance" / "profiles.c"


def x_of(y):
    """The even x of the point with this y."""
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    return x if x % 2 == 0 else P - x


BASE = (x_of(BASE_Y), BASE_Y)


def add(a, b):
    (x1, y1), (x2, y2) = a, b
    t = D * x1 * x2 * y1 * y2 % P
    return ((x1 * y2 + x2 * y1) * pow(1 + t, P - 2, P) % P, (y1 * y2 + x1 * x2) * pow(1 - t, P - 2, P) % P)


def times(n, point):
    result = (0, 1)
    while n:
        if n & 1:
            result = add(result, point)
        point, n = add(point, point), n >> 1
    return result


def encode(point):
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


def number(data):
    return int.from_bytes(data, "little")


class Key:
    def __init__(self, seed):
        digest = hashlib.sha512(seed).digest()
        self.scalar = number(digest[:32]) & ((1 << 254) - 8) | 1 << 254
        self.prefix = digest[32:]
        self.public = encode(times(self.scalar, BASE))

    def sign(self, message):
        r = number(hashlib.sha512(self.prefix + message).digest()) % L
        point = encode(times(r, BASE))
        k = number(hashlib.sha512(point + self.public + message).digest()) % L
        return point + ((r + k * self.scalar) % L).to_bytes(32, "little")


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def hkdf(root, label):
    prk = hmac.digest(b"Dewar keyring 1", root, "sha256")
    return hmac.digest(prk, label + b"\x01", "sha256")


def conformance_key():
    """The key that the conformance application signs with."""
    root = re.search(r'#define SIGNING "SIGNING_KEYS", "([^"]+)"', PROFILES.read_text(encoding="utf-8")).group(1)
    return Key(hkdf(unb64(root), b"dewar 1 signing access-token ed25519"))


def header_of(key, **changes):
    return {"alg": "EdDSA", "kid": b64(hashlib.sha256(key.public).digest()[:16]), "typ": "at+jwt", **changes}


def claims_of(owner, **changes):
    now = int(time.time())
    claims = {"iss": "https://app.test", "aud": "api.test", "sub": owner, "client_id": "first-party", "jti": "AAAAAAAAAAAAAAAAAAAAAA",
              "iat": now, "exp": now + 60, "auth_time": now, **changes}
    return {name: value for name, value in claims.items() if value is not None}


def token(key, header, claims):
    """`header` and `claims` are objects, or bytes as they are."""
    def part(value):
        return b64(value if isinstance(value, bytes) else json.dumps(value, separators=(",", ":")).encode())
    signed = part(header) + "." + part(claims)
    return signed + "." + b64(key.sign(signed.encode()))
