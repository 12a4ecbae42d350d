"""Every command on a page is run against a real server, and answers what the page shows."""

import contextlib
import shutil
import unittest

import pages
import shelf


@contextlib.contextmanager
def nothing():
    """An empty directory, for a page that starts what it needs itself."""
    shelf.build()
    directory = shelf.harness.fresh_directory()
    try:
        yield {"LANG": "C.UTF-8", "DEWAR": str(pages.ROOT)}, directory, shelf.harness.free_port()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


class Commands(unittest.TestCase):
    def run_page(self, path):
        commands = [command for block in pages.blocks(path) if block.language == "console" for command in pages.commands(block)]
        if not commands:
            return 0
        app, settings = pages.server_of(path)
        with (shelf.serving(settings) if app else nothing()) as (env, directory, port):
            answers = shelf.shell(commands, env, directory, port)
        name = path.relative_to(pages.ROOT)
        for command, answer in zip(commands, answers):
            with self.subTest(f"{name}:{command.line}"):
                self.assertTrue(pages.same(command.expected, answer),
                                f"{name}:{command.line}: $ {command.text}\nthe page shows\n{command.expected}\nbut it answers\n{answer}")
        return len(commands)

    def test_comparison(self):
        """What compares must be able to see a difference."""
        self.assertTrue(pages.same('{"a": "…", "b": [1]}', '{"a":{"x":1},"b":[1]}'))
        self.assertTrue(pages.same("HTTP/1.1 200 OK\n…\nETag: …\n", "HTTP/1.1 200 OK\nA: b\nC: d\nETag: 7\n"))
        self.assertTrue(pages.same("", ""))
        for expected, actual in (('{"a":1}', '{"a":true}'), ('{"a":1}', '{"a":1,"b":2}'), ('{"a":1,"b":2}', '{"b":2,"a":1}'),
                                 ('{"a":[1]}', '{"a":[1,2]}'), ("one … three\n", "one two\n"), ("x\n", "x\ny\n"), ("", "x")):
            self.assertFalse(pages.same(expected, actual), (expected, actual))


def add_tests():
    """One test for each page with commands."""
    for path in pages.all_pages():
        if any(block.language == "console" for block in pages.blocks(path)):
            name = str(path.relative_to(pages.ROOT).with_suffix("")).replace("/", "_").replace("-", "_")
            setattr(Commands, f"test_{name}", lambda self, path=path: self.run_page(path))


add_tests()

if __name__ == "__main__":
    unittest.main()
