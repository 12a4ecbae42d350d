#!/usr/bin/python3
"""Binding an object of ten typed fields beside others that do the same: pydantic 1.10 and marshmallow from Debian's packages.

usage: bench/schema.py [BUILD]          BUILD is a release build (default build/release)
       bench/schema.py --json LIBRARY   nanoseconds of one reading of what standard input has, by pydantic or marshmallow

Runs <BUILD>/bench/schema, then the same object through both libraries, from bytes to a checked value. Processor time of the best of nine rounds.
"""

import datetime
import decimal
import json
import pathlib
import subprocess
import sys
import time
import typing
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[1]
FIELDS = 10


def pydantic_reader():
    import pydantic

    class Thing(pydantic.BaseModel, extra="forbid"):
        id: uuid.UUID
        name: pydantic.constr(min_length=3, max_length=100)
        note: pydantic.constr(max_length=1000)
        qty: pydantic.conint(ge=0, le=1000000, strict=True)
        price: pydantic.condecimal(ge=decimal.Decimal("0.01"), le=100000, decimal_places=2)
        weight: pydantic.confloat(ge=0, le=1000)
        active: pydantic.StrictBool
        day: datetime.date
        at: datetime.datetime
        mail: pydantic.constr(regex=r"^[^@]+@[^@]+\.[^@]+$")

    return f"pydantic {pydantic.VERSION}", Thing.parse_raw


def marshmallow_reader():
    import marshmallow
    from marshmallow import fields, validate

    class Thing(marshmallow.Schema):
        id = fields.UUID(required=True)
        name = fields.String(required=True, validate=validate.Length(3, 100))
        note = fields.String(required=True, validate=validate.Length(0, 1000))
        qty = fields.Integer(required=True, strict=True, validate=validate.Range(0, 1000000))
        price = fields.Decimal(2, required=True, validate=validate.Range(decimal.Decimal("0.01"), 100000))
        weight = fields.Float(required=True, validate=validate.Range(0, 1000))
        active = fields.Boolean(required=True)
        day = fields.Date(required=True)
        at = fields.AwareDateTime(required=True)
        mail = fields.Email(required=True)

    return f"marshmallow {marshmallow.__version__}", Thing().loads


def best_of(read: typing.Callable, body: bytes) -> float:
    """Seconds of processor time of one reading in the best round."""
    best = 1e9
    for _ in range(9):
        begin = time.process_time()
        for _ in range(300):
            read(body)
        best = min(best, (time.process_time() - begin) / 300)
    return best


def one(library):
    """For bench/lib/binding.py, which takes turns."""
    name, read = {"pydantic": pydantic_reader, "marshmallow": marshmallow_reader}[library]()
    print(json.dumps({"name": name, "ns": best_of(read, sys.stdin.buffer.read()) * 1e9}))


def main():
    if sys.argv[1:2] == ["--json"]:
        return one(sys.argv[2])
    build = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build/release")
    program = str(build / "bench/schema")
    print(subprocess.run([program], check=True, capture_output=True, text=True).stdout, end="")
    body = subprocess.run([program, "body"], check=True, capture_output=True).stdout
    assert len(json.loads(body)) == FIELDS
    for make in (pydantic_reader, marshmallow_reader):
        try:
            name, read = make()
        except ImportError as error:
            print(f"{error.name} is not there: install python3-{error.name}")
            continue
        seconds = best_of(read, body)
        print(f"{name:16} {len(body) / seconds / 1e6:8.1f} MB/s {seconds * 1e9 / FIELDS:8.0f} ns a field")


if __name__ == "__main__":
    main()
