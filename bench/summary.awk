# Converts lines of name=value, one per measurement, to one line per case and side, separated by
# tabs: rows mode devices connections side, then medians: rate, its least and greatest, p50, p99,
# max, processor time of nginx, workers, mariadbd and client, bytes and diffs of a response.

BEGIN {
    OFS = "\t"
    count = split("rate rate rate p50 p99 max cpu_nginx cpu_workers cpu_mariadbd cpu_client received diffs", names, " ")
}

{
    delete value
    for (i = 1; i <= NF; i++) {
        at = index($i, "=")
        value[substr($i, 1, at - 1)] = substr($i, at + 1)
    }
    key = value["rows"] OFS value["mode"] OFS value["devices"] OFS value["connections"] OFS value["side"]
    if (!(key in runs))
        keys[++cases] = key
    run = ++runs[key]
    for (i = 1; i <= count; i++)
        seen[key, i, run] = names[i] in value ? value[names[i]] : "-"
}

# Sorts the values of one name into `sorted`.
function sort_seen(key, i, n, a, b, v) {
    for (a = 1; a <= n; a++) {
        v = seen[key, i, a]
        for (b = a - 1; b >= 1 && sorted[b] + 0 > v + 0; b--)
            sorted[b + 1] = sorted[b]
        sorted[b + 1] = v
    }
}

function median(n) {
    if (sorted[1] == "-")
        return "-"
    return n % 2 ? sorted[(n + 1) / 2] + 0 : (sorted[n / 2] + sorted[n / 2 + 1]) / 2
}

END {
    for (k = 1; k <= cases; k++) {
        line = keys[k]
        n = runs[keys[k]]
        for (i = 1; i <= count; i++) {
            sort_seen(keys[k], i, n)
            line = line OFS (i == 2 ? sorted[1] : i == 3 ? sorted[n] : median(n))
        }
        print line
    }
}
