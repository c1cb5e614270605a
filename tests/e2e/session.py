"""The session of a page, pasted into a shell, and what it prints.

usage: session.py script PAGE          its commands, each behind a line that \x01 begins
       session.py judge PAGE OUTPUT    is OUTPUT what the page says?
       session.py write PAGE OUTPUT    the page with what OUTPUT says

A session is a block of code with lines that begin with "$ ": commands, which indented lines
continue. The lines behind them are what a command prints; "…" stands for anything.
"""
import re
import sys

MARK = "\x01"
# What differs from run to run: times (in milliseconds, too, from 2026 on), lineages, ids of requests and of diffs that the server makes.
VOLATILE = re.compile(r"\b(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z|(17[89]|1[89]\d)\d{10}|[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})\b")


def read(page):
    """The page as its lines, and each command as a list [command, what it prints…]."""
    parts, inside, call = [], False, None
    for line in open(page, encoding="utf-8").read().split("\n"):
        if line.startswith("```"):
            inside, call = not inside, None
        if inside and line.startswith("$ "):
            call = [line[2:]]
            parts.append(call)
        elif call is None:
            parts.append(line)
        elif len(call) == 1 and line.startswith(" "):
            call[0] += "\n" + line
        else:
            call.append(line)
    return parts


def calls_of(page):
    return [part for part in read(page) if isinstance(part, list)]


def script(page):
    for call in calls_of(page):
        print(f"printf '\\001\\n'\n{call[0]}")


def outputs(path):
    return [piece.strip("\n").split("\n") if piece.strip("\n") else []
            for piece in open(path, encoding="utf-8").read().split(MARK + "\n")[1:]]


def judge(page, output):
    faults, printed = 0, outputs(output)
    for number, (command, *wanted) in enumerate(calls_of(page)):
        got = printed[number] if number < len(printed) else ["nothing: the shell has ended"]
        if wanted != ["…"] and [VOLATILE.sub("N", line) for line in got] != [
                VOLATILE.sub("N", line) for line in wanted]:
            print(f"{page}: $ {command}", *got, sep="\n")
            faults += 1
    print(f"{len(printed)} commands, {faults} faults")
    return faults > 0 or not printed


def write(page, output):
    printed = iter(outputs(output))
    lines = []
    for part in read(page):
        if isinstance(part, str):
            lines.append(part)
            continue
        got = next(printed)
        lines += ["$ " + part[0], *(part[1:] if part[1:] == ["…"] else got)]
    print("\n".join(lines), end="")


if __name__ == "__main__":
    sys.exit({"script": script, "judge": judge, "write": write}[sys.argv[1]](*sys.argv[2:]))
