"""The benchmark's arithmetic, and bench/load.c against servers that answer what no good one would."""

import json
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import unittest
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))
from lib import machine, measure, plot, report  # noqa: E402

REQUEST = b"GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"


def sample(us, p99=1.0):
    return measure.Sample(us, 1000.0, 0.5, {"requests": 100, "p50_us": 1.0, "p99_us": p99})


def reply(body=b"ok", status=b"200 OK", more=b""):
    return b"HTTP/1.1 " + status + b"\r\n" + more + b"Content-Length: %d\r\n\r\n" % len(body) + body


def pair(base, own):
    return measure.Pair([(base, own)])


class Arithmetic(unittest.TestCase):
    def test_pairs_take_turns(self):
        order = []
        pairs = measure.alternate(lambda: order.append("a") or sample(len(order)), lambda: order.append("b") or sample(len(order)), 3)
        self.assertEqual("".join(order), "abbaab")
        self.assertEqual([(a.us, b.us) for a, b in pairs], [(1, 2), (4, 3), (5, 6)])

    def test_slices_of_all_rounds_take_turns(self):
        """A machine that is slow from some moment on is so for a part of every round."""
        order = []
        pairs = measure.alternate(lambda: order.append("a") or sample(1.0 if len(order) < 7 else 9.0),
                                  lambda: order.append("b") or sample(2.0 if len(order) < 7 else 18.0), 2, 3)
        self.assertEqual("".join(order), "abba" "baab" "abba")
        self.assertEqual([[base.us for base, _ in pair.slices] for pair in pairs], [[1.0, 1.0, 9.0], [1.0, 9.0, 9.0]])
        self.assertEqual([pair.ratio() for pair in pairs], [2.0, 2.0])

    def test_a_slice_is_compared_with_its_own_moment(self):
        """The median of the slices' ratios: that of medians would be 3 here."""
        slices = [(sample(1.0), sample(2.0)), (sample(2.0), sample(6.0)), (sample(4.0), sample(8.0))]
        self.assertEqual(measure.Pair(slices).ratio(), 2.0)

    def test_slices_together(self):
        """The median of each figure: one slice in which the machine was not ours alone has no say."""
        slices = [measure.Sample(us, rate, busy, {"requests": 1000, "p50_us": us, "p99_us": 10 * us})
                  for us, rate, busy in ((1.0, 3000.0, 0.3), (90.0, 10.0, 1.0), (2.0, 2000.0, 0.4))]
        both = measure.together(slices)
        self.assertEqual((both.us, both.rate, both.busy), (2.0, 2000.0, 0.4))
        self.assertEqual(both.said, {"requests": 3000, "p50_us": 2.0, "p99_us": 20.0})
        self.assertIs(measure.together(slices[:1]), slices[0])

    def test_spread(self):
        self.assertAlmostEqual(measure.spread_percent([1.0, 1.1, 0.9]), 20.0)
        self.assertEqual(measure.spread_percent([2.0]), 0.0)

    def test_median_of_the_pairs_ratios(self):
        """Not the ratio of the medians: a slow minute hits both of a pair."""
        pairs = [pair(sample(base), sample(own)) for base, own in ((1.0, 1.5), (10.0, 15.2), (2.0, 3.1), (2.0, 3.0), (3.0, 4.65))]
        row = measure.ratio_row("x", "X", pairs, 1.5)
        self.assertEqual((row["value"], row["goal"], row["met"], row["counts"]), (1.52, 1.5, False, True))
        self.assertEqual(row["base"], 2.0)
        self.assertEqual(measure.goals_missed([row]), ["x"])
        self.assertEqual([pair["ratio"] for pair in row["pairs"]], [1.5, 1.52, 1.55, 1.5, 1.55])

    def test_what_is_spread_widely_does_not_count(self):
        row = measure.ratio_row("x", "X", [pair(sample(1.0), sample(1.0)), pair(sample(1.0), sample(1.06))] * 3, 2.0)
        self.assertFalse(row["counts"])
        self.assertIn("spread", report.verdict(row))

    def test_a_median_of_few_does_not_count(self):
        row = measure.ratio_row("x", "X", [pair(sample(1.0), sample(1.0))] * 4, 2.0)
        self.assertFalse(row["counts"])
        self.assertIn("4 rounds", report.verdict(row))
        self.assertTrue(measure.ratio_row("x", "X", [pair(sample(1.0), sample(1.0))] * 5, 2.0)["counts"])

    def test_another_figure(self):
        row = measure.ratio_row("x", "X", [pair(sample(1.0, 10.0), sample(9.0, 12.0))], 1.2, figure="p99_us")
        self.assertEqual((row["value"], row["met"]), (1.2, True))

    def test_every_attempt_is_told(self):
        takes = iter([[1.0, 2.0], [1.0, 1.5], [1.0, 1.01], [7.0]])
        taken, spreads = measure.settle(lambda: next(takes), lambda values: values, 3)
        self.assertEqual((taken, len(spreads)), ([1.0, 1.01], 3))
        taken, spreads = measure.settle(lambda: [1.0, 2.0], lambda values: values, 2)
        self.assertEqual((taken, len(spreads)), ([1.0, 2.0], 2))

    def test_attempts_add_up(self):
        takes = iter([[pair(sample(1.0), sample(us)) for us in (1.0, 2.0)], [pair(sample(1.0), sample(us)) for us in (2.0, 1.0)]])
        pairs, spreads = measure.settle(lambda: next(takes), measure.ratios, 3, measure.joined)
        self.assertEqual((measure.ratios(pairs), [len(one.slices) for one in pairs]), ([1.5, 1.5], [2, 2]))
        self.assertEqual(len(spreads), 2)

    def test_a_row_without_a_figure(self):
        row = measure.missing("x", "X", "x ceiling", "there is none", 1.0)
        self.assertEqual((row["value"], row["counts"], row["met"]), (None, False, None))
        self.assertEqual(measure.goals_missed([row]), [])
        self.assertIn("there is none", list(report.lines([row]))[1])

    def test_processor_time_of_a_process_that_has_used_some(self):
        child = subprocess.Popen([sys.executable, "-c", "import time\nwhile time.process_time() < .2: pass\nprint(flush=True)\ninput()"],
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            child.stdout.readline()
            self.assertIn(child.pid, machine.family(child.pid))
            self.assertGreaterEqual(machine.cpu_seconds([child.pid]), 0.2)
        finally:
            child.communicate(b"\n")


class Report(unittest.TestCase):
    MACHINE = {"cpu": "A <processor>", "cores": 2, "virtual": False, "system": "Debian", "kernel": "6.1", "file_system": "ext4",
               "date": "2026-01-02"}

    def result(self, *rows, **more):
        return {"machine": self.MACHINE, "programs": "p", "seconds": 1, "slices": 5, "rounds": 5, "smoke": False, "rows": list(rows), **more}

    def row(self, identity, group, us=2.0):
        return {**measure.ratio_row(identity, f"The {identity} & more", [pair(sample(1.0), sample(us))] * 5, 1.5), "group": group}

    def ids(self, result):
        return [(row["id"], row["value"]) for row in result["rows"]]

    def test_what_was_measured_before_stays(self):
        old = self.result(self.row("a", "one"), self.row("b", "two"), self.row("c", "three"))
        new = self.result(self.row("b", "two", 3.0))
        groups = ("one", "two", "three")
        self.assertEqual(self.ids(report.merge(old, new, groups)), [("a", 2.0), ("b", 3.0), ("c", 2.0)])
        for other in ({"programs": "q"}, {"seconds": 2}, {"slices": 1}, {"rounds": 6}, {"machine": {}}, {"smoke": True}):
            self.assertEqual(self.ids(report.merge({**old, **other}, new, groups)), [("b", 3.0)], other)
        self.assertEqual(self.ids(report.merge(None, new, groups)), [("b", 3.0)])

    def test_page(self):
        result = self.result(self.row("get", "get"), self.row("flask-get", "flask", 400.0),
                             {**measure.missing("h", "H", "x ceiling", "there is none"), "group": "get"})
        page = report.with_figures(f"before\n{report.BEGIN}\nold \\1\n{report.END}\nafter\n", result)
        self.assertTrue(page.startswith("before\n") and page.endswith("\nafter\n"))
        self.assertNotIn("old", page)
        self.assertEqual(report.with_figures(page, result), page)
        for text in ("| The get & more | **2.00 ×** | ceiling | ≤ 1.50 | 0.0 % | missed |", "there is none", "| Dewar | 2.0 µs | 2.00 × | 1.0 × |",
                     "| Flask | 400.0 µs | 400.00 × | 200.0 × |", "2.000 · 2.000"):
            self.assertIn(text, page)

    def test_picture(self):
        drawn = plot.svg(self.result(self.row("get", "get"), self.row("flask-get", "flask", 400.0)))
        root = xml.etree.ElementTree.fromstring(drawn)
        words = [node.text for node in root.iter() if node.tag.endswith("text")]
        self.assertIn("The get & more", words)
        self.assertIn("Flask, GET", words)
        self.assertIn("prefers-color-scheme: dark", drawn)

    def test_picture_of_nothing(self):
        xml.etree.ElementTree.fromstring(plot.svg(self.result()))


class Scripted:
    """A server that answers the n-th request of all its connections with the n-th of its answers, a list of parts sent one by one."""

    def __init__(self, answer, close=False):
        self.answer, self.close, self.seen = answer, close, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(sock,), daemon=True).start()

    def serve(self, sock):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        data = b""
        with sock:
            while part := sock.recv(65536):
                data += part
                while b"\r\n\r\n" in data:
                    head, _, data = data.partition(b"\r\n\r\n")
                    self.seen.append(head)
                    for piece in self.answer(len(self.seen)):
                        sock.sendall(piece)
                        if len(piece) < 30:
                            threading.Event().wait(0.002)  # so that it is read alone
                    if self.close:
                        return


@unittest.skipUnless(shutil.which("gcc"), "there is no gcc")
class Load(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.program = pathlib.Path(cls.folder.name) / "load"
        subprocess.run(["gcc", "-std=gnu17", "-O1", "-g", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-fsanitize=address,undefined",
                        "-fno-sanitize-recover=all", "-o", cls.program, ROOT / "bench/load.c"], check=True)

    def run_load(self, answer, *options, requests=REQUEST, close=False, status=0):
        server = Scripted(answer, close)
        self.addCleanup(server.listener.close)
        path = pathlib.Path(self.folder.name) / "requests"
        path.write_bytes(requests)
        done = subprocess.run([self.program, "--connections", "1", "--count", "20", *map(str, options), str(server.port), path],
                              text=True, capture_output=True, check=False, timeout=60)
        self.assertEqual(done.returncode, status, done.stderr)
        self.seen = server.seen
        return json.loads(done.stdout) if status == 0 else done.stderr

    def test_counts(self):
        said = self.run_load(lambda n: [reply()])
        self.assertEqual((said["requests"], said["errors"], said["parsed"]), (20, 0, 1))
        self.assertEqual(said["reply_min"], len(reply()))
        self.assertLessEqual(said["p50_us"], said["p99_us"])
        self.assertLessEqual(said["p99_us"], said["max_us"])

    def test_replies_in_pieces(self):
        whole = reply(b"x" * 40)
        said = self.run_load(lambda n: [whole[:n], whole[n:n + 25], whole[n + 25:]])
        self.assertEqual((said["requests"], said["errors"], said["reply_max"]), (20, 0, len(whole)))

    def test_lengths_that_change(self):
        said = self.run_load(lambda n: [reply(b"y" * (n % 3 * 500))])
        self.assertEqual((said["requests"], said["errors"]), (20, 0))
        self.assertEqual((said["reply_min"], said["reply_max"]), (len(reply(b"")), len(reply(b"y" * 1000))))

    def test_lengths_that_change_by_a_digit(self):
        said = self.run_load(lambda n: [reply(b"y" * (500 + n % 3 * 100))])
        self.assertEqual((said["requests"], said["errors"]), (20, 0))
        self.assertEqual((said["reply_min"], said["reply_max"]), (len(reply(b"y" * 500)), len(reply(b"y" * 700))))

    def test_heads_that_go_on_behind_the_length(self):
        said = self.run_load(lambda n: [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-N: " + b"n" * (n % 4) + b"\r\n\r\nok"])
        self.assertEqual((said["requests"], said["errors"]), (20, 0))

    def test_heads_that_change(self):
        said = self.run_load(lambda n: [reply(more=b"X-N: " + b"n" * (n % 4) + b"\r\n")])
        self.assertEqual((said["requests"], said["errors"]), (20, 0))

    def test_a_wrong_status_is_an_error(self):
        said = self.run_load(lambda n: [reply(status=b"503 No" if n == 7 else b"200 OK")])
        self.assertEqual((said["requests"], said["errors"]), (20, 1))
        self.assertIn("503", said["error"])

    def test_the_wanted_status(self):
        self.assertEqual(self.run_load(lambda n: [reply(status=b"201 Created")], "--status", 201)["errors"], 0)

    def test_more_than_was_asked_for_is_an_error(self):
        self.assertGreater(self.run_load(lambda n: [reply() + (reply() if n == 3 else b"")])["errors"], 0)

    def test_a_connection_that_ends_is_an_error(self):
        self.assertGreater(self.run_load(lambda n: [reply()], close=True)["errors"], 0)

    def test_a_connection_for_each_request(self):
        said = self.run_load(lambda n: [reply(more=b"Connection: close\r\n")], "--close", close=True)
        self.assertEqual((said["requests"], said["errors"]), (20, 0))

    def test_an_end_before_the_reply_is_an_error(self):
        said = self.run_load(lambda n: [reply()[:-1] if n == 5 else reply()], "--close", close=True)
        self.assertEqual(said["errors"], 1)

    def test_without_a_length(self):
        self.assertIn("Content-Length", self.run_load(lambda n: [b"HTTP/1.1 200 OK\r\n\r\n"], status=1))

    def test_pipelined(self):
        said = self.run_load(lambda n: [reply()], "--depth", 4, "--count", 40)
        self.assertEqual((said["requests"], said["errors"], len(self.seen)), (40, 0, 40))

    def test_requests_go_round(self):
        post = b"POST /a HTTP/1.1\r\ncontent-length: 9\r\n\r\n{\"a\":\"b\"}"
        for depth in (1, 2, 4):
            self.run_load(lambda n: [reply()], "--depth", depth, "--count", 12, requests=REQUEST + post + REQUEST)
            # The body of a POST stands before the head that follows it.
            self.assertEqual([b"POST" in head for head in self.seen][:12], [False, True, False] * 4)

    def test_fixed_rate(self):
        said = self.run_load(lambda n: [reply()], "--rate", 200, "--count", 1000, "--seconds", 0.5)
        self.assertEqual(said["errors"], 0)
        self.assertLessEqual(said["requests"], 101)

    def test_saves_a_reply(self):
        path = pathlib.Path(self.folder.name) / "saved"
        self.run_load(lambda n: [reply(b"%d" % (n % 10))], "--save", path)
        self.assertEqual(path.read_bytes(), reply(b"1"))

    def test_wrong_arguments(self):
        for words, status in ((["--depth", "0", "1", "x"], 1), (["1"], 64), (["--nonsense", "1", "1", "x"], 64),
                              (["--close", "--depth", "2", "1", __file__], 64), (["70000", "x"], 1)):
            done = subprocess.run([self.program, *words], capture_output=True, check=False, timeout=10)
            self.assertEqual(done.returncode, status, words)


if __name__ == "__main__":
    unittest.main()
