#!/usr/bin/env python3
"""The client of docs/client.md against responses that a test makes up: what a server that works
seldom sends, and the rules of which the phones' fleet could not tell that they are kept.

usage: test_client.py PAGE
"""
import inspect
import json
import re
import sys
import unittest

import client

PAGE = sys.argv.pop() if len(sys.argv) > 1 else None


def told(kind, row, clock=0, **fields):
    return {"id": f"told-{row}-{clock}", "owner": "o", "logical_clock": clock, "utc_timestamp": 1,
            "type": kind, "model": "tasks", "json_data": json.dumps({"id": row, **fields})}


def success(clock, *diffs, **more):
    return 200, {"success": True, "logical_clock": clock, "diffs": list(diffs), **more}, 0


def failure(status, code, retry_after=0, top=(), **error):
    return status, {"success": False, "error": {"code": code, **error}, **dict(top)}, retry_after


class Scripted(client.Client):
    """Takes one response after the other, and does what stands in `meanwhile` during the first."""

    def __init__(self, *responses):
        super().__init__("o")
        self.responses = list(responses)
        self.requests = []
        self.pauses = []
        self.told = []
        self.tokens = 0
        self.meanwhile = lambda: None

    def write(self, kind, row, **fields):
        self.local_write(kind, "tasks", row, fields)
        return self.diffs[-1].diff["id"]

    def post(self, request):
        self.requests.append(json.loads(json.dumps(request)))
        self.meanwhile()
        self.meanwhile = lambda: None
        return self.responses.pop(0)

    def sleep(self, seconds):
        self.pauses.append(seconds)

    def new_token(self):
        self.tokens += 1

    def tell_user(self, refused):
        self.told += refused

    def sent(self):
        return [[diff["id"] for diff in request["diffs"]] for request in self.requests]

    def clocks(self):
        return [request["logical_clock"] for request in self.requests]

    def table(self):
        return {row: fields for (_, row), fields in self.rows.items()}


class Rules(unittest.TestCase):
    def test_functions_are_those_of_the_page(self):
        with open(PAGE, encoding="utf-8") as file:
            block = max(re.findall(r"^```\n(.*?)^```", file.read(), re.M | re.S), key=len)
        page = [(name, [word.strip() for word in args.split(",") if word.strip()])
                for name, args in re.findall(r"^(\w+)\((.*?)\):", block, re.M)]
        source = inspect.getsource(client.Client).split("# The functions of the page.")[1]
        self.assertEqual([name for name, _ in page], re.findall(r"^    def (\w+)", source, re.M))
        for name, args in page:
            parameters = list(inspect.signature(getattr(client.Client, name)).parameters)[1:]
            self.assertEqual(len(args), len(parameters), name)

    def test_writes_in_flight_are_laid_over_the_response_and_sent_next(self):
        phone = Scripted(success(3, told("update", "x", name="theirs", done=1)), success(4))
        phone.rows["tasks", "x"] = {"name": "old", "done": 0}
        first = phone.write("update", "y")
        later = []
        phone.meanwhile = lambda: later.append(phone.write("update", "x", name="mine"))
        phone.sync()
        self.assertEqual(phone.table(), {"x": {"name": "mine", "done": 1}})
        self.assertEqual(phone.sent(), [[first], later])
        self.assertEqual(phone.clocks(), [0, 3])

    def test_create_laid_over_a_row_replaces_it(self):
        phone = Scripted(success(3, told("create", "x", name="theirs", done=1)), success(4))
        phone.meanwhile = lambda: phone.write("create", "x", name="mine")
        phone.sync()
        self.assertEqual(phone.table(), {"x": {"name": "mine"}})

    def test_same_diffs_again_with_newer_ones_behind(self):
        phone = Scripted((None, {}, 0), failure(503, "SERVER_BUSY", retry_after=7), success(1))
        first = phone.write("create", "x", name="a")
        later = []
        phone.meanwhile = lambda: later.append(phone.write("update", "x", name="b"))
        phone.sync()
        self.assertEqual(phone.sent(), [[first], [first, *later], [first, *later]])
        self.assertTrue(1 <= phone.pauses[0] <= 2)
        self.assertEqual(phone.pauses[1], 7)

    def test_response_is_sorted_and_ignored_unless_the_clock_grows(self):
        phone = Scripted(success(2, told("create", "x", clock=1), told("delete", "x")), success(2))
        phone.rows["tasks", "x"] = {"name": "old"}
        phone.sync()
        self.assertEqual(phone.table(), {"x": {}})
        phone.received([], {"logical_clock": 2, "diffs": [told("delete", "x")]})
        self.assertEqual(phone.table(), {"x": {}})

    def test_times_never_run_back(self):
        phone = Scripted()
        phone.last_time = 1 << 50
        phone.write("create", "x")
        phone.write("update", "x")
        times = [row.diff["utc_timestamp"] for row in phone.diffs]
        self.assertEqual(times, [(1 << 50) + 1, (1 << 50) + 2])

    def test_too_large_halves_the_batch(self):
        phone = Scripted(failure(413, "TOO_LARGE"),
                         failure(400, "INVALID_REQUEST", field="diffs"), success(1), success(2),
                         success(3), success(4))
        ids = [phone.write("create", str(n)) for n in range(4)]
        phone.sync()
        self.assertEqual(phone.sent(), [ids, ids[:2], *([name] for name in ids)])

    def test_reset_keeps_what_is_pending(self):
        phone = Scripted(success(9, lineage="a"), success(10, lineage="a"),
                         failure(409, "INVALID_CLOCK"),
                         success(3, told("create", "z", name="theirs"), lineage="b"))
        phone.sync()
        phone.write("create", "gone", name="n")
        phone.sync()
        kept = phone.write("create", "kept", name="n")
        phone.sync()
        self.assertEqual(phone.table(), {"kept": {"name": "n"}, "z": {"name": "theirs"}})
        self.assertEqual(phone.sent()[2:], [[kept], [kept]])
        self.assertEqual([request.get("lineage") for request in phone.requests],
                         [None, "a", "a", None])

    def test_restart_sends_again_what_may_be_lost_and_then_starts_over(self):
        phone = Scripted(success(5, lineage="a"), success(9, lineage="a"),
                         failure(409, "INVALID_CLOCK", top={"restart_clock": 5}),
                         success(1 << 32, lineage="b"),
                         success(1 << 32, told("create", "x", name="n"), lineage="b"))
        old = phone.write("create", "old")
        phone.sync_once()
        lost = phone.write("create", "x", name="n")
        phone.sync_once()
        new = phone.write("update", "x", done=1)
        phone.sync()
        self.assertEqual(phone.sent(), [[old], [lost], [new], [lost, new], []])
        self.assertEqual(phone.clocks(), [0, 5, 9, 5, 0])
        self.assertEqual(phone.requests[3].get("lineage"), None)
        self.assertEqual(phone.requests[4].get("lineage"), "b")
        self.assertEqual(phone.table(), {"x": {"name": "n"}})

    def test_set_back_again_before_it_has_started_over(self):
        phone = Scripted(success(9, lineage="a"),
                         failure(409, "INVALID_CLOCK", top={"restart_clock": 0}),
                         success(1 << 32, lineage="b"),
                         failure(409, "INVALID_CLOCK", top={"restart_clock": 0}),
                         success(2 << 32, lineage="c"),
                         success(2 << 32, told("create", "x", name="n"), lineage="c"))
        sent = phone.write("create", "x", name="n")
        phone.sync_once()
        phone.sync()
        self.assertEqual(phone.sent(), [[sent], [], [sent], [], [sent], []])
        self.assertEqual(phone.requests[3].get("lineage"), "b")
        self.assertEqual(phone.table(), {"x": {"name": "n"}})

    def test_refused_diff_is_set_aside(self):
        phone = Scripted(failure(400, "INVALID_DATA", diff_id="bad"), success(1))
        good = phone.write("create", "x", name="n")
        phone.write("update", "x", name="too long")
        phone.diffs[-1].diff["id"] = "bad"
        phone.sync()
        self.assertEqual(phone.sent(), [[good, "bad"], [good]])
        self.assertEqual(phone.table(), {"x": {"name": "n"}})
        self.assertEqual(phone.told[0]["diff_id"], "bad")

    def test_another_owner_is_no_reason_to_drop_a_diff(self):
        phone = Scripted(failure(403, "FORBIDDEN", diff_id="d", field="owner"))
        phone.write("create", "x")
        with self.assertRaises(client.Stopped):
            phone.sync()
        self.assertEqual(len(phone.pending()), 1)

    def test_one_new_token_then_the_user(self):
        phone = Scripted(*[failure(401, "INVALID_SYNC_TOKEN")] * 2)
        with self.assertRaises(client.Stopped):
            phone.sync()
        self.assertEqual(phone.tokens, 1)


if __name__ == "__main__":
    unittest.main(argv=sys.argv)
