"""The hardened GET and POST of the benchmark as one writes them with Flask: gunicorn runs this module's `app`.

Everything that the other servers of the table do is done here, and by the cheapest way that Flask offers: the rules of the body by
hand instead of by a library, one connection to the database for each thread, statements that SQLite keeps prepared.
"""

import json
import logging
import os
import re
import sqlite3
import threading
import time
import uuid

import flask
import jwt
from werkzeug.exceptions import HTTPException

SECRET, ISSUER, AUDIENCE = os.environ["BENCH_SECRET"], os.environ["BENCH_ISSUER"], os.environ["BENCH_AUDIENCE"]
DATABASE, HOSTS = os.environ["BENCH_DATABASE"], {"127.0.0.1", "localhost"}
EDITOR = 2
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-XSS-Protection": "0",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), usb=(), payment=(), browsing-topics=()",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
MAX_BODY = 64 * 1024  # Flask 2.2 holds MAX_CONTENT_LENGTH against forms only
RULES = {"name": (3, 100), "description": (5, 500)}
HOST = re.compile(r"([^:]+)(?::\d+)?")

app = flask.Flask(__name__, static_folder=None)
access = logging.getLogger("access")
access.propagate = False
access.setLevel(logging.INFO)
access.addHandler(logging.FileHandler(os.environ["BENCH_LOG"]))
local = threading.local()


def database():
    if not hasattr(local, "connection"):
        local.connection = sqlite3.connect(DATABASE, isolation_level=None, timeout=10)
        local.connection.execute("PRAGMA journal_mode=WAL")
        local.connection.execute("PRAGMA synchronous=FULL")
    return local.connection


def refuse(status, error, **more):
    response = flask.jsonify(error=error, request_id=flask.g.request_id, **more)
    response.status_code = status
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    flask.abort(response)


def authorize(roles=0):
    """The account of the token, which must be there still and have one of the roles."""
    kind, _, token = flask.request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer":
        refuse(401, "Unauthorized")
    try:
        claims = jwt.decode(token, SECRET, algorithms=["HS256"], issuer=ISSUER, audience=AUDIENCE,
                            options={"require": ["exp", "iat", "iss", "aud", "sub"]})
    except jwt.InvalidTokenError:
        refuse(401, "Unauthorized")
    row = database().execute("SELECT id, roles FROM users WHERE uid = ? AND disabled = 0", (claims["sub"],)).fetchone()
    if row is None:
        refuse(401, "Unauthorized")
    if roles and not row[1] & roles:
        refuse(403, "Forbidden")
    return row[0]


def checked_body():
    if flask.request.mimetype != "application/json":
        refuse(415, "Unsupported Media Type")
    if flask.request.content_length is None or flask.request.content_length > MAX_BODY:
        refuse(413, "Content Too Large")
    body = flask.request.get_json()
    if not isinstance(body, dict):
        refuse(400, "Bad Request")
    unknown = body.keys() - RULES.keys()
    if unknown:
        refuse(400, "Bad Request", unknown=sorted(unknown))
    wrong = [name for name, (least, most) in RULES.items()
             if not isinstance(body.get(name), str) or not least <= len(body[name]) <= most]
    if wrong:
        refuse(422, "Unprocessable Content", fields=wrong)
    return body


@app.before_request
def begin():
    flask.g.request_id, flask.g.begun = uuid.uuid4().hex, time.monotonic()
    host = HOST.fullmatch(flask.request.host)
    if host is None or host.group(1) not in HOSTS:
        refuse(400, "Bad Request")


@app.after_request
def end(response):
    response.headers.extend(HEADERS)
    response.headers["X-Request-Id"] = flask.g.request_id
    access.info(json.dumps({"time": time.time(), "request_id": flask.g.request_id, "method": flask.request.method,
                            "path": flask.request.path, "status": response.status_code, "client": flask.request.remote_addr,
                            "ms": round(1000 * (time.monotonic() - flask.g.begun), 3)}))
    return response


@app.errorhandler(HTTPException)
def failed(error):
    if error.response is not None:
        return error.response
    return {"error": error.name, "request_id": flask.g.request_id}, error.code


@app.get("/api/items/<int:key>")
def show_item(key):
    me = authorize()
    row = database().execute("SELECT id, name, description, created_at, updated_at, version FROM items WHERE id = ? AND owner = ?",
                             (key, me)).fetchone()
    if row is None:
        refuse(404, "Not Found")
    response = flask.jsonify(id=row[0], name=row[1], description=row[2], created_at=row[3], updated_at=row[4])
    response.headers["ETag"] = f'"{row[0]}-{row[5]}"'
    return response


@app.post("/api/items")
def create_item():
    me = authorize(EDITOR)
    body = checked_body()
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    row = database().execute("INSERT INTO items (owner, name, description, created_at, updated_at) VALUES (?, ?, ?, ?, ?) RETURNING id",
                             (me, body["name"], body["description"], now, now)).fetchone()
    response = flask.jsonify(id=row[0], message="Item created successfully")
    response.status_code = 201
    response.headers["Location"] = f"/api/items/{row[0]}"
    return response
