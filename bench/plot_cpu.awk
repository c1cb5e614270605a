# From the lines of summary.awk: processor time of a request, stacked by who spends it, for the
# product and the two ceilings, each at its best number of connections; the first pull, a hundred
# times as long, is left out.

BEGIN {
    FS = "\t"
    LEFT = 190; TOP = 40; PLOT_W = 560; BAR_H = 15; GAP = 16
    parts = split("nginx workers mariadbd client", names, " ")
    split("#0072b2 #009e73 #d55e00 #999999", colors, " ")
    split("product transport database", sides, " ")
}

$3 == 1 && $2 != "first" && $6 + 0 > best[$2, $5] {
    best[$2, $5] = $6
    if (!($2 in known)) {
        known[$2] = 1
        modes[++count] = $2
    }
    for (i = 1; i <= parts; i++)
        time[$2, $5, i] = $(11 + i) == "-" ? 0 : $(11 + i)
    # Of the bare SQL the client stands where a worker would; elsewhere it is not part of the server.
    if ($5 == "database")
        time[$2, $5, 2] = time[$2, $5, 4]
    time[$2, $5, 4] = 0
}

function total(mode, side, i, sum) {
    for (i = 1; i <= parts; i++)
        sum += time[mode, side, i]
    return sum
}

function draw_bar(mode, side, y, most, i, x, width) {
    x = LEFT
    svg_text(LEFT - 8, y + 12, "end", side_name(side), "")
    for (i = 1; i <= parts; i++) {
        width = PLOT_W * time[mode, side, i] / most
        svg_rect(x, y, width, BAR_H, colors[i])
        x += width
    }
    svg_text(x + 6, y + 12, "start", sprintf("%.0f us", total(mode, side)), "")
}

END {
    most = 1
    for (m = 1; m <= count; m++)
        for (k = 1; k <= 3; k++)
            if (total(modes[m], sides[k]) > most)
                most = total(modes[m], sides[k])
    svg_open(LEFT + PLOT_W + 80, TOP + count * (3 * BAR_H + 18 + GAP))
    x = svg_legend(20, 20, colors[1], "nginx")
    x = svg_legend(x, 20, colors[2], "worker, responder or SQL client")
    svg_legend(x, 20, colors[3], "mariadbd")
    y = TOP
    for (m = 1; m <= count; m++) {
        svg_text(20, y + 10, "start", mode_title(modes[m]) ": processor time of a request", "font-weight=\"bold\"")
        y += 18
        for (k = 1; k <= 3; k++) {
            draw_bar(modes[m], sides[k], y, most)
            y += BAR_H
        }
        y += GAP
    }
    svg_close()
}
