"""The hardened GET and POST of the benchmark as one writes them with FastAPI: uvicorn runs this module's `app`.

Everything that the other servers of the table do is done here.  The handlers are `async` and call SQLite where they stand: a thread for
each call would leave the loop free while the disk works, and cost more processor time, which is what is measured.
"""

import json
import logging
import os
import sqlite3
import time
import uuid

import jwt
from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Extra, StrictStr, constr
from starlette.exceptions import HTTPException as StarletteHTTPException

SECRET, ISSUER, AUDIENCE = os.environ["BENCH_SECRET"], os.environ["BENCH_ISSUER"], os.environ["BENCH_AUDIENCE"]
HOSTS = {b"127.0.0.1", b"localhost"}
EDITOR, MAX_BODY = 2, 64 * 1024
HEADERS = [(name.lower().encode(), value.encode()) for name, value in {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-XSS-Protection": "0",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), usb=(), payment=(), browsing-topics=()",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}.items()]

access = logging.getLogger("access")
access.propagate = False
access.setLevel(logging.INFO)
access.addHandler(logging.FileHandler(os.environ["BENCH_LOG"]))
database = sqlite3.connect(os.environ["BENCH_DATABASE"], isolation_level=None, timeout=10)
database.execute("PRAGMA journal_mode=WAL")
database.execute("PRAGMA synchronous=FULL")


class ItemCreate(BaseModel):
    name: constr(strict=True, min_length=3, max_length=100)
    description: constr(strict=True, min_length=5, max_length=500)

    class Config:
        extra = Extra.forbid


class ItemOut(BaseModel):
    id: int
    name: StrictStr
    description: StrictStr
    created_at: StrictStr
    updated_at: StrictStr


class ItemMade(BaseModel):
    id: int
    message: StrictStr


class Harden:
    """Host, size of the body, request id, headers and access line, as plain ASGI: the framework's own middleware costs more."""

    def __init__(self, inner):
        self.inner = inner

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            await self.inner(scope, receive, send)
            return
        begun, status = time.monotonic(), 500
        request_id = scope["request_id"] = uuid.uuid4().hex
        headers = dict(scope["headers"])

        async def decorated(message):
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *HEADERS, (b"x-request-id", request_id.encode())]
            await send(message)

        size = headers.get(b"content-length", b"0")
        if headers.get(b"host", b"").partition(b":")[0] not in HOSTS:
            await JSONResponse({"error": "Bad Request", "request_id": request_id}, 400)(scope, receive, decorated)
        elif b"transfer-encoding" in headers or not size.isdigit() or int(size) > MAX_BODY:
            await JSONResponse({"error": "Content Too Large", "request_id": request_id}, 413)(scope, receive, decorated)
        else:
            await self.inner(scope, receive, decorated)
        access.info(json.dumps({"time": time.time(), "request_id": request_id, "method": scope["method"], "path": scope["path"],
                                "status": status, "client": scope["client"][0], "ms": round(1000 * (time.monotonic() - begun), 3)}))


api = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
app = Harden(api)


@api.exception_handler(StarletteHTTPException)
async def refused(request, error):
    return JSONResponse({"error": error.detail, "request_id": request.scope["request_id"]}, error.status_code, error.headers)


@api.exception_handler(RequestValidationError)
async def invalid(request, error):
    if "content-length" in request.headers and request.headers.get("content-type", "").partition(";")[0] != "application/json":
        return JSONResponse({"error": "Unsupported Media Type", "request_id": request.scope["request_id"]}, 415)
    unknown = any(one["type"] in ("value_error.extra", "value_error.jsondecode") for one in error.errors())
    return JSONResponse({"error": "Bad Request" if unknown else "Unprocessable Content", "request_id": request.scope["request_id"],
                         "fields": [str(one["loc"][-1]) for one in error.errors()]}, 400 if unknown else 422)


def account(request: Request):
    """(id, roles) of the token's account, which must be there still."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    try:
        if kind.lower() != "bearer":
            raise jwt.InvalidTokenError
        claims = jwt.decode(token, SECRET, algorithms=["HS256"], issuer=ISSUER, audience=AUDIENCE,
                            options={"require": ["exp", "iat", "iss", "aud", "sub"]})
    except jwt.InvalidTokenError:
        raise HTTPException(401, "Unauthorized", {"WWW-Authenticate": "Bearer"}) from None
    row = database.execute("SELECT id, roles FROM users WHERE uid = ? AND disabled = 0", (claims["sub"],)).fetchone()
    if row is None:
        raise HTTPException(401, "Unauthorized", {"WWW-Authenticate": "Bearer"})
    return row


async def anyone(request: Request):
    return account(request)[0]


async def editor(request: Request):
    me, roles = account(request)
    if not roles & EDITOR:
        raise HTTPException(403, "Forbidden")
    return me


@api.get("/api/items/{key}", response_model=ItemOut)
async def show_item(key: int, response: Response, me: int = Depends(anyone)):
    row = database.execute("SELECT id, name, description, created_at, updated_at, version FROM items WHERE id = ? AND owner = ?",
                           (key, me)).fetchone()
    if row is None:
        raise HTTPException(404, "Not Found")
    response.headers["ETag"] = f'"{row[0]}-{row[5]}"'
    return ItemOut.construct(id=row[0], name=row[1], description=row[2], created_at=row[3], updated_at=row[4])


@api.post("/api/items", status_code=201, response_model=ItemMade)
async def create_item(item: ItemCreate, response: Response, me: int = Depends(editor)):
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    row = database.execute("INSERT INTO items (owner, name, description, created_at, updated_at) VALUES (?, ?, ?, ?, ?) RETURNING id",
                           (me, item.name, item.description, now, now)).fetchone()
    response.headers["Location"] = f"/api/items/{row[0]}"
    return ItemMade.construct(id=row[0], message="Item created successfully")
