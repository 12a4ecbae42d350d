#!/usr/bin/env python3
"""Every path that ARCHITECTURE.md, SECURITY.md and the pages in docs/ name exists.

Two ways to name one: in running text between backticks (`src/guard/pipeline.c`, `src/guard/*.c`, `src/{auth,guard}/`), and
as the first word of a line in a fenced block that draws the tree, where a line indented below `src/` is inside it.  NNNN stands for
a number.
"""

import glob
import re

import tree

PAGES = [tree.ROOT / name for name in ("ARCHITECTURE.md", "SECURITY.md")] + tree.files(("docs",), {".md"})
TOP = {path.name for path in tree.ROOT.iterdir()}
SUFFIX = re.compile(r"\.(c|h|S|md|py|sh|sql|cmake|json|txt|in|map)$")


def exists(name):
    """Whether the path, or every alternative of a{b,c}d, or some match of a pattern, is there."""
    braces = re.search(r"\{([^{}]*)\}", name)
    if braces:
        return all(exists(name[: braces.start()] + part + name[braces.end():]) for part in braces.group(1).split(","))
    return bool(glob.glob(str(tree.ROOT / name.rstrip("/"))))


def looks_like_path(word):
    if not re.fullmatch(r"[\w./*{},-]+", word) or word.startswith(("/", "..", "-")) or "NNNN" in word:
        return False
    if word.startswith("build/"):
        return False  # made on demand
    return bool("/" in word and (word.split("/")[0] in TOP or word.endswith("/") or SUFFIX.search(word))
                or SUFFIX.search(word))


def check_text(path, number, line):
    for word in re.findall(r"`([^`]+)`", line):
        if not looks_like_path(word):
            continue
        # A bare file name, or room/file.h as an include is written, may stand anywhere in the tree.
        places = [word, f"src/{word}", f"include/{word}"] + ([f"**/{word}"] if "/" not in word else [])
        if not any(exists(place) if "**" not in place else
                   any(tree.SKIPPED.isdisjoint(hit.relative_to(tree.ROOT).parts) for hit in tree.ROOT.glob(place))
                   for place in places):
            tree.report(path, number, "paths", f"{word} does not exist")


def check_drawing(path, number, line, above):
    """One line of a drawn tree; `above` is the stack of (indent, folder) that leads to it."""
    match = re.match(r"( *)([\w.*{},/-]+)(?=\s|$)", line)
    if not match:
        return
    indent, word = len(match.group(1)), match.group(2)
    while above and above[-1][0] >= indent:
        above.pop()
    if not (word.endswith("/") or SUFFIX.search(word)):
        return
    full = "/".join([part for _, part in above] + [word.rstrip("/")])
    if not exists(full):
        tree.report(path, number, "paths", f"{full} does not exist")
    if word.endswith("/"):
        above.append((indent, word.rstrip("/")))


def check(path):
    fence = False
    above = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.lstrip().startswith("```"):
            fence, above = not fence, []
        elif fence:
            check_drawing(path, number, line, above)
        else:
            check_text(path, number, line)


for page in PAGES:
    if page.exists():
        check(page)
tree.finish()
