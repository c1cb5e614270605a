# Converts the lines of summary.awk to tables in Markdown: efficiency at the best concurrency of
# each side, then everything.

BEGIN {
    FS = "\t"
    goal["pull0"] = 0.80; goal["pull10"] = 0.75; goal["push1"] = 0.80; goal["push10"] = 0.75
    title["pull0"] = "pull, nothing new"
    title["pull10"] = "pull of 10, old"
    title["push1"] = "push of 1"
    title["push10"] = "push of 10"
    title["mix"] = "9 pulls, 1 push"
    title["first"] = "first pull of 10,000"
}

function name_of(mode, devices) {
    return title[mode] (devices > 1 ? ", " devices " devices an owner" : "")
}

# waits.awk has these.
$2 == "young10" || $2 == "written10" {
    next
}

{
    case_key = $2 SUBSEP $3
    if (!(case_key in known)) {
        known[case_key] = 1
        cases[++case_count] = case_key
    }
    row_key = case_key SUBSEP $4
    if (!(row_key in rows_known)) {
        rows_known[row_key] = 1
        rows[++row_count] = row_key
    }
    line[row_key, $5] = $0
    if ($6 + 0 > best_rate[case_key, $5]) {
        best_rate[case_key, $5] = $6
        best_line[case_key, $5] = $0
    }
}

function best(case_key, side, part) {
    if (!((case_key, side) in best_line))
        return "–"
    split(best_line[case_key, side], part, FS)
    return sprintf("%.0f at %d", part[6], part[4])
}

function efficiency(case_key, a, b, c) {
    a = best_rate[case_key, "transport"]
    b = best_rate[case_key, "database"]
    c = best_rate[case_key, "product"]
    return a > 0 && b > 0 && c > 0 ? (1 / a + 1 / b) * c : 0
}

function rate(row_key, side, part) {
    if (!((row_key, side) in line))
        return "–"
    split(line[row_key, side], part, FS)
    return sprintf("%.0f (%.0f–%.0f)", part[6], part[7], part[8])
}

function number(text) {
    return text == "-" || text == "" ? "–" : sprintf("%.0f", text)
}

function cpu(row_key, side, column, part) {
    if (!((row_key, side) in line))
        return "–"
    split(line[row_key, side], part, FS)
    return number(part[column])
}

function print_efficiency(k, key, mode) {
    print "Efficiency: (time of the transport + time of the database) ÷ time of the product,\nper request, each at its best number of connections.\n"
    print "| mode | transport, requests/s | bare SQL | mobync | efficiency | goal |"
    print "| --- | --- | --- | --- | --- | --- |"
    for (k = 1; k <= case_count; k++) {
        split(cases[k], key, SUBSEP)
        mode = key[1]
        printf "| %s | %s | %s | %s | %.2f | %s |\n", name_of(mode, key[2]), best(cases[k], "transport"),
            best(cases[k], "database"), best(cases[k], "product"), efficiency(cases[k]),
            mode in goal && key[2] == 1 ? sprintf("≥ %.2f", goal[mode]) : "–"
    }
}

function print_rates(k, key, part) {
    print "\nRequests per second: median (least–greatest); the product's times in microseconds.\n"
    print "| mode | connections | transport | bare SQL | mobync | p50 | p99 | max |"
    print "| --- | --- | --- | --- | --- | --- | --- | --- |"
    for (k = 1; k <= row_count; k++) {
        split(rows[k], key, SUBSEP)
        delete part
        split(line[rows[k], "product"], part, FS)
        printf "| %s | %d | %s | %s | %s | %s | %s | %s |\n", name_of(key[1], key[2]), key[3],
            rate(rows[k], "transport"), rate(rows[k], "database"), rate(rows[k], "product"),
            number(part[9]), number(part[10]), number(part[11])
    }
}

function print_cpu(k, key) {
    print "\nProcessor time per request, in microseconds.\n"
    print "| mode | connections | mobync: nginx | workers | mariadbd | transport: nginx | responder | bare SQL: mariadbd | its client |"
    print "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    for (k = 1; k <= row_count; k++) {
        split(rows[k], key, SUBSEP)
        printf "| %s | %d | %s | %s | %s | %s | %s | %s | %s |\n", name_of(key[1], key[2]), key[3],
            cpu(rows[k], "product", 12), cpu(rows[k], "product", 13), cpu(rows[k], "product", 14),
            cpu(rows[k], "transport", 12), cpu(rows[k], "transport", 13),
            cpu(rows[k], "database", 14), cpu(rows[k], "database", 15)
    }
}

END {
    print_efficiency()
    print_rates()
    print_cpu()
}
