"""docs/api.md, run and compared.

usage: page.py script PAGE               the shell commands of the page, for tests/api/api.sh
       page.py judge PAGE SPEC OUTPUT    is OUTPUT what the page says, and the page what SPEC allows?
       page.py write PAGE OUTPUT         the page with the responses of OUTPUT

A ```console block holds commands ("$ …", continued by lines that are indented) and what each
prints. `<!-- test: a b -->` calls functions of api.sh: they bring about the state that is spoken of.
"""
import json
import re
import sys

import jsonschema
import yaml

HOOK = re.compile(r"<!-- test: (.*) -->")
MARK = "\x01"
# What differs from run to run.
VOLATILE = re.compile(r'(Retry-After: |"lineage": ")[0-9a-f-]+')


class Call:
    """One command of the page, with what the page says that it prints."""

    def __init__(self, line, first):
        self.line = line
        self.command = first
        self.printed = []

    def add(self, text):
        if text.startswith("    ") and not self.printed:
            self.command += "\n" + text
        else:
            self.printed.append(text)

    @property
    def status(self):
        return self.printed[-1].split()[0]

    @property
    def is_json(self):
        return self.printed[0].startswith(("{", "["))

    @property
    def body(self):
        text = "\n".join(self.printed[:-1])
        return json.loads(text) if self.is_json else text

    @property
    def path(self):
        """As the spec has it; the command names it, or calls sync()."""
        found = re.search(r"/(healthz|metrics|poke\b|poke_ticket|watermelon/\w+|rxdb/\w+/\w+)", self.command)
        return re.sub(r"(?<=/rxdb/)\w+", "{model}", found[0]) if found else "/sync"

    @property
    def method(self):
        if "-X OPTIONS" in self.command:
            return "options"
        return "post" if re.search(r"\b(sync|post|call)\b|-d |-X POST", self.command.split("$URL")[0]) else "get"

    @property
    def sent(self):
        """The body that is sent, if the page has it as it is and it is JSON."""
        match = re.search(r"'(\{.*\}|\[.*\])'", self.command, re.DOTALL)
        try:
            return json.loads(match.group(1)) if match else None
        except ValueError:
            return None


def read(page):
    """Yields the page in its order: plain lines, ("hook", names) and Calls."""
    call = None
    inside = False
    for number, line in enumerate(open(page, encoding="utf-8").read().split("\n"), 1):
        hook = HOOK.fullmatch(line)
        if line.startswith("```"):
            inside = line == "```console"
            if call:
                yield call
            call = None
            yield line
        elif not inside:
            yield ("hook", hook.group(1), line) if hook else line
        elif line.startswith("$ "):
            if call:
                yield call
            call = Call(number, line[2:])
        else:
            call.add(line)


def calls_of(page):
    return [part for part in read(page) if isinstance(part, Call)]


def script(page):
    number = 0
    for part in read(page):
        if isinstance(part, tuple):
            print("\n".join(part[1].split()))
        elif isinstance(part, Call):
            print(f"printf '\\n\\001%d\\n' {number}\n{part.command}")
            number += 1


def outputs(path):
    """What each command printed, as lines."""
    pieces = open(path, encoding="utf-8").read().split("\n" + MARK)[1:]
    return [piece.split("\n", 1)[1].rstrip("\n").split("\n") for piece in pieces]


def write(page, output):
    printed = iter(outputs(output))
    lines = []
    for part in read(page):
        if isinstance(part, Call):
            lines += ["$ " + part.command] + [line for line in next(printed) if line]
        else:
            lines.append(part[2] if isinstance(part, tuple) else part)
    print("\n".join(lines), end="")


def settled(lines):
    return [VOLATILE.sub(r"\1N", line) for line in lines if line]


def undocumented(value, schema, spec, where=""):
    """Keys of a response that its schema does not name."""
    while "$ref" in schema:
        target = spec
        for step in schema["$ref"][2:].split("/"):
            target = target[step]
        schema = target
    if isinstance(value, dict):
        for key, inner in value.items():
            named = schema.get("properties", {}).get(key, schema.get("additionalProperties"))
            if named is None:
                yield f"{where}.{key}"
            elif isinstance(named, dict):
                yield from undocumented(inner, named, spec, f"{where}.{key}")
    if isinstance(value, list) and "items" in schema:
        for inner in value:
            yield from undocumented(inner, schema["items"], spec, where + "[]")


def faults_of(value, schema, spec):
    """The schema's own references begin at the root of the spec."""
    validator = jsonschema.Draft202012Validator({**spec, **schema})
    return [error.message for error in validator.iter_errors(value)]


def response_of(call, spec):
    path = spec["paths"][call.path]
    # What the method is not made for is answered as the path's own errors are.
    operation = path.get(call.method) or next(iter(path.values()))
    response = operation["responses"].get(call.status)
    if response and "$ref" in response:
        response = spec["components"]["responses"][response["$ref"].rsplit("/", 1)[1]]
    return response


def judge_answer(call, spec):
    response = response_of(call, spec)
    if response is None:
        yield f"the spec has no {call.status} for {call.path}"
        return
    if "content" not in response:
        if call.body:
            yield f"the spec has no body in the {call.status} of {call.path}"
        return
    events = call.printed[0].startswith(":")
    kind = "application/json" if call.is_json else "text/event-stream" if events else "text/plain"
    if kind not in response["content"]:
        yield f"the spec has no {kind} as {call.status} of {call.path}"
        return
    schema = response["content"][kind]["schema"]
    yield from faults_of(call.body, schema, spec)
    for key in undocumented(call.body, schema, spec) if "$ref" in schema else ():
        yield f"the spec does not name {key}"


def judge_request(call, spec):
    """What is answered with 200 fits the schema; what is no valid request does not."""
    request = spec["paths"][call.path].get(call.method, {}).get("requestBody")
    if request is None or call.sent is None:
        return
    faults = faults_of(call.sent, request["content"]["application/json"]["schema"], spec)
    if call.status == "200":
        yield from faults
    # 1.0 is an integer to JSON schema.
    elif call.body["error"]["code"] == "INVALID_REQUEST" and not faults and "1.0" not in call.command:
        yield "the spec allows a request that is refused as INVALID_REQUEST"


def judge_coverage(calls, spec):
    codes = {call.body["error"]["code"] for call in calls if not call.status.startswith("2")}
    for code in set(spec["components"]["schemas"]["Code"]["enum"]) ^ codes:
        yield f"{code} is not in both, the page and the spec"
    for path, operations in spec["paths"].items():
        shown = {call.status for call in calls if call.path == path}
        for status in set(next(iter(operations.values()))["responses"]) - shown:
            # nginx's own are shown under /sync.
            if path == "/sync" or status not in ("502", "503", "504") or (path, status) == ("/healthz", "503"):
                yield f"the page shows no {status} of {path}"


def judge(page, spec_path, output):
    spec = yaml.safe_load(open(spec_path, encoding="utf-8"))
    faults = []
    calls = []
    for schema in spec["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    results = outputs(output)
    for number, call in enumerate(calls_of(page)):
        got = results[number] if number < len(results) else ["nothing: the script ended"]
        if settled(got) != settled(call.printed):
            faults.append((call.line, "the server says\n" + "\n".join(settled(got))))
        elif call.printed:
            calls.append(call)
            found = [*judge_answer(call, spec), *judge_request(call, spec)]
            faults += [(call.line, fault) for fault in found]
    faults += [(0, fault) for fault in judge_coverage(calls, spec)]
    for line, fault in faults:
        print(f"{page}:{line}: {fault}")
    print(f"{len(calls)} answers, {len(faults)} faults")
    return 1 if faults or not calls else 0


if __name__ == "__main__":
    verbs = {"script": script, "judge": judge, "write": write}
    sys.exit(verbs[sys.argv[1]](*sys.argv[2:]))
