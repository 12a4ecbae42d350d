"""What stands in the fenced blocks of our pages, and what each block promises.

    ```c         an excerpt of the file that the HTML comment before it names (<!-- docs/shelf/books.c -->), to the letter; without
                 a comment a whole file, which must compile
    ```console   lines `$ command` (`> ` goes on) and what they answer: run in one shell, from the top of the page to its end, and compared
    ```sh        what is not run here: behind <!-- illustration -->, or run by another test (RUN_ELSEWHERE)
    ```sql ```cmake ```ts   as c: an excerpt, or part of a whole that another test builds
    ```text      (or nothing) a drawing, compared with nothing

In what a command answers, … stands for what differs each time: within a line for any text, alone on a line for any lines, in
JSON as the string "…" for any value.  JSON may be laid out as it reads best.  A page says once what runs beneath it:
<!-- server: shelf ENV=development --> or <!-- server: none -->.
"""

import dataclasses
import json
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
SKIPPED = {"build", "var", "node_modules", ".git"}
LANGUAGES = {"c", "console", "sh", "sql", "cmake", "ts", "text", ""}
# Its blocks of commands are run by tests/install/test_readme.py and tests/server/test_server.py.
RUN_ELSEWHERE = {ROOT / "README.md"}


@dataclasses.dataclass
class Block:
    path: pathlib.Path
    line: int  # of its first line of text
    language: str
    text: str
    note: str  # the HTML comment right before it

    @property
    def place(self):
        return f"{self.path.relative_to(ROOT)}:{self.line}"


def all_pages():
    """Every Markdown page of ours."""
    return sorted(path for path in ROOT.rglob("*.md")
                  if SKIPPED.isdisjoint(path.relative_to(ROOT).parts) and not path.is_relative_to(ROOT / "tests"))


def blocks(path):
    """The fenced blocks of a page; a block in a list is shifted to the left."""
    out, note, lines = [], "", path.read_text(encoding="utf-8").splitlines()
    begin = indent = language = None
    for number, line in enumerate(lines, 1):
        fence = re.match(r"( *)```(\S*)\s*$", line)
        if begin is None and fence:
            begin, indent, language = number + 1, len(fence.group(1)), fence.group(2)
        elif fence:
            text = "".join(part[indent:] + "\n" for part in lines[begin - 1:number - 1])
            out.append(Block(path, begin, language, text, note))
            begin, note = None, ""
        elif begin is None and line.strip():
            comment = re.fullmatch(r"<!-- (.*?) -->", line.strip())
            note = comment.group(1) if comment else ""
    assert begin is None, f"{path}: a block without its end"
    return out


def server_of(path):
    """Application and settings that a page is run against; (None, {}) for a page that starts its own."""
    match = re.search(r"(?m)^<!-- server: (.*?) -->$", path.read_text(encoding="utf-8"))
    words = match.group(1).split() if match else ["none"]
    return None if words[0] == "none" else words[0], dict(word.split("=", 1) for word in words[1:])


@dataclasses.dataclass
class Command:
    line: int
    text: str
    expected: str


def commands(block):
    """The commands of a console block, each with what it must answer."""
    out = []
    lines = block.text.splitlines()
    i = 0
    while i < len(lines):
        assert lines[i].startswith("$ ") or out, f"{block.place}: an answer without a command"
        if lines[i].startswith("$ "):
            begin, text = i, lines[i][2:]
            while text.endswith("\\") or (i + 1 < len(lines) and lines[i + 1].startswith("> ")):
                i += 1
                text += "\n" + lines[i].removeprefix("> ")
            out.append(Command(block.line + begin, text, ""))
        else:
            out[-1].expected += lines[i] + "\n"
        i += 1
    return out


def same_value(expected, actual):
    if expected == "…":
        return True
    if isinstance(expected, tuple) and isinstance(actual, tuple):
        return len(expected) == len(actual) and all(
            a[0] == b[0] and same_value(a[1], b[1]) for a, b in zip(expected, actual))
    if isinstance(expected, list) and isinstance(actual, list):
        return len(expected) == len(actual) and all(map(same_value, expected, actual))
    if isinstance(expected, str) and isinstance(actual, str) and "…" in expected:
        return same_text(expected, actual)
    return type(expected) is type(actual) and expected == actual


def same_text(expected, actual):
    """Whether `actual` is `expected`, … standing for anything."""
    pattern = ""
    for line in expected.rstrip("\n").split("\n"):
        pattern += r"(?:.*\n)*" if line.strip() == "…" else ".*".join(map(re.escape, line.split("…"))) + r"[ \t]*\n"
    return re.fullmatch(pattern, actual.rstrip("\n") + "\n") is not None


def same(expected, actual):
    """Whether an answer is what the page shows: JSON member by member and in order, all else line by line."""
    try:
        return same_value(*(json.loads(text, object_pairs_hook=tuple) for text in (expected, actual)))
    except ValueError:
        return same_text(expected, actual)
