# From lines of name=value to the table of bench/galera; behind middle.awk.

{
    take()
    at = value["mode"] SUBSEP value["round"] SUBSEP value["on"]
    rate[at] = value["rate"]
    half[at] = value["p50"]
    used[at] = value["cpu_nginx"] + value["cpu_workers"] + value["cpu_used"]
    all[at] = used[at] + value["cpu_node2"] + value["cpu_node3"]
}

END {
    count = split("push1 push10 pull0 pull10", modes)
    print "| Galera ÷ one server | requests/s | time (p50) | processor time, without the other nodes | … with them |"
    print "| --- | --- | --- | --- | --- |"
    for (m = 1; m <= count; m++)
        printf "| %s | %s | %s | %s | %s |\n", name[modes[m]], divide(rate, modes[m], "galera", "one"),
            divide(half, modes[m], "galera", "one"), divide(used, modes[m], "galera", "one"),
            divide(all, modes[m], "galera", "one")
}
