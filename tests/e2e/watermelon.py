"""The wire of WatermelonDB, rule by rule (docs/watermelondb.md, docs/merging.md 14).

usage: watermelon.py DIR PORT
"""
import itertools
import sys

from talk import Server, Verdicts, diff, select

NUMBERS = itertools.count()
FIELDS = {"name": None, "done": None, "priority": None, "due_at": None, "tags": None, "project_id": None}


def task(ident, **fields):
    """A raw record as a pull has it."""
    return {"id": ident, **FIELDS, **fields}


class App:
    """An owner of its own, and what its devices send."""

    def __init__(self, server, verdicts):
        self.server, self.verdicts = server, verdicts
        self.owner = f"melon-{next(NUMBERS)}"

    def expect(self, what, wanted, got):
        self.verdicts.expect(f"watermelon: {what}", wanted, got)

    def pull(self, at, migration=None):
        return self.server.call(self.owner, "POST", "/watermelon/pull",
                                {"lastPulledAt": at, "schemaVersion": 1, "migration": migration})

    def changes(self, at, migration=None):
        return self.pull(at, migration)[1]["changes"]

    def timestamp(self):
        return self.pull(None)[1]["timestamp"]

    def push(self, at, created=(), updated=(), deleted=(), table="tasks", **others):
        return self.server.call(self.owner, "POST", "/watermelon/push", {"lastPulledAt": at, "changes": {
            table: {"created": list(created), "updated": list(updated), "deleted": list(deleted)}, **others}})

    def mobync(self, clock, *diffs):
        return self.server.sync(self.owner, clock, [diff(*one) for one in diffs])

    def sql(self, statement):
        select(self.server.folder, statement)

    def row(self, ident, columns="name, done, priority", table="tasks"):
        return select(self.server.folder, f"SELECT {columns} FROM {table} WHERE owner_id = '{self.owner}' AND id = '{ident}'")

    def stored(self):
        return select(self.server.folder, f"SELECT COUNT(*) FROM diffs WHERE owner = '{self.owner}'")[0][0]

    def expect_refused(self, what, answer, part, status=400, code="INVALID_REQUEST"):
        got, body = answer
        self.expect(what, (status, code, True),
                    (got, body.get("error", {}).get("code"), part in body.get("message", "")))


def pull_arguments(app):
    app.expect("an owner without anything", (200, {"changes": {}, "timestamp": 1}), app.pull(None))
    app.expect("0 is no pull, either", (200, {"changes": {}, "timestamp": 1}), app.pull(0))
    for at in ("5", -1, 1.5, True, [], {}):
        app.expect_refused(f"lastPulledAt {at!r}", app.pull(at), "lastPulledAt: the timestamp of a pull, or null")
    app.expect_refused("a body that is an array", app.server.call(app.owner, "POST", "/watermelon/pull", []),
                       "not a valid JSON object")
    status, _, _, _ = app.server.request("POST", "/watermelon/pull", b"{}", {"Content-Type": "application/json"})
    app.expect("no token", 401, status)
    status, _, _, _ = app.server.request("POST", "/watermelon/pull", b"{}", {
        "Authorization": f"Bearer {app.server.token(app.owner)}", "Content-Type": "text/plain"})
    app.expect("another content type", 415, status)


def pull_changes(app):
    empty = app.timestamp()
    app.mobync(0, ("c1", app.owner, "create", "tasks", {"id": "a", "name": "A"}),
               ("c2", app.owner, "create", "tasks", {"id": "b", "name": "B", "done": True}))
    first = app.pull(None)[1]
    app.expect("all rows at first, whole, as updated", {
        "created": [], "updated": [task("a", name="A"), task("b", name="B", done=True)], "deleted": []},
        first["changes"]["tasks"])
    app.expect("the timestamp is the clock + 1", 2, first["timestamp"])
    app.expect("nothing new", {"changes": {}, "timestamp": 2}, app.pull(2)[1])
    app.mobync(1, ("u1", app.owner, "update", "tasks", {"id": "a", "priority": 1}),
               ("d1", app.owner, "delete", "tasks", {"id": "b"}))
    app.mobync(2, ("u2", app.owner, "update", "tasks", {"id": "a", "priority": 2}))
    app.mobync(3, ("c3", app.owner, "create", "tasks", {"id": "c", "name": "C"}))
    app.mobync(4, ("d3", app.owner, "delete", "tasks", {"id": "c"}))
    app.expect("what was touched since: once, whole, and what is gone, though it came since", {
        "created": [], "updated": [task("a", name="A", priority=2)], "deleted": ["b", "c"]}, app.changes(2)["tasks"])
    app.expect("whoever pulled when there was nothing hears of deletions", ["b", "c"], app.changes(empty)["tasks"]["deleted"])
    app.expect("a new device does not", [], app.changes(None)["tasks"]["deleted"])
    app.sql(f"INSERT INTO tasks SET owner_id = '{app.owner}', id = 's', name = 'S'; UPDATE tasks SET priority = 3 WHERE owner_id = '{app.owner}' AND id = 'a'")
    app.expect("what other SQL wrote", {"created": [], "updated": [task("a", name="A", priority=3), task("s", name="S")],
                                        "deleted": []}, app.changes(6)["tasks"])
    app.sql(f"DELETE FROM tasks WHERE owner_id = '{app.owner}' AND id = 's'")
    app.expect("and deleted", {"created": [], "updated": [], "deleted": ["s"]}, app.changes(7)["tasks"])


def replacement(app):
    app.mobync(0, ("c1", app.owner, "create", "tasks", {"id": "a", "name": "A"}))
    status, body = app.pull(99)
    app.expect("of what the server never gave: everything, instead", (200, "replacement", 2, [task("a", name="A")], []), (
        status, body.get("experimentalStrategy"), body["timestamp"], body["changes"]["tasks"]["updated"],
        body["changes"]["tasks"]["deleted"]))
    app.expect("otherwise no strategy is named", False, "experimentalStrategy" in app.pull(2)[1])


def migration(app):
    app.mobync(0, ("c1", app.owner, "create", "tasks", {"id": "a", "name": "A"}),
               ("c2", app.owner, "create", "projects", {"id": "p", "name": "P"}))
    app.mobync(1, ("c3", app.owner, "create", "tasks", {"id": "b", "name": "B"}))
    whole = [task("a", name="A"), task("b", name="B")]
    app.expect("without one: what was touched", [task("b", name="B")], app.changes(2)["tasks"]["updated"])
    app.expect("of a new table: all rows", ([{"id": "p", "name": "P"}], [task("b", name="B")]), (lambda got: (
        got["projects"]["updated"], got["tasks"]["updated"]))(app.changes(2, {"from": 1, "tables": ["projects"], "columns": []})))
    app.expect("of new columns: all rows, once", whole, app.changes(2, {
        "from": 1, "tables": [], "columns": [{"table": "tasks", "columns": ["done"]}]})["tasks"]["updated"])
    app.expect("of a table that is the app's alone: nothing more", {"tasks"}, set(app.changes(2, {
        "from": 1, "tables": ["drafts"], "columns": [{"table": "drafts", "columns": ["x"]}]})))
    app.mobync(2, ("d3", app.owner, "delete", "tasks", {"id": "b"}))
    got = app.changes(2, {"from": 1, "tables": ["tasks"], "columns": []})["tasks"]
    app.expect("and what is gone", (whole[:1], ["b"]), (got["updated"], got["deleted"]))
    for wrong in (5, [], {"tables": "tasks"}, {"tables": [5]}, {"columns": ["tasks"]}, {"columns": [{}]}):
        app.expect_refused(f"migration {wrong!r}", app.pull(2, wrong), "migration: tables and columns")


def push_created(app):
    raw = {"id": "a", "_status": "created", "_changed": "", **FIELDS, "name": "A", "done": True}
    app.expect("created", (200, {}), app.push(1, [raw]))
    app.expect("as sent", [["A", "1", "NULL"]], app.row("a"))
    before = app.stored()
    app.expect("the same again", (200, {}), app.push(1, [raw]))
    app.expect("takes no clock", (2, before), (app.timestamp(), app.stored()))
    app.mobync(1, ("u1", app.owner, "update", "tasks", {"id": "a", "name": "theirs", "priority": 5}))
    app.push(1, [{**raw, "name": "again", "priority": 6, "_changed": "priority"}])
    app.expect("over a row: what it calls changed", [["theirs", "1", "6"]], app.row("a"))
    app.push(app.timestamp(), deleted=["a"])
    app.push(1, [{**raw, "priority": 7, "_changed": "priority"}])
    app.expect("of what is deleted: nothing", [], app.row("a"))
    app.expect("of which the device is told", ["a"], app.changes(app.timestamp() - 1)["tasks"]["deleted"])


def push_created_of_rows(app):
    """Rows of which the history knows nothing."""
    app.timestamp()
    for ident in "pq":
        app.sql(f"SET @mobync_own = 'tasks'; INSERT INTO tasks SET owner_id = '{app.owner}', id = '{ident}', name = 'Old', priority = 1")
    app.expect("a record that is created on a row", (200, {}),
               app.push(1, [{"id": "p", "name": "New", "done": True, "priority": 7, "_changed": "priority"}]))
    app.expect("sets what it changed", [["Old", "NULL", "7"]], app.row("p"))
    app.expect("and if it could not be created", (200, {}), app.push(1, [{"id": "q", "priority": 8, "_changed": "priority"}]))
    app.expect("it is none", [["Old", "NULL", "8"]], app.row("q"))


def push_updated(app):
    app.mobync(0, ("c1", app.owner, "create", "tasks", {"id": "a", "name": "A", "priority": 1}))
    raw = {"id": "a", "_status": "updated", **FIELDS, "name": "B", "done": True, "priority": 9}
    app.push(2, updated=[{**raw, "_changed": "done,priority"}])
    app.expect("updated: the columns that it names", [["A", "1", "9"]], app.row("a"))
    app.push(3, updated=[{**raw, "done": False, "priority": 10}])
    app.expect("that names none: all that differs", [["B", "0", "10"]], app.row("a"))
    before = app.timestamp(), app.stored()
    app.push(4, updated=[{**raw, "done": False, "priority": 10, "_changed": "done,priority,name"}])
    app.expect("that differs in nothing: nothing", before, (app.timestamp(), app.stored()))
    app.push(4, updated=[{**raw, "id": "b", "_changed": "priority"}])
    app.expect("of what never was: the whole raw", [["B", "1", "9"]], app.row("b"))
    app.push(5, deleted=["a"])
    app.push(4, updated=[{**raw, "_changed": "name"}])
    app.expect("of what is deleted: nothing", [], app.row("a"))


def push_deleted(app):
    app.mobync(0, ("c1", app.owner, "create", "tasks", {"id": "a", "name": "A"}))
    app.push(2, deleted=["a"])
    app.expect("deleted", [], app.row("a"))
    before = app.timestamp(), app.stored()
    app.expect("what nobody has", (200, {}), app.push(3, deleted=["a", "nothing"]))
    app.expect("changes nothing", before, (app.timestamp(), app.stored()))


def push_is_whole(app):
    app.expect_refused("a column that is not mapped", app.push(1, [{"id": "a", "name": "A"}, {"id": "b", "name": "B", "colour": "red"}]),
                       "tasks.colour is no field of the mapping: map it, or set unknown_fields: ignore")
    app.expect("nothing of it is there", [], app.row("a"))
    app.expect_refused("a table that is not mapped", app.push(1, [{"id": "a"}], table="drafts"),
                       "the table drafts is not mapped")
    empty = {"created": [], "updated": [], "deleted": []}
    app.expect("unless it is empty", (200, {}), app.push(1, [{"id": "a", "name": "A"}], drafts=empty))
    app.expect("then the others count", [["A", "NULL", "NULL"]], app.row("a"))
    for wrong, part in (({"id": "a b", "name": "A"}, "ids are of 1 to 64"), ({"id": "x" * 65, "name": "A"}, "ids are of 1 to 64"),
                        ({"name": "A"}, "has an id that is a string"), ({"id": 5, "name": "A"}, "has an id that is a string"),
                        ("a", "have raw records")):
        app.expect_refused(f"the record {wrong!r}", app.push(1, [wrong]), part)
    app.expect_refused("a deleted id that is a number", app.push(1, deleted=[5]), "deleted has ids")
    app.expect_refused("one id twice", app.push(1, [{"id": "c", "name": "C"}], [{"id": "c", "name": "D"}]), "tasks c is there twice")
    app.expect_refused("changes that are an array", app.server.call(app.owner, "POST", "/watermelon/push", {"changes": []}),
                       "changes: an object of tables")
    app.expect_refused("more changes than the limit", app.push(1, [{"id": f"m{i}", "name": "M"} for i in range(21)]),
                       "limits.watermelon_changes", 413, "TOO_LARGE")
    app.expect("as many as it", (200, {}), app.push(1, [{"id": f"m{i}", "name": "M"} for i in range(20)]))


def push_in_order(app):
    app.expect("a child with its parent, in any order of tables", (200, {}), app.push(
        1, [{"id": "a", "name": "A", "project_id": "p"}],
        projects={"created": [{"id": "p", "name": "P"}], "updated": [], "deleted": []}))
    app.expect("both are there", ([["p"]], [["P"]]), (app.row("a", "project_id"), app.row("p", "name", "projects")))
    app.expect("and gone again", (200, {}), app.push(
        2, table="projects", deleted=["p"], tasks={"created": [], "updated": [], "deleted": ["a"]}))
    app.expect("both", ([], []), (app.row("a"), app.row("p", "name", "projects")))


def push_refused(app):
    app.expect("one that the table refuses does not fail the others", (200, {}), app.push(1, [
        {"id": "a", "name": "A"}, {"id": "b", "name": "B", "project_id": "nowhere"}, {"id": "c", "name": None}]))
    app.expect("the good one is there", ([["A", "NULL", "NULL"]], [], []), (app.row("a"), app.row("b"), app.row("c")))
    app.expect("the others are undone by the next pull", (["a"], ["b", "c"]), (
        [raw["id"] for raw in app.changes(1)["tasks"]["updated"]], app.changes(1)["tasks"]["deleted"]))
    app.push(2, updated=[{"id": "a", "name": "x" * 65, "_changed": "name"}])
    app.expect("an update that is refused, too", [task("a", name="A")], app.changes(2)["tasks"]["updated"])


def push_merges(app):
    app.mobync(0, ("c1", app.owner, "create", "tasks", {"id": "a", "name": "A", "priority": 1}))
    app.push(2, updated=[{"id": "a", "name": "A", "priority": 2, "_changed": "priority"}])
    app.push(2, updated=[{"id": "a", "name": "B", "priority": 1, "_changed": "name"}])
    app.expect("one from before the last pull is merged, column by column", [["B", "NULL", "2"]], app.row("a"))
    app.push(2, updated=[{"id": "a", "name": "A", "priority": 3, "_changed": "priority"}])
    app.expect("the later one wins", [["B", "NULL", "3"]], app.row("a"))
    again = [{"id": "a", "name": "again", "priority": 1, "_changed": "name"}]
    app.push(2, updated=again)
    app.mobync(app.timestamp() - 1, ("u2", app.owner, "update", "tasks", {"id": "a", "name": "B"}))
    app.push(2, updated=again)
    app.expect("the same push again is known, whatever came since", [["B", "NULL", "3"]], app.row("a"))
    app.push(99, updated=[{"id": "a", "name": "A", "priority": 4, "_changed": "priority"}])
    app.expect("a timestamp that was never given", [["B", "NULL", "3"]], app.row("a"))


def retried_longer(app):
    app.push(1, [{"id": "a", "name": "A", "_changed": ""}])
    before = app.stored()
    app.push(1, [{"id": "a", "name": "A", "_changed": ""}, {"id": "b", "name": "B", "_changed": ""}])
    app.expect("a longer retry stores what is new alone", (before, "2"), ("1", app.stored()))
    app.expect("both are there", ([["A"]], [["B"]]), (app.row("a", "name"), app.row("b", "name")))


def values(app):
    raw = {"id": "a", "name": "Ä\"\n", "done": True, "priority": -5, "due_at": 1795950123000, "tags": "[1,\"x\"]", "project_id": None}
    app.push(1, [{**raw, "_changed": ""}])
    app.expect("every type, as the columns have it", [["1", "-5", "2026-11-29 11:02:03.000000", '[1,"x"]', "NULL"]],
               app.row("a", "done, priority, due_at, tags, project_id"))
    app.expect("comes back", [raw], app.changes(None)["tasks"]["updated"])
    app.push(2, updated=[{"id": "a", "due_at": 1795950123600, "tags": "", "_changed": "due_at,tags"}])
    app.expect("milliseconds are kept, an empty list is none", (1795950123600, None), (
        lambda got: (got["due_at"], got["tags"]))(app.changes(2)["tasks"]["updated"][0]))
    app.sql(f"INSERT INTO tasks SET owner_id = '{app.owner}', id = 'not for them', name = 'N'")
    app.expect("rows with ids that it does not take are left out", ["a"], [got["id"] for got in app.changes(None)["tasks"]["updated"]])
    app.sql(f"DELETE FROM tasks WHERE owner_id = '{app.owner}' AND id = 'not for them'")
    app.expect("and their deletions", {}, app.changes(app.timestamp() - 1))


def main():
    server = Server(sys.argv[1], int(sys.argv[2]))
    verdicts = Verdicts()
    for rule in (pull_arguments, pull_changes, replacement, migration, push_created, push_created_of_rows, push_updated, push_deleted,
                 push_is_whole, push_in_order, push_refused, push_merges, retried_longer, values):
        rule(App(server, verdicts))
    return verdicts.failed


sys.exit(main())
