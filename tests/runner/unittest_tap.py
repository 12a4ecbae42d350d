#!/usr/bin/env python3
"""Runs one file of Python unittest tests and reports in TAP.

usage: unittest_tap.py FILE

The file's own folder and tests/ are on the import path.  A test with failing subtests is one failure; a class or module that
cannot be set up is one failure; what a test prints goes to the same output as a comment would.
"""

import importlib.util
import pathlib
import sys
import time
import unittest


class TapResult(unittest.TestResult):
    """Prints a line as each test ends."""

    def __init__(self):
        super().__init__()
        self.number = 0
        self.bad = []
        self.reason = None
        self.begin = 0.0

    def line(self, good, name, comment=""):
        self.number += 1
        print(f"{'ok' if good else 'not ok'} {self.number} - {name.replace('#', '')}{comment}", flush=True)

    def startTest(self, test):
        super().startTest(test)
        self.bad, self.reason, self.begin = [], None, time.monotonic()

    def stopTest(self, test):
        super().stopTest(test)
        for text in self.bad:
            print("\n".join("# " + line for line in text.splitlines()))
        name = test.id().split(".", 1)[-1]
        if self.bad:
            self.line(False, name)
        elif self.reason is not None:
            self.line(True, name, f" # SKIP {self.reason}")
        else:
            self.line(True, name)
        took = time.monotonic() - self.begin
        if took > 5:
            print(f"# took {took:.1f} s", flush=True)

    def outside(self, test, error):
        """An error that belongs to no single test: a class or module that cannot be set up or torn down."""
        print("\n".join("# " + line for line in self._exc_info_to_string(error, test).splitlines()))
        self.line(False, str(test))

    def addError(self, test, err):
        super().addError(test, err)
        if isinstance(test, unittest.TestCase):
            self.bad.append(self._exc_info_to_string(err, test))
        else:
            self.outside(test, err)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.bad.append(self._exc_info_to_string(err, test))

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.bad.append(f"{subtest._subDescription()}\n{self._exc_info_to_string(err, test)}")

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        if isinstance(test, unittest.TestCase):
            self.reason = reason
        else:
            self.line(True, str(test), f" # SKIP {reason}")

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self.bad.append("succeeded, though marked as an expected failure")


def main():
    path = pathlib.Path(sys.argv[1]).resolve()
    sys.path[:0] = [str(path.parent), str(path.parents[1])]
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    try:
        spec.loader.exec_module(module)
    except unittest.SkipTest as skip:
        print(f"1..1\nok 1 - {path.stem} # SKIP {skip}")
        return 0
    suite = unittest.defaultTestLoader.loadTestsFromModule(module)
    result = TapResult()
    suite.run(result)
    print(f"1..{result.number}", flush=True)
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
