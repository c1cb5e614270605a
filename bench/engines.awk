# From lines of name=value to the table of bench/engines: medians by mode and engine, and what MySQL
# is to MariaDB.

function value(name, i, part) {
    for (i = 1; i <= NF; i++) {
        split($i, part, "=")
        if (part[1] == name)
            return part[2]
    }
    return ""
}

{
    mode = value("mode")
    engine = value("engine")
    if (!(mode in known)) {
        known[mode] = 1
        modes[++mode_count] = mode
    }
    # Of a large pull, how long it takes: milliseconds.
    rates[mode, engine, ++counts[mode, engine]] = is_pull(mode) ? value("p50") / 1000 : value("rate")
}

function is_pull(mode) {
    return mode ~ /^first/
}

function median(mode, engine, count, i, k, least, sorted) {
    count = counts[mode, engine]
    for (i = 1; i <= count; i++)
        sorted[i] = rates[mode, engine, i] + 0
    for (i = 1; i <= count; i++)
        for (k = i + 1; k <= count; k++)
            if (sorted[k] < sorted[i]) {
                least = sorted[k]
                sorted[k] = sorted[i]
                sorted[i] = least
            }
    return count % 2 ? sorted[(count + 1) / 2] : (sorted[count / 2] + sorted[count / 2 + 1]) / 2
}

BEGIN {
    name["push10"] = "push of 10, requests/s"
    name["push1000"] = "push of 1,000, requests/s"
    name["first200k"] = "first pull of 200,000, ms"
    goal["push10"] = "≥ 0.85"
    goal["push1000"] = "≥ 0.70"
    goal["first200k"] = "≤ 1.20"
}

END {
    print "| mode | MariaDB | MySQL | MySQL ÷ MariaDB | goal |"
    print "| --- | --- | --- | --- | --- |"
    for (i = 1; i <= mode_count; i++) {
        mode = modes[i]
        maria = median(mode, "mariadb")
        mysql = median(mode, "mysql")
        printf "| %s | %.1f | %.1f | %.2f | %s |\n", name[mode], maria, mysql,
            (maria > 0 ? mysql / maria : 0), goal[mode]
    }
}
