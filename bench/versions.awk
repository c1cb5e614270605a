# From lines of name=value to the table of bench/versions; behind middle.awk.

BEGIN {
    count = split("pull0 pull10 push1 push10", modes)
    name["pull0"] = "pull, nothing new"
    name["pull10"] = "pull of 10"
    name["push1"] = "push of 1"
    name["push10"] = "push of 10"
}

{
    take()
    rate[value["mode"], value["round"], value["versions"]] = value["rate"]
    workers[value["mode"], value["round"], value["versions"]] = value["cpu_workers"]
    all[value["mode"], value["round"], value["versions"]] = value["cpu_nginx"] + value["cpu_workers"] + value["cpu_mariadbd"]
    if (value["round"] > rounds)
        rounds = value["round"]
}

END {
    print "| with `versions` ÷ without | requests/s | requests per second of processor time | … of a worker | goal |"
    print "| --- | --- | --- | --- | --- |"
    for (m = 1; m <= count; m++) {
        for (i = 1; i <= rounds; i++) {
            rates[i] = rate[modes[m], i, "yes"] / rate[modes[m], i, "no"]
            totals[i] = all[modes[m], i, "no"] / all[modes[m], i, "yes"]
            workers_alone[i] = workers[modes[m], i, "no"] / workers[modes[m], i, "yes"]
        }
        printf "| %s | %s | %s | %s | ≥ 0.97 |\n", name[modes[m]], middle(rates, rounds), middle(totals, rounds),
            middle(workers_alone, rounds)
    }
}
