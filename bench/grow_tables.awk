# Converts the lines of summary.awk for several numbers of diffs to a table in Markdown: the best
# rate of each side, and how many times as long a request takes as with the fewest diffs.

BEGIN {
    FS = "\t"
    title["pull0"] = "pull, nothing new"
    title["pull10"] = "pull of 10"
    title["push1"] = "push of 1"
    title["push10"] = "push of 10"
    title["mix"] = "9 pulls, 1 push"
}

{
    kind = $2 SUBSEP $3
    if (!(kind in known)) {
        known[kind] = 1
        kinds[++count] = kind
    }
    if (!((kind, $1) in rows_known)) {
        rows_known[kind, $1] = 1
        rows[kind, ++places[kind]] = $1
    }
    if ($6 + 0 > rate[kind, $1, $5])
        rate[kind, $1, $5] = $6
}

function growth(kind, k, side, now, first) {
    first = rate[kind, rows[kind, 1], side]
    now = rate[kind, rows[kind, k], side]
    return first > 0 && now > 0 ? sprintf("%.2f", first / now) : "–"
}

END {
    print "| mode | diffs | bare SQL, requests/s | mobync | bare SQL, times as long | mobync |"
    print "| --- | --- | --- | --- | --- | --- |"
    for (c = 1; c <= count; c++) {
        split(kinds[c], part, SUBSEP)
        for (k = 1; k <= places[kinds[c]]; k++)
            printf "| %s | %d | %.0f | %.0f | %s | %s |\n", title[part[1]] (part[2] > 1 ? ", one owner" : ""),
                rows[kinds[c], k], rate[kinds[c], rows[kinds[c], k], "database"],
                rate[kinds[c], rows[kinds[c], k], "product"], growth(kinds[c], k, "database"),
                growth(kinds[c], k, "product")
    }
}
