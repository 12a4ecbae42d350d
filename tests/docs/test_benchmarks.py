"""The figures on docs/benchmarks.md and its picture are those of docs/benchmarks.json: nobody has written one by hand."""

import json
import sys
import unittest
import xml.etree.ElementTree

import pages

sys.path.insert(0, str(pages.ROOT / "bench"))
from lib import plot, report  # noqa: E402

DOCS = pages.ROOT / "docs"


class Benchmarks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.result = json.loads((DOCS / "benchmarks.json").read_text(encoding="utf-8"))

    def test_page(self):
        page = (DOCS / "benchmarks.md").read_text(encoding="utf-8")
        self.assertEqual(report.with_figures(page, self.result), page, "run script/bench --write-docs")

    def test_picture(self):
        picture = (DOCS / "benchmarks.svg").read_text(encoding="utf-8")
        self.assertEqual(plot.svg(self.result), picture, "run script/bench --write-docs")
        xml.etree.ElementTree.fromstring(picture)

    def test_every_row_is_explained(self):
        page = (DOCS / "benchmarks.md").read_text(encoding="utf-8").partition("## The rows")[2]
        for group in {row["group"] for row in self.result["rows"]}:
            with self.subTest(group):
                self.assertIn(group, page.lower())


if __name__ == "__main__":
    unittest.main()
