# Converts the lines of summary.awk to a table in Markdown: what it costs a pull to wait until what
# it tells of is on disk, against the same pull of what is old.

BEGIN {
    FS = "\t"
}

$5 == "product" && $2 ~ /^(pull10|young10|written10)$/ {
    if (!($4 in known)) {
        known[$4] = 1
        counts[++count] = $4
    }
    rate[$2, $4] = $6
}

function cell(mode, connections, old) {
    old = rate["pull10", connections]
    if (!((mode, connections) in rate))
        return "–"
    if (old <= 0)
        return sprintf("%.0f", rate[mode, connections])
    return sprintf("%.0f (%.2f ×)", rate[mode, connections], rate[mode, connections] / old)
}

END {
    print "Pulls of 10 per second: of old writes, which wait for nothing; of young ones, which wait for the\ndisk by the procedure; and by a write of their own, where the account cannot call it.\n"
    print "| connections | old | young | young, without the procedure |"
    print "| --- | --- | --- | --- |"
    for (i = 1; i <= count; i++)
        printf "| %d | %.0f | %s | %s |\n", counts[i], rate["pull10", counts[i]],
            cell("young10", counts[i]), cell("written10", counts[i])
}
