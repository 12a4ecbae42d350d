"""A reader of OpenAPI documents that shares no code with the one who writes them: resolves, validates, makes values, breaks them."""

import datetime
import decimal
import ipaddress
import json
import re
import re._parser as sre  # the standard library's own reader of patterns

TYPES = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list, "object": dict, "null": type(None)}
KEYWORDS = {"type", "properties", "required", "additionalProperties", "items", "enum", "anyOf", "allOf", "$ref", "minLength",
            "maxLength", "pattern", "minimum", "maximum", "multipleOf", "minItems", "maxItems", "uniqueItems", "minProperties",
            "maxProperties", "propertyNames", "description", "format", "contentEncoding", "default", "examples", "readOnly", "writeOnly",
            "x-minimum", "x-maximum", "x-multipleOf", "x-minBytes", "x-maxBytes", "x-levels", "x-normalise", "x-visible-to"}
# A text of each format, and one that is none.
FORMATS = {"date": "2031-02-03", "date-time": "2031-02-03T04:05:06Z", "uuid": "919108f7-52d1-4320-9bac-f847db4148a8",
           "ipv4": "192.0.2.7", "ipv6": "2001:db8::7", "email": "m@example.com", "uri": "https://example.com/", "decimal": "1", "int64": "1"}


def is_of(form, text):
    """Whether a text is of a format, as the standard library reads it; formats that it does not read have patterns."""
    try:
        {"date": datetime.date.fromisoformat, "date-time": lambda t: datetime.datetime.fromisoformat(t.replace("Z", "+00:00")),
         "uuid": lambda t: re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", t).group(),
         "ipv4": ipaddress.IPv4Address, "ipv6": ipaddress.IPv6Address, "decimal": decimal.Decimal,
         "email": lambda t: t.index("@", 1), "uri": lambda t: t.index("://", 1)}.get(form, str)(text)
    except (ValueError, AttributeError, ArithmeticError):
        return False
    return True


class Document:
    """A parsed document."""

    def __init__(self, tree):
        self.tree = tree

    def resolve(self, node):
        """What a reference leads to; the members beside it are kept."""
        while "$ref" in node:
            target = self.tree
            for name in node["$ref"].removeprefix("#/").split("/"):
                target = target[name.replace("~1", "/").replace("~0", "~")]
            node = {**target, **{key: value for key, value in node.items() if key != "$ref"}}
        return node

    def operations(self):
        """(method, path, operation) of all of them."""
        for path, item in self.tree["paths"].items():
            for method, operation in item.items():
                yield method.upper(), path, operation

    def faults(self, schema, value, where="it"):
        """What is wrong with a value, as sentences; an unknown keyword is a fault of the schema."""
        schema = self.resolve(schema)
        unknown = set(schema) - KEYWORDS
        if unknown:
            return [f"{where}: the schema says {unknown}"]
        found = []
        for one in schema.get("allOf", ()):
            found += self.faults(one, value, where)
        if "anyOf" in schema and all(self.faults(one, value, where) for one in schema["anyOf"]):
            found.append(f"{where}: none of anyOf")
        if "enum" in schema and value not in schema["enum"]:
            found.append(f"{where}: {value!r} is none of {schema['enum']}")
        types = schema.get("type", list(TYPES))
        types = [types] if isinstance(types, str) else types
        if not any(isinstance(value, TYPES[name]) and (name == "boolean") == isinstance(value, bool) for name in types):
            return [*found, f"{where}: {value!r} is no {types}"]
        if isinstance(value, str):
            found += self._text_faults(schema, value, where)
        elif isinstance(value, dict):
            found += self._object_faults(schema, value, where)
        elif isinstance(value, list):
            found += [f for i, one in enumerate(value) for f in self.faults(schema.get("items", {}), one, f"{where}.{i}")]
            if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
                found.append(f"{where}: {len(value)} items")
            if schema.get("uniqueItems") and len({json.dumps(one) for one in value}) < len(value):
                found.append(f"{where}: something is there twice")
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            if not schema.get("minimum", value) <= value <= schema.get("maximum", value):
                found.append(f"{where}: {value} is out of range")
            if "multipleOf" in schema and value % schema["multipleOf"]:
                found.append(f"{where}: {value} is no multiple of {schema['multipleOf']}")
        return found

    @staticmethod
    def _text_faults(schema, value, where):
        bad = []
        if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
            bad.append(f"{where}: length {len(value)}")
        if "pattern" in schema and not re.search(schema["pattern"].replace("$", r"\Z"), value):
            bad.append(f"{where}: {value!r} does not match {schema['pattern']}")
        if not is_of(schema.get("format"), value):
            bad.append(f"{where}: {value!r} is no {schema['format']}")
        if "x-minimum" in schema and compared(schema, value) < compared(schema, schema["x-minimum"]):
            bad.append(f"{where}: {value!r} is less than {schema['x-minimum']}")
        if "x-maximum" in schema and compared(schema, value) > compared(schema, schema["x-maximum"]):
            bad.append(f"{where}: {value!r} is more than {schema['x-maximum']}")
        return bad

    def _object_faults(self, schema, value, where):
        known = schema.get("properties", {})
        bad = [f"{where}: no {name}" for name in schema.get("required", ()) if name not in value]
        if not schema.get("minProperties", 0) <= len(value) <= schema.get("maxProperties", len(value)):
            bad.append(f"{where}: {len(value)} members")
        for name in value if "propertyNames" in schema else ():
            bad += self.faults(schema["propertyNames"], name, f"{where}: the name {name!r}")
        for name, inner in value.items():
            if name in known:
                bad += self.faults(known[name], inner, f"{where}.{name}")
            elif schema.get("additionalProperties", True) is False:
                bad.append(f"{where}: {name} is not declared")
            elif isinstance(schema.get("additionalProperties"), dict):
                bad += self.faults(schema["additionalProperties"], inner, f"{where}.{name}")
        return bad

    # ---- values ----

    def value(self, schema):
        """A value that the schema takes."""
        schema = self.resolve(schema)
        if "anyOf" in schema:
            return self.value(schema["anyOf"][0])
        if "enum" in schema:
            return schema["enum"][0]
        kind = schema.get("type", "string")
        kind = kind if isinstance(kind, str) else kind[0]
        if "examples" in schema:
            return schema["examples"][0]
        if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
            names = schema.get("propertyNames", {})
            return {self.value(names): self.value(schema["additionalProperties"])}
        if kind == "object":
            return {name: self.value(inner) for name, inner in schema.get("properties", {}).items()}
        if kind == "array":
            return [self.value(schema["items"]) for _ in range(max(1, schema.get("minItems", 0)))]
        if kind == "string" and schema.get("format") in FORMATS:
            return self._formatted(schema)
        if kind == "string" and "contentEncoding" in schema:
            return "A" * max(2, schema.get("minLength", 0))
        if kind == "string":
            made = matching(schema["pattern"]) if "pattern" in schema else "m"
            return made.ljust(schema.get("minLength", 0), made[-1:] or "m")[:schema.get("maxLength", 1 << 20)]
        if kind == "integer" and "multipleOf" in schema:
            return -(-max(1, schema.get("minimum", 1)) // schema["multipleOf"]) * schema["multipleOf"]
        return {"integer": max(1, schema.get("minimum", 1)), "number": max(1.5, schema.get("minimum", 1.5)),
                "boolean": True, "null": None}[kind]

    @staticmethod
    def _formatted(schema):
        made, pattern = FORMATS[schema["format"]], schema.get("pattern", "")
        if schema["format"] == "uri" and (scheme := re.match(r"\^\(\?:([a-z+]+)", pattern)):
            made = made.replace("https", scheme.group(1))
        if schema["format"] == "uuid" and (version := re.search(r"\{14\}(\d)", pattern)):
            made = made[:14] + version.group(1) + made[15:]
        return schema["x-minimum"] if "x-minimum" in schema and compared(schema, made) < compared(schema, schema["x-minimum"]) else made

    def broken(self, schema, text=False):
        """(what, value) of values that the schema does not take. `text`: only what can be written into a query."""
        schema = self.resolve(schema)
        kinds = schema.get("type", [])
        kinds = [kinds] if isinstance(kinds, str) else kinds
        if not text and kinds:
            yield "another type", True if "string" in kinds else "seventeen"
            if "null" not in kinds:
                yield "null", None
        if text and kinds and (kinds[0] in ("integer", "number", "boolean") or schema.get("format") in ("date", "date-time", "uuid")):
            yield "no such thing", "seventeen"
        elif schema.get("format") in ("date", "date-time", "uuid", "decimal", "email", "uri", "ipv4", "ipv6"):
            yield "no such form", "seventeen"
        if "enum" in schema:
            yield "none of them", "seventeen" if "string" in kinds else 17
        if schema.get("multipleOf", 1) > 1:
            yield "no multiple", schema["multipleOf"] + 1
        if schema.get("format") == "decimal" and "x-minimum" in schema:
            yield "too little", str(decimal.Decimal(schema["x-minimum"]) - 1)
        if schema.get("format") == "decimal" and "x-maximum" in schema:
            yield "too much", str(decimal.Decimal(schema["x-maximum"]) + 1)
        if schema.get("uniqueItems") and not text:
            yield "twice", [self.value(schema["items"])] * 2
        if "propertyNames" in schema and not text:
            yield "a name that is none", {"": self.value(schema["additionalProperties"])}
        if schema.get("minLength", 0) > 1:
            yield "too short", "a" * (schema["minLength"] - 1)
        if "maxLength" in schema and "string" in kinds:
            yield "too long", "a" * (schema["maxLength"] + 1)
        if schema.get("format") == "uuid" and "pattern" in schema:
            yield "another version", "919108f7-52d1-0320-9bac-f847db4148a8"
        elif "pattern" in schema:
            yield "no match", next(t for t in ("!\t!", "a", "", "@") if self._text_faults({"pattern": schema["pattern"]}, t, ""))
        if "minimum" in schema:
            yield "too small", schema["minimum"] - 1
        if "maximum" in schema and schema["maximum"] < 1 << 62:
            yield "too large", schema["maximum"] + 1
        if "maxItems" in schema and not text:
            yield "too many", [self.value(schema["items"])] * (schema["maxItems"] + 1)


def compared(schema, text):
    """What bounds that are texts are compared as."""
    return decimal.Decimal(text) if schema["format"] in ("decimal", "int64") else text


def matching(pattern):
    """A text that matches a pattern, by walking it: the first branch, the least repetition."""
    def walk(parsed):
        return "".join(one(op, argument) for op, argument in parsed)

    def one(op, argument):
        name = str(op)
        if name == "LITERAL":
            return chr(argument)
        if name == "NOT_LITERAL":
            return "a" if argument != ord("a") else "b"
        if name == "IN":
            return member(argument)
        if name in ("MAX_REPEAT", "MIN_REPEAT"):
            return walk(argument[2]) * max(argument[0], 1 if argument[1] > 0 and argument[0] else argument[0])
        if name == "SUBPATTERN":
            return walk(argument[3])
        if name == "BRANCH":
            return walk(argument[1][0])
        if name == "AT":
            return ""
        raise AssertionError(name)

    def member(items):
        compiled = re.compile(f"[{source(items)}]")
        return next(c for c in "ambA1-. @é" if compiled.match(c))

    def source(items):
        text = ""
        for op, argument in items:
            name = str(op)
            text += {"NEGATE": lambda a: "^", "LITERAL": lambda a: re.escape(chr(a)),
                     "RANGE": lambda a: f"{re.escape(chr(a[0]))}-{re.escape(chr(a[1]))}",
                     "CATEGORY": lambda a: {"CATEGORY_DIGIT": r"\d", "CATEGORY_WORD": r"\w"}[str(a)]}[name](argument)
        return text

    return walk(sre.parse(pattern))
