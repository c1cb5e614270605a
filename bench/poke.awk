# From lines of name=value to the table of bench/poke; behind middle.awk.

function compare(side, name, i) {
    for (i = 1; i <= rounds; i++) {
        rates[i] = rate[i, side] / rate[i, "off"]
        cpus[i] = cpu[i, "off"] / cpu[i, side]
    }
    printf "| pushes per second, %s ÷ off | %s | ≥ 0.97 |\n", name, middle(rates, rounds)
    printf "| pushes per second of processor time, %s ÷ off | %s | – |\n", name, middle(cpus, rounds)
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
    rate[value["round"], value["pokes"]] = value["rate"]
    cpu[value["round"], value["pokes"]] = value["cpu_nginx"] + value["cpu_workers"] + value["cpu_mariadbd"]
    if (value["round"] > rounds)
        rounds = value["round"]
}

END {
    compare("on", "pokes on")
    compare("webhook", "pokes and webhook on")
}
