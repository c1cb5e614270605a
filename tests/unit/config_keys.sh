#!/bin/sh
# The manual's tables are the key table, cell by cell; the shipped example has every key with a
# comment, its default, its range and its words.
# usage: config_keys.sh PRINTER SOURCE_DIR [--write]
#        --write: brings the tables of docs/config.md up to date
set -eu

keys=$(mktemp)
manual=$(mktemp)
trap 'rm -f "$keys" "$manual"' EXIT
"$1" >"$keys"
cd "$2"

# In a table whose first column is "key": rows as the key table has them, new ones behind the one
# before them, and no others.
awk -F '\t' '
    NR == FNR { row[$1] = $2; behind[last] = $1; last = $1; next }
    /^\| key \|/ { in_table = 1 }
    /^$/ { in_table = 0 }
    !in_table || !/^\| `/ { lines[++count] = $0; next }
    {
        path = $0
        gsub(/^\| `|` \|.*/, "", path)
        if (path in row) { lines[++count] = path "\t"; present[path] = 1 }
    }
    END {
        for (i = 1; i <= count; i++) {
            if (lines[i] !~ /\t$/) { print lines[i]; continue }
            path = substr(lines[i], 1, length(lines[i]) - 1)
            do {
                print row[path]
                path = behind[path]
            } while (path != "" && !(path in present))
        }
    }
' "$keys" docs/config.md >"$manual"
[ "${3-}" != --write ] || cat "$manual" >docs/config.md
diff -u docs/config.md "$manual" || {
    echo "docs/config.md is not the key table: $0 $1 $2 --write" >&2
    exit 1
}

# A comment above a key, behind it, or below it at column 20 or more, is about it. A key that is
# commented out is there. The keys of an entry in braces share the comment of its list.
awk -F '\t' '
    function parent_at(indent,    i) {
        for (i = indent - 1; i >= 0; i--)
            if (i in parent)
                return parent[i]
        return ""
    }
    function enter(indent, path,    i) {
        for (i in parent)
            if (i + 0 >= indent)
                delete parent[i]
        parent[indent] = path
    }
    function below(path, key) { return path == "" ? key : path "." key }
    function take(path, value, text) {
        sub(/ *#.*/, "", value)
        gsub(/^ +| +$/, "", value)
        values[path] = value
        texts[path] = text
        newest = path
    }
    function fault(path, what) { print "conf/mobync.yaml: " path ": " what; faults++ }
    # "key: value" at its indent; false if there is no such key
    function take_line(line, comment,    indent, key, path) {
        match(line, /^ */)
        indent = RLENGTH
        if (line ~ /^ *- /) {
            enter(indent, parent_at(indent) "[]")
            indent += 2
        }
        key = substr(line, indent + 1)
        if (key ~ /^\{/)
            return take_entry(key, parent[indent - 2])
        if (key !~ /^[a-z_]+:( |$)/)
            return 0
        sub(/:.*/, "", key)
        path = below(parent_at(indent), key)
        if (!(path in row))
            return 0
        enter(indent, path)
        take(path, substr(line, indent + length(key) + 2), comment " " substr(line, indent + 1))
        return 1
    }
    function take_entry(line, entry,    pairs, count, i, path, list) {
        list = entry
        sub(/\[\]$/, "", list)
        gsub(/^\{ *| *\}.*/, "", line)
        count = split(line, pairs, /, */)
        for (i = 1; i <= count; i++) {
            path = pairs[i]
            sub(/:.*/, "", path)
            path = below(entry, path)
            if (!(path in values))
                take(path, substr(pairs[i], index(pairs[i], ":") + 1), texts[list])
        }
        return 1
    }
    NR == FNR { row[$1] = NR; order[NR] = $1; fallback[$1] = $3; range[$1] = $4; words[$1] = $5; next }
    /^                    +#/ { texts[newest] = texts[newest] " " $0; next }
    /^ *#/ {
        line = $0
        sub(/# /, "", line)
        if (take_line(line, comment)) comment = ""
        else comment = comment " " $0
        next
    }
    /^$/ { comment = ""; next }
    { if (!take_line($0, comment)) fault($0, "not a key of the key table"); comment = "" }
    END {
        for (i = 1; i in order; i++) {
            path = order[i]
            text = texts[path]
            if (!(path in values)) { fault(path, "is missing"); continue }
            if (values[path] != "" && text !~ /#/)
                fault(path, "has no comment")
            if (fallback[path] != "" && values[path] != fallback[path] &&
                !index(text, "efault: " fallback[path]))
                fault(path, "has neither its default as its value nor \"Default: " fallback[path] "\"")
            if (range[path] != "" && !index(text, range[path]))
                fault(path, "does not say \"" range[path] "\"")
            count = split(words[path], word, " ")
            for (w = 1; w <= count; w++)
                if (!index(text, word[w]))
                    fault(path, "does not name " word[w])
        }
        exit faults > 0
    }
' "$keys" conf/mobync.yaml >&2

wc -l <"$keys" | sed 's/ *$/ keys/'
