# Makes a manual page of one of docs/*.md: headings, paragraphs, lists, code, tables.
# usage: awk -v title=mobync.yaml -v section=5 -v date=2026-01-31 -v version=0.1.0 \
#            -v about="what stands behind the name" -f man.awk config.md
#
# A table becomes a list: the first cell of a row is the term, the others follow with the titles of
# their columns. The heading of the file is left out, for the page has its name.

function roff(text) {
    gsub(/\\/, "\\e", text)
    gsub(/-/, "\\-", text)
    gsub(/–/, "\\(en", text)
    return text
}

# `code` and **this** bold, *that* in italics; of a link its text.
function inline(text,    out, part, rest) {
    while (match(text, /\[[^]]*\]\([^)]*\)/)) {
        part = substr(text, RSTART + 1, RLENGTH - 1)
        sub(/\]\(.*/, "", part)
        text = substr(text, 1, RSTART - 1) part substr(text, RSTART + RLENGTH)
    }
    rest = text
    out = ""
    while (match(rest, /`[^`]+`|\*\*[^*]+\*\*|\*[^* ][^*]*\*/)) {
        out = out roff(substr(rest, 1, RSTART - 1))
        part = substr(rest, RSTART, RLENGTH)
        rest = substr(rest, RSTART + RLENGTH)
        if (part ~ /^`/)
            out = out "\\fB" roff(substr(part, 2, length(part) - 2)) "\\fR"
        else if (part ~ /^\*\*/)
            out = out "\\fB" roff(substr(part, 3, length(part) - 4)) "\\fR"
        else
            out = out "\\fI" roff(substr(part, 2, length(part) - 2)) "\\fR"
    }
    return out roff(rest)
}

# A line that begins with a dot or a quote would be taken for a request.
function say(text) {
    if (text ~ /^[.']/)
        text = "\\&" text
    print text
}

# Fills cells[1…n] of a row "| a | b |".
function split_row(line, cells,    n) {
    sub(/^\| */, "", line)
    sub(/ *\| *$/, "", line)
    n = split(line, cells, / *\| */)
    return n
}

function capital(text) {
    return toupper(substr(text, 1, 1)) substr(text, 2)
}

function row(line,    cells, n, i, text) {
    n = split_row(line, cells)
    print ".TP"
    say(inline(cells[1] ~ /`/ ? cells[1] : "**" cells[1] "**"))
    text = inline(cells[2])
    for (i = 3; i <= n; i++)
        if (cells[i] != "" && cells[i] != "–")
            text = text ". " inline("*" capital(titles[i]) "*: " cells[i])
    say(text ".")
}

BEGIN {
    printf ".TH %s %s %s \"mobync-server %s\" \"System Manager's Manual\"\n", \
        toupper(title), section, date, version
    print ".SH NAME"
    printf "%s \\- %s\n", title, about
    print ".SH DESCRIPTION"
    fresh = 1
}

/^```/ {
    in_code = !in_code
    if (in_code) {
        print ".PP\n.RS 4\n.nf\n.EX"
    } else {
        print ".EE\n.fi\n.RE"
        fresh = 1
    }
    next
}
in_code { say(roff($0)); next }
/^# / { next }
/^## / { printf ".SH %s\n", inline(toupper(substr($0, 4))); fresh = 0; in_table = 0; next }
/^### / { printf ".SS %s\n", inline(substr($0, 5)); fresh = 0; in_table = 0; next }
/^\|[ -|]*$/ && /---/ { next }
/^\|/ {
    if (in_table)
        row($0)
    else
        split_row($0, titles)
    in_table = 1
    next
}
/^$/ { fresh = 1; in_table = 0; next }
/^- / {
    print ".IP \\(bu 2"
    say(inline(substr($0, 3)))
    fresh = 0
    next
}
{
    sub(/^ +/, "")
    if (fresh)
        print ".PP"
    fresh = 0
    say(inline($0))
}

END {
    print ".SH SEE ALSO\n.BR mobync (8)"
}
