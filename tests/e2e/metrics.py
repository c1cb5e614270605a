"""The text of GET /metrics: is it of the form that Prometheus reads, and told of everywhere?

usage: metrics.py form TEXT                      faults of the form, one a line
       metrics.py pages TEXT DOCS RULES BOARD    names that only one of them has
       metrics.py value TEXT SERIES              the value of a series, written as in the text
"""
import json
import re
import sys

import yaml

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
SAMPLE = re.compile(rf'({NAME})(?:\{{((?:{NAME}="(?:[^"\\]|\\.)*",?)*)\}})? (\S+)')
LABEL = re.compile(rf'({NAME})="((?:[^"\\]|\\.)*)"')


def parse(path):
    """({name: (type, help)}, [(name, labels, value)], faults)"""
    text = open(path, encoding="utf-8").read()
    heads, samples, faults = {}, [], []
    if not text.endswith("\n"):
        faults.append("the last line has no end")
    for line in text.splitlines():
        head = re.fullmatch(rf"# (HELP|TYPE) ({NAME}) (.+)", line)
        sample = SAMPLE.fullmatch(line)
        if head:
            if head[1] in heads.setdefault(head[2], {}):
                faults.append(f"{head[1]} of {head[2]} is duplicated")
            heads[head[2]][head[1]] = head[3]
        elif sample:
            samples.append((sample[1], dict(LABEL.findall(sample[2] or "")), float(sample[3])))
        else:
            faults.append(f"neither comment nor sample: {line}")
    return heads, samples, faults


def family(name, heads):
    base = re.sub(r"_(bucket|sum|count)$", "", name)
    return base if heads.get(base, {}).get("TYPE") == "histogram" else name


def histogram_faults(name, samples):
    """Buckets that shrink, no +Inf, or one that is not the count."""
    series = {}
    for sample, labels, value in samples:
        key = tuple(sorted(pair for pair in labels.items() if pair[0] != "le"))
        parts = series.setdefault(key, {"bounds": [], "values": []})
        if sample == name + "_bucket":
            parts["bounds"].append(float(labels["le"]))
            parts["values"].append(value)
        elif sample in (name + "_sum", name + "_count"):
            parts[sample[len(name):]] = value
    for key, parts in series.items():
        if parts["bounds"] != sorted(parts["bounds"]) or parts["values"] != sorted(parts["values"]):
            yield f"{name}{key}: buckets run backwards"
        if not parts["bounds"] or parts["bounds"][-1] != float("inf"):
            yield f"{name}{key}: no bucket +Inf"
        elif parts["values"][-1] != parts.get("_count") or "_sum" not in parts:
            yield f"{name}{key}: sum or count is missing or wrong"


def form_faults(path):
    heads, samples, faults = parse(path)
    seen = set()
    by_family = {}
    for name, labels, value in samples:
        key = (name, tuple(sorted(labels.items())))
        if key in seen:
            faults.append(f"{key} is duplicated")
        seen.add(key)
        by_family.setdefault(family(name, heads), []).append((name, labels, value))
    for name in sorted(set(heads) ^ set(by_family)):
        faults.append(f"{name} has a head or samples, not both")
    for name, head in heads.items():
        kind = head.get("TYPE")
        if set(head) != {"HELP", "TYPE"} or kind not in ("counter", "gauge", "histogram"):
            faults.append(f"{name}: HELP or TYPE is missing or unknown")
        if (kind == "counter") != name.endswith("_total"):
            faults.append(f"{name}: counters, and only they, end with _total")
        if re.search(r"_(ms|milliseconds|us|kb|mb)(_|$)", name):
            faults.append(f"{name}: its unit is none of the base units")
        if kind == "histogram":
            faults += histogram_faults(name, by_family.get(name, []))
    return faults


def names_in(text):
    """Metrics that an expression or a page names."""
    return {re.sub(r"_(bucket|sum|count)$", "", name) if "duration" in name else name
            for name in re.findall(r"\bmobync_[a-z_]+\b", text)}


def expressions(value):
    """Every "expr" in a tree."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("expr", "query", "definition") and isinstance(inner, str):
                yield inner
            else:
                yield from expressions(inner)
    if isinstance(value, list):
        for inner in value:
            yield from expressions(inner)


def page_faults(path, docs, rules, board):
    heads, _, _ = parse(path)
    documented = set(re.findall(r"^\| `(mobync_[a-z_]+)`", open(docs, encoding="utf-8").read(), re.M))
    for name in sorted(set(heads) ^ documented):
        yield f"{name} is not in both, /metrics and {docs}"
    trees = {rules: yaml.safe_load(open(rules, encoding="utf-8")),
             board: json.load(open(board, encoding="utf-8"))}
    for source, tree in trees.items():
        found = list(expressions(tree))
        if not found:
            yield f"{source} has no expressions"
        for name in sorted(names_in(" ".join(found)) - set(heads)):
            yield f"{source} asks for {name}, which is not in /metrics"
    page = open(docs, encoding="utf-8").read()
    for group in trees[rules]["groups"]:
        for rule in group["rules"]:
            if f"`{rule['alert']}`" not in page:
                yield f"{docs} does not tell of the alert {rule['alert']}"


def value_of(path, wanted):
    for line in open(path, encoding="utf-8"):
        series, _, value = line.rstrip("\n").rpartition(" ")
        if series == wanted:
            return value
    return "none"


if __name__ == "__main__":
    verb, *arguments = sys.argv[1:]
    if verb == "value":
        print(value_of(*arguments))
        sys.exit(0)
    found = list({"form": form_faults, "pages": page_faults}[verb](*arguments))
    print("\n".join(found), end="")
    sys.exit(1 if found else 0)
