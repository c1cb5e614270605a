#!/usr/bin/env python3
"""Which source file may use which: the layers, and no circles.

usage: rooms.py ROOT BUILD

Reads the includes of src/ and include/ (and of the tests' synchronizer in memory), and the symbols
of their object files in BUILD, a build folder with compile_commands.json. Fails if a room uses one
that ALLOWED does not name, if headers include each other in a circle, or if source files use each
other's symbols in a circle.
"""
import json
import os
import re
import subprocess
import sys

# Bottom to top: a room stands behind all that it may use (docs/architecture.md 2).
ALLOWED = {
    "base": "",
    "json": "base",
    "libcurl": "base",
    "jwks": "base json libcurl",
    "versions": "base json",
    "core": "base json versions",
    "config": "base json jwks versions core",
    "merge": "base json core",
    "synchronizer": "base core",
    "synchronizer/db/session": "base core synchronizer",
    "synchronizer/db/rows": "base json core synchronizer synchronizer/db/session",
    "synchronizer/db/own_tables": "base json core merge synchronizer synchronizer/db/session synchronizer/db/rows",
    "synchronizer/db/operators": "base json core synchronizer synchronizer/db/session synchronizer/db/rows "
                                 "synchronizer/db/own_tables",
    "synchronizer/db": "base core synchronizer synchronizer/db/session synchronizer/db/rows "
                       "synchronizer/db/own_tables synchronizer/db/operators",
    "schema": "base core synchronizer synchronizer/db/session synchronizer/db/rows synchronizer/db",
    "stats": "base json core",
    "poke": "base",
    "webhook": "base json libcurl poke",
    "sync": "base json versions core merge synchronizer stats",
    "auth": "base json jwks core synchronizer",
    "clients": "base json versions core synchronizer stats sync",
    "explain": "base json core merge synchronizer stats sync",
    "http": "base json versions core synchronizer stats poke sync auth clients",
    "housekeeping": "base core synchronizer stats poke sync",
    "serve": "base stats http",
    "cli": "base json jwks versions core config synchronizer synchronizer/db/session synchronizer/db "
           "schema stats poke webhook sync auth explain http housekeeping serve",
    "memory_synchronizer": "base json core merge synchronizer",  # of the tests
}
FOLDERS = ("src", "include", "tests/memory_synchronizer")


def room_of(path):
    """src/merge/fold.c, include/merge/fold.h → merge."""
    return "/".join(path.split("/")[1:-1])


def source_files(root):
    for top in FOLDERS:
        for folder, _, names in os.walk(os.path.join(root, top)):
            for name in names:
                if name.endswith((".c", ".h")):
                    yield os.path.relpath(os.path.join(folder, name), root)


def include_graph(root):
    """File → files of ours that it includes. Names of headers are unique but for a room's own."""
    files = sorted(source_files(root))
    headers = {}
    for path in files:
        if path.endswith(".h"):
            headers.setdefault(os.path.basename(path), []).append(path)
    graph = {}
    for path in files:
        graph[path] = set()
        with open(os.path.join(root, path), encoding="utf-8") as file:
            names = re.findall(r'^#include "([^"]+)"', file.read(), re.M)
        for name in names:
            found = headers.get(os.path.basename(name), [])
            near = [header for header in found if os.path.dirname(header) == os.path.dirname(path)]
            graph[path].update(near or found[:1])
    return graph


def objects_of(root, build):
    """Source file → its object file."""
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
        commands = json.load(file)
    for command in commands:
        path = os.path.relpath(os.path.join(command["directory"], command["file"]), root)
        if path.startswith(FOLDERS):
            obj = re.search(r" -o (\S+)", command["command"])[1]
            yield path, os.path.join(command["directory"], obj)


def symbols_of(objects):
    """Object file → the symbols that it defines for others, and those that it wants of others."""
    found = {obj: (set(), set()) for obj in objects}
    listing = subprocess.run(["nm", "-A", "-P", "-g", *objects], check=True, capture_output=True,
                             text=True)
    for line in listing.stdout.splitlines():
        obj, symbol = line.split(": ", 1)
        name, kind = symbol.split()[:2]
        found[obj][kind in "Uwv"].add(name)
    return found


def symbol_graph(root, build):
    """Source file → source files whose symbols it uses."""
    objects = dict(objects_of(root, build))
    for path, obj in objects.items():
        if not os.path.exists(obj):
            sys.exit(f"{path} is not built: build all of {build} first")
    symbols = symbols_of(objects.values())
    # The instrumentation's own symbols, which every object defines, are nobody's.
    defined_in = {name: path for path, obj in objects.items() for name in symbols[obj][0]
                  if not name.startswith(("__asan_", "__odr_asan", "__gcov_", "__sancov"))}
    return {path: {defined_in[name] for name in symbols[obj][1] if name in defined_in} - {path}
            for path, obj in objects.items()}


def circles(graph):
    """The strongly connected parts of more than one file (Tarjan), each sorted."""
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for target in sorted(graph.get(node, ())):
            if target not in index:
                visit(target)
            if target in stack:
                low[node] = min(low[node], low[target])
        if low[node] == index[node]:
            part = stack[stack.index(node):]
            del stack[stack.index(node):]
            if len(part) > 1 or node in graph.get(node, ()):
                found.append(sorted(part))

    for node in sorted(graph):
        if node not in index:
            visit(node)
    return found


def layer_faults(graph, verb):
    for path in sorted(graph):
        room = room_of(path)
        if room not in ALLOWED:
            yield f"{path}: room {room} is not in the table of this test"
            continue
        for target in sorted(graph[path]):
            other = room_of(target)
            if other != room and other not in ALLOWED[room].split():
                yield f"{path} {verb} {target}: {room} must not use {other}"


def table_faults():
    lower = []
    for room, allowed in ALLOWED.items():
        for other in allowed.split():
            if other not in lower:
                yield f"the table of this test: {room} may use {other}, which is not below it"
        lower.append(room)


def page_faults(root):
    """docs/architecture.md 2 has the same table."""
    with open(os.path.join(root, "docs/architecture.md"), encoding="utf-8") as file:
        rows = re.findall(r"^\| (\S+) \| [^|]+ \| ([^|]+) \|$", file.read(), re.M)
    page = {room: set(re.findall(r"[a-z/_]+", allowed)) for room, allowed in rows if room in ALLOWED}
    for room, allowed in ALLOWED.items():
        if room not in ("cli", "memory_synchronizer") and page.get(room) != set(allowed.split()):
            yield f"docs/architecture.md says something else of what {room} may use"


def main(root, build):
    includes = include_graph(root)
    symbols = symbol_graph(root, build)
    faults = list(table_faults()) + list(page_faults(root))
    faults += layer_faults(includes, "includes")
    faults += layer_faults(symbols, "uses")
    for what, graph in (("headers include", includes), ("source files use", symbols)):
        for part in circles(graph):
            faults.append(f"{what} each other in a circle: " + " ".join(part))
            for path in part:
                faults += [f"    {path} → {target}" for target in sorted(graph[path])
                           if target in part]
    for fault in faults:
        print(fault)
    print(f"{len(includes)} files, {len(symbols)} objects, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: rooms.py ROOT BUILD")
    sys.exit(main(os.path.realpath(sys.argv[1]), os.path.realpath(sys.argv[2])))
