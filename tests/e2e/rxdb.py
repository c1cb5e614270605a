"""The wire of RxDB, rule by rule (docs/rxdb.md, docs/merging.md 14).

usage: rxdb.py DIR PORT
"""
import itertools
import sys
from urllib.parse import quote

from talk import Server, Verdicts, diff, select

NUMBERS = itertools.count()
LAG = 4


def live(ident, **fields):
    return {"id": ident, **fields, "_deleted": False}


def gone(ident, **fields):
    return {"id": ident, **fields, "_deleted": True}


class App:
    """An owner of its own, and what its collections send."""

    def __init__(self, server, verdicts):
        self.server, self.verdicts = server, verdicts
        self.owner = f"rx-{next(NUMBERS)}"

    def expect(self, what, wanted, got):
        self.verdicts.expect(f"rxdb: {what}", wanted, got)

    def pull(self, checkpoint=None, limit=10, model="tasks"):
        return self.server.call(self.owner, "POST", f"/rxdb/{model}/pull", {"checkpoint": checkpoint, "limit": limit})

    def documents(self, checkpoint=None, limit=10):
        return self.pull(checkpoint, limit)[1]["documents"]

    def all(self, checkpoint=None, limit=1):
        """Page by page: documents and the last checkpoint."""
        documents = []
        while True:
            page = self.pull(checkpoint, limit)[1]
            # What was touched when the rows were read comes again behind them.
            documents += [one for one in page["documents"] if one not in documents]
            checkpoint = page["checkpoint"]
            if len(page["documents"]) < limit:
                return documents, checkpoint

    def push(self, *rows, device=None, model="tasks"):
        """Each row: the new state, and the assumed one if there is one."""
        body = [{"newDocumentState": row[0], **({"assumedMasterState": row[1]} if len(row) > 1 else {})} for row in rows]
        return self.server.call(self.owner, "POST", f"/rxdb/{model}/push", body,
                                {} if device is None else {"X-Mobync-Device": device})

    def mobync(self, clock, *diffs):
        return self.server.sync(self.owner, clock, [diff(*one) for one in diffs])

    def sql(self, statement):
        return select(self.server.folder, statement)

    def row(self, ident, columns="name, done, priority"):
        return self.sql(f"SELECT {columns} FROM tasks WHERE owner_id = '{self.owner}' AND id = '{ident}'")

    def clock(self):
        return int((self.sql(f"SELECT next_clock FROM mobync_owners WHERE owner = '{self.owner}'") or [["0"]])[0][0])

    def expect_refused(self, what, answer, part, status=400, code="INVALID_REQUEST"):
        got, body = answer
        error = body if isinstance(body, dict) else {}
        self.expect(what, (status, code, True), (got, error.get("error", {}).get("code"), part in error.get("message", "")))


def paths(app):
    app.expect_refused("a model that is not mapped", app.pull(model="drafts"), "drafts is not mapped", 404, "NOT_FOUND")
    app.expect_refused("to push to", app.push((live("a"),), model="drafts"), "drafts is not mapped", 404, "NOT_FOUND")
    app.expect("a collection without documents", (200, {"documents": [], "checkpoint": {"id": "clock", "updatedAt": 0}}), app.pull())
    for limit in (0, 21, "5"):
        app.expect_refused(f"limit {limit!r}", app.pull(limit=limit), "limit")
    app.expect_refused("a checkpoint of another kind", app.pull({"id": "x", "updatedAt": 5}), "checkpoint and limit")
    status, _, _, _ = app.server.request("POST", "/rxdb/tasks/pull", b"{}", {"Content-Type": "application/json"})
    app.expect("no token", 401, status)


def paging(app):
    app.mobync(0, *[(f"c{i}", app.owner, "create", "tasks", {"id": f"t{i}", "name": f"T{i}"}) for i in range(5)])
    wanted = [live(f"t{i}", name=f"T{i}") for i in range(5)]
    for limit in (1, 2, 3, 5, 10):
        documents, checkpoint = app.all(limit=limit)
        app.expect(f"all rows, {limit} at a time", wanted, documents)
        app.expect("a last page's checkpoint lags behind", {"id": "clock", "updatedAt": 0}, checkpoint)
    for i in range(6):
        app.mobync(1 + i, (f"u{i}", app.owner, "update", "tasks", {"id": f"t{i % 2}", "priority": i}))
    _, checkpoint = app.all(limit=10)
    app.expect("so many clocks", {"id": "clock", "updatedAt": app.clock() - LAG}, checkpoint)
    wanted = [live("t0", name="T0", priority=4), live("t1", name="T1", priority=5)]
    for limit in (1, 2, 3):
        app.expect(f"what was touched, once each, {limit} at a time", wanted, app.all(checkpoint, limit)[0])
    page = app.pull(checkpoint, 1)[1]
    app.expect("a page that is full ends with its last document", wanted[:1], page["documents"])
    app.expect("at its clock", 5, page["checkpoint"]["updatedAt"])
    rows = app.pull(None, 2)[1]
    app.mobync(7, ("u9", app.owner, "update", "tasks", {"id": "t0", "priority": 9}))
    documents, checkpoint = app.all(rows["checkpoint"], 2)
    app.expect("a row that changes while others are read still", False, live("t0", name="T0", priority=9) in documents)
    app.expect("comes behind them", True, live("t0", name="T0", priority=9) in app.all(checkpoint, 2)[0])


def by_query(app):
    app.mobync(0, *[(f"c{i}", app.owner, "create", "tasks", {"id": f"t{i}", "name": "T"}) for i in range(3)])
    documents, query = [], "updatedAt=&id=&limit=2"
    for _ in range(3):
        status, page = app.server.call(app.owner, "GET", f"/rxdb/tasks/pull?{query}")
        app.expect("a pull by its query", 200, status)
        documents += page["documents"]
        query = f"updatedAt={page['checkpoint']['updatedAt']}&id={quote(page['checkpoint']['id'], safe='')}&limit=2"
        if len(page["documents"]) < 2:
            break
    app.expect("gives what a body gives", app.all(limit=2)[0], documents)
    app.expect_refused("a query of another form", app.server.call(app.owner, "GET", "/rxdb/tasks/pull?limit=x"), "in the query")


def documents(app):
    app.sql(f"""INSERT INTO tasks SET owner_id = '{app.owner}', id = 'a', name = 'A', done = 1, priority = 3,
                due_at = '2026-11-29 11:02:03', tags = '[1]'""")
    app.expect("whole rows, without what is NULL, booleans as such", [
        live("a", name="A", done=True, priority=3, due_at="2026-11-29T11:02:03.000000", tags=[1])], app.documents())
    _, checkpoint = app.all()
    app.sql(f"UPDATE tasks SET done = NULL, tags = NULL WHERE owner_id = '{app.owner}'")
    app.expect("what other SQL wrote", [live("a", name="A", priority=3, due_at="2026-11-29T11:02:03.000000")], app.documents(checkpoint))


def tombstones(app):
    app.mobync(0, ("c1", app.owner, "create", "tasks", {"id": "a", "name": "A", "done": True}))
    _, checkpoint = app.all()
    app.mobync(1, ("u1", app.owner, "update", "tasks", {"id": "a", "name": "B"}))
    app.mobync(2, ("d1", app.owner, "delete", "tasks", {"id": "a"}))
    app.expect("what is gone has what it must have, as it was last known", [gone("a", name="B")], app.documents(checkpoint))
    app.sql(f"INSERT INTO tasks SET owner_id = '{app.owner}', id = 's', name = 'S'")
    app.expect("a row of other SQL", [gone("a", name="B"), live("s", name="S")], app.documents(checkpoint))
    app.sql(f"DELETE FROM tasks WHERE owner_id = '{app.owner}' AND id = 's'")
    app.expect("and its end", [gone("a", name="B"), gone("s", name="S")], app.documents(checkpoint))
    app.expect("of which a new collection hears nothing", [], app.documents())


def push_fields(app):
    app.expect("what nobody has: a create, and no conflict", (200, []), app.push((live("a", name="A", priority=1),)))
    assumed = live("a", name="A", priority=1)
    app.expect("what differs from what was assumed", (200, []), app.push((live("a", name="A", priority=2), assumed)))
    app.expect("is set", [["A", "NULL", "2"]], app.row("a"))
    app.expect("what somebody else changed meanwhile stays, and comes as the conflict", (200, [live("a", name="B", priority=2)]),
               app.push((live("a", name="B", priority=3), assumed)))
    app.expect("the rest is set", [["B", "NULL", "2"]], app.row("a"))
    app.expect("a field that is left out is cleared", (200, []), app.push((live("a", name="B"), live("a", name="B", priority=2))))
    app.expect("to NULL", [["B", "NULL", "NULL"]], app.row("a"))
    clock = app.clock()
    app.expect("what the row has already takes no clock", ((200, []), clock), (app.push((live("a", name="B"), assumed)), app.clock()))


def push_by_device(app):
    app.push((live("a", name="A", priority=1),), device="mine")
    assumed = live("a", name="A", priority=1)
    app.push((live("a", name="A", priority=2), assumed), device="mine")
    app.expect("what the same device set last, it sets again", (200, []),
               app.push((live("a", name="A", priority=3), assumed), device="mine"))
    app.expect("to the newest", [["A", "NULL", "3"]], app.row("a"))
    app.expect("another one does not", (200, [live("a", name="A", priority=3)]),
               app.push((live("a", name="A", priority=4), assumed), device="theirs"))
    app.expect("nor one without a name", (200, [live("a", name="A", priority=3)]), app.push((live("a", name="A", priority=4), assumed)))
    app.expect("nor one whose name begins so", (200, [live("a", name="A", priority=3)]),
               app.push((live("a", name="A", priority=4), assumed), device="min"))


def push_over_rows(app):
    app.push((live("a", name="A", priority=1),), device="mine")
    app.expect("nothing was assumed of a row: what it lacks is set", (200, [live("a", name="A", done=True, priority=1)]),
               app.push((live("a", name="B", done=True, priority=2),), device="theirs"))
    app.expect("no more", [["A", "1", "1"]], app.row("a"))
    app.expect("unless the device made it", (200, []), app.push((live("a", name="C", done=True, priority=1),), device="mine"))
    app.expect("then all", [["C", "1", "1"]], app.row("a"))


def push_over_tombstones(app):
    app.push((live("a", name="A"),))
    app.expect("deleted", (200, []), app.push((gone("a", name="A"), live("a", name="A"))))
    app.expect("it is gone", [], app.row("a"))
    app.expect("a new one of that id: the tombstone", (200, [gone("a", name="A")]), app.push((live("a", name="N"),)))
    app.expect("an edit of it: the tombstone", (200, [gone("a", name="A")]), app.push((live("a", name="N"), live("a", name="A"))))
    app.expect("deleted again: nothing", (200, []), app.push((gone("a", name="A"), live("a", name="A"))))
    app.expect("still gone", [], app.row("a"))
    app.expect("whoever knows that it is gone makes it again", (200, []), app.push((live("a", name="N"), gone("a", name="A"))))
    app.expect("with what it says", [["N"]], app.row("a", "name"))
    app.expect("deleted without having been there: nothing", (200, []), app.push((gone("never", name="x"),)))
    app.expect("a tombstone of what nobody knows has what was sent", (200, [gone("z", name="Z")]), app.push((
        live("z", name="Z", priority="high"),)))


def push_refused(app):
    app.push((live("a", name="A", priority=1),))
    long = "x" * 65
    app.expect("a row that is refused is undone, the others count", (200, [live("a", name="A", priority=1), gone("b", name="x" * 65)]), app.push(
        (live("a", name=long, priority=1), live("a", name="A", priority=1)), (live("b", name=long),), (live("c", name="C"),)))
    app.expect("they are there", ([], [["C"]]), (app.row("b"), app.row("c", "name")))
    app.expect("it is kept for the operator", "2", app.sql(f"SELECT COUNT(*) FROM mobync_rejects WHERE owner = '{app.owner}'")[0][0])
    app.expect("a property that is not mapped", (200, [live("c", name="C")]),
               app.push((live("c", name="C", colour="red"), live("c", name="C"))))
    status, body = app.push((live("d", name="D", project_id="later"),))
    app.expect("a parent that is not there yet: later", (503, "SERVER_BUSY"), (status, body["error"]["code"]))
    app.expect("nothing is kept of it", [], app.row("d"))
    app.push((live("later", name="P"),), model="projects")
    app.expect("then it is taken", (200, []), app.push((live("d", name="D", project_id="later"),)))
    app.push((gone("d", name="D"), live("d", name="D", project_id="later")))
    app.push((gone("later", name="P"), live("later", name="P")), model="projects")
    app.expect("one that is gone will not come", (200, [gone("e", name="E")]), app.push((live("e", name="E", project_id="later"),)))


def push_bodies(app):
    path = "/rxdb/tasks/push"
    for body, part in (({}, "not a JSON array"), ([5], "each row of a push is an object"), ([{}], "are objects"),
                       ([{"newDocumentState": 5}], "are objects"), ([{"newDocumentState": {"name": "A"}}], "an id that is a string"),
                       ([{"newDocumentState": {"id": 5}}], "an id that is a string"), ([{"newDocumentState": {"id": ""}}], "an id that is a string"),
                       ([{"newDocumentState": {"id": "a"}, "assumedMasterState": 5}], "are objects")):
        app.expect_refused(f"the body {body!r}", app.server.call(app.owner, "POST", path, body), part)
    app.expect_refused("one document twice", app.push((live("a", name="A"),), (live("a", name="B"),)), "tasks a is there twice")
    app.expect_refused("more rows than the limit", app.push(*[(live(f"m{i}", name="M"),) for i in range(21)]), "limits.diffs", 413, "TOO_LARGE")
    app.expect("as many as it", (200, []), app.push(*[(live(f"m{i}", name="M"),) for i in range(20)]))
    app.expect("none", (200, []), app.push())


def restored(app):
    app.mobync(0, ("c1", app.owner, "create", "tasks", {"id": "a", "name": "A"}), ("c2", app.owner, "create", "tasks", {"id": "b", "name": "B"}))
    app.mobync(1, ("d2", app.owner, "delete", "tasks", {"id": "b"}))
    for i in range(LAG + 2):
        app.mobync(2 + i, (f"u{i}", app.owner, "update", "tasks", {"id": "a", "priority": i}))
    documents, checkpoint = app.all({"id": "clock", "updatedAt": 99}, 10)
    row = live("a", name="A", priority=LAG + 1)
    app.expect("of a checkpoint that the server never gave: all rows", [row], documents)
    app.expect("then all that is gone", [row, gone("b", name="B")], sorted(app.documents(checkpoint), key=lambda d: d["id"]))


def main():
    server = Server(sys.argv[1], int(sys.argv[2]))
    verdicts = Verdicts()
    for rule in (paths, paging, by_query, documents, tombstones, push_fields, push_by_device, push_over_rows, push_over_tombstones,
                 push_refused, push_bodies, restored):
        rule(App(server, verdicts))
    return verdicts.failed


sys.exit(main())
