#!/usr/bin/env python3
"""Runs a client of any language through the hard cases of a sync, and says which it fails.

usage: conformance.py [--case NAME]… [--list] COMMAND [ARGUMENT…]

COMMAND drives the client (docs/client.md 5); one process for each device. Exits with 1 if a case failed.
"""
import argparse
import concurrent.futures
import sys

from cases import CASES, run
from phone import Unsupported

# Most of a case is pauses.
AT_ONCE = 8


def arguments():
    parser = argparse.ArgumentParser(usage=__doc__.split("usage: ")[1].split("\n")[0])
    parser.add_argument("--case", action="append", choices=CASES, metavar="NAME")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    if not options.list and not options.command:
        parser.error("which COMMAND drives the client?")
    return options


def report(name, outcome):
    if outcome is None:
        print(f"ok      {name}")
    elif isinstance(outcome, Unsupported):
        print(f"SKIPPED {name}: the driver has no command {outcome}")
    else:
        print(f"FAILED  {name}: {CASES[name][0]}\n      {outcome}")


def main():
    options = arguments()
    names = options.case or list(CASES)
    if options.list:
        for name in names:
            print(f"{name:20} {CASES[name][0]}")
        return 0
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = []
        for name, outcome in pool.map(lambda name: run(options.command, name), names):
            report(name, outcome)
            outcomes.append(outcome)
    skipped = sum(isinstance(outcome, Unsupported) for outcome in outcomes)
    failed = sum(outcome is not None for outcome in outcomes) - skipped
    print(f"{len(outcomes) - failed - skipped} passed, {failed} failed, {skipped} skipped")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
