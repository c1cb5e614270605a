# Of the lines of summary.awk: for each case (rows, mode, devices) and side the one with the highest
# rate, whatever its number of connections.

BEGIN { FS = "\t" }

{
    key = $1 SUBSEP $2 SUBSEP $3 SUBSEP $5
    if (!(key in line))
        keys[++count] = key
    if (!(key in line) || $6 + 0 > rate[key]) {
        rate[key] = $6 + 0
        line[key] = $0
    }
}

END {
    for (k = 1; k <= count; k++)
        print line[keys[k]]
}
