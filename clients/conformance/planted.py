#!/usr/bin/env python3
"""Plants faults in copies of clients/js, one at a time: conformance.py must find each.

usage: planted.py [--every N] [--only PART]

With --every N only each Nth fault is planted, for a short run.
"""
import argparse
import concurrent.futures
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
CLIENT = os.path.join(HERE, "..", "js")

# (file, what is there, what is planted, the case that finds it)
PLANTED = [
    ("device.js", "for (const [, diff] of later) await apply(tx, diff);", "", "write_in_flight"),
    ("device.js", "    if (refused.has(diff.id)) told", "    if (false) told", "rejected"),
    ("device.js", "if (type === 'create') return tx.set(key, fields);",
     "if (type === 'create') return tx.set(key, {...await tx.get(key), ...fields});", "create_over_row"),
    ("device.js", "if (row !== undefined) ", "", "application"),
    ("device.js", "if (body.logical_clock > meta.clock) {", "{", "old_response"),
    ("device.js", ".sort(byClockAndTime)", "", "sorted_response"),
    ("device.js", "Math.max(now, meta.lastTime + 1)", "now", "clock_set_back"),
    ("device.js", "for (const diff of await pending(tx)) await apply(tx, diff);", "", "invalid_clock"),
    ("device.js", "for (const [key] of await tx.list(ROW)) tx.delete(key);", "", "invalid_clock"),
    ("device.js", "if (restart === undefined) tx.delete(key);\n    else if", "if", "invalid_clock"),
    ("device.js", "sent > restart", "sent >= restart", "restart_clock"),
    ("device.js", "  meta.restarting = true;\n", "", "restart_clock"),
    ("device.js", "meta.lineage = body.lineage ?? null;", "", "invalid_clock"),
    ("device.js", "  meta.lineage = null;\n", "", "restart_clock"),
    ("device.js", "nth(PENDING, meta.seq++)", "PENDING + whole.id", "request_form"),
    ("device.js", "const later = (await tx.list(PENDING)).filter(([key]) => !keys.has(key));",
     "const later = []; sent = await tx.list(PENDING);", "write_in_flight"),
    ("mobync.js", "Math.max(retryAfter, pause(++this.#failures))", "pause(1)", "retry_after"),
    ("mobync.js", "status === 0 || status === 408", "status === 0", "temporary"),
    ("mobync.js", "this.#running ??= ", "this.#running = ", "one_at_a_time"),
    ("mobync.js", "this.limit = batch.length >> 1;", "throw new Stopped('too large');", "smaller_batches"),
    ("mobync.js", "culprit && field !== 'owner'", "culprit", "other_owner"),
    ("mobync.js", "&& !this.#tokenIsNew", "&& false", "one_new_token"),
    ("mobync.js", "code === 'INVALID_CLOCK' && (clock > 0 || lineage)", "code === 'INVALID_CLOCK' && clock > 0",
     "restart_twice"),
    ("mobync.js", "code === 'TOO_LARGE' ? batch[0] : named", "named", "too_large_alone"),
    ("mobync.js", "return {status: 0, body: {}, retryAfter};", "return {status: 400, body: {}, retryAfter};",
     "no_response"),
]


def plant(folder, name, there, planted):
    path = os.path.join(folder, name)
    with open(path, encoding="utf-8") as file:
        text = file.read()
    if text.count(there) != 1:
        return f"{name} does not have once: {there}"
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace(there, planted))
    return None


def is_found(fault):
    """None, or what is wrong."""
    name, there, planted, case = fault
    with tempfile.TemporaryDirectory(prefix="mobync-planted.") as work:
        folder = shutil.copytree(CLIENT, os.path.join(work, "js"))
        wrong = plant(folder, name, there, planted)
        if wrong is not None:
            return wrong
        done = subprocess.run(
            [sys.executable, os.path.join(HERE, "conformance.py"), "--case", case, "node",
             os.path.join(HERE, "drive_js.mjs")],
            env={**os.environ, "MOBYNC_JS": f"file://{folder}/mobync.js"}, capture_output=True, text=True)
        return None if f"FAILED  {case}" in done.stdout else f"{case} passes with: {planted or 'without ' + there}"


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("usage: ")[1].split("\n")[0])
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    faults = [fault for fault in PLANTED if options.only in fault[1]][::options.every]
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        wrong = [reason for reason in pool.map(is_found, faults) if reason is not None]
    for reason in wrong:
        print(f"FAILED  {reason}")
    print(f"{len(faults) - len(wrong)} of {len(faults)} planted faults are found")
    return len(wrong) > 0


if __name__ == "__main__":
    sys.exit(main())
