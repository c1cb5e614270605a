#!/usr/bin/env python3
"""Every .c file opens with a comment that says what it is for; those of src/ in one to five lines.
Every public header says the six things of docs/style.md 3: its purpose and what the labels name.

usage: openings.py ROOT
"""
import os
import re
import sys

FOLDERS = ("src", "tests", "bench", "include")
MAX_LINES = 5  # in src/; a program of the tests has its usage there, too
COMMENT = re.compile(r"/\*.*?\*/\n", re.S)
# Where a module is not pure, what its process has to know.
LABELS = (("Pure", "Process"), ("Owns",), ("Units",), ("Fails",), ("Holds",))
# Nothing but macros: there is nothing to own and nothing that fails.
MACROS = ("include/base/attributes.h", "include/base/banned.h", "include/stats/routes.h")


def sources(root):
    for top in FOLDERS:
        for folder, _, names in os.walk(os.path.join(root, top)):
            for name in sorted(names):
                if name.endswith(".h" if top == "include" else ".c"):
                    yield os.path.relpath(os.path.join(folder, name), root)


def header_fault(path, opening):
    if not opening.startswith(f"/* {os.path.basename(path)}: "):
        return "does not open with its name and purpose"
    if path in MACROS:
        return None
    missing = [" or ".join(names) for names in LABELS
               if not any(f"\n * {name}: " in opening for name in names)]
    return f"does not say: {', '.join(missing)}" if missing else None


def fault_of(path, text):
    opening = COMMENT.match(text)
    if opening is None:
        return "does not open with a comment that says what it is for"
    if path.endswith(".h"):
        return header_fault(path, opening[0])
    lines = opening[0].count("\n")
    if path.startswith("src/") and lines > MAX_LINES:
        return f"opens with {lines} lines, which are more than {MAX_LINES}"
    return None


def main():
    root = sys.argv[1]
    count = 0
    faults = []
    for path in sources(root):
        count += 1
        with open(os.path.join(root, path), encoding="utf-8") as file:
            fault = fault_of(path, file.read())
        if fault:
            faults.append(f"{path}:1: {fault}")
    if count == 0:
        faults.append(f"{root}: no sources")
    print("\n".join(faults + [f"{count} files, {len(faults)} faults"]))
    sys.exit(1 if faults else 0)


main()
