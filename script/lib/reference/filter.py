#!/usr/bin/env python3
"""A public header as Doxygen wants to read it: usage: filter.py FILE.

Our comments are plain: one that begins a line is about what follows it, up to an empty line; one behind code is about that code.  They are text,
so whatever Doxygen would take for a command, a link or a tag is escaped.
"""

import re
import sys

ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
COMMENT = re.compile(r"/\*(.*?)\*/", re.S)


def escape(text):
    """The words of a comment, with examples (four spaces or more) as they stand."""
    out, before = [], ""
    for line in text.split("\n"):
        line = re.sub(r"^\s*\* ?", "", line)
        if line.startswith("    ") and (before == "" or before.startswith("    ")):
            out.append(line)
        else:
            out.append(re.sub(r"[\\@#$%<>&]", lambda m: ENTITIES.get(m.group(), "\\" + m.group()), line.strip()))
        before = line
    return "\n".join(out)


def main():
    text = open(sys.argv[1], encoding="utf-8").read()
    out, at, group = [], 0, False

    def code(piece):
        """Code between comments; the group of what a comment is about ends at the first empty line."""
        nonlocal group
        if group and "\n\n" in piece:
            head, _, rest = piece.partition("\n\n")
            piece = head + "\n/**@}*/\n\n" + rest
            group = False
        out.append(piece)

    first = True
    for match in COMMENT.finditer(text):
        code(text[at:match.start()])
        at = match.end()
        begins = text[:match.start()].rpartition("\n")[2].strip() == ""
        words = escape(match.group(1).strip())
        if first:
            out.append(f"/** @file\n{words}\n*/")
            first = False
        elif match.group(1).strip().startswith("----"):
            out.append("")
        elif not begins:
            out.append(f"/**< {words} */")
        else:
            if group:
                out.append("/**@}*/\n")
            inside = text[:match.start()].count("{") > text[:match.start()].count("}")
            out.append(f"/** {words} */")
            group = False
            if not inside and re.match(r"\n[^\n]+\n(?!\n)", text[at:]) and not re.match(r"\n\s*(#|typedef (struct|enum)|struct|enum|static)", text[at:]):
                out.append("\n/**@{*/")
                group = True
    code(text[at:])
    if group:
        out.append("\n/**@}*/\n")
    sys.stdout.write("".join(out))


main()
