"""Texts that would like to be SQL: as names of models, tables, columns and functions in the config, and
as owners, ids and values in requests. What comes in is what stands in the tables, to the byte, and
nothing else has changed.

usage: hostile.py config DIR    writes the config to standard output
       hostile.py function      the name of its validation function, quoted
       hostile.py sync DIR PORT
"""
import json
import sys

from talk import Server, Verdicts, diff, select

QUOTES = "it's \"quoted\" `so` \\ \\' \\\" \\0 %s %n % _"
COMMANDS = "x'; DROP TABLE sentinel; -- "
COMMENTS = "x` WHERE 1=1 OR ''='' /* # --"
UNION = "' UNION SELECT * FROM mysql.user WHERE '1'='1"
UNICODE = "漢字 é e\u0301 😀 𝕏 \u202eright to left\u202c אב \u200b\ufeff"
CONTROL = "tab\t line\n return\r bell\x07 escape\x1b[2J delete\x7f"
SPACES = "  spaces  "
TEXTS = [QUOTES, COMMANDS, COMMENTS, UNION, UNICODE, CONTROL, SPACES, "NULL", "0", "''", "`", "\\", "%",
         "--", ";", "?", ":1", "a" * 127 + "'", "é" * 64]

# At most 64 characters, none above U+FFFF, no space at the end: what MariaDB takes.
TABLE = "ta`ble'; DROP TABLE sentinel; -- 漢 %s ? \" \\"
ID_COLUMN = "i`d'\"\\?"
OWNER_COLUMN = "own`er' = '' OR 1=1 -- x"
COLUMN = "col`umn') ; -- ? 漢 \\ \" %s"
SECOND = "``"
FUNCTION = "fn`('') OR 1=1 -- x"
DIFFS = "di`ffs' -- \" ?"
TOKENS = "mobync_to`kens' -- ?"
MODEL = "model` ' \" \\ ; DROP TABLE sentinel; -- 漢 \u202e"
FIELD = "field' \" ` \\ 漢 \u202e $.x[0]"


def name(text):
    return "`" + text.replace("`", "``") + "`"


def config(folder):
    """YAML has JSON's strings."""
    said = json.dumps
    print(f"""listen: {said("unix:" + folder + "/mobync.sock")}
workers: 2
database:
  socket: {said(folder + "/mysql.sock")}
  user: mobync
  name: app
diffs_table: {said(DIFFS, ensure_ascii=False)}
auth:
  jwt: {{ algorithm: HS256, key_file: {said(folder + "/jwt.key")} }}
  tokens: {{ table: {said(TOKENS, ensure_ascii=False)} }}
rejected_diffs: quarantine
models:
  - name: {said(MODEL, ensure_ascii=False)}
    table: {said(TABLE, ensure_ascii=False)}
    id: {said(ID_COLUMN, ensure_ascii=False)}
    owner: {said(OWNER_COLUMN, ensure_ascii=False)}
    validate: {said(FUNCTION, ensure_ascii=False)}
    fields:
      - {{ name: {said(FIELD, ensure_ascii=False)}, column: {said(COLUMN, ensure_ascii=False)}, type: string }}
      - {{ name: second, column: {said(SECOND, ensure_ascii=False)}, type: json }}""")


def cut(text):
    """Short enough for an id with a number behind it."""
    return text.encode()[:100].decode(errors="ignore")


def hexed(text):
    return text.encode().hex().upper()


def row_of(folder, owner, ident):
    """The row as bytes; what looks for it is in hex, too."""
    return select(folder, f"SELECT HEX({name(OWNER_COLUMN)}), HEX({name(ID_COLUMN)}), HEX({name(COLUMN)}) "
                          f"FROM {name(TABLE)} WHERE {name(OWNER_COLUMN)} = UNHEX('{hexed(owner)}') "
                          f"AND {name(ID_COLUMN)} = UNHEX('{hexed(ident)}')")


def counts(folder):
    return [select(folder, f"SELECT COUNT(*) FROM {name(table)}")[0][0] for table in (TABLE, DIFFS)]


def checksums(folder):
    tables = [row[0] for row in select(folder, "SELECT HEX(table_name) FROM information_schema.tables "
                                               "WHERE table_schema = 'app' ORDER BY 1")]
    names = [name(bytes.fromhex(table).decode()) for table in tables]
    return [row[-1] for row in select(folder, f"CHECKSUM TABLE {', '.join(names)} EXTENDED")], tables


def push(server, owner, clock, kind, ident, value, diff_id):
    data = {"id": ident} if kind == "delete" else {"id": ident, FIELD: value, "second": [value]}
    return server.sync(owner, clock, [diff(diff_id, owner, kind, MODEL, data, clock)])


def story(server, verdicts, text, number):
    """An owner, an id, a diff id and a value that are this text."""
    owner, ident = text, f"{cut(text)}{number}"
    before = counts(server.folder)
    got = [push(server, owner, 0, "create", ident, "plain", f"{cut(text)}1")[0],
           push(server, owner, 1, "update", ident, text, f"{cut(text)}2")[0]]
    verdicts.expect(f"{text!r}: pushed", [200, 200], got)
    verdicts.expect(f"{text!r}: the row", [[hexed(owner), hexed(ident), hexed(text)]],
                    row_of(server.folder, owner, ident))
    verdicts.expect(f"{text!r}: one row and two diffs more", [1, 2],
                    [int(b) - int(a) for a, b in zip(before, counts(server.folder))])
    status, _, body, _ = server.sync(owner, 0)
    answer = json.loads(body)
    data = json.loads(answer["diffs"][0]["json_data"]) if status == 200 else None
    verdicts.expect(f"{text!r}: pulled", {"id": ident, FIELD: text, "second": [text]}, data)
    verdicts.expect(f"{text!r}: deleted", 200, push(server, owner, 2, "delete", ident, None, f"{cut(text)}3")[0])
    verdicts.expect(f"{text!r}: gone", [], row_of(server.folder, owner, ident))


def refused(server, verdicts):
    """Under quarantine a response with the diff among the rejected, or an error; never a row."""
    before = checksums(server.folder)
    plain = diff("d", "o", "create", MODEL, {"id": "x", FIELD: "v"})
    cases = {
        "U+0000 in an id": {"json_data": json.dumps({"id": "a\0b", FIELD: "v"})},
        "U+0000 in a diff id": {"id": "a\0b"},
        "U+0000 in a model": {"model": "tasks\0x"},
        "U+0000 in an owner": {"owner": "o\0x"},
        "an owner that is no owner": {"owner": COMMANDS},
        "an id of 129 bytes": {"json_data": json.dumps({"id": "é" * 64 + "x"})},
        "a diff id of 129 bytes": {"id": "x" * 129},
    }
    for what, change in cases.items():
        status, _, body, _ = server.sync("o", 0, [{**plain, **change}])
        answer = json.loads(body)
        verdicts.expect(f"{what}: refused", True, status in (400, 403) or len(answer.get("rejected", [])) == 1)
    after = checksums(server.folder)
    verdicts.expect("refused requests change no table of the app", True,
                    {table: sums for table, sums in zip(before[1], before[0]) if not table.startswith(hexed("mobync_"))}
                    == {table: sums for table, sums in zip(after[1], after[0]) if not table.startswith(hexed("mobync_"))})
    for text in TEXTS:
        status, _, body, _ = server.sync("o2", 0, [diff(f"m{cut(text)}", "o2", "create", text, {"id": "x"})])
        verdicts.expect(f"a model called {text!r}: refused", [200, 1],
                        [status, len(json.loads(body).get("rejected", []))])
        status, _, body, _ = server.sync("o2", 0, [diff(f"f{cut(text)}", "o2", "create", MODEL, {"id": "x", text: 1})])
        verdicts.expect(f"a field called {text!r}: refused", [200, 1],
                        [status, len(json.loads(body).get("rejected", []))])
    verdicts.expect("no row of all that", "0", select(
        server.folder, f"SELECT COUNT(*) FROM {name(TABLE)} WHERE {name(OWNER_COLUMN)} IN ('o', 'o2')")[0][0])


def sync(folder, port):
    server, verdicts = Server(folder, port), Verdicts()
    sentinel = select(folder, "SELECT * FROM sentinel")
    tables = checksums(folder)[1]
    push(server, "bystander", 0, "create", "row", "value", "d")
    beside = row_of(folder, "bystander", "row")
    for number, text in enumerate(TEXTS):
        story(server, verdicts, text, number)
    refused(server, verdicts)
    verdicts.expect("the tables are the same", tables, checksums(folder)[1])
    verdicts.expect("the sentinel stands", sentinel, select(folder, "SELECT * FROM sentinel"))
    verdicts.expect("so does another's row", beside, row_of(folder, "bystander", "row"))
    sys.exit(verdicts.failed)


if __name__ == "__main__":
    if sys.argv[1] == "config":
        config(sys.argv[2])
    elif sys.argv[1] == "function":
        print(name(FUNCTION))
    else:
        sync(sys.argv[2], int(sys.argv[3]))
