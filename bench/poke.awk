# From lines of name=value to the table of bench/poke; behind middle.awk.

function compare(side, what) {
    printf "| pushes per second, %s ÷ off | %s | ≥ 0.97 |\n", what, divide(rate, "push1", side, "off")
    printf "| pushes per second of processor time, %s ÷ off | %s | – |\n", what, divide(cpu, "push1", "off", side)
}

{
    take()
}

"listeners" in value {
    print "| | | goal |"
    print "| --- | --- | --- |"
    printf "| memory of each of %d listeners: nginx and workers, kB | %.1f + %.1f | ≤ 20 |\n", value["listeners"],
        value["memory_nginx"], value["memory_workers"]
    printf "| from an edit to the event, ms: p50, p99 of %d | %.1f, %.1f | p50 ≤ 10 |\n", value["edits"], value["p50"],
        value["p99"]
    next
}

{
    at = value["mode"] SUBSEP value["round"] SUBSEP value["pokes"]
    rate[at] = value["rate"]
    cpu[at] = value["cpu_nginx"] + value["cpu_workers"] + value["cpu_mariadbd"]
}

END {
    compare("on", "pokes on")
    compare("webhook", "pokes and webhook on")
}
