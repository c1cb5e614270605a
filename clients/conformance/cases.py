"""The hard cases, each with a fake server of its own. CASES: name → (why, function)."""
import json
import threading
import time

from fake import CUT, LOST, NOT_JSON, Fake, failure, success, told
from phone import Failed, Phone, Unsupported

CASES = {}
# A pause is a random part of what the page says, from half of it on.
FIRST_PAUSE_S = 1.0
SLACK_S = 0.05


def case(why):
    def add(function):
        CASES[function.__name__] = why, function
        return function
    return add


def same(what, wanted, got):
    if wanted != got:
        raise Failed(f"{what}\n      wanted: {wanted}\n      got:    {got}")


class World:
    """The phone and the server of one case."""

    def __init__(self, command):
        self.command = command
        self.parts = []

    def begin(self, *responses):
        server = Fake(*responses)
        self.parts.append(server)
        phone = Phone(self.command, server.url)
        self.parts.append(phone)
        return phone, server

    def end(self):
        for part in reversed(self.parts):
            part.end()

    def check_requests(self):
        """What holds in every case."""
        server = self.parts[0]
        same("requests that have no place in this case", 0, server.excess)
        same("requests at a time", True, server.most_at_once <= 1)


@case("the form of requests and diffs (protocol.md 2)")
def request_form(world):
    phone, server = world.begin(success(1), success(2))
    before = int(time.time() * 1000)
    phone.write("create", "x", name="Zoë \"q\" \\ \u2028", done=True, priority=-3, tags=[1, 2])
    phone.write("update", "x", name=None)
    phone.write("delete", "x")
    phone.sync()
    first = server.requests[0]
    same("Content-Type", "application/json", first.content_type.split(";")[0])
    same("token", "t1", first.token)
    same("types, in the order of insertion", ["create", "update", "delete"],
         [diff["type"] for diff in first.diffs])
    same("models and owners", {("tasks", "o")}, {(diff["model"], diff["owner"]) for diff in first.diffs})
    for diff in first.diffs:
        same("types of members", (str, int, int, str), tuple(
            type(diff[key]) for key in ("id", "logical_clock", "utc_timestamp", "json_data")))
        same("a timestamp of now, in milliseconds", True, abs(diff["utc_timestamp"] - before) < 60000)
    same("ids that differ", 3, len(set(first.ids)))
    same("objects", [("create", "x"), ("update", "x"), ("delete", "x")], first.objects())
    same("values", {"id": "x", "name": "Zoë \"q\" \\ \u2028", "done": True, "priority": -3, "tags": [1, 2]},
         json.loads(first.diffs[0]["json_data"]))
    same("a null is sent", {"id": "x", "name": None}, json.loads(first.diffs[1]["json_data"]))


@case("what is told is applied, member by member; unknown members are ignored")
def application(world):
    phone, _ = world.begin(
        success(1, told("create", "x", name="a", done=1, tags=["ü"]), told("create", "y", name="b"), more=1),
        success(3, told("update", "x", 1, name="c"), told("delete", "y", 2), told("update", "none", 2, name="d"),
                told("delete", "nobody", 2)))
    phone.sync()
    same("rows", {"x": {"name": "a", "done": 1, "tags": ["ü"]}, "y": {"name": "b"}}, phone.table())
    phone.sync()
    same("rows", {"x": {"name": "c", "done": 1, "tags": ["ü"]}}, phone.table())


@case("the response is sorted by (logical_clock, utc_timestamp)")
def sorted_response(world):
    phone, _ = world.begin(success(1, told("create", "x", name="old")),
                           success(3, told("create", "x", 2, 5, name="new"), told("delete", "x", 2, 4),
                                   told("create", "y", 2, 7, name="late"), told("create", "y", 1, 9, name="early")))
    phone.sync()
    phone.sync()
    same("rows", {"x": {"name": "new"}, "y": {"name": "late"}}, phone.table())


@case("a response is applied only if its clock is higher")
def old_response(world):
    phone, server = world.begin(success(5, told("create", "x", 4, name="a")),
                                success(5, told("delete", "x", 4)), success(5))
    for _ in range(3):
        phone.sync()
    same("rows", {"x": {"name": "a"}}, phone.table())
    same("clocks", [0, 5, 5], server.clocks())


@case("writes during a sync are laid over the response and sent next")
def write_in_flight(world):
    def meanwhile(request):
        phone.write("update", "x", name="mine")
        phone.write("update", "y", name="gone already")
        return success(3, told("update", "x", 2, name="theirs", done=1), told("delete", "y", 2))
    phone, server = world.begin(success(2, told("create", "x", name="old", done=0), told("create", "y", name="y")),
                                meanwhile, success(4))
    phone.sync()
    phone.write("create", "z", name="z")
    phone.sync()
    same("rows", {"x": {"name": "mine", "done": 1}, "z": {"name": "z"}}, phone.table())
    same("what was sent", [[], [("create", "z")], [("update", "x"), ("update", "y")]],
         [request.objects() for request in server.requests])
    same("clocks", [0, 2, 3], server.clocks())


@case("a create that meets a row replaces all of it")
def create_over_row(world):
    def meanwhile(request):
        phone.write("create", "x", name="mine")
        return success(3, told("create", "x", name="theirs", done=1))
    phone, _ = world.begin(meanwhile, success(4))
    phone.sync()
    same("rows", {"x": {"name": "mine"}}, phone.table())


@case("after a lost response, the same diffs again, newer ones only behind them")
def lost_response(world):
    phone, server = world.begin(LOST, success(1))
    phone.write("create", "x", name="a")
    done = phone.send("sync")
    wait_for(lambda: len(server.requests) == 1)
    phone.write("update", "x", name="b")
    phone.reply(done)
    first = server.sent()[0]
    same("the first of the second request", first, server.sent()[1][:1])
    same("objects", [("create", "x"), ("update", "x")], server.requests[1].objects())
    same("clocks", [0, 0], server.clocks())
    same("a pause before it", True, paused(server, 0) >= FIRST_PAUSE_S - SLACK_S)


@case("a response that is cut off, or is not JSON, is none")
def no_response(world):
    phone, server = world.begin(CUT, NOT_JSON, success(1))
    phone.write("create", "x", name="a")
    phone.sync()
    same("rows", {"x": {"name": "a"}}, phone.table())
    same("sent again", server.sent()[0], server.sent()[2])
    same("clocks", [0, 0, 0], server.clocks())
    same("a longer pause the second time", True, paused(server, 1) >= 2 * FIRST_PAUSE_S - SLACK_S)


@case("Retry-After is kept to, and nothing is dropped, at 503 and 429")
def retry_after(world):
    phone, server = world.begin(failure(503, "SERVER_BUSY", {"Retry-After": 3}),
                                failure(429, "RATE_LIMITED", {"Retry-After": 2}), success(1))
    phone.write("create", "x", name="a")
    phone.sync()
    same("3 s", True, paused(server, 0) >= 3 - SLACK_S)
    same("2 s", True, paused(server, 1) >= 2 - SLACK_S)
    same("sent", server.sent()[:1] * 3, server.sent())


@case("500, 502 and 408 are temporary, whatever they say")
def temporary(world):
    phone, server = world.begin(failure(500, "INTERNAL"), failure(408, "INVALID_REQUEST"), success(1))
    phone.write("create", "x", name="a")
    same("the sync ends well", None, phone.sync())
    same("sent", server.sent()[:1] * 3, server.sent())
    same("rows", {"x": {"name": "a"}}, phone.table())


@case("TOO_LARGE, and INVALID_REQUEST with the field diffs, halve the batch")
def smaller_batches(world):
    phone, server = world.begin(failure(413, "TOO_LARGE"), failure(400, "INVALID_REQUEST", field="diffs"),
                                *(success(n) for n in range(1, 5)))
    for n in range(4):
        phone.write("create", f"x{n}", name="a")
    phone.sync()
    ids = server.sent()[0]
    same("batches", [ids, ids[:2], *([name] for name in ids)], server.sent())
    same("rows", 4, len(phone.table()))


@case("many writes go out in batches, each once, in their order, from the last clock")
def many_writes(world):
    def next_clock(request):
        return success(len(server.requests))
    phone, server = world.begin(*[next_clock] * 40)
    for n in range(600):
        phone.write("create", f"x{n:04}", name="a")
    phone.sync()
    same("objects", [("create", f"x{n:04}") for n in range(600)],
         [pair for request in server.requests for pair in request.objects()])
    same("clocks", list(range(len(server.requests))), server.clocks())


@case("a single diff that is TOO_LARGE is set aside, and its effect undone")
def too_large_alone(world):
    phone, server = world.begin(success(1, told("create", "x", name="a")), failure(413, "TOO_LARGE"),
                                success(1, told("create", "x", name="a")))
    phone.sync()
    phone.write("update", "x", name="long")
    phone.sync()
    same("rows", {"x": {"name": "a"}}, phone.table())
    same("the user is told", server.sent()[1], phone.refused())
    same("clocks", [0, 1, 0], server.clocks())


@case("INVALID_CLOCK: starts again, and keeps what is pending")
def invalid_clock(world):
    phone, server = world.begin(success(9, told("create", "gone", name="g"), lineage="a"), success(10, lineage="a"),
                                failure(409, "INVALID_CLOCK"), success(3, told("create", "z", name="z"), lineage="b"),
                                failure(409, "INVALID_CLOCK", top={"restart_clock": 0}), success(1 << 32), success(1 << 32))
    phone.sync()
    phone.write("create", "sent", name="s")
    phone.sync()
    phone.write("create", "kept", name="k")
    phone.sync()
    same("rows", {"kept": {"name": "k"}, "z": {"name": "z"}}, phone.table())
    same("sent again: what was pending, nothing else", server.sent()[2], server.sent()[3])
    same("objects", [("create", "kept")], server.requests[3].objects())
    same("clocks", [0, 9, 10, 0], server.clocks())
    same("lineages", [None, "a", "a", None], [request.lineage for request in server.requests])
    phone.sync()
    same("what a later restart sends", server.sent()[3], server.sent()[5])


@case("restart_clock: sends again what was confirmed later, then starts over")
def restart_clock(world):
    phone, server = world.begin(success(5, lineage="a"), success(9, told("create", "theirs", 8, name="t"), lineage="a"),
                                failure(409, "INVALID_CLOCK", top={"restart_clock": 5}),
                                success(1 << 32, lineage="b"), success(1 << 32, told("create", "x", name="n"), lineage="b"))
    phone.write("create", "old", name="o")
    phone.sync()
    phone.write("create", "x", name="n")
    phone.sync()
    phone.write("update", "x", done=1)
    phone.sync()
    (old,), (lost,), (new,) = server.sent()[:3]
    same("sent", [[old], [lost], [new], [lost, new], []], server.sent())
    same("clocks", [0, 5, 9, 5, 0], server.clocks())
    same("lineages", [None, "a", "a", None, "b"], [request.lineage for request in server.requests])
    same("rows", {"x": {"name": "n"}}, phone.table())


@case("a server that is set back twice")
def restart_twice(world):
    phone, server = world.begin(success(9, lineage="a"), failure(409, "INVALID_CLOCK", top={"restart_clock": 0}),
                                success(1 << 32, lineage="b"), failure(409, "INVALID_CLOCK", top={"restart_clock": 0}),
                                success(2 << 32, lineage="c"),
                                success(2 << 32, told("create", "x", name="n"), lineage="c"))
    phone.write("create", "x", name="n")
    phone.sync()
    phone.sync()
    sent = server.sent()[0]
    same("sent", [sent, [], sent, [], sent, []], server.sent())
    same("lineages", [None, "a", None, "b", None, "c"], [request.lineage for request in server.requests])
    same("rows", {"x": {"name": "n"}}, phone.table())


@case("a refused diff is reported, never sent again, and undone by the response alone")
def rejected(world):
    def refuse(request):
        return success(2, told("update", "x", 1, name="a"), lineage="a",
                       rejected=[{"id": request.ids[0], "code": "INVALID_DATA", "message": "m", "field": "name"}])
    phone, server = world.begin(success(1, told("create", "x", name="a"), lineage="a"), refuse,
                                failure(409, "INVALID_CLOCK", top={"restart_clock": 0}), success(1 << 32), success(1 << 32))
    phone.sync()
    phone.write("update", "x", name="bad")
    phone.write("create", "y", name="good")
    phone.sync()
    same("rows", {"x": {"name": "a"}, "y": {"name": "good"}}, phone.table())
    bad, good = server.sent()[1]
    same("the user is told", [bad], phone.refused())
    phone.sync()
    same("sent after a restart", [good], server.sent()[3])


@case("a diff that an error names is set aside, and its effect undone (fail_sync)")
def error_names_diff(world):
    def refuse(request):
        return failure(400, "INVALID_DATA", diff_id=request.ids[1], field="name")
    phone, server = world.begin(refuse, success(1))
    phone.write("create", "x", name="n")
    phone.write("update", "x", name="too long")
    phone.sync()
    good, bad = server.sent()[0]
    same("sent", [[good, bad], [good]], server.sent())
    same("rows", {"x": {"name": "n"}}, phone.table())
    same("the user is told", [bad], phone.refused())


@case("an error about the owner stops the client and drops nothing")
def other_owner(world):
    def refuse(request):
        return failure(403, "FORBIDDEN", diff_id=request.ids[0], field="owner")
    phone, server = world.begin(refuse, success(1))
    phone.write("create", "x", name="n")
    same("it has stopped", True, phone.sync() is not None)
    phone.sync()
    same("sent again", server.sent()[:1] * 2, server.sent())
    same("rows", {"x": {"name": "n"}}, phone.table())


@case("after a 401 one new token, after a second one the user")
def one_new_token(world):
    phone, server = world.begin(failure(401, "INVALID_SYNC_TOKEN"), success(1),
                                *[failure(401, "INVALID_SYNC_TOKEN")] * 2)
    phone.write("create", "x", name="n")
    same("the first sync ends well", None, phone.sync())
    same("tokens", ["t1", "t2"], [request.token for request in server.requests])
    same("it has stopped", True, phone.sync() is not None)
    same("rows", {"x": {"name": "n"}}, phone.table())


@case("one sync at a time")
def one_at_a_time(world):
    def slow(request):
        time.sleep(0.3)
        return success(1)
    phone, server = world.begin(*[slow] * 6)
    for replies in [phone.send("sync") for _ in range(4)]:
        phone.reply(replies)
    same("requests at a time", 1, server.most_at_once)


@case("timestamps grow, also if the device's clock is set back")
def clock_set_back(world):
    phone, server = world.begin(success(1))
    phone.do("clock_ahead", ms=3600000)
    phone.write("create", "x", name="a")
    phone.do("clock_ahead", ms=0)
    phone.write("update", "x", name="b")
    phone.crash()
    phone.write("update", "x", name="c")
    phone.sync()
    times = [diff["utc_timestamp"] for diff in server.requests[0].diffs]
    same("times", sorted(set(times)), times)


@case("a device that loses its power before, during and after a sync")
def power_failure(world):
    held = threading.Event()

    def hold(request):
        held.wait(30)
        return success(9, told("create", "never", name="n"))
    phone, server = world.begin(success(2, told("create", "theirs", name="t"), lineage="a"), hold, success(3, lineage="a"),
                                success(3, lineage="a"))
    phone.sync()
    phone.write("create", "x", name="a")
    phone.crash()
    same("rows", {"theirs": {"name": "t"}, "x": {"name": "a"}}, phone.table())
    phone.send("sync")
    wait_for(lambda: len(server.requests) == 2)
    phone.crash()
    held.set()
    wait_for(lambda: server.at_once == 0)
    phone.sync()
    phone.crash()
    phone.sync()
    sent = server.sent()
    same("the same diffs again, once confirmed no more", [[], sent[1], sent[1], []], sent)
    same("clocks", [0, 2, 2, 3], server.clocks())
    same("lineages", [None, "a", "a", "a"], [request.lineage for request in server.requests])
    same("rows", {"theirs": {"name": "t"}, "x": {"name": "a"}}, phone.table())


def wait_for(condition, patience_s=30):
    end = time.monotonic() + patience_s
    while not condition():
        if time.monotonic() > end:
            raise Failed("what the case waits for does not happen")
        time.sleep(0.01)


def paused(server, request):
    return server.requests[request + 1].at - server.requests[request].at


def run(command, name):
    """(name, None if it passed, what failed, or an Unsupported)"""
    world = World(command)
    try:
        CASES[name][1](world)
        world.check_requests()
        return name, None
    except (Failed, Unsupported) as error:
        return name, error
    except (LookupError, ValueError, TypeError) as error:  # a request that a case looks for is not there
        return name, Failed(f"{error!r}, after the requests {world.parts[0].clocks()}")
    finally:
        world.end()
