#!/usr/bin/env python3
"""Include rules: rooms have layers, and a third-party header lives in one room.

A file of src/<room>/ includes its own room, rooms with a lower number and <dw/*.h>; never another room of the same number,
never a higher one.  Applications include <dw/*.h>, the C library and their own files.  Public headers include their
siblings and the C library.
"""

import re

import tree

LAYER = {
    "base": 0, "os": 1, "codec": 2, "crypto": 3, "net": 4, "schema": 4, "store": 5, "proc": 5, "http": 6, "jobs": 6,
    "auth": 7, "content": 7, "route": 8, "guard": 9, "app": 10,
}

# Third-party header -> where it may stand, as patterns of the path below the checkout.
THIRD_PARTY = [
    (r"openssl/.*", r"src/crypto/.*|src/net/tls\.c"),
    (r"sodium\.h|sodium/.*", r"src/crypto/.*"),
    (r"crypt\.h", r"src/crypto/.*"),
    (r"sqlite3\.h", r"src/store/.*"),
    (r"libpq-fe\.h|hiredis/.*", r"src/store/.*"),
    (r"pcre2\.h", r"src/schema/.*"),
    (r"nghttp2/.*", r"src/http/h2_.*"),
    (r"pthread\.h|threads\.h", r"src/os/.*|src/base/log[^/]*"),
    (r"zlib\.h|brotli/.*|magic\.h|qrencode\.h", r"src/content/.*"),
    (r"curl/.*", r"src/net/.*"),
    (r"utf8proc\.h|libpsl\.h", r"src/codec/.*"),
    (r"seccomp\.h", r"src/os/.*"),
    (r"sanitizer/.*|valgrind/.*", r"src/os/.*|src/base/.*"),
]

# The C library and Linux: free for all of src/ and apps/.
SYSTEM = re.compile(
    r"(sys|linux|netinet|arpa|net|asm|bits)/[a-z0-9_/.-]+\.h|"
    r"(assert|complex|ctype|dirent|dlfcn|elf|endian|errno|execinfo|fcntl|fenv|float|getopt|glob|grp|ifaddrs|inttypes|"
    r"iso646|libgen|limits|link|locale|malloc|math|netdb|poll|pwd|regex|sched|semaphore|setjmp|signal|spawn|stdalign|"
    r"stdarg|stdatomic|stdbool|stddef|stdint|stdio|stdlib|stdnoreturn|string|strings|syslog|sysexits|termios|time|"
    r"uchar|ucontext|unistd|wchar|wctype|byteswap|cpuid|[a-z]?mmintrin|immintrin|x86intrin|cet)\.h"
)

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include(?:_next)?[ \t]*([<"])([^>"\n]+)[>"]', re.M)


def check_third_party(path, where, line, header):
    for header_pattern, place in THIRD_PARTY:
        if re.fullmatch(header_pattern, header):
            if not re.fullmatch(place, where):
                tree.report(path, line, "third-party", f"<{header}> is not for this place ({place})")
            return
    tree.report(path, line, "third-party", f"<{header}> has no room: name one in script/lint.d/includes.py")


def check_room(path, line, room, header):
    parts = header.split("/")
    if len(parts) != 2 or parts[0] not in LAYER:
        tree.report(path, line, "includes", f'"{header}" is not written "room/file.h"')
    elif parts[0] != room and LAYER[parts[0]] >= LAYER[room]:
        tree.report(path, line, "includes", f"{room} ({LAYER[room]}) includes {parts[0]} ({LAYER[parts[0]]})")


def check(path):
    where = path.relative_to(tree.ROOT).as_posix()
    parts = where.split("/")
    text = path.read_text(encoding="utf-8", errors="replace")
    if parts[0] == "src" and (len(parts) != 3 or parts[1] not in LAYER):
        tree.report(path, 1, "includes", "not in a room that script/lint.d/includes.py knows")
        return
    for match in INCLUDE.finditer(tree.code(text)):
        # The blanked text gives the place, the original the name: a quoted name is blanked too.
        kind, header = INCLUDE.match(text, match.start()).groups()
        line = tree.line_of(text, match.start(1))
        public = re.fullmatch(r"dw/[a-z0-9_]+\.h", header)
        if kind == "<" and not public:
            if not SYSTEM.fullmatch(header):
                check_third_party(path, where, line, header)
        elif parts[0] == "src" and kind == '"':
            check_room(path, line, parts[1], header)
        elif parts[0] == "include" and kind == '"' and "/" in header:
            tree.report(path, line, "includes", f'"{header}": public headers include their siblings only')
        elif parts[0] in ("apps", "cli") and kind == '"':
            own = tree.ROOT / "/".join(parts[:2])
            if not ((path.parent / header).resolve().is_relative_to(own) and (path.parent / header).exists()
                    or (own / header).exists() and ".." not in header):
                tree.report(path, line, "includes", f'"{header}" is not a file of this application')


for source in tree.files(tree.OURS, {".c", ".h", ".S"}):
    check(source)
tree.finish()
