# From lines of name=value to the table of bench/galera; behind middle.awk.

BEGIN {
    count = split("push1 push10 pull0 pull10", modes)
    name["push1"] = "push of 1"
    name["push10"] = "push of 10"
    name["pull0"] = "pull, nothing new"
    name["pull10"] = "pull of 10"
}

{
    take()
    at = value["mode"] SUBSEP value["round"] SUBSEP value["on"]
    rate[at] = value["rate"]
    half[at] = value["p50"]
    used[at] = value["cpu_nginx"] + value["cpu_workers"] + value["cpu_used"]
    all[at] = used[at] + value["cpu_node2"] + value["cpu_node3"]
    if (value["round"] > rounds)
        rounds = value["round"]
}

# ratios[i]: of what the list has in round i
function divide(list, mode, over, under, ratios, i) {
    for (i = 1; i <= rounds; i++)
        ratios[i] = list[mode, i, over] / list[mode, i, under]
    return middle(ratios, rounds)
}

END {
    print "| Galera ÷ one server | requests/s | time (p50) | processor time, without the other nodes | … with them |"
    print "| --- | --- | --- | --- | --- |"
    for (m = 1; m <= count; m++) {
        mode = modes[m]
        printf "| %s | %s | %s | %s | %s |\n", name[mode], divide(rate, mode, "galera", "one"),
            divide(half, mode, "galera", "one"), divide(used, mode, "galera", "one"),
            divide(all, mode, "galera", "one")
    }
}
