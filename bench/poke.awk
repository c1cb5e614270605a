# From lines of name=value to the table of bench/poke; behind middle.awk.

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
    for (i = 1; i <= rounds; i++) {
        rates[i] = rate[i, "on"] / rate[i, "off"]
        cpus[i] = cpu[i, "off"] / cpu[i, "on"]
    }
    printf "| pushes per second, pokes on ÷ off | %s | ≥ 0.97 |\n", middle(rates, rounds)
    printf "| pushes per second of processor time, pokes on ÷ off | %s | – |\n", middle(cpus, rounds)
}
