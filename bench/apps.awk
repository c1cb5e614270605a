# From lines of name=value to the table of bench/apps: medians of the processor time by mode and
# side, and of the ratios of the rounds, each of which measured both sides one after the other.

function take(line, i, part, count) {
    delete value
    for (i = 1; i <= NF; i++) {
        split($i, part, "=")
        value[part[1]] = part[2]
    }
}

function keep(mode, side, name, number) {
    seen[mode, side, name, ++counts[mode, side, name]] = number
}

# Sorts what was kept into `sorted`; how many there are.
function sort_kept(mode, side, name, count, i, k, held) {
    count = counts[mode, side, name]
    for (i = 1; i <= count; i++) {
        held = seen[mode, side, name, i]
        for (k = i - 1; k >= 1 && sorted[k] > held; k--)
            sorted[k + 1] = sorted[k]
        sorted[k + 1] = held
    }
    return count
}

function median(mode, side, name, count) {
    count = sort_kept(mode, side, name)
    return count % 2 ? sorted[(count + 1) / 2] : (sorted[count / 2] + sorted[count / 2 + 1]) / 2
}

{
    take()
    mode = value["mode"]
    if (!(mode in known)) {
        known[mode] = 1
        modes[++mode_count] = mode
    }
    total = 0
    for (name in value)
        if (name ~ /^cpu_/) {
            keep(mode, value["side"], name, value[name] + 0)
            total += value[name]
        }
    keep(mode, value["side"], "total", total)
    keep(mode, value["side"], "rows", value["rows"] + 0)
    totals[value["round"], mode, value["side"]] = total
    if (((value["round"], mode, "mobync") in totals) && ((value["round"], mode, "express") in totals))
        keep(mode, "both", "ratio", totals[value["round"], mode, "mobync"] / totals[value["round"], mode, "express"])
}

BEGIN {
    name_of["own"] = "a device of mobync: `/sync` with a push of 1"
    name_of["own0"] = "`/sync`, nothing new"
    name_of["watermelon"] = "WatermelonDB: pull, push of 1"
    name_of["watermelon0"] = "WatermelonDB: pull, nothing new"
    name_of["young0"] = "the same, of an owner just written to"
    name_of["rxdb100"] = "RxDB: pull of a page of 100"
    name_of["rxdb0"] = "RxDB: pull, nothing new"
    goal["own"] = "≤ 0.25"
    goal["own0"] = "≤ 0.125"
    goal["watermelon"] = "≤ 0.25"
    goal["watermelon0"] = "≤ 0.125"
    goal["rxdb0"] = "≤ 0.125"
}

function report_ratio(mode, count, middle) {
    middle = median(mode, "both", "ratio")
    count = counts[mode, "both", "ratio"]
    printf " %.2f (%.2f–%.2f) | %s |\n", middle, sorted[1], sorted[count], (mode in goal) ? goal[mode] : "–"
}

END {
    print "| µs of processor time | express: node | mariadbd | mobync: nginx | workers | mariadbd | rows | mobync ÷ express | goal |"
    print "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    for (m = 1; m <= mode_count; m++) {
        mode = modes[m]
        printf "| %s | %.0f | %.0f | %.0f | %.0f | %.0f | %.0f, %.0f |", name_of[mode], median(mode, "express", "cpu_node"),
            median(mode, "express", "cpu_mariadbd"), median(mode, "mobync", "cpu_nginx"), median(mode, "mobync", "cpu_workers"),
            median(mode, "mobync", "cpu_mariadbd"), median(mode, "express", "rows"), median(mode, "mobync", "rows")
        report_ratio(mode)
    }
}
