# From lines of name=value to the table of bench/versions; behind middle.awk.

{
    take()
    at = value["mode"] SUBSEP value["round"] SUBSEP value["versions"]
    rate[at] = value["rate"]
    workers[at] = value["cpu_workers"]
    all[at] = value["cpu_nginx"] + value["cpu_workers"] + value["cpu_mariadbd"]
}

END {
    count = split("pull0 pull10 push1 push10", modes)
    print "| with `versions` ÷ without | requests/s | requests per second of processor time | … of a worker | goal |"
    print "| --- | --- | --- | --- | --- |"
    for (m = 1; m <= count; m++)
        printf "| %s | %s | %s | %s | ≥ 0.97 |\n", name[modes[m]], divide(rate, modes[m], "yes", "no"),
            divide(all, modes[m], "no", "yes"), divide(workers, modes[m], "no", "yes")
}
