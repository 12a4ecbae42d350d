"""A reader of OpenAPI documents that shares no code with the one who writes them: resolves, validates, makes values, breaks them."""

import re
import re._parser as sre  # the standard library's own reader of patterns

TYPES = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list, "object": dict, "null": type(None)}
KEYWORDS = {"type", "properties", "required", "additionalProperties", "items", "enum", "anyOf", "allOf", "$ref", "minLength",
            "maxLength", "pattern", "minimum", "maximum", "minItems", "maxItems", "description", "format", "writeOnly"}


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
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            if not schema.get("minimum", value) <= value <= schema.get("maximum", value):
                found.append(f"{where}: {value} is out of range")
        return found

    @staticmethod
    def _text_faults(schema, value, where):
        bad = []
        if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
            bad.append(f"{where}: length {len(value)}")
        if "pattern" in schema and not re.search(schema["pattern"].replace("$", r"\Z"), value):
            bad.append(f"{where}: {value!r} does not match {schema['pattern']}")
        return bad

    def _object_faults(self, schema, value, where):
        known = schema.get("properties", {})
        bad = [f"{where}: no {name}" for name in schema.get("required", ()) if name not in value]
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
        if kind == "object":
            return {name: self.value(inner) for name, inner in schema.get("properties", {}).items()}
        if kind == "array":
            return [self.value(schema["items"]) for _ in range(max(1, schema.get("minItems", 0)))]
        if kind == "string":
            made = matching(schema["pattern"]) if "pattern" in schema else "m"
            return made.ljust(schema.get("minLength", 0), made[-1:] or "m")[:schema.get("maxLength", 1 << 20)]
        return {"integer": max(1, schema.get("minimum", 1)), "number": max(1.5, schema.get("minimum", 1.5)),
                "boolean": True, "null": None}[kind]

    def broken(self, schema, text=False):
        """(what, value) of values that the schema does not take. `text`: only what can be written into a query."""
        schema = self.resolve(schema)
        kinds = schema.get("type", [])
        kinds = [kinds] if isinstance(kinds, str) else kinds
        if not text and kinds:
            yield "another type", 17 if "string" in kinds else "seventeen"
            if "null" not in kinds:
                yield "null", None
        if text and kinds and kinds[0] in ("integer", "number", "boolean"):
            yield "no such thing", "seventeen"
        if schema.get("minLength", 0) > 1:
            yield "too short", "a" * (schema["minLength"] - 1)
        if "maxLength" in schema and "string" in kinds:
            yield "too long", "a" * (schema["maxLength"] + 1)
        if "pattern" in schema:
            yield "no match", next(t for t in ("!\t!", "a", "") if self._text_faults({"pattern": schema["pattern"]}, t, ""))
        if "minimum" in schema:
            yield "too small", schema["minimum"] - 1
        if "maximum" in schema and schema["maximum"] < 1 << 62:
            yield "too large", schema["maximum"] + 1
        if "maxItems" in schema and not text:
            yield "too many", [self.value(schema["items"])] * (schema["maxItems"] + 1)


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
