#!/usr/bin/env python3
"""What comments and pages refer to is there: pages and sections, links, functions.

usage: citations.py ROOT

A citation is docs/FILE.md, with or without sections behind it: "docs/merging.md 6",
"docs/protocol.md 7.4, 7.9 and 8", "docs/protocol.md 4 to 6". Section 6 is a heading "## 6. …";
6.2 is a heading "### 6.2 …", or item 2 of a numbered list in section 6. A page refers to sources as
`merge/fold.c` or `merge/fold.c: net_add, net_init`, a file in src/ and what it defines.
"""
import os
import re
import subprocess
import sys

FOLDERS = ("src", "include", "clients", "tests", "scripts", "bench", "cmake", "conf", "nginx", "packaging")
# What is read by machines, byte for byte, cites nothing.
EXCLUDED = ("tests/fuzz/corpus/", "tests/house/citations.py")

# A space, or a line break within a comment and what stands in front of the next line's words.
SPACE = r"(?: |[ \t]*\n[ \t]*(?:\*(?!/)|//|#)?[ \t]*)"
NUMBER = r"\d+(?:\.\d+)?(?!\w)"
CITATION = re.compile(rf"\bdocs/([\w.-]+\.md)((?:,?{SPACE}{NUMBER}"
                      rf"(?:(?:,|{SPACE}and|{SPACE}to){SPACE}{NUMBER})*)?)")
# Pages outside of the repository, by the words with which comments used to cite them.
ABSENT = re.compile(rf"\b(?:(?:PROTOCOL|CONTRACT|DESIGN|STYLE)(?:(?:'s)?{SPACE}\d|[,;:] [a-z]|\))"
                    r"|(?:PROTOCOL|CONTRACT|DESIGN|STYLE|SQL-WRITES|CLIENTS)\.md\b)")
LINK = re.compile(r"\]\(([^()\s]*)\)")
SOURCE = re.compile(r"`((?:[a-z_]+/)+[a-z_0-9]+\.[ch])(?::\s+([a-z_0-9,\s]+))?`")


def page_text(path):
    """A Markdown page without its fenced blocks, of which the lines stay."""
    with open(path, encoding="utf-8") as file:
        return re.sub(r"^```.*?^```", lambda block: "\n" * block[0].count("\n"), file.read(),
                      flags=re.M | re.S)


def sections_of(path):
    """The numbers that a page can be cited by."""
    found, section = set(), None
    for line in page_text(path).splitlines():
        heading = re.match(r"#+ (\d+(?:\.\d+)?)\.? ", line)
        item = re.match(r"(\d+)\. ", line)
        if heading:
            section = heading[1].split(".")[0]
            found.add(heading[1])
        elif re.match(r"##? ", line):
            section = None
        elif item and section:
            found.add(f"{section}.{item[1]}")
    return found


def cited_sections(text):
    """"4 to 6" → 4 5 6; "7.4, 7.9" → both."""
    cited = []
    for joint, number in re.findall(rf"(,|and|to|)\W*?({NUMBER})", text):
        if joint == "to" and cited and "." not in number + cited[-1]:
            cited += [str(n) for n in range(int(cited[-1]) + 1, int(number))]
        cited.append(number)
    return cited


def line_of(text, match):
    return text.count("\n", 0, match.start()) + 1


def citation_faults(path, text, pages):
    for match in ABSENT.finditer(text):
        yield f"{path}:{line_of(text, match)}: cites a page that is not in the repository: " \
              f"{' '.join(match[0].split())}"
    for match in CITATION.finditer(text):
        if match[1] not in pages:
            yield f"{path}:{line_of(text, match)}: docs/{match[1]} is not in the repository"
            continue
        for number in cited_sections(match[2]):
            if number not in pages[match[1]]:
                yield f"{path}:{line_of(text, match)}: docs/{match[1]} has no section {number}"


def anchors_of(path):
    """The anchors that a forge gives the headings of a page."""
    headings = re.findall(r"^#+ (.+?)\s*$", page_text(path), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def link_faults(root, path):
    text = page_text(os.path.join(root, path))
    for match in LINK.finditer(text):
        name, _, anchor = match[1].partition("#")
        target = os.path.join(root, os.path.dirname(path), name) if name \
            else os.path.join(root, path)
        if re.match(r"[a-z]+:", name):
            continue
        if not os.path.exists(target):
            yield f"{path}:{line_of(text, match)}: {match[1]} is not in the repository"
        elif anchor and target.endswith(".md") and anchor not in anchors_of(target):
            yield f"{path}:{line_of(text, match)}: {match[1]}: no heading has that anchor"


def source_faults(root, path):
    """Paths begin at the root, in src/, or beside the page."""
    text = page_text(os.path.join(root, path))
    for match in SOURCE.finditer(text):
        found = [name for name in (os.path.join(folder, match[1])
                                   for folder in ("", "src", os.path.dirname(path)))
                 if os.path.isfile(os.path.join(root, name))]
        if not found:
            yield f"{path}:{line_of(text, match)}: {match[1]} is not in the repository"
            continue
        with open(os.path.join(root, found[0]), encoding="utf-8") as file:
            source = file.read()
        for name in re.findall(r"\w+", match[2] or ""):
            if not re.search(rf"^\w.*\b{name}\(", source, re.M):
                yield f"{path}:{line_of(text, match)}: {found[0]} does not define {name}"


def git_files(root, *folders):
    command = ["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command + ["--", *folders], check=True, capture_output=True).stdout
    return [name.decode() for name in listing.split(b"\0") if name]


def walked_files(root, *folders):
    for folder in folders or ("",):
        for where, _, names in os.walk(os.path.join(root, folder)):
            for name in names:
                yield os.path.relpath(os.path.join(where, name), root)


def files_of(root, *folders):
    """Those that git knows or would; all of them where there is no git."""
    try:
        paths = git_files(root, *folders)
    except (OSError, subprocess.CalledProcessError):
        paths = walked_files(root, *folders)
    return [path for path in sorted(set(paths)) if os.path.isfile(os.path.join(root, path))]


def main(root):
    docs = os.path.join(root, "docs")
    pages = {name: sections_of(os.path.join(docs, name))
             for name in os.listdir(docs) if name.endswith(".md")}
    faults, count = [], 0
    for path in files_of(root, *FOLDERS):
        if path.startswith(EXCLUDED):
            continue
        with open(os.path.join(root, path), "rb") as file:
            content = file.read()
        count += 1
        if b"\0" not in content:
            faults += citation_faults(path, content.decode("utf-8", "replace"), pages)
    for path in files_of(root, "*.md", "docs", "tests"):
        if path.endswith(".md"):
            faults += link_faults(root, path)
            faults += source_faults(root, path)
    for fault in faults:
        print(fault)
    print(f"{count} files, {len(pages)} pages, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: citations.py ROOT")
    sys.exit(main(os.path.realpath(sys.argv[1])))
